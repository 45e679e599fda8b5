"""The search page: one box for everything, for everybody, whatever is written in it."""

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.knowledge.models import Topic
from tests.factories.cms import ConferencePageFactory, CoursePageFactory, LessonPageFactory, StandardPageFactory
from tests.factories.events import TrainingEventFactory

FUZZED = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def look(client, **asked) -> BeautifulSoup:
    answer = client.get("/sok/", asked)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser")


def hits(page: BeautifulSoup) -> list[str]:
    return [title.get_text(strip=True) for title in page.select(".search-hit__title")]


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
    assert page.select_one("main [role=status]").get_text(strip=True) == "2 träffar"
    assert tabs(page) == {"Allt": 2, "Lärdomar": 1, "Konferenser": 1}
    assert "Kurs: mindre matsvinn" not in str(page)
    assert "Träff om mindre matsvinn" not in str(page)


def test_a_member_it_is_shared_with_finds_all_four(food_waste, client_of):
    page = look(client_of("staff_there"), q="mindre matsvinn")

    assert len(hits(page)) == 4
    assert tabs(page) == {"Allt": 4, "Kurser": 1, "Utbildningstillfällen": 1, "Lärdomar": 1, "Konferenser": 1} or (
        sorted(tabs(page).values()) == [1, 1, 1, 1, 4]
    )


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
        summary="&lt;script&gt;alert('text')&lt;/script&gt; Väg <b>matsvinnet</b> & \"lär\".",
        body=[("paragraph", "<p>&lt;img src=x onerror=alert(1)&gt; matsvinn</p>")],
    )

    answer = client.get("/sok/", {"q": "matsvinn <script>alert('fråga')</script>"})

    content = answer.content.decode()
    page = BeautifulSoup(content, "html.parser")
    assert "<script>alert" not in content
    assert "<img src=x" not in content
    assert hits(page) == ["<script>alert('titel')</script> matsvinn"]
    assert {"matsvinnet", "matsvinn"} <= {mark.get_text() for mark in page.select(".search-hit mark")}
    assert page.select_one("main input[name=q]")["value"] == "matsvinn <script>alert('fråga')</script>"


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


def test_a_municipality_without_words_shows_what_one_may_read_of_it(cast, client):
    CoursePageFactory(owner=cast.here, title="Öppen kurs", visibility="public")
    CoursePageFactory(owner=cast.here, title="Intern kurs")

    assert hits(look(client, municipality="trelleborg", kind="course")) == ["Öppen kurs"]


def test_nothing_asked_and_nothing_found_say_so(cast, client):
    CoursePageFactory(owner=cast.here, title="Kanariefågel")

    nothing_asked, nothing_found = look(client), look(client, q="kanariefågel")

    assert hits(nothing_asked) == hits(nothing_found) == []
    assert "mindre matsvinn" in nothing_asked.select_one("main").get_text()
    assert "Inga träffar" in nothing_found.select_one("main").get_text() or nothing_found.select_one(".empty-state")


def test_a_word_with_its_ring_apart_finds_the_same(cast, client):
    LessonPageFactory(owner=cast.here, title="Många små råd", visibility="public")

    assert hits(look(client, q="ra\u030ad")) == hits(look(client, q="råd")) == ["Många små råd"]


# --- Whatever is asked ---------------------------------------------------------------------------------------

ODD = [
    '"', "'", '"mindre matsvinn', "matsvinn*", "matsvinn AND OR NOT", "-matsvinn +svinn", "(((", "a:b:c", "%", "\\",
    "\x00", "mat\x00svinn", "'; DROP TABLE search_searchentry; --", "😀", "matsvinn 👩‍🍳", "<script>", "{{ 7*7 }}",
    "\u202e", "\ufeff", "x" * 10_000, "å " * 5_000, "matsvinn " * 1_200, " ", "och i att", "İı", "\n\r\t",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_questions_are_answered(food_waste, client, text):
    answer = client.get("/sok/", {"q": text})

    assert answer.status_code == 200
    assert "Kurs: mindre matsvinn" not in answer.content.decode()


@FUZZED
@given(text=st.text(max_size=400), name=st.sampled_from(["q", "kind", "municipality", "topic", "page"]))
@example(text="\x00", name="municipality")
@example(text="²", name="page")
@example(text="٣", name="page")
def test_any_text_in_any_field_is_answered_with_what_is_public(food_waste, client, text, name):
    answer = client.get("/sok/", {"q": "matsvinn", name: text})

    assert answer.status_code == 200
    assert "Kurs: mindre matsvinn" not in answer.content.decode()


@pytest.mark.parametrize("number", ["0", "-1", "abc", "99999", "", "1.5", "1e3", "١", "9" * 400])
def test_a_page_number_that_is_none_shows_the_first_page(food_waste, client, number):
    assert hits(look(client, q="matsvinn", page=number)) == hits(look(client, q="matsvinn"))


def test_the_pages_of_hits_lead_to_each_other_and_keep_the_question(cast, client):
    for number in range(25):
        StandardPageFactory(owner=cast.here, title=f"Matsvinn {number}", visibility="public")

    first = look(client, q="matsvinn", kind="page")
    following = client.get("/sok/" + first.select_one("a[rel=next]")["href"])
    second = BeautifulSoup(following.content.decode(), "html.parser")
    back = client.get("/sok/" + second.select_one("a[rel=prev]")["href"])

    assert (len(hits(first)), len(hits(second))) == (20, 5)
    assert set(hits(first)) | set(hits(second)) == {f"Matsvinn {number}" for number in range(25)}
    assert second.select_one("a[rel=next]") is None
    assert hits(BeautifulSoup(back.content.decode(), "html.parser")) == hits(first)


@pytest.mark.parametrize("actor", ["anonymous", "staff_there"])
def test_a_search_costs_the_same_queries_with_3_and_30_hits(cast, client_of, actor, django_assert_num_queries):
    client = client_of(actor)
    queries = {"anonymous": 20, "staff_there": 24}[actor]

    for upto in (3, 30):
        for number in range(upto):
            StandardPageFactory(owner=cast.here, title=f"Matsvinn {upto} {number}", visibility="public")
        client.get("/sok/", {"q": "matsvinn"})
        with django_assert_num_queries(queries):
            answer = client.get("/sok/", {"q": "matsvinn"})
        assert answer.context["results"].total >= upto
