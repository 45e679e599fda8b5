import secrets
from pathlib import PurePosixPath

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition


def _new_folder() -> str:
    return secrets.token_hex(16)


class PortalImage(AbstractImage):
    """Our image model, so that fields can be added later without moving files.

    Files lie under a random folder: the address of a picture on an internal page cannot be guessed.
    """

    folder = models.CharField(max_length=32, editable=False, default=_new_folder)

    admin_form_fields = ["title", "file", "description", "collection"]  # no tags: their autocomplete knows no walls

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

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
