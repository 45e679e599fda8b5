"""What completes the text in a search box: titles, and only those that the person may read."""

import pytest

from portal.municipalities.services import memberships
from search.models import SearchStart
from search.services.suggesting import SHOWN
from tests.factories.cms import CoursePageFactory, LessonPageFactory, StandardPageFactory
from tests.factories.events import TrainingEventFactory, a_morning
from tests.search.test_search_page import FUZZED, ODD, given, st


def suggested(client, text: str) -> list[str]:
    answer = client.get("/sok/forslag/", {"q": text})
    assert answer.status_code == 200
    return [one["title"] for one in answer.json()["suggestions"]]


def test_the_beginning_of_any_word_of_a_title_completes_it(cast, client):
    StandardPageFactory(owner=cast.here, title="Mindre matsvinn i köket", visibility="public")
    StandardPageFactory(owner=cast.here, title="Matlådor", visibility="public")

    found = {
        text: suggested(client, text) for text in ("mat", "MATSV", "mindre mat", "mat mindre", "kök", "kok", "svinn")
    }

    assert found == {
        # What the title begins with comes first.
        "mat": ["Matlådor", "Mindre matsvinn i köket"],
        "MATSV": ["Mindre matsvinn i köket"],
        "mindre mat": ["Mindre matsvinn i köket"],
        "mat mindre": ["Mindre matsvinn i köket"],
        "kök": ["Mindre matsvinn i köket"],
        "kok": ["Mindre matsvinn i köket"],
        "svinn": [],
    }


def test_a_part_of_a_compound_completes_it_too(cast, client, settings, swedish):
    settings.SWEDISH_LEXICON = settings.BASE_DIR / "var" / "lexicon"
    StandardPageFactory(owner=cast.here, title="Kompetensutvecklingsinsatser", visibility="public")

    assert [suggested(client, text) for text in ("utveck", "insat", "kompet")] == [["Kompetensutvecklingsinsatser"]] * 3


def test_each_of_the_cast_is_suggested_what_they_may_read_and_no_more(cast, client_of):
    for visibility in ("public", "members", "internal"):
        CoursePageFactory(owner=cast.here, title=f"Kanariefågel {visibility}", visibility=visibility)
    CoursePageFactory(owner=cast.here, title="Kanariefågel selected", visibility="selected", shared_with=[cast.there])
    CoursePageFactory(owner=cast.here, title="Kanariefågel draft", visibility="public", live=False)
    TrainingEventFactory(municipality=cast.here, title="Kanariefågel event", visibility="internal")

    found = {
        actor: {title.removeprefix("Kanariefågel ") for title in suggested(client_of(actor), "kanarie")}
        for actor in ("anonymous", "staff_here", "staff_there", "manager", "coordinator_there", "portal_admin")
    }

    everything = {"public", "members", "internal", "selected", "event"}
    assert found == {
        "anonymous": {"public"},
        "staff_here": everything,
        "staff_there": {"public", "members", "selected"},
        "manager": everything,
        "coordinator_there": {"public", "members", "selected"},
        "portal_admin": everything,
    }


def test_nothing_is_suggested_a_moment_after_it_is_withdrawn_or_one_has_left(cast, client_of):
    course = CoursePageFactory(owner=cast.here, title="Kanariefågel delad", visibility="members")
    CoursePageFactory(owner=cast.there, title="Kanariefågel där")
    client = client_of("staff_there")
    before = suggested(client, "kanarie")

    course.unpublish()
    withdrawn = suggested(client, "kanarie")
    memberships.leave(membership=cast.staff_there.memberships.get())

    assert sorted(before) == ["Kanariefågel delad", "Kanariefågel där"]
    assert (withdrawn, suggested(client, "kanarie")) == (["Kanariefågel där"], [])
    assert not SearchStart.objects.filter(entry__object_id=course.pk).exists()


def test_what_is_over_comes_last_and_no_more_than_a_screen_is_shown(cast, client):
    TrainingEventFactory(municipality=cast.here, title="Matsvinn förr", visibility="public", occasions=[a_morning(-20)])
    for number in range(SHOWN + 2):
        LessonPageFactory(owner=cast.here, title=f"Nu: matsvinn {number}", visibility="public")

    few = suggested(client, "matsvinn")

    assert len(few) == SHOWN
    assert "Matsvinn förr" not in few


def test_a_suggestion_tells_its_kind_its_address_and_its_language(cast, client):
    lesson = LessonPageFactory(owner=cast.here, title="Mindre svinn", visibility="public")

    answer = client.get("/sok/forslag/", {"q": "svi"})

    assert answer.json() == {
        "suggestions": [{"title": "Mindre svinn", "kind": "Lärdomar", "href": lesson.get_url(), "lang": "sv"}]
    }
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("text", ["", " ", "m", "…", "🐟", *ODD])
def test_any_text_is_answered(cast, client, text):
    StandardPageFactory(owner=cast.here, title="Matsvinn", visibility="internal")

    assert suggested(client, text) == []


@FUZZED
@given(text=st.text(max_size=120))
def test_no_text_is_an_error(cast, client, text):
    StandardPageFactory(owner=cast.here, title="Matsvinn", visibility="internal")

    assert suggested(client, text) == []


def test_a_suggestion_costs_the_same_questions_with_one_and_with_thirty(cast, client_of, django_assert_num_queries):
    for start, end in ((0, 1), (1, 30)):
        for number in range(start, end):
            StandardPageFactory(owner=cast.here, title=f"Matsvinn {number}", visibility="public")
        for actor, queries in (("anonymous", 2), ("staff_there", 5)):
            client = client_of(actor)
            client.get("/sok/forslag/", {"q": "mats"})
            with django_assert_num_queries(queries):
                assert suggested(client, "mats")
