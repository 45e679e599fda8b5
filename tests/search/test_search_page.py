"""The search page: one box for everything, for everybody, whatever is written in it."""

import re

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from wagtail.models import Locale

from portal.knowledge.models import Topic
from tests.factories.cms import ConferencePageFactory, CoursePageFactory, LessonPageFactory, StandardPageFactory
from tests.factories.events import TrainingEventFactory

FUZZED = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def look(client, **asked) -> BeautifulSoup:
    answer = client.get("/sok/", asked)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser")


def hits(page: BeautifulSoup) -> list[str]:
    return [" ".join(title.get_text().split()) for title in page.select(".search-hit__title")]


def tabs(page: BeautifulSoup) -> dict[str, int]:
    """The kinds with their numbers, as they stand above the hits."""
    texts = [" ".join(link.get_text(" ").split()) for link in page.select("main .tabs a")]
    return {match[1].strip(): int(match[2]) for text in texts if (match := re.fullmatch(r"(.+?)\s*\(?(\d+)\)?", text))}


@pytest.fixture
def food_waste(cast):
    """A lesson and a conference for everybody, a course for one other municipality, an event for members."""
    LessonPageFactory(owner=cast.here, title="Mindre matsvinn i skolköket", visibility="public")
    ConferencePageFactory(owner=cast.here, title="Konferens om mindre matsvinn", visibility="public")
    CoursePageFactory(owner=cast.here, title="Kurs: mindre matsvinn", visibility="selected", shared_with=[cast.there])
    TrainingEventFactory(municipality=cast.here, title="Träff om mindre matsvinn", visibility="members")


def test_a_visitor_finds_what_is_public_and_no_trace_of_the_rest(food_waste, client):
    page = look(client, q="mindre matsvinn")

    assert set(hits(page)) == {"Mindre matsvinn i skolköket", "Konferens om mindre matsvinn"}
    assert page.select_one("[data-count]").get_text(strip=True) == "2 träffar"
    assert tabs(page) == {"Allt": 2, "Lärdomar": 1, "Konferenser": 1}
    assert "Kurs: mindre matsvinn" not in str(page)
    assert "Träff om mindre matsvinn" not in str(page)


def test_a_member_it_is_shared_with_finds_all_four(food_waste, client_of):
    page = look(client_of("staff_there"), q="mindre matsvinn")

    assert len(hits(page)) == 4
    assert tabs(page) == {"Allt": 4, "Kurser": 1, "Utbildningstillfällen": 1, "Lärdomar": 1, "Konferenser": 1}


def test_a_hit_shows_its_kind_its_municipality_and_leads_to_its_page(cast, client):
    lesson = LessonPageFactory(owner=cast.here, title="Mindre matsvinn", visibility="public")

    page = look(client, q="matsvinn")

    [hit] = page.select(".search-hit")
    assert [span.get_text() for span in hit.select(".search-hit__line span")] == ["Lärdomar", "Trelleborg"]
    assert hit.select_one("a")["href"] == lesson.get_url()
    assert client.get(hit.select_one("a")["href"]).status_code == 200


def test_matches_are_marked_and_html_stays_text(cast, client):
    StandardPageFactory(
        owner=cast.here,
        visibility="public",
        title="<script>alert('titel')</script> matsvinn",
        summary="&lt;script&gt;alert('text')&lt;/script&gt; Väg <b>matsvinn</b> & \"lär\".",
        body=[("paragraph", "<p>&lt;img src=x onerror=alert(1)&gt; kockarna</p>")],
    )

    answer = client.get("/sok/", {"q": "kock matsvinn <script>alert('fråga')</script>"})

    content = answer.content.decode()
    page = BeautifulSoup(content, "html.parser")
    assert "<script>alert" not in content
    assert "<img src=x" not in content
    assert hits(page) == ["<script>alert('titel')</script> matsvinn"]
    assert {"kockarna", "matsvinn"} <= {mark.get_text() for mark in page.select(".search-hit mark")}
    assert page.select_one("main input[name=q]")["value"] == "kock matsvinn <script>alert('fråga')</script>"


def test_filters_stand_in_the_address_and_narrow_the_hits(cast, client):
    topic = Topic.objects.create(name="Mat X", slug="mat-x")
    CoursePageFactory(owner=cast.here, title="Matsvinn A", visibility="public", topics=[topic])
    CoursePageFactory(owner=cast.there, title="Matsvinn B", visibility="public")
    LessonPageFactory(owner=cast.there, title="Matsvinn C", visibility="public", topics=[topic])

    found = [
        sorted(hits(look(client, q="matsvinn", **filters)))
        for filters in (
            {},
            {"municipality": "skurup"},
            {"topic": "mat-x"},
            {"kind": "course"},
            {"kind": "lesson", "topic": "mat-x", "municipality": "skurup"},
            {"kind": "finns-inte", "topic": "finns-inte", "municipality": "finns-inte"},
        )
    ]

    assert found == [
        ["Matsvinn A", "Matsvinn B", "Matsvinn C"],
        ["Matsvinn B", "Matsvinn C"],
        ["Matsvinn A", "Matsvinn C"],
        ["Matsvinn A", "Matsvinn B"],
        ["Matsvinn C"],
        ["Matsvinn A", "Matsvinn B", "Matsvinn C"],
    ]


def counts(page: BeautifulSoup, heading: str) -> dict[str, int]:
    """The choices under a heading with their numbers."""
    for group in page.select(".facets__group"):
        if group.select_one("legend").get_text(strip=True) == heading:
            labels = [label for label in group.select("label") if label.select_one(".facets__count")]
            return {
                label.select("span")[0].get_text(strip=True): int(label.select(".facets__count")[0].get_text())
                for label in labels
            }
    return {}


def test_several_of_a_facet_widen_and_another_facet_narrows(cast, client):
    food, work = (Topic.objects.create(name=name, slug=name.lower()) for name in ("Mat", "Arbete"))
    CoursePageFactory(owner=cast.here, title="Matsvinn A", visibility="public", topics=[food])
    CoursePageFactory(owner=cast.there, title="Matsvinn B", visibility="public", topics=[food, work])
    LessonPageFactory(owner=cast.there, title="Matsvinn C", visibility="public", topics=[work])
    CoursePageFactory(owner=cast.there, title="Matsvinn hemligt", topics=[food])

    both = look(client, q="matsvinn", municipality=["trelleborg", "skurup"])
    food_there = look(client, q="matsvinn", municipality="skurup", topic="mat")

    assert sorted(hits(both)) == ["Matsvinn A", "Matsvinn B", "Matsvinn C"]
    assert hits(food_there) == ["Matsvinn B"]
    # Each facet counts what another choice in it would give.
    assert counts(food_there, "Kommun eller organisation") == {"Skurup": 1, "Trelleborg": 1}
    assert counts(food_there, "Ämne") == {"Arbete": 2, "Mat": 1}
    assert [box["value"] for box in food_there.select(".facets input[type=checkbox]") if box.has_attr("checked")] == [
        "skurup",
        "mat",
    ]
    assert food_there.select_one(".facets summary").get_text(strip=True) == "Begränsa listan (2 valda)"
    assert food_there.find("a", string="Ta bort alla val")["href"] == "?q=matsvinn"


def test_choices_that_leave_nothing_can_be_taken_away(cast, client):
    CoursePageFactory(owner=cast.here, title="Matsvinn", visibility="public")

    page = look(client, q="matsvinn", year="2019")

    assert hits(page) == []
    assert page.select_one(".facets").has_attr("open")
    assert hits(look(client, q="matsvinn")) == ["Matsvinn"]
    assert page.find("a", string="Ta bort alla val")["href"] == "?q=matsvinn"


def test_only_what_one_can_still_join_and_the_newest_first(cast, client):
    TrainingEventFactory(municipality=cast.here, title="Matsvinn snart", visibility="public")
    LessonPageFactory(owner=cast.here, title="Matsvinn lärt", visibility="public")
    LessonPageFactory(owner=cast.here, title="Om matsvinn och matsvinn", visibility="public")

    joinable = look(client, q="matsvinn", joinable="1")
    newest = look(client, q="matsvinn", sort="newest", kind="lesson")

    assert hits(joinable) == ["Matsvinn snart"]
    assert counts(joinable, "Ordning") == {"Bara det man fortfarande kan anmäla sig till": 1}
    assert hits(newest) == ["Om matsvinn och matsvinn", "Matsvinn lärt"]


def test_a_municipality_without_words_shows_what_one_may_read_of_it(cast, client):
    CoursePageFactory(owner=cast.here, title="Öppen kurs", visibility="public")
    CoursePageFactory(owner=cast.here, title="Intern kurs")

    assert hits(look(client, municipality="trelleborg", kind="course")) == ["Öppen kurs"]


def test_nothing_asked_and_nothing_found_say_so(cast, client):
    CoursePageFactory(owner=cast.here, title="Kanariefågel")

    nothing_asked, nothing_found = look(client), look(client, q="kanariefågel")

    assert hits(nothing_asked) == hits(nothing_found) == []
    assert "mindre matsvinn" in nothing_asked.select_one("main").get_text()
    assert nothing_found.select_one(".empty-state") is not None
    assert "Kanariefågel" not in str(nothing_found)


def test_a_word_with_its_ring_apart_finds_the_same(cast, client):
    LessonPageFactory(owner=cast.here, title="Många små råd", visibility="public")

    assert hits(look(client, q="ra\u030ad")) == hits(look(client, q="råd")) == ["Många små råd"]


def test_what_is_in_english_is_found_marked_and_can_be_chosen(cast, client):
    Locale.objects.get_or_create(language_code="en")
    StandardPageFactory(owner=cast.here, title="Matsvinn", summary="Food waste i korthet.", visibility="public")
    english = StandardPageFactory(
        owner=cast.here, title="Food waste", summary="How we waste less food.", visibility="public"
    )
    english.locale = Locale.objects.get(language_code="en")
    english.save_revision().publish()

    page = look(client, q="food wasting")
    [hit] = [hit for hit in page.select(".search-hit") if hit.select_one("h2").get_text() == "Food waste"]
    only = look(client, q="food", language="en")

    assert counts(page, "Språk") == {"Engelska": 1, "Svenska": 1}
    assert [span.get_text() for span in hit.select(".search-hit__line span")] == ["Sidor", "Trelleborg", "Engelska"]
    assert (hit.select_one("h2")["lang"], hit.select("p")[1]["lang"]) == ("en", "en")
    assert hits(only) == ["Food waste"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="takes the full text table of SQLite away")
def test_searching_that_is_broken_says_so_and_is_no_empty_list(cast, client):
    CoursePageFactory(owner=cast.here, title="Matsvinn", visibility="public")
    page = CoursePageFactory(owner=cast.here, title="Om matsvinn", visibility="public")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE search_fts RENAME TO search_fts_gone")

    answer, reading = client.get("/sok/", {"q": "matsvinn"}), client.get(page.get_url())

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "Sökningen fungerar inte just nu" in answer.content.decode()
    assert "träff" not in BeautifulSoup(answer.content.decode(), "html.parser").select_one("main").get_text()
    assert reading.status_code == 200


# --- Whatever is asked ---------------------------------------------------------------------------------------

ODD = [
    '"', "'", '"mindre matsvinn', "matsvinn*", "matsvinn AND OR NOT", "-matsvinn +svinn", "(((", "a:b:c", "%", "\\",
    "\x00", "mat\x00svinn", "'; DROP TABLE search_searchentry; --", "😀", "matsvinn 👩‍🍳", "<script>", "{{ 7*7 }}",
    "\u202e", "\ufeff", "x" * 10_000, "å " * 5_000, "matsvinn " * 1_200, " ", "och i att", "İı", "\n\r\t",
]  # fmt: skip


def test_odd_questions_are_answered(food_waste, client):
    answers = {text[:30]: client.get("/sok/", {"q": text}) for text in ODD}

    assert {text: a.status_code for text, a in answers.items() if a.status_code != 200} == {}
    assert not any("Kurs: mindre matsvinn" in answer.content.decode() for answer in answers.values())


@FUZZED
@given(text=st.text(max_size=400), name=st.sampled_from(["q", "kind", "municipality", "topic", "page"]))
@example(text="\x00", name="municipality")
@example(text="²", name="page")
@example(text="٣", name="page")
def test_any_text_in_any_field_is_answered_with_what_is_public(food_waste, client, text, name):
    answer = client.get("/sok/", {"q": "matsvinn", name: text})

    assert answer.status_code == 200
    assert "Kurs: mindre matsvinn" not in answer.content.decode()


def test_a_page_number_that_is_none_shows_the_first_page(food_waste, client):
    numbers = ["0", "-1", "abc", "99999", "", "1.5", "1e3", "١", "²", "9" * 400]

    shown = {number[:9]: hits(look(client, q="matsvinn", page=number)) for number in numbers}

    assert shown == dict.fromkeys(shown, hits(look(client, q="matsvinn")))
    assert len(shown) == len(numbers)


def test_the_pages_of_hits_lead_to_each_other_and_keep_the_question(cast, client):
    for number in range(22):
        StandardPageFactory(owner=cast.here, title=f"Matsvinn {number}", visibility="public")

    first = look(client, q="matsvinn", kind="page")
    following = client.get("/sok/" + first.select_one("a[rel=next]")["href"])
    second = BeautifulSoup(following.content.decode(), "html.parser")
    back = client.get("/sok/" + second.select_one("a[rel=prev]")["href"])

    assert (len(hits(first)), len(hits(second))) == (20, 2)
    assert set(hits(first)) | set(hits(second)) == {f"Matsvinn {number}" for number in range(22)}
    assert second.select_one("a[rel=next]") is None
    assert hits(BeautifulSoup(back.content.decode(), "html.parser")) == hits(first)


def test_a_search_costs_the_same_queries_with_3_and_30_hits(cast, client_of, django_assert_num_queries):
    clients = [(client_of("anonymous"), 9), (client_of("staff_there"), 12)]

    for start, count in ((0, 3), (3, 30)):
        for number in range(start, count):
            StandardPageFactory(owner=cast.here, title=f"Matsvinn {number}", visibility="public")
        for client, queries in clients:
            client.get("/sok/", {"q": "matsvinn"})
            with django_assert_num_queries(queries):
                answer = client.get("/sok/", {"q": "matsvinn"})
            assert answer.context["results"].total == count
