"""A programme as the schedules that frab, pretalx and their many readers exchange (c3voc's schedule, version 1)."""

import json
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.conferences.enums import TrackColour
from portal.conferences.exports.addresses import Addresses
from portal.conferences.exports.markup import child, document
from portal.conferences.models import Conference
from portal.conferences.services.programmes import Programme, ProgrammeDay, ProgrammeRoom, ProgrammeSession
from portal.events.services.calendar_files import STOCKHOLM

GENERATOR = {"name": "Samlärande", "version": "1"}
SCHEMA = "https://c3voc.de/schedule/schema.json"
# The grid that starts and lengths lie in, for programs that draw one.
_SLOT = "00:05"
# Those of the light theme in tokens.css, which a test compares.
COLOURS = {
    TrackColour.BLUE: "#1b5687",
    TrackColour.GREEN: "#1a6536",
    TrackColour.YELLOW: "#8a6a00",
    TrackColour.RED: "#a92318",
    TrackColour.PURPLE: "#6b3fa0",
    TrackColour.TEAL: "#0f6a73",
    TrackColour.ORANGE: "#a84a00",
    TrackColour.GREY: "#56646a",
}


def schedule_json(conference: Conference, programme: Programme, addresses: Addresses) -> str:
    """A released programme as schedule.json."""
    return json.dumps(schedule(conference, programme, addresses), ensure_ascii=False)


@override(settings.LANGUAGE_CODE)
def schedule(conference: Conference, programme: Programme, addresses: Addresses) -> dict[str, Any]:
    """A released programme as the plain data of schedule.json, every day that something is on."""
    days = programme.days
    return {
        "$schema": SCHEMA,
        "generator": GENERATOR,
        "schedule": {
            "version": version_of(programme),
            "base_url": addresses.programme,
            "conference": {
                "acronym": conference.public_id,
                "title": conference.title,
                "start": days[0].date.isoformat(),
                "end": days[-1].date.isoformat(),
                "daysCount": len(days),
                "timeslot_duration": _SLOT,
                "time_zone_name": STOCKHOLM.key,
                "url": addresses.programme,
                "tracks": [{"name": track.name, "color": _colour(track.colour)} for track in programme.tracks],
                "rooms": [_room(room) for room in programme.rooms],
                "days": [_day(conference, day, index, addresses) for index, day in enumerate(days, start=1)],
            },
        },
    }


@override(settings.LANGUAGE_CODE)
def schedule_xml(conference: Conference, programme: Programme, addresses: Addresses) -> bytes:
    """A released programme as schedule.xml: what schedule.json has, but for the tracks' colours."""
    days = programme.days
    root = ElementTree.Element("schedule")
    child(root, "generator", **GENERATOR)
    child(root, "version", version_of(programme))
    about = child(root, "conference")
    for name, text in {
        "title": conference.title,
        "acronym": conference.public_id,
        "start": days[0].date.isoformat(),
        "end": days[-1].date.isoformat(),
        "days": len(days),
        "timeslot_duration": _SLOT,
        "base_url": addresses.programme,
        "time_zone_name": STOCKHOLM.key,
    }.items():
        child(about, name, text)
    for index, day in enumerate(days, start=1):
        start, end = _span(day)
        element = child(root, "day", index=index, date=day.date.isoformat(), start=start, end=end)
        for name, sessions in _by_room(day).items():
            room = child(element, "room", name=name)
            for session in sessions:
                _add_event(room, _event(conference, session, addresses))
    return document(root)


def version_of(programme: Programme) -> str:
    """The name that its organisers gave a release, and its number, which rises."""
    return f"{programme.name} ({programme.number})"


def _day(conference: Conference, day: ProgrammeDay, index: int, addresses: Addresses) -> dict[str, Any]:
    start, end = _span(day)
    return {
        "index": index,
        "date": day.date.isoformat(),
        "day_start": start,
        "day_end": end,
        "rooms": {
            room: [_event(conference, session, addresses) for session in sessions]
            for room, sessions in _by_room(day).items()
        },
    }


def _span(day: ProgrammeDay) -> tuple[str, str]:
    """From when the first begins until the last has ended, also where that is after midnight."""
    starts = min(s.starts_at for s in day.sessions if s.starts_at)
    ends = max(s.ends_at for s in day.sessions if s.ends_at)
    return _moment(starts), _moment(ends)


def _by_room(day: ProgrammeDay) -> dict[str, list[ProgrammeSession]]:
    """The format knows nothing without a room."""
    rooms: dict[str, list[ProgrammeSession]] = {}
    for session in day.sessions:
        rooms.setdefault(_room_name(session), []).append(session)
    return rooms


def _room_name(session: ProgrammeSession) -> str:
    return session.room.name if session.room else _("Without a room")


def _event(conference: Conference, session: ProgrammeSession, addresses: Addresses) -> dict[str, Any]:
    starts_at = timezone.localtime(session.starts_at, STOCKHOLM)
    hours, minutes = divmod(session.minutes, 60)
    return {
        "id": session.number,
        "guid": str(session.guid),
        "date": _moment(starts_at),
        "start": f"{starts_at:%H:%M}",
        "duration": f"{hours:02}:{minutes:02}",
        "room": _room_name(session),
        "slug": _slug(conference, session),
        "url": addresses.session(session.id),
        "title": session.title,
        "subtitle": "",
        "track": session.track.name if session.track else None,
        "type": session.kind,
        "language": settings.LANGUAGE_CODE,
        "abstract": "",
        "description": session.description,
        "persons": [
            {
                "id": part.speaker.number,
                # And no "name" beside: the schema takes that for another kind of person.
                "guid": str(part.speaker.guid),
                "public_name": part.speaker.name,
            }
            for part in session.parts
        ],
        "links": [],
    }


def _add_event(room: ElementTree.Element, event: dict[str, Any]) -> None:
    element = child(room, "event", id=event["id"], guid=event["guid"])
    names = ("room", "title", "subtitle", "type", "date", "start", "duration", "abstract", "slug", "track")
    for name in (*names, "language", "description", "url"):
        child(element, name, event[name] or "")
    persons = child(element, "persons")
    for person in event["persons"]:
        child(persons, "person", person["public_name"], id=person["id"])


def _slug(conference: Conference, session: ProgrammeSession) -> str:
    """acronym-number-title, in small letters, digits and hyphens; the schema wants four of them at each end."""
    title = slugify(session.title)[:60].strip("-_")
    return f"{conference.public_id}-{session.number}-{title if len(title) >= 4 else session.id}"


def _room(room: ProgrammeRoom) -> dict[str, Any]:
    return {
        "guid": str(room.guid),
        "name": room.name,
        "description": room.directions or None,
        "capacity": room.seats,
    }


def _colour(name: str) -> str:
    return COLOURS[TrackColour(name)]


def _moment(moment: datetime) -> str:
    return timezone.localtime(moment, STOCKHOLM).isoformat()
