"""A released programme on paper: a list to carry along (A4), and a timetable for the wall, a day at a time (A3).

The A3 table is laid out here rather than by `grids`: a PDF's structure, as it is written, knows no cell that fills
several rows or columns (PDF/UA-1, ISO 14289-1, 7.5 asks that it does). What fills several rows says that it goes on;
what everybody goes to stands between the tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

import segno
from django.core.cache import cache
from django.template.loader import render_to_string

from portal.conferences.services.programmes import Programme, ProgrammeDay, ProgrammeRoom, ProgrammeSession
from portal.core.exports import pdf_file

_KEPT_SECONDS = 60 * 60


class Paper(StrEnum):
    A4 = "a4"
    A3 = "a3"


@dataclass(frozen=True)
class PrintedFacts:
    """What paper says of the conference beside its programme, as texts; `address` is the online programme's, absolute.

    `project` is the collaboration that it belongs to; the emblem stands there where `is_esf_project`
    (Regulation (EU) 2021/1060, article 50).
    """

    title: str
    municipality: str
    dates: str
    place: str
    address: str
    street: str = ""
    accessibility: str = ""
    project: str = ""
    is_esf_project: bool = False


@dataclass(frozen=True)
class WallCell:
    """What begins here; what began above and is still on."""

    sessions: tuple[ProgrammeSession, ...] = ()
    going_on: tuple[ProgrammeSession, ...] = ()


@dataclass(frozen=True)
class WallRow:
    """What begins at one time; `ends_at` is None where not everything ends at the same."""

    starts_at: datetime
    ends_at: datetime | None
    cells: tuple[WallCell, ...]


@dataclass(frozen=True)
class WallBlock:
    """Either what everybody goes to, or rows of what is on beside each other."""

    together: ProgrammeSession | None = None
    rows: tuple[WallRow, ...] = ()


@dataclass(frozen=True)
class WallDay:
    """`columns` are the rooms with something beside something else that day; None, if there, for what has no room.
    `rooms` are those that are used that day and that have a way to be found."""

    day: ProgrammeDay
    columns: tuple[ProgrammeRoom | None, ...]
    blocks: tuple[WallBlock, ...]
    rooms: tuple[ProgrammeRoom, ...]

    @property
    def density(self) -> str:
        """How large the letters can be for the day to fill a sheet, and for the rooms to go side by side."""
        if len(self.columns) > 4:
            return "full" if len(self.columns) <= 6 else "dense"
        # A row is as high as about three lines of what everybody goes to.
        return "airy" if sum(3 * len(block.rows) or 1 for block in self.blocks) <= 16 else "roomy"


def programme_pdf(programme: Programme, facts: PrintedFacts, paper: Paper = Paper.A4) -> bytes:
    """The programme as a tagged PDF. Raises `portal.core.exports.PdfUnavailable` where no PDF can be written.

    Two hundred sessions take seconds to lay out and everybody asks for the same, so a file is kept for a while, found
    by all that stands in it: who takes back their consent is in none that is handed out afterwards.
    """
    page = programme_page(programme, facts, paper)
    key = f"programme-pdf:{sha256(page.encode()).hexdigest()}"
    content = cache.get(key)
    if content is None:
        content = pdf_file(page)
        cache.set(key, content, _KEPT_SECONDS)
    return content


def programme_page(
    programme: Programme, facts: PrintedFacts, paper: Paper = Paper.A4, *, to_print: bool = False
) -> str:
    """The same as a page of HTML in the language in use; with a sentence on how to print it instead of the PDF."""
    context = {
        "programme": programme,
        "facts": facts,
        "paper": paper,
        "days": [wall_day(day, programme.rooms) for day in programme.days] if paper is Paper.A3 else programme.days,
        # As a picture it has an alternative text, which an SVG in the page has not in a PDF.
        "qr_code": segno.make(facts.address, error="m").svg_data_uri(border=2, scale=4),
        "shown_address": facts.address.partition("//")[2],
        "to_print": to_print,
    }
    return render_to_string(f"conferences/programme_print_{paper}.html", context)


def wall_day(day: ProgrammeDay, rooms: Iterable[ProgrammeRoom]) -> WallDay:
    """Every session of the day once: between tables when nothing else is on, else in its room's column."""
    alone = day.alone
    rooms = tuple(rooms)
    used = {s.room for s in day.sessions if s.id not in alone}
    columns = (*(room for room in rooms if room in used), *([None] if None in used else []))
    blocks: list[WallBlock] = []
    beside: list[ProgrammeSession] = []
    for session in day.sessions:
        if session.id not in alone:
            beside.append(session)
            continue
        if beside:
            blocks.append(WallBlock(rows=_rows(beside, columns)))
            beside = []
        blocks.append(WallBlock(together=session))
    if beside:
        blocks.append(WallBlock(rows=_rows(beside, columns)))
    there = {s.room for s in day.sessions}
    to_find = tuple(room for room in rooms if room in there and room.directions)
    return WallDay(day, columns, tuple(blocks), to_find)


def _rows(sessions: list[ProgrammeSession], columns: tuple[ProgrammeRoom | None, ...]) -> tuple[WallRow, ...]:
    rows = []
    for moment in sorted({s.starts_at for s in sessions if s.starts_at}):
        begun = [s for s in sessions if s.starts_at == moment]
        on = [s for s in sessions if s.is_on_at(moment) and s.starts_at != moment]
        ends = {s.ends_at for s in begun}
        cells = (
            WallCell(
                tuple(s for s in begun if s.room == column),
                tuple(s for s in on if s.room == column),
            )
            for column in columns
        )
        rows.append(WallRow(moment, ends.pop() if len(ends) == 1 else None, tuple(cells)))
    return tuple(rows)
