"""The schedule as conference apps and recording crews read it: frab's JSON and XML, after c3voc's schemas of them."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils import timezone
from django.utils.text import slugify

from portal.conferences.exports.calendars import STOCKHOLM, xml_text
from portal.conferences.models import Conference
from portal.conferences.services.programmes import Programme, ProgrammeDay, ProgrammeSession

# As the tokens of the stylesheet have them in light.
COLOURS = {
    "blue": "#1b5687",
    "green": "#1a6536",
    "yellow": "#8a6a00",
    "red": "#a92318",
    "purple": "#6b3fa0",
    "teal": "#0f6a73",
    "orange": "#a84a00",
    "grey": "#56646a",
}
_LANGUAGE = "sv"
_SLOT = "00:05"


def as_json(conference: Conference, programme: Programme, base_url: str) -> dict[str, Any]:
    """The released programme as frab's JSON; moments with Sweden's offset, people only who may be named."""
    return {
        "generator": {"name": "Samlärande", "version": "1", "url": base_url},
        "schedule": {
            "version": _version(programme),
            "base_url": base_url,
            "conference": {
                "acronym": conference.public_id,
                "title": conference.title,
                "start": conference.first_day.isoformat(),
                "end": conference.last_day.isoformat(),
                "daysCount": len(programme.days),
                "timeslot_duration": _SLOT,
                "time_zone_name": "Europe/Stockholm",
                "url": base_url + conference.get_absolute_url(),
                "tracks": [{"name": track.name, "color": COLOURS[track.colour]} for track in programme.tracks],
                "rooms": [
                    {
                        "name": room.name,
                        "guid": str(room.guid),
                        "description": room.directions or None,
                        "capacity": room.seats,
                    }
                    for room in programme.rooms
                ],
                "days": [_day(conference, day, number, base_url) for number, day in enumerate(programme.days, start=1)],
            },
        },
    }


def as_xml(conference: Conference, programme: Programme, base_url: str) -> bytes:
    """The same as frab's XML."""
    root = Element("schedule")
    _text(root, "version", _version(programme))
    about = SubElement(root, "conference")
    for name, value in (
        ("title", conference.title),
        ("acronym", conference.public_id),
        ("start", conference.first_day.isoformat()),
        ("end", conference.last_day.isoformat()),
        ("days", str(len(programme.days))),
        ("timeslot_duration", _SLOT),
    ):
        _text(about, name, value)
    for number, day in enumerate(programme.days, start=1):
        start, end = _span(day)
        element = SubElement(
            root, "day", {"index": str(number), "date": day.date.isoformat(), "start": start, "end": end}
        )
        for room, sessions in _by_room(day).items():
            place = SubElement(element, "room", {"name": xml_text(room)})
            for session in sessions:
                _event(place, _described(conference, session, base_url))
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _event(place: Element, event: dict[str, Any]) -> None:
    element = SubElement(place, "event", {"guid": event["guid"], "id": str(event["id"])})
    for name in ("date", "start", "duration", "room", "slug", "title", "subtitle", "track", "type", "language"):
        _text(element, name, event[name] or "")
    _text(element, "abstract", event["abstract"])
    _text(element, "description", event["description"])
    people = SubElement(element, "persons")
    for person in event["persons"]:
        SubElement(people, "person", {"id": str(person["id"])}).text = xml_text(person["public_name"])
    links = SubElement(element, "links")
    SubElement(links, "link", {"href": event["url"]}).text = xml_text(event["title"])


def _day(conference: Conference, day: ProgrammeDay, number: int, base_url: str) -> dict[str, Any]:
    start, end = _span(day)
    rooms = {
        room: [_described(conference, session, base_url) for session in sessions]
        for room, sessions in _by_room(day).items()
    }
    return {"index": number, "date": day.date.isoformat(), "day_start": start, "day_end": end, "rooms": rooms}


def _described(conference: Conference, session: ProgrammeSession, base_url: str) -> dict[str, Any]:
    hours, minutes = divmod(session.minutes, 60)
    start = timezone.localtime(session.starts_at, STOCKHOLM)
    return {
        "id": session.number,
        "guid": str(session.guid),
        "date": start.isoformat(),
        "start": f"{start:%H:%M}",
        "duration": f"{hours:02}:{minutes:02}",
        "room": _room(session),
        "slug": "-".join(
            part for part in (conference.public_id, slugify(session.title)[:60].strip("-"), session.id) if part
        ),
        "url": f"{base_url}{conference.get_absolute_url()}{session.id}/",
        "title": session.title,
        "subtitle": "",
        "track": session.track.name if session.track else None,
        "type": session.kind,
        "language": _LANGUAGE,
        "abstract": "",
        "description": session.description,
        "persons": [
            {"id": part.speaker.number, "guid": str(part.speaker.guid), "public_name": part.speaker.name}
            for part in session.parts
        ],
        "links": [],
    }


def _by_room(day: ProgrammeDay) -> dict[str, list[ProgrammeSession]]:
    found: dict[str, list[ProgrammeSession]] = {}
    for session in day.sessions:
        found.setdefault(_room(session), []).append(session)
    return found


def _room(session: ProgrammeSession) -> str:
    return session.room.name if session.room else "–"


def _span(day: ProgrammeDay) -> tuple[str, str]:
    starts = [session.starts_at for session in day.sessions if session.starts_at]
    ends = [session.ends_at for session in day.sessions if session.ends_at]
    return (
        timezone.localtime(min(starts), STOCKHOLM).isoformat(),
        timezone.localtime(max(ends), STOCKHOLM).isoformat(),
    )


def _version(programme: Programme) -> str:
    return f"{programme.number}: {programme.name}"


def _text(parent: Element, name: str, value: str) -> None:
    SubElement(parent, name).text = xml_text(value)
