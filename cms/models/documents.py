import re

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument

from cms.document_types import DOCUMENT_TYPES, EXTENSIONS, extension_of
from cms.models.images import _new_folder

# What Windows, macOS or a header line would stumble over in a name.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069]+')


def _upload_to(document: "PortalDocument", filename: str) -> str:
    """A plain name in a folder of its own: neither where a file lies nor its address can be guessed."""
    stem = slugify(filename.rpartition(".")[0])[:60] or "dokument"
    return f"documents/{document.folder}/{stem}.{extension_of(filename)}"


def validate_document(file) -> None:
    """A new file is of a kind we hand out, by its name and by what it holds."""
    if getattr(file, "_committed", False):
        return
    kind = DOCUMENT_TYPES.get(extension_of(file.name))
    if kind is None:
        raise ValidationError(
            _("This kind of file cannot be used. Choose one of these: %(kinds)s."),
            code="unknown_kind",
            params={"kinds": EXTENSIONS},
        )
    if file.size > kind.most_megabytes * 1024 * 1024:
        raise ValidationError(
            _("The file is too large: at most %(most)s MB."),
            code="too_large",
            params={"most": kind.most_megabytes},
        )
    if not kind.matches(file):
        raise ValidationError(
            _("The file is not what its name says (%(kind)s). Save it anew in that format and try again."),
            code="not_what_it_says",
            params={"kind": extension_of(file.name).upper()},
        )


class PortalDocument(AbstractDocument):
    """A file to download. Who may read it is told by the published pages that offer it (`cms.permissions`)."""

    file = models.FileField(
        _("file"),
        upload_to=_upload_to,
        max_length=160,
        validators=[validate_document],
        help_text=_(
            "At most 20 MB. PDF, Word, Excel, PowerPoint, OpenDocument, text or CSV. "
            "Films (MP4, WebM) at most 500 MB, with captions as WebVTT."
        ),
    )
    folder = models.CharField(max_length=32, editable=False, default=_new_folder, unique=True)

    admin_form_fields = ["title", "file", "collection"]  # no tags: their autocomplete knows no walls

    class Meta(AbstractDocument.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    @property
    def url(self) -> str:
        return reverse("document", args=[self.folder])

    @property
    def filename(self) -> str:
        """The name under which a reader saves the file: its title, whatever it was called when it was handed in."""
        title = " ".join(_NOT_IN_NAMES.sub(" ", self.title).split())[:100].strip(". ")
        extension = self.file_extension
        return f"{title.removesuffix(f'.{extension}') or 'dokument'}.{extension}"

    @property
    def file_extension(self) -> str:
        return extension_of(self.file.name)

    @property
    def kind(self) -> str:
        """What the reader calls this kind of file."""
        known = DOCUMENT_TYPES.get(self.file_extension)
        return str(known.label) if known else self.file_extension.upper()

    @property
    def is_film(self) -> bool:
        return self.content_type.startswith("video/")

    @property
    def content_type(self) -> str:
        known = DOCUMENT_TYPES.get(self.file_extension)
        return known.content_type if known else "application/octet-stream"
