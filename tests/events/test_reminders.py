"""Reminders: once, to those with a seat, so many working days before each date."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from portal.events.models import SignUp, TrainingEvent
from portal.events.services import sign_ups, training_events
from portal.events.services.reminders import remind_at, remind_participants
from portal.events.tasks import remind_participants as remind_task
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.factories.events import TrainingEventFactory, a_morning, sign_up

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def moment_of(event) -> datetime:
    """When those with a seat are reminded of the first date."""
    return remind_at(event.first_starts_at, event.remind_days)


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


def test_a_person_with_a_seat_is_reminded_once_from_two_working_days_before(event):
    entry = sign_up(event)
    starts_at = event.first_starts_at

    queued = [
        remind_participants(now=now)
        for now in (
            moment_of(event) - timedelta(seconds=1),
            moment_of(event),
            moment_of(event) + timedelta(minutes=15),
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

    remind_participants(now=moment_of(event))

    mail = OutboxMessage.objects.get(message="events/reminder")
    assert mail.recipient == entry.person
    assert mail.subject.endswith("Laga mat på rester")
    for piece in ("09:00", "Kunskapshuset", "15 minuter före start", f"/mina-sidor/anmalan/{entry.uid}/"):
        assert piece in mail.text
        assert piece in mail.html


def test_each_date_of_an_event_has_its_own_reminder(cast):
    event = TrainingEventFactory(municipality=cast.here, occasions=[a_morning(30), a_morning(60)])
    sign_up(event)
    moments = [remind_at(a_morning(days)[0], 2) for days in (30, 60)]

    queued = [remind_participants(now=moment + timedelta(hours=late)) for moment in moments for late in (-1, 0, 1)]

    assert queued == [0, 1, 0, 0, 1, 0]
    assert len(reminders()) == 2


@pytest.mark.parametrize(
    ("starts", "days", "reminded"),
    [
        ("2026-12-03", 2, "2026-12-01"),  # Thursday: Tuesday
        ("2026-12-07", 1, "2026-12-04"),  # Monday: Friday
        ("2026-12-07", 2, "2026-12-03"),
        ("2026-12-28", 1, "2026-12-23"),  # Monday after Christmas: not the eve
        ("2027-03-30", 2, "2027-03-24"),  # Tuesday after Easter
        ("2026-06-22", 1, "2026-06-18"),  # Monday after Midsummer: not the eve
        ("2027-01-07", 1, "2027-01-05"),  # after Epiphany
        ("2026-03-30", 2, "2026-03-26"),  # over the change to summer time, at the same hour
    ],
)
def test_weekends_and_swedish_holidays_are_no_working_days(starts, days, reminded):
    start, moment = (datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=STOCKHOLM) for day in (starts, reminded))

    assert remind_at(start, days) == moment


@pytest.mark.parametrize(("days", "queued"), [(0, 0), (1, 1), (10, 1)])
def test_the_organiser_chooses_how_long_before(cast, days, queued):
    event = TrainingEventFactory(municipality=cast.here, remind_days=days)
    sign_up(event)
    moment = remind_at(event.first_starts_at, days or 1)

    assert remind_participants(now=moment - timedelta(minutes=1)) == 0
    assert remind_participants(now=moment) == queued


def test_only_those_with_a_seat_are_reminded(event):
    with_seat, waiting = sign_up(event), sign_up(event)
    remind_participants(now=moment_of(event))
    first = reminders()
    sign_ups.cancel(sign_up_id=with_seat.pk, actor=with_seat.person)

    remind_participants(now=moment_of(event) + timedelta(hours=1))

    assert SignUp.objects.get(pk=waiting.pk).state == "offered"
    assert first == reminders() == [(with_seat.person.email, "pending")]


def test_nobody_is_reminded_of_a_cancelled_event(event, cast):
    sign_up(event)
    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Sjuk.")

    assert remind_participants(now=moment_of(event)) == 0
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
    remind_participants(now=moment_of(event))
    sign_ups.cancel(sign_up_id=leaves.pk, actor=leaves.person)

    for row in OutboxMessage.objects.filter(message="events/reminder"):
        outbox.send(row.pk)

    assert reminders() == [(stays.person.email, "sent"), (leaves.person.email, "withdrawn")]
    assert [message.to for message in mailoutbox] == [[stays.person.email]]


def test_a_reminder_is_withdrawn_when_the_event_was_cancelled_before_sending(event, cast, mailoutbox):
    entry = sign_up(event)
    remind_participants(now=moment_of(event))
    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Sjuk.")

    outbox.send(OutboxMessage.objects.get(message="events/reminder").pk)

    assert reminders() == [(entry.person.email, "withdrawn")]
    assert mailoutbox == []


def test_a_date_that_was_moved_after_its_reminder_is_reminded_of_again(event):
    entry = sign_up(event)
    remind_participants(now=moment_of(event))
    event.refresh_from_db()
    training_events.save(event=event, occasions=[a_morning(60)])

    moment = moment_of(TrainingEvent.objects.get(pk=event.pk))
    queued = [remind_participants(now=moment + timedelta(hours=late)) for late in (-1, 0, 1)]

    assert queued == [0, 1, 0]
    assert reminders() == [(entry.person.email, "pending")] * 2
