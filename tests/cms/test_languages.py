"""Two languages by address: what is the portal's is in the reader's language, what people wrote is marked as theirs."""

import uuid

import pytest
from bs4 import BeautifulSoup

from portal.municipalities.enums import MunicipalityKind, Visibility
from search.models import SearchEntry
from tests.factories.cms import CoursePageFactory, StandardPageFactory
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import MunicipalityFactory
from tests.helpers.mails import written

CALENDAR = "/mina-sidor/kalender/"


def page_of(client, address: str, **headers) -> BeautifulSoup:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser")


def test_an_english_address_gives_an_english_page_whose_links_stay_english(cast, client):
    CoursePageFactory(owner=cast.here, title="Mindre svinn", visibility="public")

    page = page_of(client, "/en/kurser/")

    assert (page.html["lang"], page.h1.get_text()) == ("en", "Courses")
    addresses = [link["href"] for link in page.select("a[href^='/']")]
    assert [address for address in addresses if not address.startswith("/en/")] == ["/kurser/"]
    assert page.select_one("a[hreflang=sv]")["href"] == "/kurser/"
    assert page.select_one(".card__link")["lang"] == "sv"


def test_the_address_alone_says_the_language(db, client):
    page = page_of(client, "/kurser/?topic=mat", **{"Accept-Language": "en"})

    assert (page.html["lang"], page.h1.get_text()) == ("sv", "Kurser")
    assert page.select_one("a[hreflang=en]")["href"] == "/en/kurser/?topic=mat"
    assert page.select("main [lang]") == []


def test_caches_are_not_told_to_keep_a_copy_for_each_browser(db, client):
    answer = client.get("/kurser/")

    assert (answer.headers["Content-Language"], "Accept-Language" in answer.headers.get("Vary", "")) == ("sv", False)


@pytest.mark.parametrize(
    ("below", "english", "shown"),
    [
        ("", "Weigh the waste.", ("Väg svinnet.", None)),
        ("/en", "Weigh the waste.", ("Weigh the waste.", None)),
        ("/en", "", ("Väg svinnet.", "sv")),
    ],
)
def test_the_summary_is_english_where_there_is_one_and_marked_where_not(cast, client, below, english, shown):
    written_in_swedish = StandardPageFactory(
        owner=cast.here, summary="Väg svinnet.", summary_en=english, visibility="public"
    )

    page = page_of(client, below + written_in_swedish.get_url())

    text = page.select_one(".summary-box .prose")
    assert (text.get_text(strip=True), text.get("lang")) == shown
    assert page.select_one("meta[name=description]")["content"] == shown[0]


def test_a_mail_is_swedish_and_leads_to_swedish_pages_whatever_its_cause_was_read_in(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)

    answer = client_of("staff_here").post(
        f"/en/tillfallen/{event.public_id}/anmal/", {"municipality": cast.here.pk, "form_token": uuid.uuid4()}
    )

    assert answer.headers["Location"].startswith("/en/mina-sidor/anmalan/")
    (mail,) = written()
    assert "Du har en plats" in mail.subject + mail.text
    assert "/en/" not in mail.text + mail.html + "".join(file["text"] for file in mail.attachments)


def test_what_is_found_leads_to_the_language_one_searches_in(cast, client_of, django_capture_on_commit_callbacks):
    event = TrainingEventFactory(
        municipality=cast.here, title="Kanariefågel", visibility="public", contact_email="a@b.se", published=False
    )
    client = client_of("coordinator_here")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/en/arbetsyta/tillfallen/{event.public_id}/publicera/")

    assert SearchEntry.objects.get(kind="event").url == f"/tillfallen/{event.public_id}/"
    hits = {
        language: [link["href"] for link in page_of(client, f"{language}/sok/?q=kanariefågel").select(".search-hit a")]
        for language in ("", "/en")
    }
    assert hits == {"": [f"/tillfallen/{event.public_id}/"], "/en": [f"/en/tillfallen/{event.public_id}/"]}


def test_sharing_with_a_city_abroad_asks_for_a_summary_in_english(cast):
    city = MunicipalityFactory(name="Esbo stad", short_name="Esbo", slug="esbo", kind=MunicipalityKind.FOREIGN_CITY)
    page = CoursePageFactory(owner=cast.here, visibility="selected", contact_email="a@trelleborg.example")
    page.shared_with = [cast.there]
    assert page.lacks_for_sharing == []

    page.shared_with = [cast.there, city]
    assert page.lacks_for_sharing == ["Innan du delar med en stad i ett annat land: skriv kort på engelska vad det är."]

    page.summary_en = "Waste less food."
    assert page.lacks_for_sharing == []


def test_a_way_of_titles_is_marked_as_theirs_and_one_of_our_own_words_is_not(cast, client_of):
    page = CoursePageFactory(owner=cast.here, visibility="public")
    client = client_of("staff_here")

    ways = [page_of(client, f"/en{path}").select_one(".breadcrumbs ol") for path in (page.get_url(), CALENDAR)]

    assert [(way.get("lang"), way.li.get_text(strip=True)) for way in ways] == [
        ("sv", "Samlärande"),
        (None, "My pages"),
    ]


# --- Events --------------------------------------------------------------------------------------------------


def test_an_event_has_a_summary_for_those_who_read_in_english(cast, client):
    event = TrainingEventFactory(
        municipality=cast.here, visibility=Visibility.PUBLIC, summary="Kort sagt.", summary_en="In short."
    )

    def summaries(address: str) -> list[tuple[str, str | None]]:
        page = BeautifulSoup(client.get(address).content.decode(), "html.parser")
        return [
            (" ".join(part.get_text().split()), part.get("lang"))
            for part in page.select(".card__summary, .summary-box .prose")
        ]

    own = event.get_absolute_url()
    for address in ("/tillfallen/", own):
        assert summaries(address) == [("Kort sagt.", None)]
        assert summaries("/en" + address) == [("In short.", None)]
    event.summary_en = ""
    event.save()
    assert summaries("/en" + own) == [("Kort sagt.", "sv")]
