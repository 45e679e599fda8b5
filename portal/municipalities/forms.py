from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.urls import resolve
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal.accounts.forms import NameFieldsMixin
from portal.core.forms import RowsField
from portal.core.services import ids_in
from portal.municipalities.enums import AuditAct, Role
from portal.municipalities.models import Collaboration, Municipality, OccupationalGroup, Unit
from portal.municipalities.services.audiences import sentences

_ROLES_ON_TOP = [(role.value, role.label) for role in Role if role is not Role.STAFF]
_ROLE_SENTENCES = {
    Role.DOOR_HELPER: _("Ticks off who came to our events. Sees names, nothing else."),
    Role.COURSE_EDITOR: _("Writes courses, methods and lessons as drafts. A coordinator publishes them."),
    Role.APPROVER: _("Reads and approves what others wrote, where we want a second pair of eyes."),
    Role.MANAGER: _("Leads a team."),
    Role.COORDINATOR: _("Publishes and shares pages, arranges events, uses what other municipalities share."),
    Role.ADMINISTRATOR: _("Invites people, gives roles and reads the log."),
}


class AudienceSelect(forms.RadioSelect):
    """The choice of who may read something, with a sentence under each choice: who will see it, and how many.

    `tell_of` counts for what is chosen now; audience.js asks again while municipalities are ticked.
    """

    template_name = "components/audience_select.html"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sentences: dict[str, str] = {}
        self.owner: Municipality | None = None

    def tell_of(self, owner: Municipality | None, shared_with, shared_with_collaborations) -> None:
        """Take ids or objects of what is ticked; ids that are no numbers (bad input) count for nothing."""
        self.owner = owner
        self.sentences = sentences(owner, _ids(shared_with), _ids(shared_with_collaborations))

    def create_option(self, name, value, label, selected, index, subindex=None, attrs=None):
        option = super().create_option(name, value, label, selected, index, subindex, attrs)
        option["sentence"] = self.sentences.get(str(value), "")
        return option

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["owner"] = self.owner
        return context

    class Media:
        js = ["js/audience.js"]


def _ids(values) -> list[int]:
    return ids_in(str(getattr(value, "pk", value)) for value in values)


class AudienceQuestionForm(forms.Form):
    """What the editor asks while somebody ticks: who would see it now?"""

    owner = forms.ModelChoiceField(queryset=Municipality.objects.all())
    shared_with = RowsField(queryset=Municipality.objects.all(), required=False)
    shared_with_collaborations = RowsField(queryset=Collaboration.objects.all(), required=False)


class AuditFilterForm(forms.Form):
    q = forms.CharField(label=_("Search in the log"), required=False, max_length=100)
    act = forms.ChoiceField(label=_("What was done"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["act"].choices = [("", _("Everything")), *AuditAct.choices]


class TogetherForm(forms.Form):
    """Another municipality that works on one thing together with us, until a day."""

    municipality = forms.ModelChoiceField(label=_("Municipality or organisation"), queryset=Municipality.objects.none())
    until = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The right ends by itself after that day. You can end it earlier."),
    )

    def __init__(self, *args, owner: Municipality, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["municipality"].queryset = Municipality.objects.exclude(pk=owner.pk)


class RoleSelect(forms.CheckboxSelectMultiple):
    """Roles, each with a sentence on what it is for."""

    option_template_name = "components/role_option.html"

    def create_option(self, name, value, label, selected, index, subindex=None, attrs=None):
        option = super().create_option(name, value, label, selected, index, subindex, attrs)
        option["sentence"] = _ROLE_SENTENCES.get(str(value), "")
        return option


class RolesField(forms.MultipleChoiceField):
    """Roles beside staff, which everybody has."""

    def __init__(self, **kwargs):
        super().__init__(
            **{
                "label": _("Roles"),
                "choices": _ROLES_ON_TOP,
                "widget": RoleSelect,
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

    def clean_email_domains(self):
        domains = self.cleaned_data["email_domains"]
        for other in Municipality.objects.exclude(pk=self.instance.pk):
            if taken := sorted(set(domains) & set(other.email_domains)):
                # Whoever owns a domain decides how its people sign in.
                raise forms.ValidationError(
                    _("%(domain)s belongs to %(name)s."), params={"domain": taken[0], "name": other.name}
                )
        return domains

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        with override(settings.LANGUAGE_CODE):  # below it the section's address has nothing before it
            is_free = resolve(f"/{slug}/").url_name == "wagtail_serve" and slug not in dict(settings.LANGUAGES)
        if not is_free:
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
            "last_payment_year",
            "region",
            "partners",
        ]
        field_classes = {"partners": RowsField}
        widgets = {
            "period_start": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "period_end": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "partners": forms.CheckboxSelectMultiple,
        }


class RolesOfValuesField(forms.CharField):
    """Lines of "value = role": which roles a value of the claim gives. {"value": ["role", …]}"""

    widget = forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})

    def prepare_value(self, value):
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{name} = {Role(role).label}" for name, roles in value.items() for role in roles)

    def clean(self, value):
        known = {str(word).casefold(): role for role in Role for word in (role.value, role.label)}
        found: dict[str, list[str]] = {}
        for line in filter(None, map(str.strip, super().clean(value).splitlines())):
            name, _sign, word = (part.strip() for part in line.rpartition("="))
            role = known.get(word.casefold())
            if not name or role in (None, Role.STAFF):
                raise forms.ValidationError(
                    _("“%(line)s” is no value and role. Write: value = role."), params={"line": line}
                )
            found.setdefault(name, []).append(role.value)
        return found


class WorkAddressForm(forms.Form):
    """Whose domain says which municipality one signs in through; named as the address where a password is asked for."""

    login = forms.EmailField(
        label=_("Work address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Your municipality is found by what stands after @."),
        error_messages={"required": _("Write your work address, or choose your municipality below.")},
    )


class IdentityProviderForm(forms.Form):
    """A municipality's provider; `values` is what its service takes."""

    issuer = forms.URLField(
        label=_("Issuer"),
        help_text=_("The address that the provider names itself by. It cannot be changed afterwards."),
        assume_scheme="https",
        max_length=255,
    )
    client_id = forms.CharField(label=_("Client id"), max_length=255)
    client_secret = forms.CharField(
        label=_("Client secret"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown. Left empty, the one there is stays."),
    )
    role_claim = forms.CharField(
        label=_("Claim with roles"),
        max_length=100,
        required=False,
        help_text=_(
            "The name of the claim that tells groups or roles, such as groups. Left empty, roles are given here."
        ),
    )
    role_of_value = RolesOfValuesField(
        label=_("Which values give which roles"),
        required=False,
        help_text=_(
            "A line for each: value = role. These roles follow the claim at each sign-in, and are taken away when it "
            "no longer tells them. Roles that stand in no line are given here as before."
        ),
    )
    is_demanded = forms.BooleanField(
        label=_("The only way in"),
        required=False,
        help_text=_(
            "People with an address in the municipality’s domains no longer sign in with a password. Who belongs to "
            "other municipalities too, and portal administrators, still do."
        ),
    )

    trusts_second_factor = forms.BooleanField(
        label=_("Its second step counts here"),
        required=False,
        help_text=_(
            "Where the provider says that it asked for more than a password, people who see others’ data are asked for "
            "nothing more here. Tick it only if you demand a second step of everybody whom it says that of."
        ),
    )
    second_factor_acr = forms.CharField(
        label=_("Levels that mean a second step"),
        max_length=500,
        required=False,
        help_text=_(
            "Values of the claim acr (or acrs), with spaces between. Needed only where the provider does not tell by "
            "amr how people signed in (mfa, otp, hwk, sc, fido)."
        ),
    )

    def __init__(self, *args, provider=None, **kwargs):
        names = (
            "client_id",
            "role_claim",
            "role_of_value",
            "is_demanded",
            "trusts_second_factor",
            "second_factor_acr",
        )
        initial = {name: getattr(provider, name) for name in names} if provider else {}
        super().__init__(*args, initial=initial, **kwargs)
        if provider:
            del self.fields["issuer"]
            self.fields["client_secret"].required = False

    def values(self) -> dict:
        return self.cleaned_data
