"""Programmes for calendars: iCalendar (RFC 5545) and the same as XML, xCal (RFC 6321)."""

import re
from collections.abc import Iterable
from datetime import timedelta
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from django.utils import timezone
from icalendar import Calendar, Event, Timezone

from portal.conferences.models import Conference
from portal.conferences.services.programmes import Programme, ProgrammeSession

STOCKHOLM = ZoneInfo("Europe/Stockholm")
REFRESHED_EACH = timedelta(hours=4)
# What XML 1.0 cannot say at all (section 2.2), whatever way it is written.
_NOT_XML = re.compile(r"[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XCAL = "urn:ietf:params:xml:ns:icalendar-2.0"


def icalendar(
    conference: Conference, programme: Programme, base_url: str, sessions: Iterable[ProgrammeSession], name: str
) -> str:
    """These sessions of a released programme as a calendar file named `name`, times in Europe/Stockholm.

    The entry of a session has one UID for ever and the number of the release as SEQUENCE, so that a calendar that is
    fetched again follows what was moved.
    """
    chosen = list(sessions)
    calendar = Calendar()
    calendar.add("prodid", "-//Samlärande//SV")
    calendar.add("version", "2.0")
    # RFC 7986 and what older programs read instead.
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESHED_EACH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESHED_EACH)
    starts = [session.starts_at for session in chosen if session.starts_at]
    if starts:
        calendar.add_component(
            Timezone.from_tzinfo(
                STOCKHOLM,
                first_date=min(starts).date().replace(month=1, day=1),
                last_date=max(starts).date().replace(month=12, day=31),
            )
        )
    for session in chosen:
        entry = Event()
        for key, value in _properties(conference, programme, session, base_url).items():
            entry.add(key, value)
        calendar.add_component(entry)
    return calendar.to_ical().decode()


def xcal(conference: Conference, programme: Programme, base_url: str) -> bytes:
    """The whole programme as xCal; moments in UTC, which needs no description of a time zone."""
    root = Element("icalendar", {"xmlns": _XCAL})
    calendar = SubElement(root, "vcalendar")
    head = SubElement(calendar, "properties")
    for name, value in (("prodid", "-//Samlärande//SV"), ("version", "2.0"), ("name", conference.title)):
        SubElement(SubElement(head, name), "text").text = xml_text(value)
    components = SubElement(calendar, "components")
    for session in programme.sessions:
        properties = SubElement(SubElement(components, "vevent"), "properties")
        for name, value in _properties(conference, programme, session, base_url).items():
            kind, text = _as_xcal(name, value)
            SubElement(SubElement(properties, name), kind).text = xml_text(text)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def xml_text(text: str) -> str:
    """`text` without the characters that no XML document may hold."""
    return _NOT_XML.sub("", text)


def _properties(conference: Conference, programme: Programme, session: ProgrammeSession, base_url: str) -> dict:
    """What both formats say of one session, in the order of the file; the two writers know the types."""
    address = f"{base_url}{conference.get_absolute_url()}{session.id}/"
    lines = [", ".join(part.speaker.name for part in session.parts), session.description, address]
    found = {
        "uid": f"{session.id}@samlarande",
        "sequence": programme.number or 0,
        "dtstamp": programme.released_at,
        "dtstart": timezone.localtime(session.starts_at, STOCKHOLM),
        "dtend": timezone.localtime(session.ends_at, STOCKHOLM),
        "summary": session.title,
        "description": "\n\n".join(line for line in lines if line),
        "url": address,
    }
    if session.room:
        found["location"] = session.room.name
    if session.track:
        found["categories"] = session.track.name
    return found


def _as_xcal(name: str, value) -> tuple[str, str]:
    if name in ("dtstamp", "dtstart", "dtend"):
        return "date-time", f"{timezone.localtime(value, ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%SZ}"
    if name == "sequence":
        return "integer", str(value)
    return ("uri" if name == "url" else "text"), str(value)
