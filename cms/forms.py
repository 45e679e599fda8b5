from django import forms
from django.utils.translation import gettext_lazy as _

from portal.municipalities.enums import Right
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import municipalities_with
from portal.municipalities.services.esf_records import MAX_SIZE


class RecordForm(forms.Form):
    """A record of the ESF Council's project bank, pasted or as a file."""

    municipality = forms.ModelChoiceField(
        label=_("For"), queryset=Municipality.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("The text of the project record"),
        required=False,
        max_length=MAX_SIZE,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Copy everything from the heading to the end of the description."),
    )
    file = forms.FileField(label=_("Or a text file"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        own = municipalities_with(user, Right.MANAGE_COLLABORATIONS)
        self.fields["municipality"].queryset = own
        if own.count() == 1:
            self.fields["municipality"].widget = forms.HiddenInput()
            self.fields["municipality"].initial = own.get().pk


class OwnerForm(forms.Form):
    """Which of one's municipalities leads the project."""

    municipality = forms.ModelChoiceField(label=_("Lead owner"), queryset=Municipality.objects.none(), empty_label=None)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["municipality"].queryset = municipalities_with(user, Right.MANAGE_COLLABORATIONS)


class ProjectTextForm(forms.Form):
    """The words of the project's page, made from the record and corrected by the coordinator."""

    summary = forms.CharField(
        label=_("In short"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One to three short sentences in plain words. Shown first on the page and in lists."),
    )
    description = forms.CharField(
        label=_("Text of the page"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 14}),
    )
