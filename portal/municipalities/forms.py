from django import forms
from django.contrib.auth.password_validation import validate_password
from django.urls import resolve
from django.utils.translation import gettext_lazy as _

from portal.accounts.forms import NameFieldsMixin
from portal.municipalities.enums import Role
from portal.municipalities.models import Collaboration, Municipality, OccupationalGroup, Unit

_ROLES_ON_TOP = [(role.value, role.label) for role in Role if role is not Role.STAFF]


class RolesField(forms.MultipleChoiceField):
    """Roles beside staff, which everybody has."""

    def __init__(self, **kwargs):
        super().__init__(
            **{
                "label": _("Roles"),
                "choices": _ROLES_ON_TOP,
                "widget": forms.CheckboxSelectMultiple,
                "required": False,
                "help_text": _("Everybody is staff. Tick what the person does beside that."),
                **kwargs,
            }
        )


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    roles = RolesField()
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False, empty_label=_("None"))

    def __init__(self, *args, municipality: Municipality, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.filter(municipality=municipality)


class MembershipForm(forms.Form):
    roles = RolesField()
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False, empty_label=_("None"))
    occupational_group = forms.ModelChoiceField(
        label=_("Occupational group"),
        queryset=OccupationalGroup.objects.all(),
        required=False,
        empty_label=_("None"),
    )

    def __init__(self, *args, municipality: Municipality, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.filter(municipality=municipality)


class NewAccountForm(NameFieldsMixin):
    """What an invited person gives: a name and a password."""

    password = forms.CharField(
        label=_("Choose a password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. A few words in a row are easy to remember."),
    )

    def clean_password(self):
        password = self.cleaned_data["password"]
        validate_password(password)
        return password


class UnitForm(forms.ModelForm):
    class Meta:
        model = Unit
        fields = ["name"]


class DomainsField(forms.CharField):
    """E-mail domains, one a line."""

    def __init__(self, **kwargs):
        kwargs.pop("encoder", None)
        kwargs.pop("decoder", None)
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value):
        return sorted({line.strip().lower().removeprefix("@") for line in super().clean(value).split()} - {""})


class MunicipalityForm(forms.ModelForm):
    class Meta:
        model = Municipality
        fields = [
            "kind",
            "name",
            "short_name",
            "slug",
            "municipality_code",
            "organisation_number",
            "email_domains",
            "accent_colour",
            "logo",
        ]
        field_classes = {"email_domains": DomainsField}
        widgets = {"accent_colour": forms.TextInput(attrs={"type": "color"})}

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if resolve(f"/{slug}/").url_name != "wagtail_serve":
            raise forms.ValidationError(_("The portal uses that address itself. Choose another."))
        return slug

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # The page section's address was made from it, and links lead there.
            self.fields["slug"].disabled = True


class CollaborationForm(forms.ModelForm):
    class Meta:
        model = Collaboration
        fields = [
            "title",
            "diary_number",
            "owner_name",
            "fund",
            "period_start",
            "period_end",
            "programme_area",
            "specific_objective",
            "cofinancing_rate",
            "planned_participants",
            "region",
            "partners",
        ]
        widgets = {
            "period_start": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "period_end": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "partners": forms.CheckboxSelectMultiple,
        }
