"""An event is postponed or cancelled: who is told what, and that nobody is told before the mail was looked at."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import Interest, SignUp, TrainingEvent
from portal.events.services import interests, seat_checks, sign_ups, training_events
from portal.municipalities.enums import Visibility
from portal.municipalities.models import AuditEntry
from portal.notifications.models import OutboxMessage
from tests.factories.cms import CoursePageFactory
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.helpers.mails import written


@pytest.fixture
def event(cast):
    return TrainingEventFactory(
        municipality=cast.here, capacity=1, visibility=Visibility.MEMBERS, contact_email="a@b.se"
    )


@pytest.fixture
def path(event):
    return f"/arbetsyta/tillfallen/{event.public_id}/skjut-upp/"


def fields(days: int, **changes) -> dict:
    starts_at, ends_at = a_morning(days)
    return {
        "dates-TOTAL_FORMS": "1",
        "dates-INITIAL_FORMS": "1",
        "dates-0-date": str(starts_at.date()),
        "dates-0-starts": f"{starts_at:%H:%M}",
        "dates-0-ends": f"{ends_at:%H:%M}",
        "reason": "Lokalen är översvämmad.",
        **changes,
    }


def dates(event) -> list:
    return list(event.occasions.values_list("starts_at", "ends_at"))


def named(message: str) -> list[OutboxMessage]:
    return [row for row in written() if row.message == message]


def test_all_who_are_signed_up_read_why_and_when_and_keep_what_they_have(cast, event, client_of, path):
    seat, waits, gone = (sign_up(event, person) for person in (cast.staff_here, cast.manager, cast.municipality_admin))
    sign_ups.cancel(sign_up_id=gone.pk, actor=gone.person)
    uid = event.occasions.get().uid

    answer = client_of("coordinator_here").post(path, fields(60, send="1"))

    assert answer.status_code == 302
    assert dates(event) == [a_morning(60)]
    assert event.occasions.get().uid == uid
    assert list(event.sign_ups.order_by("pk").values_list("state", flat=True)) == ["confirmed", "waiting", "cancelled"]
    mails = {row.to_email: row for row in named("events/postponed")}
    assert set(mails) == {seat.person.email, waits.person.email}
    assert all(
        "Lokalen är översvämmad." in mail.text and mail.subject.startswith("Framflyttat") for mail in mails.values()
    )
    assert "SEQUENCE:2" in mails[seat.person.email].attachments[0]["text"]
    assert mails[waits.person.email].attachments == []
    assert AuditEntry.objects.filter(act="event_postponed", actor=cast.coordinator_here).count() == 1
    assert seat_checks.find() == []


def test_the_mail_is_looked_at_before_anything_is_changed(cast, event, client_of, path):
    sign_up(event, cast.staff_here)
    before = dates(event)

    answer = client_of("coordinator_here").post(path, fields(60))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "1 person får det här mejlet" in page
    assert "Lokalen är översvämmad." in answer.context["rehearsal"].mail.text
    assert (dates(event), named("events/postponed")) == (before, [])
    assert TrainingEvent.objects.get(pk=event.pk).calendar_sequence == 0
    assert not AuditEntry.objects.filter(act="event_postponed").exists()


def test_what_hangs_on_the_start_moves_along_by_the_clock_on_the_wall(cast, event):
    start = timezone.localtime(event.first_starts_at)
    closes, decide = start - timedelta(days=2), start.date() - timedelta(days=5)
    TrainingEvent.objects.filter(pk=event.pk).update(
        sign_up_closes_at=closes,
        min_participants=1,
        decide_by=decide,
        kept_seats={str(cast.here.pk): 1},
        kept_until=closes,
    )
    later = a_morning(30 + 150)  # on the other side of a change of the clocks

    training_events.postpone(event_id=event.pk, occasions=[later], reason="Snö.", actor=cast.coordinator_here)

    event.refresh_from_db()
    moved = timezone.localtime(event.sign_up_closes_at).replace(tzinfo=None)
    assert moved == closes.replace(tzinfo=None) + timedelta(days=150)
    assert event.kept_until == event.sign_up_closes_at
    assert event.decide_by == decide + timedelta(days=150)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"dates-0-ends": "08:00"}, "dates"),
        ({"dates-0-date": "i morgon"}, "dates"),
        ({"dates-0-date": "2020-01-01"}, "__all__"),
        ({"dates-TOTAL_FORMS": "0", "dates-INITIAL_FORMS": "0"}, "dates"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(cast, event, client_of, path, changes, says):
    sign_up(event, cast.staff_here)
    before = dates(event)

    answer = client_of("coordinator_here").post(path, fields(60, send="1", **changes))

    assert answer.status_code == 400
    found = {*answer.context["form"].errors}
    rows = answer.context["dates"]
    if any(rows.errors) or rows.non_form_errors():
        found.add("dates")
    assert found == {says}
    assert (dates(event), named("events/postponed")) == (before, [])


def test_an_event_is_not_postponed_to_the_dates_it_has(cast, event, client_of, path):
    answer = client_of("coordinator_here").post(path, fields(30, send="1"))

    assert (answer.status_code, "redan" in answer.content.decode()) == (400, True)


def test_one_more_date_keeps_what_is_written(cast, event, client_of, path):
    answer = client_of("coordinator_here").post(path, fields(60, add_date="1", reason=""))

    assert (answer.status_code, answer.context["dates"].total_form_count()) == (200, 2)
    assert "får det här mejlet" not in answer.content.decode()


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_only_what_is_published_is_postponed(cast, event, state):
    TrainingEvent.objects.filter(pk=event.pk).update(state=state)

    with pytest.raises(ActionRefused, match="inte publicerat"):
        training_events.postpone(
            event_id=event.pk, occasions=[a_morning(60)], reason="Snö.", actor=cast.coordinator_here
        )


def test_what_has_begun_is_not_postponed(cast, event):
    later = event.first_starts_at + timedelta(hours=1)

    with pytest.raises(ActionRefused) as caught:
        training_events.postpone(
            event_id=event.pk, occasions=[a_morning(60)], reason="Snö.", actor=cast.coordinator_here, now=later
        )
    assert caught.value.code == "has_started"


def test_cancelling_shows_the_mail_first(cast, event, client_of):
    sign_up(event, cast.staff_here)
    client, path = client_of("coordinator_here"), f"/arbetsyta/tillfallen/{event.public_id}/stall-in/"

    first = client.post(path, {"reason": "Läraren är sjuk."})

    assert (first.status_code, "1 person får det här mejlet" in first.content.decode()) == (200, True)
    assert "Läraren är sjuk." in first.context["rehearsal"].mail.text
    assert (SignUp.objects.get().state, TrainingEvent.objects.get().state) == ("confirmed", "published")

    client.post(path, {"reason": "Läraren är sjuk.", "send": "1"})

    assert (SignUp.objects.get().state, TrainingEvent.objects.get().state) == ("event_cancelled", "cancelled")
    assert [row.to_email for row in named("events/event_cancelled")] == [cast.staff_here.email]


def test_with_nobody_to_tell_it_is_cancelled_at_once(event, client_of):
    client_of("coordinator_here").post(f"/arbetsyta/tillfallen/{event.public_id}/stall-in/", {"reason": "Ingen vill."})

    assert TrainingEvent.objects.get().state == "cancelled"


def test_those_of_a_cancelled_event_stand_first_in_the_courses_queue(cast, client_of):
    course = CoursePageFactory(owner=cast.here, title="Laga lagom", visibility=Visibility.PUBLIC)
    event = TrainingEventFactory(
        municipality=cast.here, course=course, capacity=1, visibility=Visibility.MEMBERS, contact_email="a@b.se"
    )
    earlier = interests.show(course=course, person=cast.manager)
    for person in (cast.staff_here, cast.staff_there, cast.manager):
        sign_up(event, person, municipality=cast.there if person == cast.staff_there else cast.here)

    client_of("coordinator_here").post(
        f"/arbetsyta/tillfallen/{event.public_id}/stall-in/", {"reason": "Snö.", "to_queue": "on", "send": "1"}
    )

    rows = Interest.objects.open().filter(course=course).order_by("created_at", "pk")
    assert [row.person for row in rows] == [cast.manager, cast.staff_here, cast.staff_there]
    assert rows[0] == earlier
    assert all("i kön till kursen" in row.text for row in named("events/event_cancelled"))


def test_without_a_course_there_is_no_queue_to_put_them_in(cast, event, client_of):
    sign_up(event, cast.staff_here)
    client, path = client_of("coordinator_here"), f"/arbetsyta/tillfallen/{event.public_id}/stall-in/"
    assert "to_queue" not in client.get(path).context["form"].fields

    client.post(path, {"reason": "Snö.", "to_queue": "on", "send": "1"})

    assert (Interest.objects.count(), TrainingEvent.objects.get().state) == (0, "cancelled")
    assert "kön till kursen" not in named("events/event_cancelled")[0].text
