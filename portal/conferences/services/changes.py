"""What a version of a programme changes against the one before, session by session."""

from dataclasses import asdict, dataclass, field
from typing import Any

from portal.conferences.enums import ChangeKind
from portal.conferences.services.programmes import Programme, ProgrammeSession

# What matters to whoever takes part: a new description is no reason for a mail.
OF_THE_SLOT = {ChangeKind.TIME.value, ChangeKind.ROOM.value}


@dataclass(frozen=True)
class Change:
    """One session and all that is new about it; what was and what is as `_told` writes it, "" for none."""

    session: str  # its id
    title: str
    kinds: tuple[str, ...]
    was: dict[str, str] = field(default_factory=dict)
    now: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        return [str(ChangeKind(kind).label) for kind in self.kinds]

    def stored(self) -> dict[str, Any]:
        return {**asdict(self), "kinds": list(self.kinds)}


def loaded(rows: list[dict[str, Any]]) -> list[Change]:
    """What `Change.stored` wrote."""
    return [Change(**{**row, "kinds": tuple(row["kinds"])}) for row in rows]


def between(before: Programme | None, after: Programme) -> list[Change]:
    """The changes by time of the session; all sessions are new against None. Sessions without a time are not there."""
    old = {s.id: s for s in before.scheduled} if before else {}
    new = {s.id: s for s in after.scheduled}
    changes = []
    for session in new.values():
        was = old.get(session.id)
        kinds = _kinds(was, session) if was else (ChangeKind.NEW.value,)
        if kinds:
            changes.append(Change(session.id, session.title, kinds, was=_told(was) if was else {}, now=_told(session)))
    gone = [Change(s.id, s.title, (ChangeKind.GONE.value,), was=_told(s)) for s in old.values() if s.id not in new]
    return changes + gone


def people_to_tell(before: Programme | None, after: Programme) -> set[str]:
    """Ids of those whose own slot is new, moved or gone: they get a mail, and nobody else."""
    old = {s.id: s for s in before.scheduled} if before else {}
    new = {s.id: s for s in after.scheduled}
    told: set[str] = set()
    for session_id in {*old, *new}:
        was, now = old.get(session_id), new.get(session_id)
        there = {who for who, _role in was.people} if was else set()
        here = {who for who, _role in now.people} if now else set()
        if was and now and OF_THE_SLOT.isdisjoint(_kinds(was, now)):
            told |= there ^ here
        else:
            told |= there | here
    return told


def _kinds(was: ProgrammeSession, now: ProgrammeSession) -> tuple[str, ...]:
    found = []
    if (was.starts_at, was.ends_at) != (now.starts_at, now.ends_at):
        found.append(ChangeKind.TIME)
    # Another name or way for the same room is a new room to whoever looks for it.
    if was.room != now.room:
        found.append(ChangeKind.ROOM)
    if was.people != now.people:
        found.append(ChangeKind.PEOPLE)
    if (was.title, was.description, was.kind, was.track, was.page_ids) != (
        now.title,
        now.description,
        now.kind,
        now.track,
        now.page_ids,
    ):
        found.append(ChangeKind.TEXT)
    return tuple(kind.value for kind in found)


def _told(session: ProgrammeSession) -> dict[str, str]:
    return {
        "starts_at": session.starts_at.isoformat() if session.starts_at else "",
        "ends_at": session.ends_at.isoformat() if session.ends_at else "",
        "room": session.room.name if session.room else "",
    }
