"""A released programme as others read it: whole files, who gets them, and nothing that is planned or not agreed to."""

import json
import re
import uuid
from datetime import datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from cms.services.structured_data import describe
from portal.conferences.enums import RoomKind, SessionKind
from portal.conferences.exports import api, calendars, frab, xcal
from portal.conferences.exports.addresses import Addresses
from portal.conferences.models import Conference
from portal.conferences.services import programmes
from portal.conferences.services.programmes import (
    Programme,
    ProgrammePart,
    ProgrammeRoom,
    ProgrammeSession,
    ProgrammeSpeaker,
    ProgrammeTrack,
)
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_room, add_session, add_speaker, add_track, conference_of, release

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


def test_a_calendar_s_name_is_escaped_and_its_refreshing_is_a_duration():
    conference, programme = Conference(public_id="e" * 12, title="Kök, mat; mer\\mindre"), _programme("x", "y")

    lines = calendars.calendar_file(conference, programme, Addresses.of(conference), sessions=programme.sessions)

    assert {line for line in lines.splitlines() if line.startswith(("NAME", "X-"))} == {
        "NAME:Kök\\, mat\\; mer\\\\mindre",
        "X-WR-CALNAME:Kök\\, mat\\; mer\\\\mindre",
        "X-PUBLISHED-TTL:PT4H",
    }


@pytest.mark.django_db
def test_another_reader_of_calendars_finds_the_same(conference, sessions, client):
    content = client.get(_path("programme_calendar", conference)).content.decode()

    found = IcsCalendarStream.calendar_from_ics(content).events

    assert [(one.summary, one.uid, one.start, one.end, one.location, one.sequence) for one in found] == [
        (s.title, f"{s.id}@samlarande", s.starts_at, s.ends_at, s.room.name if s.room else None, 1)
        for s in sessions.values()
    ]


# --- frab ------------------------------------------------------------------------------------------------------


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


# As the fields of a programme are: without control characters. The library for calendars writes a "\\N" in a text as
# the line break that it stands for in a file.
_WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), max_size=80).filter(
    lambda text: "\\N" not in text
)


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


# --- On another site -------------------------------------------------------------------------------------------


def _frame_rule(response) -> tuple[str | None, str]:
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    return response.get("X-Frame-Options"), policy["frame-ancestors"]


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


# --- schema.org ------------------------------------------------------------------------------------------------


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
