"""A day's programme as a table: rooms beside each other, time downwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from portal.conferences.services.programmes import ProgrammeDay, ProgrammeRoom, ProgrammeSession


@dataclass(frozen=True)
class Cell:
    """What fills so many rows and columns; without sessions it is empty."""

    sessions: tuple[ProgrammeSession, ...] = ()
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True)
class Row:
    starts_at: datetime
    ends_at: datetime
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """`columns` are the rooms that are used that day; None, if there, for what has none. Each row begins where
    something begins or ends; times when nothing is on are left out."""

    day: ProgrammeDay
    columns: tuple[ProgrammeRoom | None, ...]
    rows: tuple[Row, ...]


def grid_of(day: ProgrammeDay, rooms: Iterable[ProgrammeRoom]) -> Grid:
    """What is alone at its time goes across all rooms; what overlaps in one room shares a cell."""
    alone = day.alone
    beside = [s for s in day.sessions if s.id not in alone]
    used = {s.room.id if s.room else None for s in beside}
    columns = [room for room in rooms if room.id in used] + ([None] if None in used else [])
    if not columns:
        columns = [None]
    moments = sorted({moment for s in day.sessions for moment in (s.starts_at, s.ends_at) if moment})
    spans = list(pairwise(moments))
    cells = {column.id if column else None: _cells(column, beside) for column in columns}
    rows = []
    for starts_at, ends_at in spans:
        on = [s for s in day.sessions if s.is_on_at(starts_at)]
        if not on:
            continue
        if on[0].id in alone:
            rows.append(Row(starts_at, ends_at, (Cell((on[0],), columns=len(columns)),)))
            continue
        row = []
        for column in columns:
            found = next((c for c in cells[column.id if column else None] if c[0] <= starts_at < c[1]), None)
            if found is None:
                row.append(Cell())
            elif found[0] == starts_at:
                length = sum(1 for span in spans if found[0] <= span[0] < found[1])
                row.append(Cell(tuple(found[2]), rows=length))
        rows.append(Row(starts_at, ends_at, tuple(row)))
    return Grid(day, tuple(columns), tuple(rows))


def _cells(column: ProgrammeRoom | None, sessions: list[ProgrammeSession]) -> list[tuple[datetime, datetime, list]]:
    """The sessions of a room, those that overlap together: from, to, which."""
    found: list[tuple[datetime, datetime, list]] = []
    for session in sessions:
        if session.room != column or session.starts_at is None or session.ends_at is None:
            continue
        if found and session.starts_at < found[-1][1]:
            start, end, together = found[-1]
            found[-1] = (start, max(end, session.ends_at), [*together, session])
        else:
            found.append((session.starts_at, session.ends_at, [session]))
    return found
