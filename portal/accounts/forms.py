from allauth.account.forms import SignupForm
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from portal.accounts.services.protected_identity import LONGEST_ALIAS


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


class UsedOnceMixin:
    """A code that was right once is wrong from then on, for as long as the clock would still take it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("Code")
        code.widget.attrs.pop("placeholder", None)
        code.widget.attrs |= {"inputmode": "numeric", "spellcheck": "false"}

    def clean_code(self) -> str:
        code = super().clean_code()
        key = f"second-factor-used:{self.user.pk}:{normalize_user_code(code)}"
        lasts = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 1)
        if not cache.add(key, True, timeout=lasts):
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondFactorForm(UsedOnceMixin, AuthenticateForm):
    """Signing in: a code of the app, or one of those kept for the day when it is lost."""


class SecondFactorAgainForm(UsedOnceMixin, ReauthenticateForm):
    """The same once more, before something that matters."""


class PasskeyForm(AddWebAuthnForm):
    """A new passkey, by a name that its owner knows it by."""

    name = forms.CharField(label=_("Name"), required=False, max_length=80)


class PasskeyNameForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=80)


class ActivateAppForm(UsedOnceMixin, ActivateTOTPForm):
    """The first code of a new app, which shows that it is set up."""


class AliasForm(forms.Form):
    """What others are to read in the place of a name; empty for one that the portal makes."""

    alias = forms.CharField(
        label=_("Alias"),
        required=False,
        max_length=LONGEST_ALIAS,
        help_text=_("Leave it empty, and you are called Participant and a number. No part of your name or address."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ErasureForm(forms.Form):
    """The word that says it is meant; what is erased does not come back."""

    understood = forms.BooleanField(
        label=_("I understand that my account and what is tied to it are erased and cannot be brought back."),
        error_messages={"required": _("Tick the box to erase your account.")},
    )
