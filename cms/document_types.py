"""Which kinds of documents may be handed in: told by the extension, and by what the file holds.

The name of a file says what it should be; a renamed program says it too. Nothing is unpacked: of a zip file only the
list of contents is read, and the few letters that name an OpenDocument's kind.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext_lazy as _

_ZIP = b"PK\x03\x04"
# Written text has tabs, line ends and form feeds, and no other control character.
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_BLOCK = 64 * 1024
FILM_MEGABYTES = 500


def _is_pdf(file: IO[bytes]) -> bool:
    return file.read(5) == b"%PDF-"


def _is_text(file: IO[bytes]) -> bool:
    return not any(_NOT_TEXT.search(block) for block in iter(lambda: file.read(_BLOCK), b""))


def _is_spreadsheet_text(file: IO[bytes]) -> bool:
    """Text, or UTF-16 as Excel writes it, which has a zero in every second place."""
    if file.read(2) not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        file.seek(0)
        return _is_text(file)
    file.seek(0)
    try:
        text = file.read().decode("utf-16")
    except UnicodeDecodeError:
        return False
    return not _NOT_TEXT.search(text.encode())


def _is_mp4(file: IO[bytes]) -> bool:
    """ISO 14496-12: the first box is `ftyp`."""
    return file.read(8)[4:] == b"ftyp"


def _is_webm(file: IO[bytes]) -> bool:
    """EBML (RFC 8794) that says it is WebM."""
    start = file.read(64)
    return start.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in start


def _is_captions(file: IO[bytes]) -> bool:
    """WebVTT (https://www.w3.org/TR/webvtt1/, 4.1): begins with its name, after a byte order mark or not."""
    begins = file.read(9).removeprefix(codecs.BOM_UTF8)
    file.seek(0)
    return begins.startswith(b"WEBVTT") and _is_text(file)


def _office(part: str) -> Callable[[IO[bytes]], bool]:
    """Microsoft's formats: a zip with this part, and without a program in it."""

    def is_of_kind(file: IO[bytes]) -> bool:
        with ZipFile(file) as archive:
            names = {name.lower() for name in archive.namelist()}
        has_program = any(name.endswith("vbaproject.bin") for name in names)
        return {"[content_types].xml", part} <= names and not has_program

    return is_of_kind


def _open_document(kind: str) -> Callable[[IO[bytes]], bool]:
    """ISO 26300: a zip whose file `mimetype` names the kind."""
    wanted = f"application/vnd.oasis.opendocument.{kind}".encode()

    def is_of_kind(file: IO[bytes]) -> bool:
        with ZipFile(file) as archive:
            if "mimetype" not in archive.namelist():
                return False
            with archive.open("mimetype") as entry:
                return entry.read(len(wanted) + 1) == wanted

    return is_of_kind


@dataclass(frozen=True)
class DocumentType:
    label: str
    content_type: str
    is_of_kind: Callable[[IO[bytes]], bool]
    is_zip: bool = False
    most_megabytes: int = 20

    def matches(self, file: IO[bytes]) -> bool:
        """The file holds what its extension says. Leaves the file at its beginning."""
        file.seek(0)
        try:
            if self.is_zip and file.read(4) != _ZIP:
                return False
            file.seek(0)
            return self.is_of_kind(file)
        except (BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
            return False
        finally:
            file.seek(0)


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

DOCUMENT_TYPES: dict[str, DocumentType] = {
    "pdf": DocumentType("PDF", "application/pdf", _is_pdf),
    "docx": DocumentType("Word", f"{_OFFICE}wordprocessingml.document", _office("word/document.xml"), is_zip=True),
    "xlsx": DocumentType("Excel", f"{_OFFICE}spreadsheetml.sheet", _office("xl/workbook.xml"), is_zip=True),
    "pptx": DocumentType(
        "PowerPoint", f"{_OFFICE}presentationml.presentation", _office("ppt/presentation.xml"), is_zip=True
    ),
    "odt": DocumentType(_("OpenDocument text"), f"{_OPEN}text", _open_document("text"), is_zip=True),
    "ods": DocumentType(
        _("OpenDocument spreadsheet"), f"{_OPEN}spreadsheet", _open_document("spreadsheet"), is_zip=True
    ),
    "odp": DocumentType(
        _("OpenDocument presentation"), f"{_OPEN}presentation", _open_document("presentation"), is_zip=True
    ),
    "txt": DocumentType(_("Text"), "text/plain; charset=utf-8", _is_text),
    "csv": DocumentType("CSV", "text/csv; charset=utf-8", _is_spreadsheet_text),
    "mp4": DocumentType(_("Film (MP4)"), "video/mp4", _is_mp4, most_megabytes=FILM_MEGABYTES),
    "webm": DocumentType(_("Film (WebM)"), "video/webm", _is_webm, most_megabytes=FILM_MEGABYTES),
    "vtt": DocumentType(_("Captions (WebVTT)"), "text/vtt; charset=utf-8", _is_captions),
}
EXTENSIONS = ", ".join(DOCUMENT_TYPES).upper()


def extension_of(name: str) -> str:
    """ "Rutin.PDF" → "pdf"; "" where there is none."""
    return PurePath(name).suffix[1:].lower()
