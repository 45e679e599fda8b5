from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.rich_text import DraftailRichTextArea
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from cms.models import SharedPage
from cms.models.images import without_metadata
from portal.core.forms import RowsField
from portal.events.models import TrainingEvent
from portal.knowledge.enums import StillInUse
from portal.knowledge.models import Adoption
from portal.municipalities.enums import Right
from portal.municipalities.models import Collaboration, Municipality
from portal.municipalities.permissions import municipalities_with
from portal.municipalities.services.esf_records import MAX_SIZE


class RichTextArea(DraftailRichTextArea):
    """Wagtail's field for rich text takes whatever comes for the JSON of its script, and falls over the rest."""

    def value_from_datadict(self, data, files, name):
        """An empty value is an empty text. Raises BadRequest for what no such field can have sent."""
        if data.get(name) == "":
            return ""
        try:
            return super().value_from_datadict(data, files, name)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise BadRequest("not a rich text") from error


class PictureField(WagtailImageField):
    """Refuses what breaks half-way: Wagtail looks at the beginning of a file only, and falls over a shorter one."""

    def check_image_pixel_size(self, f):
        try:
            super().check_image_pixel_size(f)
            without_metadata(f)
        except ValidationError:
            raise
        except Exception as error:  # Pillow names no one class for all that can be wrong with a file
            raise ValidationError(self.error_messages["invalid_image"], code="invalid_image") from error
        finally:
            f.seek(0)


class PortalImageForm(BaseImageForm):
    """Every form by which a picture is handed in."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Not declared above: a declared field would come back in the forms that leave the file out.
        if plain := self.fields.get("file"):
            self.fields["file"] = PictureField(label=plain.label, required=plain.required, widget=plain.widget)


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


class AdoptForm(forms.Form):
    """Which of one's municipalities uses the page, and in which of the two ways; the button says which."""

    municipality = forms.ModelChoiceField(
        label=_("For"), queryset=Municipality.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    act = forms.ChoiceField(choices=[("show", ""), ("adapt", "")], widget=forms.HiddenInput)
    what_changed = forms.CharField(
        label=_("What will you change?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown beside the original, to everybody who reads it. You can write it later."),
    )
    why = forms.CharField(label=_("Why?"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, municipalities: QuerySet, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["municipality"]
        field.queryset = municipalities
        if len(municipalities) == 1:
            field.widget = forms.HiddenInput()
            field.initial = municipalities[0].pk


class AdoptionTextForm(forms.ModelForm):
    """What an adopter tells of its own version."""

    class Meta:
        model = Adoption
        fields = ["what_changed", "why"]
        widgets = {"what_changed": forms.Textarea(attrs={"rows": 3}), "why": forms.Textarea(attrs={"rows": 3})}


class EndAdoptionForm(forms.Form):
    ended_reason = forms.CharField(
        label=_("Why do you stop?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown beside the original, to everybody who reads it."),
    )


class QuestionForm(forms.ModelForm):
    """The two questions after six months."""

    still_in_use = forms.ChoiceField(
        label=_("Do you still use it?"), choices=StillInUse.choices, widget=forms.RadioSelect
    )

    class Meta:
        model = Adoption
        fields = ["still_in_use", "outcome"]
        labels = {"outcome": _("What did it give?")}
        widgets = {"outcome": forms.Textarea(attrs={"rows": 4})}


class HandoverForm(forms.Form):
    """What is handed over, and to whom."""

    to_municipality = forms.ModelChoiceField(label=_("New owner"), queryset=Municipality.objects.none())
    pages = RowsField(
        label=_("Pages"), queryset=SharedPage.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    events = RowsField(
        label=_("Events"), queryset=TrainingEvent.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=_("What does the new owner need to know?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, owner: Municipality, pages: QuerySet, events: QuerySet, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to_municipality"].queryset = Municipality.objects.exclude(pk=owner.pk)
        self.fields["pages"].queryset = pages
        self.fields["events"].queryset = events


class HandoverScopeForm(forms.Form):
    """Whose and which project's things are listed to choose from."""

    owner = forms.ModelChoiceField(
        label=_("From"), queryset=Municipality.objects.none(), to_field_name="slug", required=False, empty_label=None
    )
    project = forms.ModelChoiceField(
        label=_("Project"),
        queryset=Collaboration.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("Everything"),
    )

    def __init__(self, *args, municipalities: QuerySet, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = municipalities
        taking_part = Q(lead__in=municipalities) | Q(partners__in=municipalities)
        self.fields["project"].queryset = Collaboration.objects.filter(taking_part).distinct()


class AccessibilityFeedbackForm(forms.Form):
    """What somebody could not use. No account, and no address unless one wants an answer."""

    message = forms.CharField(
        label=_("What did not work?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Tell us what you wanted to do and what happened. Write as you like."),
    )
    where = forms.CharField(
        label=_("On which page?"), max_length=300, required=False, help_text=_("Its address, or what it is about.")
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        help_text=_("Only if you want an answer. We use it for that and nothing else."),
    )
    # Seen by programs that fill in everything, not by people.
    website = forms.CharField(required=False, widget=forms.HiddenInput)
