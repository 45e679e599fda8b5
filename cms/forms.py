from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from cms.models.images import without_metadata
from portal.municipalities.enums import Right
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import municipalities_with
from portal.municipalities.services.esf_records import MAX_SIZE


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
