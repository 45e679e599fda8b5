from allauth.account.forms import SignupForm
from django import forms
from django.utils.translation import gettext_lazy as _


class NameFieldsMixin(forms.Form):
    """First and last name, kept as the person writes them."""

    first_name = forms.CharField(
        label=_("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )


class SelfRegistrationForm(NameFieldsMixin, SignupForm):
    """An account for somebody whose work address belongs to a municipality; allauth confirms the address."""

    field_order = ["first_name", "last_name", "email", "password1"]
