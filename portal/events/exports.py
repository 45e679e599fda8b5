"""Participant lists as files. No cell can start a formula in a spreadsheet (OWASP: CSV injection)."""

import io
from collections.abc import Iterable

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.exports import csv_file
from portal.events.models import SignUp


def headings() -> list[str]:
    return [_("Name"), _("E-mail"), _("Municipality"), _("Unit"), _("Status"), _("Signed up")]


def rows(sign_ups: Iterable[SignUp]) -> list[list[str]]:
    """One row of texts a sign-up; `sign_ups` must have person, municipality and unit fetched."""
    return [
        [
            str(entry.person),
            entry.person.email or "",
            entry.municipality.short_name,
            entry.unit.name if entry.unit else "",
            participant_state(entry),
            f"{timezone.localtime(entry.created_at):%Y-%m-%d %H:%M}",
        ]
        for entry in sign_ups
    ]


def participant_state(entry: SignUp) -> str:
    """The state as a coordinator reads it, about somebody else."""
    return {
        "confirmed": _("Has a seat"),
        "waiting": _("On the waiting list"),
        "offered": _("Offered a seat"),
        "awaiting": _("Waits for the manager"),
        "awaiting_seat": _("Waits for the manager, with a seat"),
        "declined": _("Declined"),
        "lapsed": _("Offer ran out"),
        "cancelled": _("Has cancelled"),
        "event_cancelled": _("Event cancelled"),
    }[entry.state]


def as_csv(sign_ups: Iterable[SignUp]) -> bytes:
    return csv_file([headings(), *rows(sign_ups)])


def as_xlsx(sign_ups: Iterable[SignUp]) -> bytes:
    """Every cell is written as text, so nothing is calculated."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet(_("Participants")[:31])
        bold = workbook.add_format({"bold": True})
        table = [headings(), *rows(sign_ups)]
        for row_number, row in enumerate(table):
            for column, cell in enumerate(row):
                sheet.write_string(row_number, column, cell, bold if row_number == 0 else None)
        for column in range(len(table[0])):
            sheet.set_column(column, column, min(max(len(row[column]) for row in table) + 2, 48))
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()
