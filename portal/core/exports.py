"""Files for spreadsheets. No cell can start a formula (OWASP: CSV injection)."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

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
