"""Reminders: once, to those with a seat, two days before each date."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.events.models import SignUp, TrainingEvent
from portal.events.services import sign_ups, training_events
from portal.events.services.reminders import remind_participants
from portal.events.tasks import remind_participants as remind_task
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.factories.events import TrainingEventFactory, a_morning, sign_up

TWO_DAYS = timedelta(days=2)


@pytest.fixture
def event(cast) -> TrainingEvent:
    """One seat, in thirty days at nine."""
    return TrainingEventFactory(municipality=cast.here, capacity=1, title="Laga mat på rester")


def reminders() -> list[tuple[str, str]]:
    """Who was reminded, with the mail's state, in the order of queueing."""
    rows = OutboxMessage.objects.filter(message="events/reminder").order_by("pk")
    return [(row.to_email, row.state) for row in rows]


def signed_up_long_ago(entry: SignUp) -> SignUp:
    SignUp.objects.filter(pk=entry.pk).update(updated_at=timezone.now() - timedelta(days=20))
    return entry


def test_a_person_with_a_seat_is_reminded_once_from_two_days_before(event):
    entry = sign_up(event)
    starts_at = event.first_starts_at

    queued = [
        remind_participants(now=now)
        for now in (
            starts_at - TWO_DAYS - timedelta(seconds=1),
            starts_at - TWO_DAYS,
            starts_at - TWO_DAYS + timedelta(minutes=15),
            starts_at - timedelta(minutes=1),
        )
    ]

    assert queued == [0, 1, 0, 0]
    assert reminders() == [(entry.person.email, "pending")]


def test_nobody_is_reminded_of_what_has_begun(event):
    sign_up(event)

    assert remind_participants(now=event.first_starts_at) == 0
    assert reminders() == []


def test_the_reminder_says_when_and_where_and_how_to_get_in(cast):
    event = TrainingEventFactory(
        municipality=cast.here, title="Laga mat på rester", format="both", meeting_url="https://moten.example/rum"
    )
    entry = sign_up(event)

    remind_participants(now=event.first_starts_at - TWO_DAYS)

    mail = OutboxMessage.objects.get(message="events/reminder")
    assert mail.recipient == entry.person
    assert mail.subject.endswith("Laga mat på rester")
    for piece in ("09:00", "Kunskapshuset", "15 minuter före start", f"/mina-sidor/anmalan/{entry.uid}/"):
        assert piece in mail.text
        assert piece in mail.html


def test_each_date_of_an_event_has_its_own_reminder(cast):
    event = TrainingEventFactory(municipality=cast.here, occasions=[a_morning(30), a_morning(31), a_morning(60)])
    sign_up(event)

    queued = [remind_participants(now=a_morning(days)[0]) for days in (28, 29, 29, 58, 59)]

    assert queued == [1, 1, 0, 1, 0]
    assert len(reminders()) == 3


def test_only_those_with_a_seat_are_reminded(event):
    with_seat, waiting = sign_up(event), sign_up(event)
    remind_participants(now=event.first_starts_at - TWO_DAYS)
    first = reminders()
    sign_ups.cancel(sign_up_id=with_seat.pk, actor=with_seat.person)

    remind_participants(now=event.first_starts_at - TWO_DAYS + timedelta(hours=1))

    assert SignUp.objects.get(pk=waiting.pk).state == "offered"
    assert first == reminders() == [(with_seat.person.email, "pending")]


def test_nobody_is_reminded_of_a_cancelled_event(event, cast):
    sign_up(event)
    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Sjuk.")

    assert remind_participants(now=event.first_starts_at - TWO_DAYS) == 0
    assert reminders() == []


def test_nobody_is_reminded_just_after_signing_up(cast):
    tomorrow = timezone.now() + timedelta(hours=30)
    event = TrainingEventFactory(municipality=cast.here, occasions=[(tomorrow, tomorrow + timedelta(hours=2))])
    new, old = sign_up(event), signed_up_long_ago(sign_up(event))

    remind_task()

    assert reminders() == [(old.person.email, "pending")]
    assert OutboxMessage.objects.filter(recipient=new.person).get().message == "events/confirmed"


def test_a_reminder_is_withdrawn_when_the_seat_was_given_up_before_sending(cast, mailoutbox):
    event = TrainingEventFactory(municipality=cast.here)
    stays, leaves = sign_up(event), sign_up(event)
    remind_participants(now=event.first_starts_at - TWO_DAYS)
    sign_ups.cancel(sign_up_id=leaves.pk, actor=leaves.person)

    for row in OutboxMessage.objects.filter(message="events/reminder"):
        outbox.send(row.pk)

    assert reminders() == [(stays.person.email, "sent"), (leaves.person.email, "withdrawn")]
    assert [message.to for message in mailoutbox] == [[stays.person.email]]


def test_a_reminder_is_withdrawn_when_the_event_was_cancelled_before_sending(event, cast, mailoutbox):
    entry = sign_up(event)
    remind_participants(now=event.first_starts_at - TWO_DAYS)
    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Sjuk.")

    outbox.send(OutboxMessage.objects.get(message="events/reminder").pk)

    assert reminders() == [(entry.person.email, "withdrawn")]
    assert mailoutbox == []


def test_a_date_that_was_moved_after_its_reminder_is_reminded_of_again(event):
    entry = sign_up(event)
    remind_participants(now=event.first_starts_at - TWO_DAYS)
    event.refresh_from_db()
    training_events.save(event=event, occasions=[a_morning(60)])

    queued = [remind_participants(now=a_morning(days)[0]) for days in (57, 58, 59)]

    assert queued == [0, 1, 0]
    assert reminders() == [(entry.person.email, "pending")] * 2
