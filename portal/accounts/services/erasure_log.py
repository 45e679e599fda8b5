"""Who was erased, outside the database: a restored back-up brings people back who must stay erased.

And whose identity was protected, whose name it would bring back. A line each: a number, and when that account was made,
so that nobody else can be meant. No name, no address; of a protected identity the alias. The file
is kept beside the back-ups' machine, not in the database (`settings.ERASURE_LOG`).
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

ERASED, PROTECTED, SHOWN = "erased", "protected", "shown"


class Line(NamedTuple):
    person: int
    joined_at: datetime
    at: datetime
    act: str = ERASED
    alias: str = ""


def write(person, at: datetime, *, act: str = ERASED, alias: str = "") -> None:
    """Add that `person` was erased, protected as `alias`, or shown again at `at` (aware).

    Raises OSError where it cannot be kept.
    """
    path = Path(settings.ERASURE_LOG)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"person": person.pk, "joined_at": person.date_joined.isoformat(), "at": at.isoformat()}
    if act != ERASED:
        line |= {"act": act, "alias": alias}
    # One write to a file opened for adding: processes do not write into each other's lines (POSIX, O_APPEND).
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, (json.dumps(line) + "\n").encode())
        os.fsync(file)
    finally:
        os.close(file)


def lines() -> Iterator[Line]:
    """Every line, oldest first; none where there are none yet."""
    path = Path(settings.ERASURE_LOG)
    if not path.exists():
        return
    for text in path.read_text().splitlines():
        row = json.loads(text)
        moments = datetime.fromisoformat(row["joined_at"]), datetime.fromisoformat(row["at"])
        yield Line(row["person"], *moments, row.get("act", ERASED), row.get("alias", ""))
