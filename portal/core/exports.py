"""Files for spreadsheets and for paper. No cell can start a formula (OWASP: CSV injection)."""

import csv
import io
import mimetypes
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

_PHONE_OR_NUMBER = re.compile(r"^[+-]?[\d\s().-]+$")


def csv_file(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows of texts as CSV; semicolons and a byte order mark: what a Swedish Excel opens right."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """An apostrophe before what a spreadsheet would calculate; a phone number such as +46 70 stays as it is."""
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _PHONE_OR_NUMBER.match(cell):
        return "'" + cell
    return cell


class PdfUnavailable(Exception):
    """This machine cannot write PDF: WeasyPrint's system library (Pango) is not there."""


def pdf_file(html: str) -> bytes:
    """A page of HTML as a tagged PDF (PDF/UA-1, ISO 14289-1), with its title and language.

    Nothing is fetched but our own static files and what stands in the page itself. Raises PdfUnavailable where the
    system library is missing.
    """
    try:
        # Imported here: importing it loads the library, which an installation may be without.
        from weasyprint import HTML
    except OSError as error:
        raise PdfUnavailable(str(error)) from error
    page = HTML(string=html, base_url=_OWN, url_fetcher=_own_files_only())
    return page.write_pdf(pdf_variant="pdf/ua-1")


# Relative addresses need something to be relative to; nothing is asked there.
_OWN = "https://own.invalid/"


def _own_files_only() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFilesOnly(URLFetcher):
        def fetch(self, url: str, headers: dict | None = None) -> URLFetcherResponse:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            address = unquote(urlsplit(url).path)
            if not url.startswith(_OWN) or not address.startswith(settings.STATIC_URL):
                raise ValueError(f"Not one of our static files: {url}")
            kind = mimetypes.guess_type(address)[0] or "application/octet-stream"
            return URLFetcherResponse(url, _static_file(address), {"Content-Type": kind})

    return OwnFilesOnly(allowed_protocols=["data"])


def _static_file(address: str) -> bytes:
    name = address.removeprefix(settings.STATIC_URL)
    if path := finders.find(name):
        with open(path, "rb") as file:
            return file.read()
    # Collected, its name has a hash in it that the sources do not know.
    with staticfiles_storage.open(name) as file:
        return file.read()
