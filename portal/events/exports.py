"""Participant lists and certificates as files. No cell can start a formula in a spreadsheet (OWASP: CSV injection)."""

import io
from collections.abc import Iterable, Sequence

import segno
import xlsxwriter
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.core.exports import csv_file, pdf_file
from portal.core.services import duration_text
from portal.events.models import Certificate, DateChoice, SignUp, TrainingEvent
from portal.events.services import attendance
from portal.events.services.attendance import Presence

BADGES_ON_A_SHEET = 8


def headings(*, with_dates: bool = False) -> list[str]:
    """`with_dates` where people choose which dates they come to."""
    return [
        _("Name"),
        _("E-mail"),
        _("Municipality"),
        _("Unit"),
        _("Status"),
        _("Signed up"),
        _("Came"),
        _("Attendance"),
        *([_("Dates")] if with_dates else []),
    ]


def rows(sign_ups: Sequence[SignUp]) -> list[list[str]]:
    """One row of texts a sign-up; `sign_ups` must have person, municipality and unit fetched."""
    presences = attendance.presences(sign_ups)
    chosen = _chosen_dates(sign_ups)
    return [
        [
            str(entry.person),
            entry.person.shown_email,
            entry.comes_from,
            entry.unit.name if entry.unit else "",
            participant_state(entry),
            f"{timezone.localtime(entry.created_at):%Y-%m-%d %H:%M}",
            presence_text(presences.get(entry.pk)),
            duration_text(presences[entry.pk].minutes) if entry.pk in presences else "",
            *([] if chosen is None else [", ".join(chosen.get(entry.pk, []))]),
        ]
        for entry in sign_ups
    ]


def _chosen_dates(sign_ups: Sequence[SignUp]) -> dict[int, list[str]] | None:
    """The days that each of them has chosen, by id, of the event's; None where one does not choose."""
    if not sign_ups or sign_ups[0].event.dates_to_choose is None:
        return None
    days: dict[int, list[str]] = {}
    choices = DateChoice.objects.filter(sign_up__in=[entry.pk for entry in sign_ups])
    for entry_id, starts_at in choices.order_by("occasion__starts_at").values_list("sign_up", "occasion__starts_at"):
        days.setdefault(entry_id, []).append(f"{timezone.localtime(starts_at):%Y-%m-%d}")
    return days


def _table(sign_ups: Sequence[SignUp]) -> list[list[str]]:
    chooses = bool(sign_ups) and sign_ups[0].event.dates_to_choose is not None
    return [headings(with_dates=chooses), *rows(sign_ups)]


def participant_state(entry: SignUp) -> str:
    """The state as a coordinator reads it, about somebody else."""
    if entry.was_cancelled_by_organiser:
        return _("Cancelled by the organiser")
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


def presence_text(presence: Presence | None) -> str:
    """Whether somebody with a seat came; "" while nobody can tell."""
    if presence is None:
        return ""
    if not presence.came:
        return _("Did not come")
    return _("Came") if presence.is_whole else _("Came for a part")


def as_csv(sign_ups: Sequence[SignUp]) -> bytes:
    return csv_file(_table(sign_ups))


def as_xlsx(sign_ups: Sequence[SignUp]) -> bytes:
    """Every cell is written as text, so nothing is calculated."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet(_("Participants")[:31])
        bold = workbook.add_format({"bold": True})
        table = _table(sign_ups)
        for row_number, row in enumerate(table):
            for column, cell in enumerate(row):
                sheet.write_string(row_number, column, cell, bold if row_number == 0 else None)
        for column in range(len(table[0])):
            sheet.set_column(column, column, min(max(len(row[column]) for row in table) + 2, 48))
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def certificates_pdf(certificates: Iterable[Certificate]) -> bytes:
    """One page for each certificate. Raises `portal.core.exports.PdfUnavailable` where no PDF can be written."""
    return pdf_file(certificates_page(certificates))


def certificates_page(certificates: Iterable[Certificate], *, to_print: bool = False) -> str:
    """The same as a page of HTML; with a sentence on how to print it where it is shown instead of the PDF."""
    shown = [
        (certificate, address := settings.BASE_URL + certificate.get_absolute_url(), _qr_code(address))
        for certificate in certificates
    ]
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string(
            "events/certificate.html",
            {"certificates": shown, "check_at": settings.BASE_URL.partition("//")[2], "to_print": to_print},
        )


def badges_pdf(event: TrainingEvent, sign_ups: Sequence[SignUp]) -> bytes:
    """Name badges, eight on a sheet; `sign_ups` must have person and municipality fetched.

    Raises `portal.core.exports.PdfUnavailable` where no PDF can be written.
    """
    return pdf_file(badges_page(event, sign_ups))


def badges_page(event: TrainingEvent, sign_ups: Sequence[SignUp], *, to_print: bool = False) -> str:
    """The same as a page of HTML; with a sentence on how to print it where it is shown instead of the PDF."""
    badges = [(entry, _qr_code(settings.BASE_URL + reverse("check_in", args=[entry.uid]))) for entry in sign_ups]
    sheets = [badges[start : start + BADGES_ON_A_SHEET] for start in range(0, len(badges), BADGES_ON_A_SHEET)]
    project = event.collaboration
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string(
            "events/badges.html",
            {
                "event": event,
                "sheets": sheets,
                "is_esf_project": project is not None and project.is_esf_project,
                "to_print": to_print,
            },
        )


def _qr_code(address: str) -> str:
    """An SVG in an address: as a picture it has an alternative text, which an SVG in the page has not in a PDF."""
    return segno.make(address, error="m").svg_data_uri(border=2, scale=4)
