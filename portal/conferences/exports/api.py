"""The open interface: conferences and their released programmes as JSON, and its description (OpenAPI 3.1)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.conferences.enums import PartRole, RoomKind, SessionKind, TrackColour
from portal.conferences.exports.addresses import Addresses, whole
from portal.conferences.models import Conference
from portal.conferences.services.programmes import Programme, ProgrammeSession
from portal.events.services.calendar_files import STOCKHOLM

# How many the list holds at most, the latest first.
AT_MOST = 200


def listed(conference: Conference, addresses: Addresses, *, place: str) -> dict[str, Any]:
    """What the list says of one conference; comes with its municipality."""
    return {
        "id": conference.public_id,
        "title": conference.title,
        "municipality": conference.municipality.name,
        "place": place,
        "first_day": conference.first_day.isoformat(),
        "last_day": conference.last_day.isoformat(),
        "urls": {
            "page": addresses.page,
            "programme": addresses.programme,
            "api": addresses.file("api_conference"),
            "calendar": addresses.file("programme_calendar"),
            "xcal": addresses.file("programme_xcal"),
            "frab_json": addresses.file("programme_frab_json"),
            "frab_xml": addresses.file("programme_frab_xml"),
        },
    }


def detailed(
    conference: Conference, programme: Programme | None, addresses: Addresses, *, place: str
) -> dict[str, Any]:
    """One conference with the version of its programme that is public; `version` is null before the first."""
    shown = programme or Programme()
    return {
        **listed(conference, addresses, place=place),
        "time_zone": STOCKHOLM.key,
        "version": {"number": shown.number, "name": shown.name, "released_at": _moment(shown.released_at)}
        if shown.released_at
        else None,
        "rooms": [
            {"id": r.id, "name": r.name, "kind": r.kind, "seats": r.seats, "directions": r.directions}
            for r in shown.rooms
        ],
        "tracks": [{"id": t.id, "name": t.name, "colour": t.colour} for t in shown.tracks],
        "sessions": [_session(session, addresses) for session in shown.sessions],
        "speakers": [
            {
                "id": s.id,
                "name": s.name,
                "occupation": s.occupation,
                "organisation": s.organisation,
                "about": s.about,
                "url": addresses.speaker(s.id),
            }
            for s in shown.speakers
        ],
    }


def _session(session: ProgrammeSession, addresses: Addresses) -> dict[str, Any]:
    return {
        "id": session.id,
        "title": session.title,
        "kind": session.kind,
        "description": session.description,
        "starts_at": _moment(session.starts_at),
        "ends_at": _moment(session.ends_at),
        "room": session.room.id if session.room else None,
        "track": session.track.id if session.track else None,
        "speakers": [{"id": part.speaker.id, "role": part.role} for part in session.parts],
        "url": addresses.session(session.id),
    }


def _moment(moment: datetime | None) -> str | None:
    return timezone.localtime(moment, STOCKHOLM).isoformat() if moment else None


# --- The description ---------------------------------------------------------------------------------------------

_TEXT = {"type": "string"}
_ID = {"type": "string", "pattern": "^[0-9a-f]{12}$"}
_DAY = {"type": "string", "format": "date"}
_MOMENT = {"type": "string", "format": "date-time"}
_ADDRESS = {"type": "string", "format": "uri"}


def description() -> dict[str, Any]:
    """The interface as an OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Samlärande: conferences",
            "version": "1",
            "description": "Conferences and the programmes that their organisers have released. Read only. Without "
            "signing in it gives what everybody may read; people are named only if they have agreed to it.",
        },
        "servers": [{"url": settings.BASE_URL}],
        "paths": {
            _path("api_conference_list"): {
                "get": {
                    "operationId": "listConferences",
                    "summary": f"Conferences, the latest first, at most {AT_MOST}",
                    "responses": {"200": _answers("The conferences", "ConferenceList"), "304": _UNCHANGED},
                }
            },
            _path("api_conference", public_id="{id}"): {
                "get": {
                    "operationId": "getConference",
                    "summary": "One conference with its released programme",
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": _ID}],
                    "responses": {
                        "200": _answers("The conference", "Conference"),
                        "304": _UNCHANGED,
                        "404": {"description": "There is none with this id that you may read."},
                    },
                }
            },
        },
        "components": {"schemas": _schemas()},
    }


_UNCHANGED = {"description": "It is as it was when you got the ETag that you sent in If-None-Match."}


def _path(name: str, **arguments: str) -> str:
    """An address without the server; braces stand as they are in an OpenAPI path."""
    known = dict.fromkeys(arguments, "0" * 12)
    address = whole(name, **known).removeprefix(settings.BASE_URL)
    for value in arguments.values():
        address = address.replace("0" * 12, value)
    return address


def _answers(sentence: str, schema: str) -> dict[str, Any]:
    return {"description": sentence, "content": {"application/json": {"schema": _ref(schema)}}}


def _schemas() -> dict[str, Any]:
    urls = ("page", "programme", "api", "calendar", "xcal", "frab_json", "frab_xml")
    listed_fields = {
        "id": _ID,
        "title": _TEXT,
        "municipality": _TEXT,
        "place": _TEXT,
        "first_day": _DAY,
        "last_day": _DAY,
        "urls": _object(dict.fromkeys(urls, _ADDRESS)),
    }
    return {
        "ConferenceList": _object({"conferences": _list("ListedConference")}),
        "ListedConference": _object(listed_fields),
        "Conference": _object(
            {
                **listed_fields,
                "time_zone": _TEXT,
                "version": {"oneOf": [_ref("Version"), {"type": "null"}]},
                "rooms": _list("Room"),
                "tracks": _list("Track"),
                "sessions": _list("Session"),
                "speakers": _list("Speaker"),
            }
        ),
        "Version": _object(
            {"number": {"type": "integer", "minimum": 1}, "name": _TEXT, "released_at": _MOMENT},
            "A release of the programme; the number rises with each.",
        ),
        "Room": _object(
            {
                "id": _ID,
                "name": _TEXT,
                "kind": _one_of(RoomKind),
                "seats": {"type": ["integer", "null"]},
                "directions": _TEXT,
            }
        ),
        "Track": _object({"id": _ID, "name": _TEXT, "colour": _one_of(TrackColour)}),
        "Session": _object(
            {
                "id": _ID,
                "title": _TEXT,
                "kind": _one_of(SessionKind),
                "description": _TEXT,
                "starts_at": _MOMENT,
                "ends_at": _MOMENT,
                "room": {"oneOf": [_ID, {"type": "null"}]},
                "track": {"oneOf": [_ID, {"type": "null"}]},
                "speakers": {
                    "type": "array",
                    "items": _object({"id": _ID, "role": _one_of(PartRole)}),
                },
                "url": _ADDRESS,
            }
        ),
        "Speaker": _object(
            {
                "id": _ID,
                "name": _TEXT,
                "occupation": _TEXT,
                "organisation": _TEXT,
                "about": _TEXT,
                "url": _ADDRESS,
            },
            "Somebody who has agreed to be named.",
        ),
    }


def _object(properties: dict[str, Any], sentence: str = "") -> dict[str, Any]:
    described = {"type": "object", "properties": properties, "required": list(properties)}
    return {"description": sentence, **described} if sentence else described


def _list(schema: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(schema)}


def _ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _one_of(choices: Any) -> dict[str, Any]:
    return {"type": "string", "enum": list(choices.values)}
