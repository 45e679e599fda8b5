"""A course's queue before there is an event, and how it becomes seats."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import Interest
from portal.events.services import interests, seat_checks, sign_ups
from portal.municipalities.enums import Visibility
from portal.notifications.models import OutboxMessage
from tests.factories.cms import CoursePageFactory
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PersonFactory
from tests.helpers.mails import written


@pytest.fixture
def course(cast):
    return CoursePageFactory(owner=cast.here, title="Laga lagom", visibility=Visibility.PUBLIC)


@pytest.fixture
def event(cast, course):
    return TrainingEventFactory(
        municipality=cast.here,
        course=course,
        capacity=3,
        visibility=Visibility.MEMBERS,
        contact_email="a@b.example",
    )


def queue(course, cast, *people) -> list[Interest]:
    """They say so one after the other."""
    rows = [interests.show(course=course, person=person) for person in people]
    for minute, row in enumerate(rows):
        Interest.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=9 - minute))
    return rows


def offer(event, number, cast) -> int:
    return interests.offer_seats(event_id=event.pk, number=number, actor=cast.coordinator_here)


def seats(event) -> list[tuple[str, str]]:
    return list(event.sign_ups.order_by("pk").values_list("person__first_name", "state"))


def test_the_first_in_the_queue_are_offered_held_seats(cast, course, event):
    queue(course, cast, cast.staff_there, cast.staff_here, cast.manager)

    assert offer(event, 2, cast) == 2

    assert seats(event) == [("staff_there", "offered"), ("staff_here", "offered")]
    event.refresh_from_db()
    assert (event.seats_taken, seat_checks.find()) == (2, [])
    assert [(row.message, row.to_email) for row in written()] == [
        ("events/offered_to_interested", cast.staff_there.email),
        ("events/offered_to_interested", cast.staff_here.email),
    ]
    assert "Du vill gå den här kursen" in written()[0].text


def test_no_more_are_offered_than_there_are_seats_and_nobody_twice(cast, course, event):
    queue(course, cast, cast.staff_there, cast.staff_here, cast.manager, cast.coordinator_there)

    assert offer(event, 9, cast) == 3
    with pytest.raises(ActionRefused) as caught:
        offer(event, 9, cast)
    assert caught.value.code == "no_seat"
    entry = event.sign_ups.order_by("pk").first()
    sign_ups.decline_offer(sign_up_id=entry.pk, actor=entry.person)

    assert offer(event, 9, cast) == 1
    assert [name for name, state in seats(event) if state == "offered"] == [
        "staff_here",
        "manager",
        "coordinator_there",
    ]


def test_those_who_wait_at_the_event_go_before(cast, course, event):
    for _number in range(3):
        sign_up(event)
    waiting = sign_up(event)
    queue(course, cast, cast.staff_there)
    type(event).objects.filter(pk=event.pk).update(capacity=4)

    with pytest.raises(ActionRefused):
        offer(event, 1, cast)
    type(event).objects.filter(pk=event.pk).update(capacity=5)
    assert offer(event, 1, cast) == 1

    waiting.refresh_from_db()
    assert (waiting.state, seats(event)[-1]) == ("offered", ("staff_there", "offered"))


def test_whom_the_event_is_not_for_stays_in_the_queue(cast, course):
    internal = TrainingEventFactory(municipality=cast.here, course=course, capacity=3)
    queue(course, cast, cast.staff_there, cast.staff_here)

    assert offer(internal, 5, cast) == 1
    assert seats(internal) == [("staff_here", "offered")]


def test_a_seat_fulfils_the_wish_and_saying_it_again_is_a_new_place(cast, course, event):
    first, _second = queue(course, cast, cast.staff_here, cast.staff_there)
    offer(event, 1, cast)
    assert Interest.objects.open().count() == 2
    entry = event.sign_ups.get()
    sign_ups.accept_offer(sign_up_id=entry.pk, actor=entry.person)
    assert [row.person for row in Interest.objects.open()] == [cast.staff_there]

    again = interests.show(course=course, person=cast.staff_here)

    assert again.pk != first.pk
    assert [row.person for row in Interest.objects.open()] == [cast.staff_there, cast.staff_here]


def test_saying_it_twice_keeps_the_place(cast, course):
    first, _second = queue(course, cast, cast.staff_here, cast.staff_there)

    assert interests.show(course=course, person=cast.staff_here).pk == first.pk


def test_only_members_queue(cast, course):
    with pytest.raises(ActionRefused) as caught:
        interests.show(course=course, person=cast.outsider)

    assert caught.value.code == "no_member"


# --- In the browser -----------------------------------------------------------------------------------------------


def test_a_member_queues_and_leaves_on_the_courses_page(cast, client_of, course):
    client, url = client_of("staff_there"), reverse("course_interest", kwargs={"pk": course.pk})
    assert "Jag vill gå kursen" in client.get(course.get_url()).content.decode()

    assert client.post(url).url == course.get_url()
    assert Interest.objects.get().municipality == cast.there
    assert "Lämna kön" in client.get(course.get_url()).content.decode()
    assert "Laga lagom" in client.get(reverse("my_pages")).content.decode()
    assert client.post(url, {"withdraw": "1"}).url == reverse("my_pages")

    assert not Interest.objects.exists()
    assert client.post(url, {"withdraw": "1"}).status_code == 404


def test_a_course_that_is_shown_no_more_keeps_its_title_to_itself(cast, client_of, course):
    queue(course, cast, cast.staff_there)
    course.visibility = Visibility.INTERNAL
    course.save_revision().publish()
    client = client_of("staff_there")

    assert "Laga lagom" not in client.get(reverse("my_pages")).content.decode()
    assert client.post(reverse("course_interest", kwargs={"pk": course.pk})).status_code == 404


def test_a_coordinator_offers_seats_on_the_events_page(cast, client_of, course, event):
    queue(course, cast, cast.staff_there, cast.staff_here)
    client = client_of("coordinator_here")
    page = client.get(reverse("event_participants", kwargs={"public_id": event.public_id})).content.decode()
    url = reverse("event_interested", kwargs={"public_id": event.public_id})

    assert "I kö till kursen (2)" in page
    # How many, not who: their names are told once they have a seat to answer.
    assert "staff_there" not in page
    for wrong in ("", "0", "x", "-1"):
        client.post(url, {"number": wrong})
    assert seats(event) == []
    first = client.post(url, {"number": "2"})
    assert (first.status_code, first.context["rehearsal"].number) == (200, 2)
    assert "staff_there" not in first.content.decode()
    assert seats(event) == []
    assert not OutboxMessage.objects.filter(message="events/offered_to_interested").exists()
    client.post(url, {"number": "1"})
    assert seats(event) == [("staff_there", "offered")]
    other = PersonFactory(member_of=cast.there)
    assert client_of(other).post(url, {"number": "1"}).status_code == 404
