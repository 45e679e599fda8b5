"""A programme as plain data: the one being planned, and those that were released.

Everything that shows, compares, checks or exports a programme takes a `Programme` and asks the database nothing more.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from portal.conferences.enums import PartRole, RoomKind, SessionKind
from portal.conferences.models import Conference, Release, Speaker

# Under which the ids of sessions and rooms are UUIDs for those formats that want some (frab); never to be changed.
_NAMESPACE = uuid.UUID("6f1c1c1e-6d55-4f0e-9a55-2f9d7f6b9c10")
_LATE = datetime.max.replace(tzinfo=timezone.get_fixed_timezone(0))


@dataclass(frozen=True)
class ProgrammeRoom:
    id: str
    name: str
    kind: str = RoomKind.ON_SITE.value
    seats: int | None = None
    directions: str = ""

    @property
    def is_digital(self) -> bool:
        return self.kind == RoomKind.DIGITAL

    @property
    def guid(self) -> uuid.UUID:
        return uuid.uuid5(_NAMESPACE, f"room:{self.id}")


@dataclass(frozen=True)
class ProgrammeTrack:
    id: str
    name: str
    colour: str


@dataclass(frozen=True)
class ProgrammeSpeaker:
    """Somebody who has said yes to being named; `number` is the record's, for formats that want integers."""

    id: str
    number: int
    name: str
    occupation: str = ""
    organisation: str = ""
    about: str = ""
    picture_id: int | None = None

    @property
    def byline(self) -> str:
        """What stands below the name: "Kock, Trelleborgs kommun"."""
        return ", ".join(part for part in (self.occupation, self.organisation) if part)

    @property
    def guid(self) -> uuid.UUID:
        return uuid.uuid5(_NAMESPACE, f"speaker:{self.id}")


@dataclass(frozen=True)
class ProgrammePart:
    speaker: ProgrammeSpeaker
    role: str

    @property
    def role_label(self) -> str:
        return str(PartRole(self.role).label)


@dataclass(frozen=True)
class ProgrammeSession:
    """One thing in a programme. Moments are aware; both are None while it has no time (never in a release)."""

    id: str
    number: int
    title: str
    kind: str
    description: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    room: ProgrammeRoom | None = None
    track: ProgrammeTrack | None = None
    # Ids of all who take part, in order, with their roles; `parts` are those of them who may be named.
    people: tuple[tuple[str, str], ...] = ()
    parts: tuple[ProgrammePart, ...] = ()
    page_ids: tuple[int, ...] = ()

    @property
    def is_break(self) -> bool:
        return self.kind == SessionKind.BREAK

    @property
    def kind_label(self) -> str:
        return str(SessionKind(self.kind).label)

    @property
    def day(self) -> date | None:
        """In Swedish time."""
        return timezone.localtime(self.starts_at).date() if self.starts_at else None

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60) if self.starts_at and self.ends_at else 0

    @property
    def guid(self) -> uuid.UUID:
        return uuid.uuid5(_NAMESPACE, f"session:{self.id}")

    def is_on_at(self, now: datetime) -> bool:
        return bool(self.starts_at and self.ends_at and self.starts_at <= now < self.ends_at)

    def overlaps(self, other: "ProgrammeSession") -> bool:
        """Some time is in both; one that ends when the other begins is none."""
        return bool(
            self.starts_at
            and self.ends_at
            and other.starts_at
            and other.ends_at
            and self.starts_at < other.ends_at
            and other.starts_at < self.ends_at
        )


@dataclass(frozen=True)
class ProgrammeDay:
    date: date
    sessions: list[ProgrammeSession]

    @property
    def alone(self) -> set[str]:
        """Ids of the sessions beside which nothing else is on: what everybody goes to."""
        return {s.id for s in self.sessions if not any(s.overlaps(other) for other in self.sessions if other is not s)}


@dataclass(frozen=True)
class Programme:
    """Rooms and tracks in the organiser's order; sessions by time, then room, those without a time last."""

    rooms: tuple[ProgrammeRoom, ...] = ()
    tracks: tuple[ProgrammeTrack, ...] = ()
    sessions: tuple[ProgrammeSession, ...] = ()
    # Of which release; None for the one that is being planned.
    number: int | None = None
    released_at: datetime | None = None
    name: str = ""
    _by_id: dict[str, ProgrammeSession] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_id.update((session.id, session) for session in self.sessions)

    def session(self, session_id: str) -> ProgrammeSession | None:
        return self._by_id.get(session_id)

    def only(self, keep: Callable[[ProgrammeSession], bool]) -> "Programme":
        """The same programme with those of its sessions alone that `keep` says yes to."""
        return replace(self, sessions=tuple(session for session in self.sessions if keep(session)))

    @property
    def scheduled(self) -> list[ProgrammeSession]:
        return [session for session in self.sessions if session.starts_at]

    @property
    def unscheduled(self) -> list[ProgrammeSession]:
        return [session for session in self.sessions if not session.starts_at]

    @property
    def days(self) -> list[ProgrammeDay]:
        return [
            ProgrammeDay(day, list(sessions))
            for day, sessions in groupby(self.scheduled, key=lambda session: session.day)
            if day
        ]

    @property
    def speakers(self) -> list[ProgrammeSpeaker]:
        """Everybody who may be named and takes part in something, by name."""
        people = {part.speaker.id: part.speaker for session in self.sessions for part in session.parts}
        return sorted(people.values(), key=lambda speaker: (speaker.name.casefold(), speaker.id))

    def sessions_of(self, speaker_id: str) -> list[ProgrammeSession]:
        """Where somebody takes part, named or not, by time."""
        return [session for session in self.sessions if any(who == speaker_id for who, _role in session.people)]

    @property
    def kinds(self) -> list[str]:
        """The kinds that occur, in the order of `SessionKind`."""
        there = {session.kind for session in self.sessions}
        return [kind.value for kind in SessionKind if kind.value in there]

    def now_and_next(self, now: datetime) -> tuple[list[ProgrammeSession], list[ProgrammeSession]]:
        """What is on at `now`, and what begins next on the same Swedish day (all that begin at that moment)."""
        today = timezone.localtime(now).date()
        later = [s for s in self.scheduled if s.day == today and s.starts_at and s.starts_at > now]
        first = min((s.starts_at for s in later if s.starts_at), default=None)
        return [s for s in self.scheduled if s.is_on_at(now)], [s for s in later if s.starts_at == first]


def draft(conference: Conference) -> Programme:
    """What is being planned, people named who would be; in six statements."""
    rooms = {row.pk: _room(row) for row in conference.rooms.all()}
    tracks = {row.pk: ProgrammeTrack(row.public_id, row.name, row.colour) for row in conference.tracks.all()}
    sessions = []
    for row in conference.sessions.prefetch_related("parts__speaker", "pages"):
        parts = list(row.parts.all())
        sessions.append(
            ProgrammeSession(
                id=row.public_id,
                number=row.pk,
                title=row.title,
                kind=row.kind,
                description=row.description,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                room=rooms.get(row.room_id),
                track=tracks.get(row.track_id),
                people=tuple((part.speaker.public_id, part.role) for part in parts),
                parts=tuple(
                    ProgrammePart(_speaker(part.speaker), part.role) for part in parts if part.speaker.consent_at
                ),
                page_ids=tuple(sorted(page.pk for page in row.pages.all())),
            )
        )
    return Programme(tuple(rooms.values()), tuple(tracks.values()), _in_order(sessions, list(rooms.values())))


def latest(conference: Conference) -> Programme | None:
    """The programme that is public now; None before the first release. Two statements."""
    release = conference.releases.first()
    return of_release(release) if release else None


def of_release(release: Release) -> Programme:
    """A released programme with the names of those who may be named today."""
    named = {speaker.public_id: _speaker(speaker) for speaker in _speakers_of(release.conference_id)}
    return _loaded(release.programme, named, release)


def stored(programme: Programme) -> dict[str, Any]:
    """`programme` as JSON for a release: what has a time, people as ids only; moments in UTC (ISO 8601)."""
    return {
        "rooms": [
            {"id": r.id, "name": r.name, "kind": r.kind, "seats": r.seats, "directions": r.directions}
            for r in programme.rooms
        ],
        "tracks": [{"id": t.id, "name": t.name, "colour": t.colour} for t in programme.tracks],
        "sessions": [
            {
                "id": s.id,
                "number": s.number,
                "title": s.title,
                "kind": s.kind,
                "description": s.description,
                "starts_at": s.starts_at.isoformat() if s.starts_at else None,
                "ends_at": s.ends_at.isoformat() if s.ends_at else None,
                "room": s.room.id if s.room else None,
                "track": s.track.id if s.track else None,
                "people": [list(who) for who in s.people],
                "pages": list(s.page_ids),
            }
            for s in programme.scheduled
        ],
    }


def _loaded(content: dict[str, Any], named: dict[str, ProgrammeSpeaker], release: Release) -> Programme:
    rooms = {row["id"]: ProgrammeRoom(**row) for row in content["rooms"]}
    tracks = {row["id"]: ProgrammeTrack(**row) for row in content["tracks"]}
    sessions = [
        ProgrammeSession(
            id=row["id"],
            number=row["number"],
            title=row["title"],
            kind=row["kind"],
            description=row["description"],
            starts_at=datetime.fromisoformat(row["starts_at"]),
            ends_at=datetime.fromisoformat(row["ends_at"]),
            room=rooms.get(row["room"]),
            track=tracks.get(row["track"]),
            people=tuple((who, role) for who, role in row["people"]),
            parts=tuple(ProgrammePart(named[who], role) for who, role in row["people"] if who in named),
            page_ids=tuple(row["pages"]),
        )
        for row in content["sessions"]
    ]
    return Programme(
        tuple(rooms.values()),
        tuple(tracks.values()),
        tuple(sessions),
        number=release.number,
        released_at=release.at,
        name=release.name,
    )


def _in_order(sessions: Iterable[ProgrammeSession], rooms: list[ProgrammeRoom]) -> tuple[ProgrammeSession, ...]:
    place = {room.id: position for position, room in enumerate(rooms)}
    return tuple(
        sorted(sessions, key=lambda s: (s.starts_at or _LATE, place.get(s.room.id, 0) if s.room else -1, s.number))
    )


def _room(row) -> ProgrammeRoom:
    return ProgrammeRoom(row.public_id, row.name, row.kind, row.seats, row.directions)


def _speaker(row: Speaker) -> ProgrammeSpeaker:
    return ProgrammeSpeaker(
        id=row.public_id,
        number=row.pk,
        name=row.name,
        occupation=row.occupation,
        organisation=row.organisation,
        about=row.about,
        picture_id=row.picture_id,
    )


def _speakers_of(conference_id: int):
    return Speaker.objects.named().filter(conference=conference_id)
