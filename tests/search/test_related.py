"""What else to read at the end of a page: lessons about the same, and what those who use it also use."""

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from portal.knowledge.models import Adoption, Topic
from tests.factories.cms import CoursePageFactory, LessonPageFactory, MethodPageFactory
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import MunicipalityFactory


def related(client, item) -> dict[str, list[str]]:
    address = item.get_absolute_url() if hasattr(item, "public_id") else item.get_url()
    answer = client.get(address)
    assert answer.status_code == 200
    page = BeautifulSoup(answer.content.decode(), "html.parser")
    return {
        section.select_one("h2").get_text(strip=True): [link.get_text(strip=True) for link in section.select("a")]
        for section in page.select(".related section")
    }


LESSONS, ALSO = "Lärdomar om detta", "De som använder detta använder också"


@pytest.mark.parametrize("kind", ["course", "method", "lesson", "event"])
def test_a_page_and_an_event_lead_to_lessons_about_the_same(cast, client, kind):
    make = {"course": CoursePageFactory, "method": MethodPageFactory, "lesson": LessonPageFactory}
    if kind == "event":
        item = TrainingEventFactory(municipality=cast.here, title="Träff om matsvinn", visibility="public")
    else:
        item = make[kind](owner=cast.here, title="Allt om matsvinn", summary="Kort.", visibility="public")
    LessonPageFactory(owner=cast.there, title="Matsvinnet minskade", visibility="public")
    LessonPageFactory(owner=cast.there, title="Rymdfärjor", summary="Raketer.", lesson="Raketer", visibility="public")
    CoursePageFactory(owner=cast.there, title="Kurs: matsvinn", visibility="public")

    assert related(client, item) == {LESSONS: ["Matsvinnet minskade"]}


def test_a_lesson_shares_a_topic_where_there_are_any(cast, client):
    food, work = (Topic.objects.create(name=name, slug=name.lower()) for name in ("Maten", "Arbetet"))
    course = CoursePageFactory(owner=cast.here, title="Matsvinn", visibility="public", topics=[food])
    LessonPageFactory(owner=cast.there, title="Matsvinn i maten", visibility="public", topics=[food, work])
    LessonPageFactory(owner=cast.there, title="Matsvinn på jobbet", visibility="public", topics=[work])

    assert related(client, course) == {LESSONS: ["Matsvinn i maten"]}


def test_lessons_that_one_may_not_read_are_no_trace(cast, client_of):
    course = CoursePageFactory(owner=cast.here, title="Matsvinn", visibility="public")
    for visibility in ("public", "members", "internal"):
        LessonPageFactory(owner=cast.here, title=f"Matsvinn {visibility}", visibility=visibility)
    LessonPageFactory(owner=cast.here, title="Matsvinn draft", visibility="public", live=False)

    found = {
        actor: {title.removeprefix("Matsvinn ") for title in related(client_of(actor), course)[LESSONS]}
        for actor in ("anonymous", "staff_there", "staff_here", "portal_admin")
    }

    everything = {"public", "members", "internal"}
    assert found == {
        "anonymous": {"public"},
        "staff_there": {"public", "members"},
        "staff_here": everything,
        "portal_admin": everything,
    }


def used(page, *municipalities) -> None:
    for municipality in municipalities:
        Adoption.objects.create(
            way="shown", municipality=municipality, source=page, source_title=page.title, slug=f"s{page.pk}"
        )


def test_what_those_who_use_it_also_use_the_most_used_first_and_with_the_readers_rights(cast, client_of):
    third, fourth = MunicipalityFactory(), MunicipalityFactory()
    course, often, once, secret, other = (
        MethodPageFactory(owner=cast.here, title=title, summary=title, visibility=visibility)
        for title, visibility in (
            ("Kanariefågel", "public"),
            ("Ofta", "public"),
            ("En gång", "members"),
            ("Hemligt", "internal"),
            ("Av andra", "public"),
        )
    )
    used(course, third, fourth)
    used(often, third, fourth)
    used(once, third)
    used(secret, third, fourth)
    used(other, cast.there)

    assert related(client_of("anonymous"), course) == {ALSO: ["Ofta"]}
    assert related(client_of("staff_there"), course) == {ALSO: ["Ofta", "En gång"]}

    Adoption.objects.filter(source=often).update(ended_at=timezone.now())
    assert related(client_of("anonymous"), course) == {}


def test_a_page_alone_shows_nothing(cast, client):
    course = CoursePageFactory(owner=cast.here, title="Kanariefågel", visibility="public")

    assert related(client, course) == {}
