"""Reading help in the page itself: plain language beside the whole text, how long it takes, words explained."""

import pytest
from bs4 import BeautifulSoup
from django.utils.safestring import SafeString

from cms.models import GlossaryPage, HomePage
from cms.services.glossary import Glossary, Term, explained
from cms.services.texts import reading_minutes
from portal.municipalities.enums import Visibility
from search.entries.pages import entry_for_page
from tests.factories.cms import CoursePageFactory, LessonPageFactory, MethodPageFactory, StandardPageFactory

SVINN = Term("svinn", ("svinn", "svinnet"), "Mat som slängs & kunde ätas.")
KNOWN = Glossary((SVINN, Term("ESF+", ("ESF+", "ESF"), "EU:s pengar.")), "/ordlista/")


def page_at(client, address: str) -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser")


# --- Plain language ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factory", [CoursePageFactory, MethodPageFactory, LessonPageFactory, StandardPageFactory])
def test_the_reader_chooses_between_the_whole_text_and_plain_language(cast, client, factory):
    page = factory(owner=cast.here, visibility=Visibility.PUBLIC, plain="<p>Väg maten.</p>")
    if factory is not LessonPageFactory:
        page.body = [("paragraph", "<p>Hela utläggningen om vägandet.</p>")]
        page.save_revision().publish()
    whole_sentence = "Vi vägde svinnet" if factory is LessonPageFactory else "Hela utläggningen"

    whole, plain = (
        page_at(client, page.get_url() + query).select_one("article").get_text() for query in ("", "?lattlast")
    )

    assert (whole_sentence in whole, "Väg maten." in whole) == (True, False)
    assert (whole_sentence in plain, "Väg maten." in plain) == (False, True)
    assert (
        page_at(client, page.get_url() + "?lattlast").select_one("link[rel=canonical]")["href"].endswith(page.get_url())
    )


def test_without_a_plain_version_nothing_is_offered_and_the_text_stands(cast, client):
    page = LessonPageFactory(owner=cast.here, visibility=Visibility.PUBLIC)

    shown = page_at(client, page.get_url() + "?lattlast")

    assert "Vi vägde svinnet" in shown.select_one("article").get_text()
    assert "Lättläst" not in shown.select_one("article").get_text()


def test_what_is_said_in_plain_language_is_found_and_taken_over_too(cast):
    page = MethodPageFactory(owner=cast.here, visibility=Visibility.PUBLIC, plain="<p>Kanariefågeln väger.</p>")

    assert "Kanariefågeln väger." in entry_for_page(page).body
    assert "plain" in page.adopted_fields


# --- How long ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "minutes"),
    [
        ([], 0),
        (["", "<p></p>"], 0),
        (["<p>Ett ord</p>"], 1),
        (["<p>ett två</p><p>tre</p> " * 200], 3),
        (["ord " * 199, "ord " * 398], 3),
    ],
)
def test_a_minute_is_199_words(texts, minutes):
    assert reading_minutes(*texts) == minutes


def test_the_first_screen_tells_for_whom_and_how_long(cast, client):
    page = CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC, audience="För kockar.", plain="ord " * 2000)

    facts = page_at(client, page.get_url()).select(".first-facts li")

    assert next(fact.get_text(strip=True) for fact in facts) == "För kockar."
    assert "1 minut att läsa" in [fact.get_text(strip=True) for fact in facts]


# --- Difficult words -----------------------------------------------------------------------------------------


def words_in(markup: str) -> list[str]:
    return [button.get_text() for button in BeautifulSoup(markup, "html.parser").select("button.term")]


def test_the_first_place_of_a_word_in_any_of_its_forms_opens_what_it_means():
    shown = explained("<p>Vi väger Svinnet varje dag. Svinn är dyrt.</p>", KNOWN)

    assert isinstance(shown, SafeString)
    assert words_in(shown) == ["Svinnet"]
    note = BeautifulSoup(shown, "html.parser").select_one("#term-1")
    assert note.has_attr("popover")
    assert note.get_text(" ", strip=True) == "svinn Mat som slängs & kunde ätas. Alla ord i ordlistan"


@pytest.mark.parametrize(
    "markup",
    [
        "<p>matsvinnet svinnmätning ö-svinn</p>",
        "<h2>Svinn</h2>",
        '<p><a href="/svinn/">svinn</a></p>',
        '<p><a href="#"><b>svinn</b></a></p>',
        '<img alt="svinn">',
        "<!-- svinn -->",
        "<button>svinn</button>",
        "<svg><title>svinn</title></svg>",
    ],
)
def test_a_word_is_left_alone_where_it_is_part_of_another_or_leads_somewhere(markup):
    assert explained(markup, KNOWN) == markup


def test_words_after_what_was_left_alone_are_explained():
    assert words_in(explained("<h2>Svinn</h2><p>Om ESF+ och <b>svinn</b>.</p>", KNOWN)) == ["ESF+", "svinn"]


def test_the_words_of_the_glossary_cannot_bring_markup_with_them():
    bad = Glossary((Term("<b>x</b>", ("<b>x</b>", "ord"), "<script>alert(1)</script>"),), "/ordlista/")

    shown = explained("<p>Ett ord &lt;b&gt;x&lt;/b&gt;.</p>", bad)

    assert ("<script>" in shown, words_in(shown)) == (False, ["ord"])


def glossary_of(words, **fields) -> GlossaryPage:
    page = GlossaryPage(title="Ordlista", slug="ordlista", summary="Svåra ord.", terms=words, **fields)
    return HomePage.objects.get().add_child(instance=page)


def test_a_published_glossary_explains_the_words_of_other_pages_but_not_its_own(cast, client):
    word = {"term": "vägde", "forms": "", "explanation": "Mätte hur tungt. Vi vägde allt."}
    glossary = glossary_of([("term", word)], live=False)
    lesson = LessonPageFactory(owner=cast.here, visibility=Visibility.PUBLIC)

    assert words_in(client.get(lesson.get_url()).content.decode()) == []
    glossary.save_revision().publish()

    assert words_in(client.get(lesson.get_url()).content.decode()) == ["vägde"]
    assert words_in(client.get(glossary.get_url()).content.decode()) == []


def test_the_glossary_stands_in_swedish_order_and_is_for_everybody(cast, client):
    words = [
        ("term", {"term": term, "forms": "", "explanation": "Så."}) for term in ("öga", "zebra", "ärta", "Åsna", "apa")
    ]
    glossary = glossary_of(words, visibility=Visibility.INTERNAL)
    glossary.full_clean()
    glossary.save_revision().publish()

    assert [term.get_text() for term in page_at(client, "/ordlista/").select("dt")] == [
        "apa",
        "zebra",
        "Åsna",
        "ärta",
        "öga",
    ]


@pytest.mark.parametrize("sent", ["{", "[]", '{"blocks": 1}', "<p>hej</p>", "0"])
def test_what_no_editor_can_have_sent_is_refused_and_nothing_is_changed(cast, client_of, sent):
    page = LessonPageFactory(owner=cast.here, title="Lärdomen")
    revision = page.latest_revision
    fields = {"title": "Ny", "slug": page.slug, "summary": "Kort.", "lesson": "Så.", "visibility": "internal"}
    fields |= dict.fromkeys(("context", "what_we_did", "what_happened", "do_differently", "advice", "plain"), sent)

    answer = client_of("coordinator_here").post(f"/redaktion/pages/{page.pk}/edit/", fields)

    page.refresh_from_db()
    assert (answer.status_code, page.draft_title, page.latest_revision) == (400, "Lärdomen", revision)
