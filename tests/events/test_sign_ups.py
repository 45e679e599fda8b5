"""Seats: what the service promises, one sentence a test."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import SignUp, SignUpChange, TrainingEvent
from portal.events.services import sign_ups, training_events
from portal.municipalities.enums import Visibility
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.factories.municipalities import PersonFactory
from tests.helpers.mails import written


@pytest.fixture
def event(cast) -> TrainingEvent:
    """Two seats, for members here."""
    return TrainingEventFactory(municipality=cast.here, capacity=2)


def states(event: TrainingEvent) -> list[str]:
    return list(SignUp.objects.filter(event=event).order_by("pk").values_list("state", flat=True))


def taken(event: TrainingEvent) -> int:
    return TrainingEvent.objects.get(pk=event.pk).seats_taken


def mails(entry: SignUp) -> list[str]:
    return list(OutboxMessage.objects.filter(recipient=entry.person).order_by("pk").values_list("message", flat=True))


def refusal(action, **arguments) -> str:
    with pytest.raises(ActionRefused) as caught:
        action(**arguments)
    return caught.value.code


def test_sign_up_gives_a_seat_while_there_are_seats(event):
    entries = [sign_up(event), sign_up(event)]

    assert states(event) == ["confirmed", "confirmed"]
    assert taken(event) == 2
    assert [mails(entry) for entry in entries] == [["events/confirmed"], ["events/confirmed"]]


def test_sign_up_joins_the_waiting_list_when_the_event_is_full(event):
    entries = [sign_up(event) for _number in range(4)]

    assert states(event) == ["confirmed", "confirmed", "waiting", "waiting"]
    assert [sign_ups.position_in_queue(entry) for entry in entries] == [None, None, 1, 2]
    assert taken(event) == 2
    assert mails(entries[2]) == ["events/waiting"]


def test_a_cancelled_seat_is_offered_to_the_first_in_line_and_held(event):
    first, _second, third, _fourth = [sign_up(event) for _number in range(4)]

    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)

    assert states(event) == ["cancelled", "confirmed", "offered", "waiting"]
    assert taken(event) == 2
    assert mails(third) == ["events/waiting", "events/offered"]
    assert mails(first) == ["events/confirmed", "events/cancelled"]


def test_an_accepted_offer_is_a_seat(event):
    first, _second, third = [sign_up(event) for _number in range(3)]
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)

    sign_ups.accept_offer(sign_up_id=third.pk, actor=third.person)
    sign_ups.accept_offer(sign_up_id=third.pk, actor=third.person)

    assert states(event) == ["cancelled", "confirmed", "confirmed"]
    assert mails(third) == ["events/waiting", "events/offered", "events/confirmed"]


def test_a_declined_offer_goes_on_to_the_next_in_line(event):
    first, _second, third, _fourth = [sign_up(event) for _number in range(4)]
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)

    sign_ups.decline_offer(sign_up_id=third.pk, actor=third.person)

    assert states(event) == ["cancelled", "confirmed", "declined", "offered"]
    assert taken(event) == 2


def test_an_offer_lapses_at_its_deadline_and_goes_on(event):
    first, _second, third, _fourth = [sign_up(event) for _number in range(4)]
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    deadline = SignUp.objects.get(pk=third.pk).answer_by

    before = sign_ups.lapse_offers(event_id=event.pk, now=deadline - timedelta(seconds=1))
    at_deadline = sign_ups.lapse_offers(event_id=event.pk, now=deadline)

    assert (before, at_deadline) == (0, 1)
    assert states(event) == ["cancelled", "confirmed", "lapsed", "offered"]
    assert mails(third)[-1] == "events/lapsed"


def test_an_offer_cannot_be_taken_after_its_deadline_even_before_the_task_ran(event):
    first, _second, third = [sign_up(event) for _number in range(3)]
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    late = SignUp.objects.get(pk=third.pk).answer_by

    code = refusal(sign_ups.accept_offer, sign_up_id=third.pk, actor=third.person, now=late)

    assert code == "offer_lapsed"
    assert states(event) == ["cancelled", "confirmed", "offered"]


def test_an_offer_ends_at_the_latest_when_the_event_starts(cast):
    soon = timezone.now() + timedelta(hours=5)
    event = TrainingEventFactory(
        municipality=cast.here,
        capacity=1,
        occasions=[(soon, soon + timedelta(hours=2))],
        offer_hours=48,
        offers_stop_hours=4,
    )
    first, second = sign_up(event), sign_up(event)

    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)

    assert SignUp.objects.get(pk=second.pk).answer_by == soon


def test_nobody_overtakes_those_who_wait_when_seats_are_added(event):
    waiting = [sign_up(event) for _number in range(4)][2:]
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=4)

    latecomer = sign_up(event)

    assert [SignUp.objects.get(pk=entry.pk).state for entry in (*waiting, latecomer)] == [
        *("offered", "offered"),
        "waiting",
    ]


def test_leaving_the_waiting_list_frees_no_seat(event):
    entries = [sign_up(event) for _number in range(4)]

    sign_ups.cancel(sign_up_id=entries[2].pk, actor=entries[2].person)

    assert states(event) == ["confirmed", "confirmed", "cancelled", "waiting"]
    assert taken(event) == 2


def test_cancelling_twice_changes_and_mails_once(event):
    entry = sign_up(event)

    for _time in range(2):
        sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)

    assert taken(event) == 0
    assert mails(entry) == ["events/confirmed", "events/cancelled"]


def test_the_same_form_sent_twice_is_one_sign_up(event, cast):
    token = uuid.uuid4()
    arguments = {
        "event_id": event.pk, "person": cast.staff_here, "municipality_id": cast.here.pk, "form_token": token,
    }  # fmt: skip

    first, second = sign_ups.sign_up(**arguments), sign_ups.sign_up(**arguments)

    assert first == second
    assert states(event) == ["confirmed"]
    assert mails(first) == ["events/confirmed"]


def test_a_form_token_of_somebody_else_is_refused(event, cast):
    entry = sign_up(event)

    code = refusal(
        sign_ups.sign_up, event_id=event.pk, person=cast.staff_here, municipality_id=cast.here.pk,
        form_token=entry.form_token,
    )  # fmt: skip

    assert code == "token_used"


def test_a_person_has_one_active_sign_up_per_event(event, cast):
    sign_up(event, cast.staff_here)

    with pytest.raises(ActionRefused) as caught:
        sign_up(event, cast.staff_here)

    assert caught.value.code == "already_signed_up"
    with pytest.raises(IntegrityError), transaction.atomic():
        SignUp.objects.create(event=event, person=cast.staff_here, municipality=cast.here, state="confirmed")


def test_somebody_who_cancelled_can_sign_up_again(event, cast):
    entry = sign_up(event, cast.staff_here)
    sign_ups.cancel(sign_up_id=entry.pk, actor=cast.staff_here)

    sign_up(event, cast.staff_here)

    assert states(event) == ["cancelled", "confirmed"]


@pytest.mark.parametrize("visibility", [Visibility.INTERNAL, Visibility.SELECTED])
def test_a_municipality_that_the_event_is_not_open_to_gets_no_seat(cast, visibility):
    event = TrainingEventFactory(municipality=cast.here, visibility=visibility)

    with pytest.raises(ActionRefused) as caught:
        sign_up(event, cast.staff_there, municipality=cast.there)

    assert (caught.value.code, caught.value.field) == ("foreign_municipality", "municipality")
    assert states(event) == []


def test_nobody_signs_up_for_a_municipality_they_do_not_belong_to(cast):
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.MEMBERS)

    with pytest.raises(ActionRefused) as caught:
        sign_up(event, cast.staff_there, municipality=cast.here)

    assert caught.value.code == "foreign_municipality"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"published": False}, "draft"),
        ({"occasions": [a_morning(-3)]}, "past"),
        ({"sign_up_opens_at": timezone.now() + timedelta(days=1)}, "not_yet_open"),
        ({"sign_up_closes_at": timezone.now() - timedelta(minutes=1)}, "closed"),
        ({"occasions": [(timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1))]}, "closed"),
    ],
)
def test_sign_up_outside_its_window_is_refused(cast, fields, code):
    event = TrainingEventFactory(municipality=cast.here, **fields)

    with pytest.raises(ActionRefused) as caught:
        sign_up(event, cast.staff_here)

    assert caught.value.code == code
    assert states(event) == []


def test_nobody_cancels_after_the_start(event):
    entry = sign_up(event)

    code = refusal(sign_ups.cancel, sign_up_id=entry.pk, actor=entry.person, now=event.first_starts_at)

    assert code == "has_started"
    assert states(event) == ["confirmed"]


def test_cancelling_the_event_ends_every_sign_up_and_tells_each_once(event, cast):
    first, second, third = [sign_up(event) for _number in range(3)]

    told = [
        training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Kursledaren är sjuk.")
        for _time in range(2)
    ]

    assert told == [3, 0]
    assert states(event) == ["event_cancelled"] * 3
    assert taken(event) == 0
    assert [mails(entry)[-1] for entry in (first, second, third)] == ["events/event_cancelled"] * 3


def test_more_seats_are_offered_to_those_who_wait(event):
    entries = [sign_up(event) for _number in range(4)]
    event.refresh_from_db()
    event.capacity = 3

    training_events.save(event=event, occasions=[(o.starts_at, o.ends_at) for o in event.occasions.all()])

    assert states(event) == ["confirmed", "confirmed", "offered", "waiting"]
    assert mails(entries[2]) == ["events/waiting", "events/offered"]


def test_there_cannot_be_fewer_seats_than_are_taken(event):
    for _number in range(2):
        sign_up(event)
    event.refresh_from_db()
    event.capacity = 1

    with pytest.raises(ActionRefused) as caught:
        training_events.save(event=event, occasions=[(o.starts_at, o.ends_at) for o in event.occasions.all()])

    assert (caught.value.code, caught.value.field) == ("capacity_below_taken", "capacity")
    assert "2" in caught.value.message
    assert TrainingEvent.objects.get(pk=event.pk).capacity == 2


def test_the_database_refuses_more_seats_taken_than_there_are(event):
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingEvent.objects.filter(pk=event.pk).update(seats_taken=3)


def test_an_old_form_does_not_put_back_the_seat_counter(event):
    opened_before = TrainingEvent.objects.get(pk=event.pk)
    sign_up(event)
    opened_before.title = "Nytt namn"

    training_events.save(event=opened_before, occasions=[(o.starts_at, o.ends_at) for o in event.occasions.all()])

    assert taken(event) == 1


def test_all_who_are_signed_up_are_told_when_the_time_changes(event):
    with_seat, _second, waiting, gone = [sign_up(event) for _number in range(4)]
    sign_ups.cancel(sign_up_id=gone.pk, actor=gone.person)
    event.refresh_from_db()

    training_events.save(event=event, occasions=[a_morning(31)], note="Lokalen är upptagen.")

    assert mails(with_seat) == ["events/confirmed", "events/changed"]
    assert mails(waiting) == ["events/waiting", "events/changed"]
    assert mails(gone) == ["events/waiting", "events/cancelled"]
    rows = {row.recipient: row for row in written() if row.message == "events/changed"}
    assert "SEQUENCE:2" in rows[with_seat.person].attachments[0]["text"]
    assert rows[waiting.person].attachments == []
    assert "Du är nummer" not in rows[waiting.person].text
    assert "reservlistan" in rows[waiting.person].text
    assert all("Lokalen är upptagen." in row.text for row in rows.values())


def test_the_mail_of_a_seat_is_sent_though_the_time_changed_before_it_went(event):
    entry = sign_up(event)
    event.refresh_from_db()
    for days in (31, 32):
        training_events.save(event=event, occasions=[a_morning(days)])

    for row in OutboxMessage.objects.order_by("pk"):
        outbox.send(row.pk)

    states = OutboxMessage.objects.filter(recipient=entry.person).order_by("pk").values_list("message", "state")
    assert list(states) == [
        ("events/confirmed", "sent"),
        ("events/changed", "withdrawn"),
        ("events/changed", "sent"),
    ]


def test_the_history_rows_replay_to_the_seats_taken(event):
    first, _second, third, fourth = [sign_up(event) for _number in range(4)]
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    sign_ups.decline_offer(sign_up_id=third.pk, actor=third.person)
    sign_ups.accept_offer(sign_up_id=fourth.pk, actor=fourth.person)

    running = 0
    for change in SignUpChange.objects.filter(event=event).order_by("pk"):
        running += change.seats_delta
        assert running == change.seats_taken_after
        assert 0 <= running <= change.capacity
    assert running == taken(event) == 2


def test_a_sign_up_costs_the_same_queries_however_many_wait(event, cast, django_assert_num_queries):
    def cost():
        person = PersonFactory(member_of=cast.here)
        with django_assert_num_queries(8):
            sign_up(event, person)

    for _number in range(3):
        sign_up(event)
    cost()
    for _number in range(10):
        sign_up(event)
    cost()


def test_only_an_offered_seat_is_declined(event):
    seat = sign_up(event)
    sign_up(event)
    waiting = sign_up(event)

    for entry in (seat, waiting):
        with pytest.raises(ActionRefused):
            sign_ups.decline_offer(sign_up_id=entry.pk, actor=entry.person)

    assert [SignUp.objects.get(pk=entry.pk).state for entry in (seat, waiting)] == ["confirmed", "waiting"]


def test_a_door_code_that_somebody_has_is_drawn_again(cast, monkeypatch):
    event = TrainingEventFactory(municipality=cast.here)
    first = sign_up(event)
    monkeypatch.setattr(SignUp._meta.get_field("code"), "_get_default", lambda: first.code)

    second = sign_up(event)

    assert second.state == "confirmed"
    assert second.code != first.code
    event.refresh_from_db()
    assert (event.seats_taken, event.sign_ups.count()) == (2, 2)
