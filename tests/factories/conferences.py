"""Programmes of conferences' pages, planned and released through the services."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from portal.conferences.enums import PartRole, SessionKind
from portal.conferences.models import Conference, Release, Room, Session, Speaker, Track
from portal.conferences.services import planning, releases


def conference_of(page) -> Conference:
    """The record of a `ConferencePage`, which its page has made."""
    return Conference.objects.get(page=page.pk)


def add_room(conference: Conference, name: str = "Stora salen", **fields) -> Room:
    position = conference.rooms.count()
    return Room.objects.create(conference=conference, name=name, position=position, **fields)


def add_track(conference: Conference, name: str = "Kök och måltid", colour: str = "green") -> Track:
    return Track.objects.create(conference=conference, name=name, colour=colour, position=conference.tracks.count())


def add_speaker(conference: Conference, name: str = "Ylva Berg", *, consents: bool = True, **fields) -> Speaker:
    return planning.save_speaker(speaker=Speaker(conference=conference, name=name, **fields), consents=consents)


def at(conference: Conference, clock: str, day: int = 1) -> datetime:
    """The moment of a clock time on one of the conference's days, in Sweden."""
    return timezone.make_aware(
        datetime.combine(conference.first_day + timedelta(days=day - 1), time.fromisoformat(clock))
    )


def add_session(
    conference: Conference,
    title: str = "Mindre matsvinn",
    starts: str = "09:00",
    ends: str = "09:45",
    *,
    day: int = 1,
    speakers: tuple[Speaker, ...] = (),
    role: str = PartRole.SPEAKER,
    pages: tuple = (),
    **fields,
) -> Session:
    """A session; `starts=""` for one without a time."""
    session = Session(
        conference=conference,
        title=title,
        kind=fields.pop("kind", SessionKind.LECTURE),
        starts_at=at(conference, starts, day) if starts else None,
        ends_at=at(conference, ends, day) if starts else None,
        **fields,
    )
    return planning.save_session(session=session, parts=[(who, role) for who in speakers], pages=pages)


def release(conference: Conference, *, actor=None, tells_people: bool = False, name: str = "Ett program") -> Release:
    return releases.release(conference_id=conference.pk, name=name, tells_people=tells_people, actor=actor)
