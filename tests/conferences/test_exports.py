"""A released programme as others read it: whole files, who gets them, and nothing that is planned or not agreed to."""

import json
import re
import uuid
from datetime import datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from cms.services.structured_data import describe, describe_session
from portal.conferences.enums import RoomKind, SessionKind, TrackColour
from portal.conferences.exports import api, calendars, frab, xcal
from portal.conferences.exports.addresses import Addresses
from portal.conferences.models import Conference
from portal.conferences.services import planning, programmes
from portal.conferences.services.programmes import (
    Programme,
    ProgrammePart,
    ProgrammeRoom,
    ProgrammeSession,
    ProgrammeSpeaker,
    ProgrammeTrack,
)
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_room, add_session, add_speaker, add_track, at, conference_of, release

STOCKHOLM = ZoneInfo("Europe/Stockholm")
XCAL = "{urn:ietf:params:xml:ns:icalendar-2.0}"
HOSTILE = [
    "<script>alert(1)</script>",
    "]]> & <![CDATA[ <!-- -->",
    "Citat \"dubbla\" och 'enkla', komma; semikolon \\ snedstreck",
    "rad\nett\r\nBEGIN:VEVENT\nUID:falsk",
    "🥕 Åäö é – “”",
    "&amp; &lt; %s %(x)s {{ x }}",
    "",
]
FILES = {
    "programme_calendar": "text/calendar; charset=utf-8",
    "programme_chosen_calendar": "text/calendar; charset=utf-8",
    "programme_session_calendar": "text/calendar; charset=utf-8",
    "programme_frab_json": "application/json",
    "programme_frab_xml": "application/xml; charset=utf-8",
    "programme_xcal": "application/calendar+xml; charset=utf-8",
    "programme_embed": "text/html; charset=utf-8",
    "api_conference": "application/json",
}
ANYWHERE = "Access-Control-Allow-Origin"


@pytest.fixture
def page(cast):
    first = timezone.localdate() + timedelta(days=40)
    return ConferencePageFactory(
        owner=cast.here,
        title="Dela skörden",
        visibility="public",
        place="Kunskapshuset",
        start_date=first,
        end_date=first + timedelta(days=1),
    )


@pytest.fixture
def conference(page) -> Conference:
    """Two days with two rooms and a track, released once; something planned since, and somebody who said no."""
    conference = conference_of(page)
    hall, digital = (
        add_room(conference, "Stora salen", seats=180, directions="Rakt fram"),
        add_room(conference, "Länken", kind=RoomKind.DIGITAL),
    )
    track = add_track(conference, "Kök, mat & måltid")
    ylva = add_speaker(conference, "Ylva Berg", occupation="Kock", organisation="Trelleborg", about="Lagar mat.")
    silent = add_speaker(conference, "Bo Tyst", consents=False)
    add_session(
        conference, "Mindre matsvinn", room=hall, track=track, speakers=(ylva, silent), description="Väg.\n\nSedan ät."
    )
    add_session(conference, "Fika", "10:00", "10:30", kind=SessionKind.BREAK)
    add_session(conference, "På nätet", "13:00", "14:30", day=2, room=digital)
    release(conference, name="Första programmet")
    add_session(conference, "Hemlig punkt", "15:00", "16:00", room=hall)
    return conference


@pytest.fixture
def sessions(conference) -> dict[str, ProgrammeSession]:
    return {session.title: session for session in programmes.latest(conference).sessions}


def _path(name: str, conference: Conference, session: ProgrammeSession | None = None) -> str:
    if name == "programme_session_calendar":
        return reverse(name, kwargs={"public_id": conference.public_id, "session_id": session.id})
    path = reverse(name, kwargs={"public_id": conference.public_id})
    return f"{path}?p={session.id}" if name == "programme_chosen_calendar" else path


def _titles(calendar: bytes) -> list[str]:
    return [str(entry["summary"]) for entry in Calendar.from_ical(calendar).walk("VEVENT")]


def _parsed(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314 - our own


# --- Calendars -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_calendar_has_each_session_once_with_its_time_place_and_version(conference, sessions, client):
    response = client.get(_path("programme_calendar", conference))

    calendar = Calendar.from_ical(response.content)
    made = conference.releases.get()
    session = sessions["Mindre matsvinn"]
    address = f"{settings.BASE_URL}/konferenser/{conference.public_id}/program/{session.id}/"
    assert (str(calendar["name"]), str(calendar["version"])) == ("Dela skörden", "2.0")
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Stockholm"]
    first, coffee, online = calendar.walk("VEVENT")
    assert {
        "uid": str(first["uid"]),
        "sequence": first["sequence"],
        "summary": str(first["summary"]),
        "location": str(first["location"]),
        "categories": [str(category) for category in first["categories"].cats],
        "description": str(first["description"]),
        "url": str(first["url"]),
        "dtstart": first["dtstart"].dt,
        "zone": first["dtstart"].params["TZID"],
        "dtend": first["dtend"].dt,
        "dtstamp": first["dtstamp"].dt,
        "last-modified": first["last-modified"].dt,
    } == {
        "uid": f"{session.id}@samlarande",
        "sequence": 1,
        "summary": "Mindre matsvinn",
        "location": "Stora salen",
        "categories": ["Kök, mat & måltid"],
        "description": f"Väg.\n\nSedan ät.\n\nMedverkande: Ylva Berg\n\n{address}",
        "url": address,
        "dtstart": at(conference, "09:00"),
        "zone": "Europe/Stockholm",
        "dtend": at(conference, "09:45"),
        "dtstamp": made.at.replace(microsecond=0),
        "last-modified": made.at.replace(microsecond=0),
    }
    assert (str(coffee["transp"]), "location" in coffee, "categories" in coffee) == ("TRANSPARENT", False, False)
    assert online["dtstart"].dt == at(conference, "13:00", day=2)


@pytest.mark.django_db
def test_another_reader_of_calendars_finds_the_same(conference, sessions, client):
    content = client.get(_path("programme_calendar", conference)).content.decode()

    found = IcsCalendarStream.calendar_from_ics(content).events

    assert [(one.summary, one.uid, one.start, one.end, one.location, one.sequence) for one in found] == [
        (s.title, f"{s.id}@samlarande", s.starts_at, s.ends_at, s.room.name if s.room else None, 1)
        for s in sessions.values()
    ]


@pytest.mark.django_db
def test_a_session_keeps_its_uid_and_rises_with_each_release(conference, client):
    def told() -> dict[str, tuple[str, int]]:
        entries = Calendar.from_ical(client.get(_path("programme_calendar", conference)).content).walk("VEVENT")
        return {str(entry["summary"]): (str(entry["uid"]), entry["sequence"]) for entry in entries}

    before = told()
    release(conference)
    after = told()

    assert {title: uid for title, (uid, _number) in before.items()}.items() <= {
        title: uid for title, (uid, _number) in after.items()
    }.items()
    assert {number for _uid, number in before.values()} == {1}
    assert {number for _uid, number in after.values()} == {2}
    assert set(after) - set(before) == {"Hemlig punkt"}


@pytest.mark.django_db
def test_a_calendar_can_be_of_a_track_of_one_session_and_of_chosen_ones(conference, sessions, client):
    whole, chosen = (
        _path("programme_calendar", conference),
        reverse("programme_chosen_calendar", args=[conference.public_id]),
    )
    track = sessions["Mindre matsvinn"].track
    ids = [sessions["På nätet"].id, "finns-inte", sessions["Fika"].id]

    of_track = client.get(f"{whole}?spar={track.id}")
    of_one = client.get(_path("programme_session_calendar", conference, sessions["Fika"]))
    of_chosen = client.get(f"{chosen}?" + "&".join(f"p={session_id}" for session_id in ids))

    assert _titles(of_track.content) == ["Mindre matsvinn"]
    assert _titles(of_one.content) == ["Fika"]
    assert of_one["Content-Disposition"] == 'attachment; filename="fika.ics"'
    assert _titles(of_chosen.content) == ["Fika", "På nätet"]
    late = "&".join(["p=x"] * 200 + [f"p={ids[0]}"])
    nothing = [f"{whole}?spar=finns-inte", f"{whole}?spar=", chosen, f"{chosen}?p=finns-inte", f"{chosen}?{late}"]
    assert [client.get(path).status_code for path in nothing] == [404] * 5


# --- frab ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_schedule_json_is_what_frab_s_readers_expect(conference, sessions, client):
    told = json.loads(client.get(_path("programme_frab_json", conference)).content)

    here = f"{settings.BASE_URL}/konferenser/{conference.public_id}/program/"
    first, coffee, online = (sessions[title] for title in ("Mindre matsvinn", "Fika", "På nätet"))
    ylva = first.parts[0].speaker

    def moment(clock: str, day: int = 1) -> str:
        return timezone.localtime(at(conference, clock, day), STOCKHOLM).isoformat()

    def event(session, **further) -> dict:
        return {
            "id": session.number,
            "guid": str(session.guid),
            "url": f"{here}{session.id}/",
            "title": session.title,
            "subtitle": "",
            "track": None,
            "language": "sv",
            "abstract": "",
            "description": "",
            "persons": [],
            "links": [],
        } | further

    assert told == {
        "$schema": "https://c3voc.de/schedule/schema.json",
        "generator": {"name": "Samlärande", "version": "1"},
        "schedule": {
            "version": "Första programmet (1)",
            "base_url": here,
            "conference": {
                "acronym": conference.public_id,
                "title": "Dela skörden",
                "start": conference.first_day.isoformat(),
                "end": conference.last_day.isoformat(),
                "daysCount": 2,
                "timeslot_duration": "00:05",
                "time_zone_name": "Europe/Stockholm",
                "url": here,
                "tracks": [{"name": "Kök, mat & måltid", "color": "#1a6536"}],
                "rooms": [
                    {
                        "guid": str(first.room.guid),
                        "name": "Stora salen",
                        "description": "Rakt fram",
                        "capacity": 180,
                    },
                    {"guid": str(online.room.guid), "name": "Länken", "description": None, "capacity": None},
                ],
                "days": [
                    {
                        "index": 1,
                        "date": conference.first_day.isoformat(),
                        "day_start": moment("09:00"),
                        "day_end": moment("10:30"),
                        "rooms": {
                            "Stora salen": [
                                event(
                                    first,
                                    date=moment("09:00"),
                                    start="09:00",
                                    duration="00:45",
                                    room="Stora salen",
                                    slug=f"{conference.public_id}-{first.number}-mindre-matsvinn",
                                    track="Kök, mat & måltid",
                                    type="lecture",
                                    description="Väg.\n\nSedan ät.",
                                    persons=[
                                        {
                                            "id": ylva.number,
                                            "guid": str(ylva.guid),
                                            "public_name": "Ylva Berg",
                                        }
                                    ],
                                )
                            ],
                            "Utan lokal": [
                                event(
                                    coffee,
                                    date=moment("10:00"),
                                    start="10:00",
                                    duration="00:30",
                                    room="Utan lokal",
                                    slug=f"{conference.public_id}-{coffee.number}-fika",
                                    type="break",
                                )
                            ],
                        },
                    },
                    {
                        "index": 2,
                        "date": conference.last_day.isoformat(),
                        "day_start": moment("13:00", 2),
                        "day_end": moment("14:30", 2),
                        "rooms": {
                            "Länken": [
                                event(
                                    online,
                                    date=moment("13:00", 2),
                                    start="13:00",
                                    duration="01:30",
                                    room="Länken",
                                    slug=f"{conference.public_id}-{online.number}-pa-natet",
                                    type="lecture",
                                )
                            ]
                        },
                    },
                ],
            },
        },
    }


@pytest.mark.django_db
def test_schedule_xml_says_the_same_as_schedule_json(conference, client):
    root = _parsed(client.get(_path("programme_frab_xml", conference)).content)
    schedule = json.loads(client.get(_path("programme_frab_json", conference)).content)["schedule"]

    about, guids = schedule["conference"], {room["name"]: room["guid"] for room in schedule["conference"]["rooms"]}
    assert [part.tag for part in root] == ["generator", "version", "conference", "day", "day"]
    assert root.findtext("version") == schedule["version"]
    assert {part.tag: part.text for part in root.find("conference")} == {
        "title": about["title"],
        "acronym": about["acronym"],
        "start": about["start"],
        "end": about["end"],
        "days": "2",
        "timeslot_duration": "00:05",
        "base_url": schedule["base_url"],
        "time_zone_name": "Europe/Stockholm",
    }
    for element, day in zip(root.findall("day"), about["days"], strict=True):
        assert element.attrib == {
            "index": str(day["index"]),
            "date": day["date"],
            "start": day["day_start"],
            "end": day["day_end"],
        }
        assert [room.attrib for room in element] == [
            {"name": name} | ({"guid": guids[name]} if name in guids else {}) for name in day["rooms"]
        ]
        for room, events in zip(element, day["rooms"].values(), strict=True):
            for written, event in zip(room, events, strict=True):
                assert written.attrib == {"id": str(event["id"]), "guid": event["guid"]}
                people = [(int(who.get("id")), who.text) for who in written.find("persons")]
                assert people == [(who["id"], who["public_name"]) for who in event["persons"]]
                texts = {part.tag: part.text or "" for part in written if part.tag != "persons"}
                left_out = ("id", "guid", "persons", "links")
                assert texts == {name: value or "" for name, value in event.items() if name not in left_out}


def test_a_track_has_the_colour_that_the_pages_give_it():
    tokens = (settings.BASE_DIR / "portal/static/css/tokens.css").read_text(encoding="utf-8")

    assert {str(colour): value for colour, value in frab.COLOURS.items()} == {
        colour: re.search(rf"--track-{colour}: (#\w{{6}});", tokens)[1] for colour in TrackColour.values
    }


# --- xCal ------------------------------------------------------------------------------------------------------


def _as_jcal(element: ElementTree.Element) -> list:
    """An xCal component read back, as jCal has it (RFC 7265)."""
    properties = [
        [
            found.tag.removeprefix(XCAL),
            {parameter.tag.removeprefix(XCAL): parameter[0].text for parameter in found.findall(f"{XCAL}parameters/*")},
            [(value.tag.removeprefix(XCAL), value.text or "") for value in found if value.tag != f"{XCAL}parameters"],
        ]
        for found in element.findall(f"{XCAL}properties/*")
    ]
    return [
        element.tag.removeprefix(XCAL),
        properties,
        [_as_jcal(one) for one in element.findall(f"{XCAL}components/*")],
    ]


def _plain(jcal: list) -> list:
    name, properties, components = jcal
    told = [[key, parameters, [(kind, str(v)) for v in values]] for key, parameters, kind, *values in properties]
    return [name, told, [_plain(component) for component in components]]


@pytest.mark.django_db
def test_xcal_says_the_same_as_the_calendar(conference, client):
    root = _parsed(client.get(_path("programme_xcal", conference)).content)
    programme = programmes.latest(conference)
    calendar = calendars.calendar_of(conference, programme, Addresses.of(conference), sessions=programme.sessions)

    assert root.tag == f"{XCAL}icalendar"
    assert [_as_jcal(component) for component in root] == [_plain(calendar.to_jcal())]
    start = root.find(f".//{XCAL}vevent/{XCAL}properties/{XCAL}dtstart")
    assert [(part.tag.removeprefix(XCAL), "".join(part.itertext())) for part in start] == [
        ("parameters", "Europe/Stockholm"),
        ("date-time", f"{conference.first_day}T09:00:00"),
    ]


# --- Whatever people write -------------------------------------------------------------------------------------


def _programme(title: str, name: str) -> Programme:
    """What no form of ours would take in, too: a writer trusts nobody."""
    starts = datetime(2030, 3, 31, 1, 30, tzinfo=STOCKHOLM)  # an hour that the night has only once
    room, track = ProgrammeRoom("a" * 12, name), ProgrammeTrack("b" * 12, name, "blue")
    session = ProgrammeSession(
        id="c" * 12,
        number=7,
        title=title,
        kind="lecture",
        description=title,
        starts_at=starts.astimezone(ZoneInfo("UTC")),
        ends_at=starts.astimezone(ZoneInfo("UTC")) + timedelta(hours=1),
        room=room,
        track=track,
        parts=(ProgrammePart(ProgrammeSpeaker("d" * 12, 3, name), "speaker"),),
    )
    released = datetime(2030, 1, 1, 12, tzinfo=ZoneInfo("UTC"))
    return Programme((room,), (track,), (session,), number=1, released_at=released, name=name)


def _checked(title: str, name: str) -> None:
    """Each format is read back, and holds the text as it was written, but for what the format cannot hold."""
    conference = Conference(public_id="e" * 12, title=title)
    programme, addresses = _programme(title, name), Addresses.of(conference)
    sessions = programme.sessions

    entries = Calendar.from_ical(calendars.calendar_file(conference, programme, addresses, sessions=sessions)).walk(
        "VEVENT"
    )
    assert len(entries) == 1
    assert str(entries[0]["uid"]) == f"{'c' * 12}@samlarande"
    assert str(entries[0]["summary"]).split() == title.split()

    event = _parsed(frab.schedule_xml(conference, programme, addresses)).find("day/room/event")
    assert (event.findtext("title") or "").split() == title.split()
    assert (event.findtext("persons/person") or "").split() == name.split()
    assert re.fullmatch(r"[a-z0-9]{4,}-[0-9]{1,6}-[a-z0-9_-]{4,}", event.findtext("slug"))
    assert (event.findtext("start"), event.findtext("duration")) == ("01:30", "01:00")
    assert event.findtext("date") == "2030-03-31T01:30:00+01:00"

    told = json.loads(frab.schedule_json(conference, programme, addresses))["schedule"]["conference"]
    (found,) = told["days"][0]["rooms"][name]
    assert (found["title"], found["persons"][0]["public_name"]) == (title, name)
    assert re.fullmatch(r"[a-z0-9_-]+[a-z0-9]", found["slug"])

    summary = f".//{XCAL}vevent/{XCAL}properties/{XCAL}summary/{XCAL}text"
    root = _parsed(xcal.xcal_file(conference, programme, addresses, sessions=sessions))
    assert (root.findtext(summary) or "").split() == title.split()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_title_breaks_out_of_a_file(text):
    _checked(text, text)


# As the fields of a programme are: without control characters.
_WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), max_size=80)


@given(title=_WRITTEN, name=_WRITTEN)
@hypothesis_settings(max_examples=60, deadline=None)
def test_any_text_can_be_written_and_read_back(title, name):
    _checked(title, name)


def test_what_xml_has_no_way_to_write_is_left_out():
    programme, conference = _programme("a\x00\x08b\ufffec", "d\x1be"), Conference(public_id="e" * 12, title="\x01")

    event = _parsed(frab.schedule_xml(conference, programme, Addresses.of(conference))).find("day/room/event")
    root = _parsed(xcal.xcal_file(conference, programme, Addresses.of(conference), sessions=programme.sessions))

    assert (event.findtext("title"), event.findtext("persons/person")) == ("abc", "de")
    assert root.findtext(f".//{XCAL}vevent//{XCAL}summary/{XCAL}text") == "abc"


# --- Who may read what -----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", FILES)
def test_a_public_programme_is_everybody_s_and_any_site_may_read_it(name, conference, sessions, client, client_of):
    path = _path(name, conference, sessions["Mindre matsvinn"])

    anonymous, member = client.get(path), client_of("staff_there").get(path)

    assert (anonymous.status_code, anonymous["Content-Type"]) == (200, FILES[name])
    for response in (anonymous, member):
        told = response.content.decode()
        assert "Mindre matsvinn" in told
        assert "Ylva Berg" in told
        assert "Bo Tyst" not in told
        assert "Hemlig punkt" not in told
    if name != "programme_embed":
        assert (anonymous[ANYWHERE], anonymous["Cache-Control"]) == ("*", "public, max-age=300")
        assert anonymous.content == member.content
        # Somebody who is signed in might be somebody who sees more: nothing of theirs is kept or given to others.
        assert ANYWHERE not in member
        assert {"private", "no-store"} <= set(member["Cache-Control"].split(", "))


@pytest.mark.django_db
@pytest.mark.parametrize("name", FILES)
def test_an_internal_programme_is_its_own_municipality_s(name, page, conference, sessions, client, client_of):
    page.visibility = "internal"
    page.save()
    path = _path(name, conference, sessions["Mindre matsvinn"])

    own, foreign, anonymous = client_of("staff_here").get(path), client_of("staff_there").get(path), client.get(path)

    assert (own.status_code, foreign.status_code, anonymous.status_code) == (200, 404, 404)
    assert "Mindre matsvinn" in own.content.decode()
    assert all(ANYWHERE not in response for response in (own, foreign, anonymous))
    assert "ETag" not in own
    if name != "programme_embed":
        assert {"private", "no-store"} <= set(own["Cache-Control"].split(", "))


@pytest.mark.django_db
def test_before_a_release_there_are_no_files_and_the_interface_says_so(page, client):
    conference = conference_of(page)
    planned = add_session(conference, "Hemlig punkt")
    names = [name for name in FILES if name not in ("programme_embed", "api_conference")]

    assert {client.get(_path(name, conference, _programme("x", "y").sessions[0])).status_code for name in names} == {
        404
    }
    told = json.loads(client.get(_path("api_conference", conference)).content)
    assert (told["version"], told["sessions"], told["speakers"]) == (None, [], [])
    embedded = client.get(_path("programme_embed", conference))
    assert embedded.status_code == 200
    assert planned.title not in embedded.content.decode()


@pytest.mark.django_db
def test_a_page_that_is_withdrawn_takes_its_files_with_it(page, conference, sessions, client):
    page.unpublish()

    answers = {client.get(_path(name, conference, sessions["Fika"])).status_code for name in FILES}

    assert answers == {404}
    assert json.loads(client.get(reverse("api_conference_list")).content) == {"conferences": []}


@pytest.mark.django_db
def test_who_has_a_file_is_told_that_it_is_unchanged_until_somebody_takes_back_their_consent(conference, client):
    path = _path("programme_frab_json", conference)
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})

    planning.save_speaker(speaker=conference.speakers.get(name="Ylva Berg"), consents=False)
    after = client.get(path, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again[ANYWHERE]) == (304, b"", "*")
    assert "Last-Modified" not in first
    assert after.status_code == 200
    assert "Ylva Berg" not in after.content.decode()


# --- On another site -------------------------------------------------------------------------------------------


def _frame_rule(response) -> tuple[str | None, str]:
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    return response.get("X-Frame-Options"), policy["frame-ancestors"]


@pytest.mark.django_db
def test_only_a_public_programme_may_be_shown_in_a_frame_elsewhere(page, conference, client, client_of):
    path = _path("programme_embed", conference)
    anywhere = client.get(path)
    itself = client.get(conference.get_absolute_url())
    page.visibility = "members"
    page.save()
    here = client_of("staff_there").get(path)

    assert _frame_rule(anywhere) == (None, "*")
    assert _frame_rule(itself) == ("SAMEORIGIN", "'self'")
    assert _frame_rule(here) == ("SAMEORIGIN", "'self'")


@pytest.mark.django_db
def test_the_page_to_embed_is_plain_has_no_script_and_leaves_the_frame(conference, client):
    response = client.get(_path("programme_embed", conference))
    page = BeautifulSoup(response.content, "html.parser")

    assert page.select("script, form, iframe, header, footer, [style]") == []
    assert page.select_one("base").attrs == {"target": "_top"}
    assert [link["href"] for link in page.select("link[rel=stylesheet]")] == ["/static/css/site.css"]
    assert page.select_one("[href='#main']")["target"] == "_self"
    addresses = [
        element[name] for element in page.select("[src], [href]") for name in ("src", "href") if name in element.attrs
    ]
    assert [one for one in addresses if not one.startswith(("/", "#", "http://testserver/"))] == []
    assert [title.get_text(strip=True) for title in page.select("h3")] == ["Mindre matsvinn", "Fika", "På nätet"]
    assert "script-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_programme_s_page_shows_the_files_and_how_to_embed_it(page, conference, sessions, client, client_of):
    page.title = 'Dela "skörden" <b>'
    page.save()
    own = f"/konferenser/{conference.public_id}"
    shown = BeautifulSoup(client.get(f"{own}/program/").content, "html.parser")
    section = shown.select_one("section[aria-labelledby=take-with-you]")

    assert [link["href"] for link in section.select("a")] == [
        f"{own}/program.ics",
        f"{own}/program.ics?spar={sessions['Mindre matsvinn'].track.id}",
        f"{own}/schema.json",
        f"{own}/schema.xml",
        f"{own}/schema.xcal",
        f"/api/v1/konferenser/{conference.public_id}/",
        "/api/v1/openapi.json",
        f"{own}/inbaddat/",
    ]
    snippet = section.select_one("textarea[readonly]").get_text()
    frame = BeautifulSoup(snippet, "html.parser").select("*")
    assert [element.name for element in frame] == ["iframe"]
    assert frame[0]["src"] == f"http://testserver{own}/inbaddat/"
    assert frame[0]["title"] == 'Program: Dela "skörden" <b>'

    page.visibility = "members"
    page.save()
    members = BeautifulSoup(client_of("staff_there").get(f"{own}/program/").content, "html.parser")
    assert members.select("textarea") == []
    assert BeautifulSoup(client_of("staff_there").get(f"{own}/program/version/1/").content, "html.parser").select(
        "#take-with-you"
    )


# --- The open interface ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_list_holds_what_one_may_read_the_latest_first(cast, conference, client, client_of):
    later = ConferencePageFactory(
        owner=cast.there,
        title="Deras",
        visibility="internal",
        start_date=conference.last_day + timedelta(days=9),
        end_date=conference.last_day + timedelta(days=9),
    )

    def listed(browser) -> tuple[list[str], bool]:
        response = browser.get(reverse("api_conference_list"))
        return [row["title"] for row in json.loads(response.content)["conferences"]], ANYWHERE in response

    assert listed(client) == (["Dela skörden"], True)
    assert listed(client_of("staff_here")) == (["Dela skörden"], False)
    assert listed(client_of("staff_there")) == ([later.title, "Dela skörden"], False)


@pytest.mark.django_db
def test_a_conference_in_the_interface(page, conference, sessions, client):
    told = json.loads(client.get(_path("api_conference", conference)).content)
    (listed,) = json.loads(client.get(reverse("api_conference_list")).content)["conferences"]

    own = f"{settings.BASE_URL}/konferenser/{conference.public_id}"
    first, coffee, online = (sessions[title] for title in ("Mindre matsvinn", "Fika", "På nätet"))
    ylva = first.parts[0].speaker

    def session(which, starts: str, ends: str, day: int = 1, **further) -> dict:
        return {
            "id": which.id,
            "title": which.title,
            "kind": "lecture",
            "description": "",
            "starts_at": timezone.localtime(at(conference, starts, day), STOCKHOLM).isoformat(),
            "ends_at": timezone.localtime(at(conference, ends, day), STOCKHOLM).isoformat(),
            "room": None,
            "track": None,
            "speakers": [],
            "url": f"{own}/program/{which.id}/",
        } | further

    assert listed == {
        "id": conference.public_id,
        "title": "Dela skörden",
        "municipality": "Trelleborgs kommun",
        "place": "Kunskapshuset",
        "first_day": conference.first_day.isoformat(),
        "last_day": conference.last_day.isoformat(),
        "urls": {
            "page": page.own_address,
            "programme": f"{own}/program/",
            "api": f"{settings.BASE_URL}/api/v1/konferenser/{conference.public_id}/",
            "calendar": f"{own}/program.ics",
            "xcal": f"{own}/schema.xcal",
            "frab_json": f"{own}/schema.json",
            "frab_xml": f"{own}/schema.xml",
        },
    }
    released = timezone.localtime(conference.releases.get().at, STOCKHOLM).isoformat()
    assert told == {
        **listed,
        "time_zone": "Europe/Stockholm",
        "version": {"number": 1, "name": "Första programmet", "released_at": released},
        "rooms": [
            {"id": first.room.id, "name": "Stora salen", "kind": "on_site", "seats": 180, "directions": "Rakt fram"},
            {"id": online.room.id, "name": "Länken", "kind": "digital", "seats": None, "directions": ""},
        ],
        "tracks": [{"id": first.track.id, "name": "Kök, mat & måltid", "colour": "green"}],
        "sessions": [
            session(
                first,
                "09:00",
                "09:45",
                description="Väg.\n\nSedan ät.",
                room=first.room.id,
                track=first.track.id,
                speakers=[{"id": ylva.id, "role": "speaker"}],
            ),
            session(coffee, "10:00", "10:30", kind="break"),
            session(online, "13:00", "14:30", 2, room=online.room.id),
        ],
        "speakers": [
            {
                "id": ylva.id,
                "name": "Ylva Berg",
                "occupation": "Kock",
                "organisation": "Trelleborg",
                "about": "Lagar mat.",
                "url": f"{own}/medverkande/{ylva.id}/",
            }
        ],
    }


@pytest.mark.django_db
def test_the_list_asks_the_database_the_same_with_one_conference_and_with_ten(
    cast, conference, client, django_assert_max_num_queries
):
    path = reverse("api_conference_list")
    client.get(path)
    for number in range(10):
        if number in (1, 9):
            with django_assert_max_num_queries(4):
                client.get(path)
        ConferencePageFactory(owner=cast.here, title=f"Konferens {number}", visibility="public")


@pytest.mark.django_db
def test_the_interface_describes_all_that_it_answers(conference, client):
    described = json.loads(client.get(reverse("api_description")).content)

    assert described == api.description()
    assert described["openapi"] == "3.1.0"
    assert list(described["paths"]) == ["/api/v1/konferenser/", "/api/v1/konferenser/{id}/"]
    schemas = described["components"]["schemas"]
    used = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described)))
    assert used == set(schemas)
    told = json.loads(client.get(_path("api_conference", conference)).content)
    assert list(told) == schemas["Conference"]["required"]
    for name, rows in {"Room": told["rooms"], "Track": told["tracks"], "Session": told["sessions"]}.items():
        assert {tuple(row) for row in rows} == {tuple(schemas[name]["required"])}
    assert tuple(told["speakers"][0]) == tuple(schemas["Speaker"]["required"])
    assert tuple(told["version"]) == tuple(schemas["Version"]["required"])


@pytest.mark.django_db
def test_each_answer_of_the_interface_is_as_its_schema_says(conference, page, client):
    jsonschema = pytest.importorskip("jsonschema")
    described = api.description()

    def faults(name: str, answer: dict) -> list[str]:
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        return [
            error.message
            for error in jsonschema.Draft202012Validator(schema, format_checker=checker).iter_errors(answer)
        ]

    def asked(path: str) -> dict:
        return json.loads(client.get(path).content)

    assert faults("ConferenceList", asked(reverse("api_conference_list"))) == []
    assert faults("Conference", asked(_path("api_conference", conference))) == []
    unreleased = conference_of(ConferencePageFactory(owner=page.municipality, visibility="public"))
    assert faults("Conference", asked(_path("api_conference", unreleased))) == []
    assert faults("Conference", {}) != []


# --- schema.org ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_session_in_the_words_of_schema_org(page, conference, sessions):
    session, online = sessions["Mindre matsvinn"], sessions["På nätet"]
    address = f"{settings.BASE_URL}/konferenser/{conference.public_id}/program/{session.id}/"
    place = {"@type": "Place", "name": "Kunskapshuset", "address": page.address or "Kunskapshuset"}
    days = {"startDate": page.start_date.isoformat(), "endDate": page.end_date.isoformat()}
    part = {
        "@type": "Event",
        "name": "Mindre matsvinn",
        "url": address,
        "startDate": at(conference, "09:00").astimezone(STOCKHOLM).isoformat(),
        "endDate": at(conference, "09:45").astimezone(STOCKHOLM).isoformat(),
        "location": {**place, "name": "Stora salen, Kunskapshuset"},
        "performer": [
            {
                "@type": "Person",
                "name": "Ylva Berg",
                "jobTitle": "Kock",
                "affiliation": {"@type": "Organization", "name": "Trelleborg"},
            }
        ],
    }

    assert describe_session(page, conference, session) == {
        "@context": "https://schema.org",
        **part,
        "eventStatus": "https://schema.org/EventScheduled",
        "inLanguage": "sv",
        "organizer": {"@type": "GovernmentOrganization", "name": "Trelleborgs kommun"},
        "superEvent": {"@type": "Event", **days, "name": "Dela skörden", "url": page.own_address, "location": place},
        "description": "Väg.\n\nSedan ät.",
    }
    parts = describe(page)["subEvent"]
    assert parts[0] == part
    assert [one["name"] for one in parts] == ["Mindre matsvinn", "Fika", "På nätet"]
    assert parts[2]["location"]["@type"] == "VirtualLocation"
    assert parts[2]["location"]["url"].endswith(f"/{online.id}/")


@pytest.mark.django_db
def test_a_conference_tells_of_fifty_sessions_at_most(page):
    conference = conference_of(page)
    for number in range(52):
        add_session(
            conference, f"Punkt {number}", f"{8 + number // 6:02}:{number % 6}0", f"{8 + number // 6:02}:{number % 6}5"
        )
    release(conference)

    assert len(describe(page)["subEvent"]) == 50


@pytest.mark.django_db
def test_the_session_s_page_holds_it_and_the_way_to_the_calendar(conference, client):
    session = add_session(conference, "</script><b>& mer", "16:00", "17:00")
    release(conference)
    address = f"/konferenser/{conference.public_id}/program/{session.public_id}/"

    page = BeautifulSoup(client.get(address).content, "html.parser")

    (block,) = page.select("script[type='application/ld+json']")
    assert json.loads(block.string)["name"] == "</script><b>& mer"
    assert page.select_one(f"main a[href='{address}kalender.ics']") is not None
    assert uuid.UUID(str(programmes.latest(conference).session(session.public_id).guid)).version == 5
