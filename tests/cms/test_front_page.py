"""The front page: what is mine first, then what can be joined, learned and used, for whoever asks."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from portal.events.services import training_events
from portal.knowledge.models import Topic
from portal.municipalities.enums import Visibility
from tests.factories.cms import CoursePageFactory, LessonPageFactory, MethodPageFactory
from tests.factories.events import TrainingEventFactory, a_morning, sign_up


def sections(client, address: str = "/") -> dict[str, list[str]]:
    """Heading of each section → the titles that it shows, as they stand."""
    page = BeautifulSoup(client.get(address).content.decode(), "html.parser")
    return {
        section.select_one("h2").get_text(strip=True): [
            " ".join(title.get_text().split())
            for title in section.select(".card__title, .row-list__title, .lessons__said, .open-to-all__kinds strong")
        ]
        for section in page.select("main .page > section, main .home-mine > section")
    }


def test_a_member_meets_the_next_date_and_what_is_new_where_they_work(cast, client_of):
    later = TrainingEventFactory(municipality=cast.here, title="Senare", occasions=[a_morning(20)])
    sooner = TrainingEventFactory(municipality=cast.here, title="Snart", occasions=[a_morning(5)])
    for event in (later, sooner):
        sign_up(event, cast.staff_here)
    sign_up(TrainingEventFactory(municipality=cast.here, title="Någon annans", occasions=[a_morning(1)]), cast.manager)
    CoursePageFactory(owner=cast.here, title="Vår kurs", visibility=Visibility.INTERNAL)
    MethodPageFactory(owner=cast.here, title="Vår metod", visibility=Visibility.INTERNAL, live=False)
    CoursePageFactory(owner=cast.there, title="Deras kurs", visibility=Visibility.PUBLIC)

    mine, theirs = sections(client_of("staff_here")), sections(client_of("staff_there"))

    assert (mine["Härnäst för dig"], mine["Nytt där du arbetar"]) == (["Snart"], ["Vår kurs"])
    assert (theirs["Härnäst för dig"], theirs["Nytt där du arbetar"]) == ([], ["Deras kurs"])
    assert "Härnäst för dig" not in sections(client_of("anonymous"))


@pytest.mark.parametrize(
    ("title", "fields"),
    [
        ("Full", {"capacity": 1}),
        ("Stängd", {"sign_up_closes_at": timezone.now() - timedelta(hours=1)}),
        ("Inte öppen än", {"sign_up_opens_at": timezone.now() + timedelta(days=1)}),
        ("Inställd", {}),
        ("Har varit", {"occasions": [a_morning(-3)]}),
        ("Utkast", {"published": False}),
        ("Bara för dem", {"visibility": Visibility.INTERNAL}),
    ],
)
def test_only_what_can_be_joined_now_stands_among_free_seats(cast, client, title, fields):
    shared = {"municipality": cast.here, "visibility": Visibility.PUBLIC}
    TrainingEventFactory(**shared, title="Plats finns")
    event = TrainingEventFactory(**shared | {"title": title} | fields)
    if title == "Full":
        sign_up(event)
    if title == "Inställd":
        training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Ingen ledare.")

    assert sections(client)["Nästa tillfällen med lediga platser"] == ["Plats finns"]


def test_lessons_stand_under_the_topics_that_have_most(cast, client):
    few, many = (Topic.objects.create(name=name, slug=name.lower()) for name in ("Arbetet", "Maten"))
    for number in range(3):
        LessonPageFactory(owner=cast.here, lesson=f"Mat {number}", topics=[many], visibility=Visibility.PUBLIC)
    LessonPageFactory(owner=cast.here, lesson="Arbete", topics=[few], visibility=Visibility.PUBLIC)
    LessonPageFactory(owner=cast.here, lesson="Vår egen", topics=[few], visibility=Visibility.INTERNAL)
    LessonPageFactory(owner=cast.here, lesson="Utan ämne", visibility=Visibility.PUBLIC)

    assert sections(client)["Lärdomar efter ämne"] == ["Mat 2", "Mat 1", "Arbete"]


def test_what_is_open_to_everybody_is_counted_the_same_for_all(cast, client_of):
    for number in range(2):
        CoursePageFactory(owner=cast.here, title=f"Öppen {number}", visibility=Visibility.PUBLIC)
    CoursePageFactory(owner=cast.here, title="Vår", visibility=Visibility.INTERNAL)
    CoursePageFactory(owner=cast.here, title="Utkast", visibility=Visibility.PUBLIC, live=False)
    MethodPageFactory(owner=cast.here, visibility=Visibility.PUBLIC)

    assert {name: tuple(sections(client_of(name))["Öppet för alla"]) for name in cast.actors()} == dict.fromkeys(
        cast.actors(), ("2 kurser", "1 metod")
    )
    assert sections(client_of("anonymous"), "/en/")["Open to everybody"] == ["2 courses", "1 method"]


def test_an_empty_portal_says_what_one_can_do_instead(cast, client):
    page = client.get("/").content.decode()

    assert sections(client)["Nästa tillfällen med lediga platser"] == []
    assert "Du kan ställa dig på reservlistan" in page
