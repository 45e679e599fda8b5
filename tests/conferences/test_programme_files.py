"""The released programme as files: what stands in them, for whom, and that no title breaks one."""

import json
import re
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from icalendar import Calendar

from portal.conferences.enums import SessionKind, TrackColour
from portal.conferences.exports.frab import COLOURS
from portal.conferences.services import planning
from portal.core.finders import SOURCE
from portal.municipalities.enums import Visibility
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import (
    add_room,
    add_session,
    add_speaker,
    add_track,
    at,
    conference_of,
    release,
)

pytestmark = pytest.mark.django_db

XCAL = {"x": "urn:ietf:params:xml:ns:icalendar-2.0"}
FILES = ("program.ics", "schema.json", "schema.xml", "schema.xcal")


@pytest.fixture
def conference(cast):
    """A session of each of two tracks and a break on one day, one session on the next; released."""
    conference = conference_of(
        ConferencePageFactory(owner=cast.here, title="Dela skörden", visibility=Visibility.PUBLIC)
    )
    hall = add_room(conference, "Stora salen", seats=180, directions="Rakt fram")
    kitchen, language = add_track(conference, "Kök"), add_track(conference, "Språk", "purple")
    ylva, shy = add_speaker(conference, "Ylva Berg"), add_speaker(conference, "Bo Tyst", consents=False)
    add_session(
        conference,
        "Matsvinn",
        "09:00",
        "10:30",
        room=hall,
        track=kitchen,
        speakers=(ylva, shy),
        description="Vi väger.",
    )
    add_session(conference, "Fika", "10:30", "11:00", kind=SessionKind.BREAK)
    add_session(conference, "Bildkort", "11:00", "11:45", room=hall, track=language)
    add_session(conference, "Dagen efter", "09:00", "10:00", day=2, room=hall)
    release(conference)
    add_session(conference, "Bara planerad", "15:00", "16:00")
    return conference


def _get(client, conference, name: str):
    response = client.get(f"/konferenser/{conference.public_id}/{name}")
    assert response.status_code == 200, name
    return response


def _entries(response) -> list:
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def _titles(response) -> list[str]:
    return [str(entry["summary"]) for entry in _entries(response)]


def test_a_calendar_has_each_session_with_one_id_for_ever_and_a_number_that_rises(client, conference):
    session = conference.sessions.get(title="Matsvinn")
    first = _entries(_get(client, conference, "program.ics"))
    entry = first[0]
    assert [str(one["summary"]) for one in first] == ["Matsvinn", "Fika", "Bildkort", "Dagen efter"]
    assert (entry.start, entry.end) == (at(conference, "09:00"), at(conference, "10:30"))
    assert str(entry.start.tzinfo) == "Europe/Stockholm"
    assert (str(entry["uid"]), entry["sequence"], str(entry["location"])) == (
        f"{session.public_id}@samlarande",
        1,
        "Stora salen",
    )
    assert str(entry["description"]).startswith("Vi väger.\n\nMedverkande: Ylva Berg\n\nhttp")

    planning.place(session_id=session.pk, starts_at=at(conference, "13:00"), room=session.room)
    release(conference)

    moved = {str(one["uid"]): one for one in _entries(_get(client, conference, "program.ics"))}[str(entry["uid"])]
    assert (moved.start, moved["sequence"]) == (at(conference, "13:00"), 2)


def test_a_calendar_can_be_of_one_track_one_session_or_those_i_chose(client, conference):
    track = conference.tracks.get(name="Språk")
    one, two = conference.sessions.get(title="Matsvinn"), conference.sessions.get(title="Dagen efter")

    assert _titles(_get(client, conference, f"program.ics?spar={track.public_id}")) == ["Bildkort"]
    assert _titles(_get(client, conference, f"program/{one.public_id}/kalender.ics")) == ["Matsvinn"]
    chosen = f"mitt-program.ics?p={two.public_id}&p={one.public_id}&p=ingen&p={one.public_id}"
    assert _titles(_get(client, conference, chosen)) == ["Matsvinn", "Dagen efter"]
    # A calendar with nothing in it is none (RFC 5545, 3.6).
    for nothing in ("program.ics?spar=ingen", "mitt-program.ics", "mitt-program.ics?p=ingen"):
        assert client.get(f"/konferenser/{conference.public_id}/{nothing}").status_code == 404


def test_the_schedule_as_json_says_days_rooms_people_and_ids_that_stay(client, conference):
    response = _get(client, conference, "schema.json")
    told = json.loads(response.content)["schedule"]
    about = told["conference"]

    assert told["version"] == "Ett program (1)"
    assert (about["acronym"], about["title"], about["daysCount"]) == (conference.public_id, "Dela skörden", 2)
    assert about["tracks"] == [{"name": "Kök", "color": "#1a6536"}, {"name": "Språk", "color": "#6b3fa0"}]
    assert [(room["name"], room["capacity"], room["description"]) for room in about["rooms"]] == [
        ("Stora salen", 180, "Rakt fram")
    ]
    first, second = about["days"]
    assert {room: [event["title"] for event in events] for room, events in first["rooms"].items()} == {
        "Stora salen": ["Matsvinn", "Bildkort"],
        "Utan lokal": ["Fika"],
    }
    assert datetime.fromisoformat(first["day_start"]) == at(conference, "09:00")
    assert datetime.fromisoformat(second["day_end"]) == at(conference, "10:00", day=2)
    event = first["rooms"]["Stora salen"][0]
    assert (event["start"], event["duration"], event["track"], event["type"]) == ("09:00", "01:30", "Kök", "lecture")
    assert [person["public_name"] for person in event["persons"]] == ["Ylva Berg"]
    assert client.get(urlsplit(event["url"]).path).status_code == 200

    session = conference.sessions.get(title="Matsvinn")
    session.title = "Nytt namn"
    planning.save_session(session=session, parts=[], pages=[])
    release(conference)
    again = json.loads(_get(client, conference, "schema.json").content)["schedule"]["conference"]
    renamed = again["days"][0]["rooms"]["Stora salen"][0]
    assert (renamed["title"], renamed["guid"], renamed["id"]) == ("Nytt namn", event["guid"], event["id"])


def test_the_schedule_as_xml_says_the_same(client, conference):
    told = json.loads(_get(client, conference, "schema.json").content)["schedule"]["conference"]
    root = ElementTree.fromstring(_get(client, conference, "schema.xml").content)  # noqa: S314 - our own

    events = [event for day in told["days"] for sessions in day["rooms"].values() for event in sessions]
    in_xml = {event.get("guid"): event for event in root.iter("event")}
    assert in_xml.keys() == {event["guid"] for event in events}
    for event in events:
        element = in_xml[event["guid"]]
        for name in ("date", "start", "duration", "room", "slug", "title", "track", "type", "description"):
            assert (element.findtext(name) or None) == (event[name] or None), name
        assert [person.text for person in element.iter("person")] == [p["public_name"] for p in event["persons"]]
    assert [day.get("date") for day in root.iter("day")] == [day["date"] for day in told["days"]]


def test_xcal_says_what_the_calendar_says(client, conference):
    root = ElementTree.fromstring(_get(client, conference, "schema.xcal").content)  # noqa: S314 - our own

    events = root.findall(".//x:vevent/x:properties", XCAL)
    assert [event.findtext("x:summary/x:text", namespaces=XCAL) for event in events] == [
        "Matsvinn",
        "Fika",
        "Bildkort",
        "Dagen efter",
    ]
    start = events[0].findtext("x:dtstart/x:date-time", namespaces=XCAL)
    assert datetime.fromisoformat(start) == at(conference, "09:00").replace(tzinfo=None)
    zone = events[0].findtext("x:dtstart/x:parameters/x:tzid/x:text", namespaces=XCAL)
    assert zone == "Europe/Stockholm"


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", "]]> & \"'", "Rad ett;två,tre\\", "🥕 Å\u200b", "\ufffe x"]
)
def test_no_title_breaks_a_file(client, cast, title):
    conference = conference_of(ConferencePageFactory(owner=cast.here, visibility=Visibility.PUBLIC))
    speaker = add_speaker(conference, title)
    add_session(conference, title, room=add_room(conference, title), speakers=(speaker,), description=title)
    release(conference)
    kept = title.replace("\ufffe", "").strip()

    assert [one.strip() for one in _titles(_get(client, conference, "program.ics"))] in ([title.strip()], [kept])
    event = next(
        iter(
            json.loads(_get(client, conference, "schema.json").content)["schedule"]["conference"]["days"][0][
                "rooms"
            ].values()
        )
    )[0]
    assert event["title"].strip() == title.strip()
    for name, path in (("schema.xml", ".//title"), ("schema.xcal", ".//x:summary/x:text")):
        root = ElementTree.fromstring(_get(client, conference, name).content)  # noqa: S314 - our own
        assert kept in [(element.text or "").strip() for element in root.findall(path, XCAL)]


def test_nothing_that_is_planned_and_nobody_unnamed_stands_in_a_file(client, conference):
    for name in FILES:
        content = _get(client, conference, name).content.decode()
        assert "Bara planerad" not in content, name
        assert "Bo Tyst" not in content, name
    content = client.get(f"/api/v1/konferenser/{conference.public_id}/").content.decode()
    assert ("Ylva Berg" in content, "Bo Tyst" in content, "Bara planerad" in content) == (True, False, False)


def test_public_files_may_be_read_by_other_sites_and_others_only_by_their_readers(client, client_of, cast, conference):
    for name in FILES:
        response = _get(client, conference, name)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "public" in response.headers["Cache-Control"]

    internal = conference_of(ConferencePageFactory(owner=cast.here))
    add_session(internal)
    for name in FILES:
        # Before the first release there is nothing to fetch, for those either who may read the page.
        assert client_of("staff_here").get(f"/konferenser/{internal.public_id}/{name}").status_code == 404
    release(internal)
    for name in FILES:
        address = f"/konferenser/{internal.public_id}/{name}"
        assert (client.get(address).status_code, client_of("staff_there").get(address).status_code) == (404, 404)
        response = client_of("staff_here").get(address)
        assert (response.status_code, "no-store" in response.headers["Cache-Control"]) == (200, True)
        assert "Access-Control-Allow-Origin" not in response.headers


def test_the_colours_of_tracks_in_files_are_those_of_the_stylesheet():
    tokens = (SOURCE / "tokens.css").read_text(encoding="utf-8")

    assert COLOURS.keys() == set(TrackColour.values)
    assert [name for name, colour in COLOURS.items() if f"--track-{name}: {colour};" not in tokens] == []


# --- the open interface -----------------------------------------------------------------------------------------------


def _fits(schema: dict, value, schemas: dict) -> bool:
    """Whether `value` is what the description promises; knows the few words of JSON Schema that it uses."""
    if "$ref" in schema:
        return _fits(schemas[schema["$ref"].rpartition("/")[2]], value, schemas)
    if "oneOf" in schema:
        return sum(_fits(one, value, schemas) for one in schema["oneOf"]) == 1
    if "enum" in schema:
        return value in schema["enum"]
    kinds = {"string": str, "integer": int, "null": type(None), "array": list, "object": dict}
    named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not isinstance(value, tuple(kinds[name] for name in named)):
        return False
    if isinstance(value, list):
        return all(_fits(schema["items"], one, schemas) for one in value)
    if isinstance(value, dict):
        return value.keys() == set(schema["required"]) == schema["properties"].keys() and all(
            _fits(schema["properties"][name], one, schemas) for name, one in value.items()
        )
    return re.search(schema.get("pattern", ""), value) is not None if isinstance(value, str) else True


def test_the_open_interface_gives_what_its_description_says(client, cast, conference):
    unreleased = conference_of(ConferencePageFactory(owner=cast.here, visibility=Visibility.PUBLIC))
    conference_of(ConferencePageFactory(owner=cast.here, title="Intern"))
    described = client.get("/api/v1/openapi.json").json()
    schemas = described["components"]["schemas"]
    assert (described["openapi"], described["paths"].keys()) == (
        "3.1.0",
        {"/api/v1/konferenser/", "/api/v1/konferenser/{id}/"},
    )

    listed = client.get("/api/v1/konferenser/").json()
    assert {row["id"] for row in listed["conferences"]} == {conference.public_id, unreleased.public_id}
    assert _fits(schemas["ConferenceList"], listed, schemas)
    for one in (conference, unreleased):
        assert _fits(schemas["Conference"], client.get(f"/api/v1/konferenser/{one.public_id}/").json(), schemas)
    assert not _fits(schemas["Conference"], listed["conferences"][0], schemas)
    whole = client.get(f"/api/v1/konferenser/{conference.public_id}/").json()
    assert [session["title"] for session in whole["sessions"]] == ["Matsvinn", "Fika", "Bildkort", "Dagen efter"]
    assert (whole["version"]["number"], [speaker["name"] for speaker in whole["speakers"]]) == (1, ["Ylva Berg"])
    for address in (*whole["urls"].values(), whole["sessions"][0]["url"], whole["speakers"][0]["url"]):
        assert client.get(urlsplit(address).path).status_code == 200, address


def test_who_has_it_already_is_told_so_until_a_name_is_taken_back(client, conference):
    path = f"/api/v1/konferenser/{conference.public_id}/"
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304

    planning.save_speaker(speaker=conference.speakers.get(name="Ylva Berg"), consents=False)

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_other_sites_may_frame_the_programme_of_a_public_conference_only(client, client_of, cast, conference):
    public = client.get(f"/konferenser/{conference.public_id}/inbaddat/")
    internal = conference_of(ConferencePageFactory(owner=cast.here))
    closed = client_of("staff_here").get(f"/konferenser/{internal.public_id}/inbaddat/")

    assert "frame-ancestors *" in public.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in public.headers
    assert "Matsvinn" in public.content.decode()
    assert "<script" not in public.content.decode()
    assert "frame-ancestors 'self'" in closed.headers["Content-Security-Policy"]
    assert closed.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_conference_and_its_sessions_say_what_they_are_to_search_engines(client, conference):
    def told(path: str) -> dict:
        page = client.get(path).content.decode()
        return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1])

    session = conference.sessions.get(title="Matsvinn")
    whole = told(conference.page.url)
    one = told(f"/konferenser/{conference.public_id}/program/{session.public_id}/")

    assert [event["name"] for event in whole["subEvent"]] == ["Matsvinn", "Fika", "Bildkort", "Dagen efter"]
    assert (one["@type"], one["name"], one["superEvent"]["name"]) == ("Event", "Matsvinn", "Dela skörden")
    assert [person["name"] for person in one["performer"]] == ["Ylva Berg"]
    assert datetime.fromisoformat(one["startDate"]) == at(conference, "09:00")
    assert one["location"]["name"].startswith("Stora salen")
