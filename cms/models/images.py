import secrets
from io import BytesIO
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.db import models
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, ImageSequence
from wagtail.images.models import (
    AbstractImage,
    AbstractRendition,
    WagtailImageField,
    WagtailImageFieldFile,
    get_upload_to,
)

# What a picture needs to look the same; everything else that is told beside it goes (place, camera, names).
_KEPT = {"icc_profile", "transparency", "background", "duration", "loop"}


def _new_folder() -> str:
    return secrets.token_hex(16)


def without_metadata(file) -> ContentFile:
    """The same picture written anew, upright, with nothing in the file but the picture.

    Raises OSError or another of Pillow's errors where the file cannot be read to its end.
    """
    file.seek(0)
    with Image.open(file) as original:
        # A photograph from a telephone may be a JPEG with further pictures behind it; the first is the photograph.
        kind = "JPEG" if original.format == "MPO" else original.format
        pictures = [_upright(frame) for frame in ImageSequence.Iterator(original)]
    first, *further = pictures[:1] if kind == "JPEG" else pictures
    options: dict = {"quality": 90} if kind in ("JPEG", "WEBP", "AVIF") else {}
    if further:
        options |= {"save_all": True, "append_images": further, "loop": first.info.get("loop", 0)}
        options |= {"duration": [picture.info.get("duration", 100) for picture in pictures]}
    if profile := first.info.get("icc_profile"):
        options["icc_profile"] = profile
    written = BytesIO()
    first.save(written, format=kind, **options)
    return ContentFile(written.getvalue(), name=file.name)


def _upright(frame: Image.Image) -> Image.Image:
    picture = ImageOps.exif_transpose(frame)
    if picture is frame:
        picture = frame.copy()
    picture.info = {key: value for key, value in picture.info.items() if key in _KEPT}
    picture.getexif().clear()
    return picture


class PortalImageFieldFile(WagtailImageFieldFile):
    def save(self, name, content, save=True):
        """The one way into the store, whichever form or command a picture comes by: it loses its metadata here."""
        content = without_metadata(content)
        self.instance.file_size = content.size
        super().save(name, content, save)


class PortalImageField(WagtailImageField):
    attr_class = PortalImageFieldFile


class PeopleShown(models.TextChoices):
    """Who can be recognised, and whether they have said yes to it (GDPR, article 6.1 a: consent, for extras only)."""

    NOBODY = "nobody", _("Nobody can be recognised")
    CONSENT = "consent", _("Everybody who can be recognised has said yes")


class PortalImage(AbstractImage):
    """Our image model, so that fields can be added later without moving files.

    Files lie under a random folder, by which the view `picture` finds the image and asks who may see it.
    """

    file = PortalImageField(
        verbose_name=_("file"),
        upload_to=get_upload_to,
        width_field="width",
        height_field="height",
    )
    folder = models.CharField(max_length=32, editable=False, default=_new_folder, unique=True)

    people = models.CharField(
        _("people in the picture"),
        max_length=8,
        choices=PeopleShown.choices,
        blank=True,
        help_text=_("Asked for where a picture stands on a conference’s page that others may read."),
    )

    # No tags: their autocomplete knows no walls.
    admin_form_fields = ["title", "file", "description", "people", "collection"]

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def save(self, *args, **kwargs):
        # Before the row is put together: upright, the picture may have other measures than it came with.
        if self.file and not self.file._committed:
            self.file.save(self.file.name, self.file.file, save=False)
        super().save(*args, **kwargs)

    def get_upload_to(self, filename: str) -> str:
        path = PurePosixPath(super().get_upload_to(filename))
        return f"original_images/{self.folder}/{path.name}"


class PortalRendition(AbstractRendition):
    image = models.ForeignKey(PortalImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "filter_spec", "focal_point_key"], name="one_rendition_each")
        ]

    def get_upload_to(self, filename: str) -> str:
        path = PurePosixPath(super().get_upload_to(filename))
        return f"images/{self.image.folder}/{path.name}"
