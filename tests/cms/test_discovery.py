"""What the portal tells search engines and those who show links: of public things, and nothing of others."""

import json
import re
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from PIL import Image

from portal.events.models import TrainingEvent
from portal.knowledge.models import Topic
from tests.factories.cms import ConferencePageFactory, CoursePageFactory, LessonPageFactory, MethodPageFactory
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import CollaborationFactory

BASE = "http://localhost:8000"


def head_of(client, address: str) -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser").head


def described(client, address: str) -> dict:
    return json.loads(head_of(client, address).select_one("script[type='application/ld+json']").string)


def one_of_each(cast, **fields) -> dict[str, str]:
    """A page of most kinds and an event, each titled by its kind: kind → address."""
    made = {
        "course": CoursePageFactory(owner=cast.here, title="Kurs", **fields),
        "method": MethodPageFactory(owner=cast.here, title="Metod", **fields),
        "lesson": LessonPageFactory(owner=cast.here, title="Lärdom", lesson="Väg tillsammans.", **fields),
    }
    event = TrainingEventFactory(municipality=cast.here, title="Tillfälle", **fields)
    return {kind: page.get_url() for kind, page in made.items()} | {"event": event.get_absolute_url()}


# --- The map ------------------------------------------------------------------------------------------------------


def test_the_map_holds_what_everybody_may_read_whoever_asks(cast, client_of):
    public = one_of_each(cast, visibility="public")
    hidden = [one_of_each(cast, visibility=level) for level in ("members", "internal")]
    CoursePageFactory(owner=cast.here, title="Utkast", visibility="public", live=False)

    answer = client_of("portal_admin").get("/sitemap.xml")

    found = re.findall("<loc>http://testserver(.*?)</loc>", answer.content.decode())
    lists = ["/kurser/", "/tillfallen/", "/metoder/", "/lardomar/", "/konferenser/"]
    sections = ["/", "/trelleborg/", "/skurup/"]
    assert sorted(found) == sorted([*lists, *(f"/en{path}" for path in lists), *sections, *public.values()])
    assert not {address for pages in hidden for address in pages.values()} & set(found)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_robots_are_shown_the_map_and_asked_to_leave_what_is_personal(db, client):
    lines = client.get("/robots.txt").content.decode().splitlines()

    assert f"Sitemap: {BASE}/sitemap.xml" in lines
    assert {"Disallow: /mina-sidor/", "Disallow: /en/mina-sidor/", "Disallow: /redaktion/"} <= set(lines)


# --- One address --------------------------------------------------------------------------------------------------


def test_a_page_has_one_address_in_whichever_language_it_is_looked_at(cast, client):
    addresses = one_of_each(cast, visibility="public")

    for path in addresses.values():
        for below in ("", "/en"):
            head = head_of(client, below + path)
            assert [link["href"] for link in head.select("link[rel=canonical]")] == [BASE + path]
            assert head.select_one("meta[property='og:url']")["content"] == BASE + path
            assert head.select("link[hreflang]") == []


def test_a_list_has_an_address_in_each_language_and_each_names_the_other(db, client):
    for path in ("/kurser/?topic=mat", "/en/kurser/"):
        head = head_of(client, path)
        assert {link["hreflang"]: link["href"] for link in head.select("link[hreflang]")} == {
            "sv": f"{BASE}/kurser/",
            "en": f"{BASE}/en/kurser/",
            "x-default": f"{BASE}/kurser/",
        }
        assert head.select_one("link[rel=canonical]")["href"] == BASE + path.split("?")[0]


# --- What it is ---------------------------------------------------------------------------------------------------


def test_each_kind_is_described_in_the_words_of_schema_org(cast, client):
    food = Topic.objects.create(name="Maten", slug="maten")
    course = CoursePageFactory(
        owner=cast.here, title="Svinn", summary="Väg.", goals="Väga\nSe", visibility="public", topics=[food]
    )
    addresses = one_of_each(cast, visibility="public")
    conference = ConferencePageFactory(owner=cast.here, visibility="public")
    owner = {"@type": "GovernmentOrganization", "name": "Trelleborgs kommun"}

    assert described(client, course.get_url()) == {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": "Svinn",
        "description": "Väg.",
        "url": BASE + course.get_url(),
        "inLanguage": "sv",
        "image": f"{BASE}/delningsbild/sida/{course.pk}.png",
        "provider": owner,
        "about": ["Maten"],
        "timeRequired": "PT20M",
        "teaches": ["Väga", "Se"],
    }
    kinds = {kind: described(client, path)["@type"] for kind, path in addresses.items()}
    assert kinds == {"course": "Course", "method": "HowTo", "lesson": "Article", "event": "EducationEvent"}
    assert described(client, conference.get_url())["location"]["name"] == conference.place
    assert described(client, "/trelleborg/")["@type"] == "GovernmentOrganization"
    assert described(client, "/")["@type"] == "WebSite"


def test_an_event_is_described_with_its_times_and_never_its_meeting_link(cast, client):
    event = TrainingEventFactory(
        municipality=cast.here,
        visibility="public",
        format="both",
        place="Kunskapshuset",
        address="",
        meeting_url="https://mote.example/hemligt",
    )
    TrainingEvent.objects.filter(pk=event.pk).update(state="cancelled")

    told = described(client, event.get_absolute_url())

    assert told["location"] == [
        {"@type": "Place", "name": "Kunskapshuset", "address": "Kunskapshuset"},
        {"@type": "VirtualLocation", "url": BASE + event.get_absolute_url()},
    ]
    assert (told["eventStatus"], told["eventAttendanceMode"]) == (
        "https://schema.org/EventCancelled",
        "https://schema.org/MixedEventAttendanceMode",
    )
    assert told["startDate"][-6:] in ("+01:00", "+02:00")
    assert "hemligt" not in json.dumps(told)


def test_a_title_cannot_end_the_block_it_stands_in(cast, client):
    page = CoursePageFactory(owner=cast.here, title="</script><script>alert(1)</script>", visibility="public")

    assert described(client, page.get_url())["name"] == page.title
    assert [part for part in head_of(client, page.get_url()).select("script") if "alert" in (part.string or "")] == [
        head_of(client, page.get_url()).select_one("script[type='application/ld+json']")
    ]


# --- Pictures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Svinn", "Arbetsmarknadspolitiska kompetensutvecklingsinsatser " * 4])
def test_a_public_page_and_event_have_a_picture_for_those_who_show_a_link(cast, client, title):
    page = CoursePageFactory(owner=cast.here, title=title.strip(), visibility="public")
    event = TrainingEventFactory(municipality=cast.here, title=title[:119].strip(), visibility="public")

    for address in (page.get_url(), event.get_absolute_url()):
        picture = head_of(client, address).select_one("meta[property='og:image']")["content"]
        answer = client.get(picture.removeprefix(BASE))

        assert answer.headers["Content-Type"] == "image/png"
        assert Image.open(BytesIO(answer.content)).size == (1200, 630)


def test_the_picture_of_what_the_union_pays_for_carries_its_emblem(cast, client):
    funded, plain = (CollaborationFactory(lead=cast.here, fund=fund) for fund in ("ESF+", ""))
    pages = {
        project: ConferencePageFactory(owner=cast.here, visibility="public", collaboration=project)
        for project in (funded, plain)
    }
    events = {
        project: TrainingEventFactory(municipality=cast.here, visibility="public", collaboration=project)
        for project in (funded, plain)
    }

    def has_flag(address: str) -> bool:
        picture = Image.open(BytesIO(client.get(f"/delningsbild/{address}.png").content)).convert("RGB")
        red, green, blue = picture.getpixel((1200 - 80 - 430 + 8, 630 - 148 + 8))
        return blue > 120 and red < 40 and green < 80

    assert [has_flag(f"sida/{pages[project].pk}") for project in (funded, plain)] == [True, False]
    assert [has_flag(f"tillfalle/{events[project].public_id}") for project in (funded, plain)] == [True, False]


@pytest.mark.parametrize("level", ["members", "internal"])
def test_what_is_not_public_has_no_picture_also_for_those_who_may_read_it(cast, client_of, level):
    page = CoursePageFactory(owner=cast.here, visibility=level)
    event = TrainingEventFactory(municipality=cast.here, visibility=level)
    draft = TrainingEventFactory(municipality=cast.here, visibility="public", published=False)
    client = client_of("coordinator_here")

    heads = [head_of(client, address) for address in (page.get_url(), event.get_absolute_url())]

    assert [head.select("meta[property='og:image']") for head in heads] == [[], []]
    for key in (
        f"sida/{page.pk}",
        f"tillfalle/{event.public_id}",
        "sida/999999",
        "sida/abc",
        f"tillfalle/{draft.public_id}",
    ):
        assert client.get(f"/delningsbild/{key}.png").status_code == 404


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("sakerhet@trelleborg.se", "mailto:sakerhet@trelleborg.se"),
        ("https://trelleborg.se/sarbarhet", "https://trelleborg.se/sarbarhet"),
    ],
)
def test_whoever_finds_a_weakness_reads_whom_to_tell(client, settings, contact, told):
    settings.SECURITY_CONTACT = contact

    answer = client.get("/.well-known/security.txt")

    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    expires = datetime.fromisoformat(fields.pop("Expires"))
    assert fields == {
        "Contact": told,
        "Preferred-Languages": "sv, en",
        "Canonical": f"{BASE}/.well-known/security.txt",
    }
    assert timedelta(days=30) < expires - timezone.now() < timedelta(days=365)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
