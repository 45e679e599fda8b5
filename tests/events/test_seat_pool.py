"""Seats kept for municipalities, limits per unit, and giving out what gets free: in the service and in the browser."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import SeatCheck, SignUp, SignUpChange, TrainingEvent
from portal.events.services import seat_checks, sign_ups, training_events
from portal.events.services.seat_pool import SeatPool
from portal.municipalities.enums import Visibility
from portal.municipalities.models import AuditEntry, Unit
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.factories.municipalities import PersonFactory
from tests.helpers.mails import written

NOW = timezone.now()
IN_A_WEEK = NOW + timedelta(days=7)


@pytest.fixture
def event(cast) -> TrainingEvent:
    """Four seats for everybody in the portal."""
    return TrainingEventFactory(
        municipality=cast.here, capacity=4, visibility=Visibility.MEMBERS, contact_email="a@b.example"
    )


def keep(event, cast, *, until=IN_A_WEEK, now=None, **kept) -> TrainingEvent:
    return training_events.keep_seats(
        event_id=event.pk,
        kept={getattr(cast, place).pk: seats for place, seats in kept.items()},
        until=until,
        actor=cast.coordinator_here,
        now=now,
    )


def come(event, municipality, number: int = 1, *, unit=None) -> list[str]:
    """So many people sign up for a municipality; the state each got."""
    people = [PersonFactory(member_of=municipality, unit=unit) for _number in range(number)]
    return [sign_up(event, person, municipality=municipality).state for person in people]


def states(event) -> list[str]:
    return list(event.sign_ups.order_by("pk").values_list("state", flat=True))


# --- The pool -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "held", "common", "own", "room"),
    [
        ({}, {}, 4, 0, {1, 2, 3}),
        ({}, {1: 4}, 0, 0, set()),
        ({1: 2}, {}, 2, 2, {1, 2, 3}),
        ({1: 2}, {2: 2}, 0, 2, {1}),
        ({1: 2}, {1: 2, 2: 2}, 0, 0, set()),
        ({1: 2}, {1: 3}, 1, 0, {1, 2, 3}),
        ({1: 2, 2: 2}, {1: 1}, 0, 3, {1, 2}),
    ],
)
def test_the_pool_counts_kept_seats_first_and_common_ones_after(kept, held, common, own, room):
    pool = SeatPool(4, kept, held)

    assert (pool.common_free, pool.kept_free) == (common, own)
    assert {place for place in (1, 2, 3) if pool.has_room_for(place)} == room


# --- Kept seats ---------------------------------------------------------------------------------------------------


def test_kept_seats_are_nobody_elses_until_they_are_released(event, cast):
    keep(event, cast, there=2)

    assert come(event, cast.here, 3) == ["confirmed", "confirmed", "waiting"]
    assert come(event, cast.there, 3) == ["confirmed", "confirmed", "waiting"]


def test_released_seats_are_offered_to_whoever_waited_longest(event, cast):
    keep(event, cast, there=3)
    come(event, cast.here, 4)
    assert states(event) == ["confirmed", "waiting", "waiting", "waiting"]

    later = IN_A_WEEK + timedelta(minutes=1)
    assert sign_ups.events_with_seats_to_release(later) == [event.pk]
    assert sign_ups.release_kept_seats(event_id=event.pk, now=later) == 3

    assert states(event) == ["confirmed", "offered", "offered", "offered"]
    assert sign_ups.events_with_seats_to_release(later) == []


def test_after_the_moment_nobody_waits_for_the_task(event, cast):
    keep(event, cast, there=4)
    later = IN_A_WEEK + timedelta(minutes=1)

    entry = sign_up(event, PersonFactory(member_of=cast.here), now=later)

    assert entry.state == "confirmed"
    event.refresh_from_db()
    assert (event.seats_kept, event.kept_released_at) == (0, later)


def test_a_freed_seat_goes_to_the_same_municipality_while_it_is_kept(event, cast):
    keep(event, cast, there=2)
    come(event, cast.here, 3)
    come(event, cast.there, 3)
    first_of_there = event.sign_ups.filter(municipality=cast.there).first()

    sign_ups.cancel(sign_up_id=first_of_there.pk, actor=first_of_there.person)

    assert states(event) == ["confirmed", "confirmed", "waiting", "cancelled", "confirmed", "offered"]


def test_a_kept_seat_with_nobody_waiting_for_it_stays_kept(event, cast):
    keep(event, cast, there=1)
    come(event, cast.here, 4)
    come(event, cast.there)
    of_there = event.sign_ups.get(municipality=cast.there)

    sign_ups.cancel(sign_up_id=of_there.pk, actor=of_there.person)

    assert states(event) == ["confirmed"] * 3 + ["waiting", "cancelled"]
    event.refresh_from_db()
    assert (event.seats_taken, event.seats_kept, event.seats_free) == (3, 1, 0)


@pytest.mark.parametrize(
    ("kept", "until", "code"),
    [
        ({"there": 2}, None, "no_end"),
        ({"there": 2}, NOW - timedelta(minutes=1), "end_is_no_time_to_come"),
        ({"there": 2}, NOW + timedelta(days=365), "end_is_no_time_to_come"),
        ({"there": 4}, IN_A_WEEK, "more_kept_than_free"),
        ({"there": 3, "here": 2}, IN_A_WEEK, "more_kept_than_free"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused_and_changes_nothing(event, cast, kept, until, code):
    come(event, cast.here)

    with pytest.raises(ActionRefused) as caught, transaction.atomic():
        keep(event, cast, until=until, **kept)

    assert caught.value.code == code
    event.refresh_from_db()
    assert (event.kept_seats, event.seats_kept, event.kept_until) == ({}, 0, None)


def test_there_cannot_be_fewer_seats_than_are_taken_and_kept(event, cast):
    keep(event, cast, there=2)
    come(event, cast.here, 2)
    event.refresh_from_db()
    event.capacity = 3

    with pytest.raises(ActionRefused) as caught, transaction.atomic():
        training_events.save(event=event, occasions=[a_morning()])

    assert (caught.value.code, caught.value.field) == ("more_kept_than_free", "capacity")
    assert TrainingEvent.objects.get(pk=event.pk).capacity == 4


def test_the_database_refuses_to_promise_more_than_there_is(event):
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingEvent.objects.filter(pk=event.pk).update(seats_kept=5)


def test_taking_a_promise_back_offers_the_seats(event, cast):
    keep(event, cast, there=2)
    come(event, cast.here, 3)

    keep(event, cast, until=None)

    assert states(event) == ["confirmed", "confirmed", "offered"]


def test_saving_an_old_form_does_not_take_back_what_is_kept(event, cast):
    old = TrainingEvent.objects.get(pk=event.pk)
    keep(event, cast, there=2)

    training_events.save(event=old, occasions=[a_morning()])

    event.refresh_from_db()
    assert (event.kept_seats, event.seats_kept) == ({str(cast.there.pk): 2}, 2)


# --- Units --------------------------------------------------------------------------------------------------------


def test_no_more_from_a_unit_than_it_can_spare(event, cast):
    TrainingEvent.objects.filter(pk=event.pk).update(max_per_unit=1)
    kitchen = Unit.objects.create(municipality=cast.here, name="Köket")

    assert come(event, cast.here, 2, unit=kitchen) == ["confirmed", "waiting"]
    assert come(event, cast.here, 1) == ["confirmed"]
    first = event.sign_ups.first()
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)

    assert states(event) == ["cancelled", "offered", "confirmed"]


# --- The waiting list ---------------------------------------------------------------------------------------------


@pytest.fixture
def full(event, cast) -> list[SignUp]:
    """Everybody at an event with all four seats taken and two waiting, of whom the second takes it at once."""
    people = [PersonFactory(member_of=cast.here) for _number in range(6)]
    entries = [sign_up(event, person) for person in people]
    sign_ups.choose_at_once(sign_up_id=entries[5].pk, at_once=True)
    return entries


def test_who_said_take_it_for_me_has_the_seat_when_it_is_their_turn(event, full):
    for entry in full[:2]:
        sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)

    assert states(event) == ["cancelled", "cancelled", "confirmed", "confirmed", "offered", "confirmed"]
    assert [mail.message for mail in written() if mail.recipient_id == full[5].person_id] == [
        "events/waiting",
        "events/promoted",
    ]


def test_close_to_the_event_nobody_is_asked_and_the_first_who_takes_it_has_it(event, full, cast):
    event.refresh_from_db()
    late = event.first_starts_at - timedelta(hours=3)
    sign_ups.cancel(sign_up_id=full[0].pk, actor=full[0].person, now=late)
    assert states(event)[4:] == ["waiting", "confirmed"]
    sign_ups.cancel(sign_up_id=full[1].pk, actor=full[1].person, now=late)
    assert states(event)[4:] == ["waiting", "confirmed"]

    sign_ups.take_free_seat(sign_up_id=full[4].pk, actor=full[4].person, now=late)

    assert states(event)[4:] == ["confirmed", "confirmed"]


def test_while_seats_are_offered_in_turn_nobody_takes_one_out_of_turn(event, full):
    with pytest.raises(ActionRefused) as caught:
        sign_ups.take_free_seat(sign_up_id=full[4].pk, actor=full[4].person)

    assert (caught.value.code, states(event)[4]) == ("no_seat", "waiting")


def test_the_organiser_gives_a_seat_out_of_turn_and_says_why(event, full, cast):
    TrainingEvent.objects.filter(pk=event.pk).update(offers_stop_hours=336)
    late = event.first_starts_at - timedelta(hours=100)
    sign_ups.choose_at_once(sign_up_id=full[5].pk, at_once=False)
    sign_ups.cancel(sign_up_id=full[0].pk, actor=full[0].person, now=late)

    number = sign_ups.give_seats(
        event_id=event.pk,
        sign_up_ids=[full[5].pk],
        actor=cast.coordinator_here,
        reason="Hon håller i övningen.",
        asked_already=True,
        now=late,
    )

    assert (number, states(event)[4:]) == (1, ["waiting", "confirmed"])
    change = SignUpChange.objects.filter(sign_up=full[5]).latest("pk")
    assert (change.actor, change.note, change.reason) == (
        cast.coordinator_here,
        "Hon håller i övningen.",
        "given_by_organiser",
    )
    entry = AuditEntry.objects.get(act="seat_given")
    assert (entry.municipality, entry.subject) == (cast.here, event.title)
    assert "Hon håller i övningen." in entry.detail


# --- How much it costs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [{}, {"there": 1}])
def test_at_most_four_statements_are_asked_while_the_event_is_locked(event, cast, kept):
    keep(event, cast, until=IN_A_WEEK if kept else None, **kept)
    come(event, cast.here, 5)
    person = PersonFactory(member_of=cast.there)

    with CaptureQueriesContext(connection) as asked:
        sign_up(event, person, municipality=cast.there)

    statements = [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    locked = max(n for n, sql in enumerate(statements) if sql.startswith("SELECT") and 'FROM "events_training' in sql)
    assert (len(statements), len(statements[locked + 1 :])) == (6, 4)


def test_a_hundred_promotions_cost_as_many_questions_as_one(cast):
    def cost(people: int) -> int:
        event = TrainingEventFactory(municipality=cast.here, capacity=1)
        come(event, cast.here, 1 + people)
        event.refresh_from_db()
        event.capacity = 1 + people
        with CaptureQueriesContext(connection) as asked:
            training_events.save(event=event, occasions=[a_morning()])
        assert states(event) == ["confirmed"] + ["offered"] * people
        return len(asked)

    assert cost(2) == cost(30)


# --- The checker --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "codes"),
    [
        (lambda event: None, set()),
        (lambda event: event.sign_ups.filter(state="waiting").update(state="confirmed"),
         {"oversold", "counter", "counter_by_municipality", "waiting_counter", "history", "out_of_step"}),
        (lambda event: TrainingEvent.objects.filter(pk=event.pk).update(seats_taken=1), {"counter"}),
        (lambda event: TrainingEvent.objects.filter(pk=event.pk).update(held_seats={}), {"counter_by_municipality"}),
        (lambda event: TrainingEvent.objects.filter(pk=event.pk).update(waiting_count=0), {"waiting_counter"}),
        (lambda event: TrainingEvent.objects.filter(pk=event.pk).update(kept_seats={"99": 1}), {"promised"}),
        (lambda event: event.sign_up_changes.filter(to_state="offered").update(seats_delta=0), {"history"}),
        (lambda event: event.sign_up_changes.filter(to_state="waiting").delete(), {"out_of_step"}),
        (lambda event: TrainingEvent.objects.filter(pk=event.pk).update(state="cancelled"), {"orphaned"}),
        (lambda event: TrainingEvent.objects.filter(pk=event.pk).update(max_per_unit=1), {"unit"}),
        (lambda event: event.sign_ups.filter(state="offered").update(answer_by=NOW - timedelta(hours=1)),
         {"late_offer"}),
    ],
    ids=lambda value: "+".join(sorted(value)) or "nothing" if isinstance(value, set) else "",
)  # fmt: skip
def test_each_impossible_state_is_found(event, cast, damage, codes):
    kitchen = Unit.objects.create(municipality=cast.here, name="Köket")
    come(event, cast.here, 5, unit=kitchen)
    first = event.sign_ups.first()
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    come(event, cast.here)
    assert states(event) == ["cancelled", "confirmed", "confirmed", "confirmed", "offered", "waiting"]

    damage(event)

    assert {problem.code for problem in seat_checks.find(NOW)} == codes


def test_the_command_tells_of_problems_and_the_portal_administrator_sees_the_last_run(event, cast, client_of, capsys):
    come(event, cast.here, 2)
    call_command("check_seats")
    assert capsys.readouterr().out == "1 events, 0 problems\n"
    assert "inget fel" in client_of("portal_admin").get("/arbetsyta/").content.decode()

    TrainingEvent.objects.filter(pk=event.pk).update(seats_taken=1)
    with pytest.raises((SystemExit, CommandError)) as caught:
        call_command("check_seats")

    assert caught.value.code == 1
    assert event.title in capsys.readouterr().err
    assert event.title in client_of("portal_admin").get("/arbetsyta/").content.decode()
    assert event.title not in client_of("municipality_admin").get("/arbetsyta/").content.decode()
    assert SeatCheck.objects.count() == 2


# --- In the browser -----------------------------------------------------------------------------------------------


def test_the_owner_keeps_seats_and_everybody_sees_the_same_bar(event, cast, client_of):
    path = f"/arbetsyta/tillfallen/{event.public_id}/platser/"
    until = timezone.localtime(IN_A_WEEK)
    data = {f"kept_{cast.here.pk}": "1", f"kept_{cast.there.pk}": "2", "kept_until": f"{until:%Y-%m-%dT%H:%M}"}

    answer = client_of("coordinator_here").post(path, data)

    assert answer.status_code == 302
    come(event, cast.there)
    said = "1 av 4 platser är tagna, 2 hålls, 1 kvar"
    for actor in ("staff_here", "staff_there", "coordinator_there"):
        page = client_of(actor).get(event.get_absolute_url()).content.decode()
        assert said in page
        assert "Skurup 2 (1 tagna), Trelleborg 1 (0 tagna)" in page
    assert AuditEntry.objects.get(act="seats_kept").detail == "Skurup 2, Trelleborg 1"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"there": ""}, "Skriv 0 där inga platser hålls."),
        ({"there": "-1"}, "Skriv minst 0."),
        ({"there": "x"}, "heltal"),
        ({"there": "9"}, "platser skulle vara tagna eller hållas"),
        ({"until": ""}, "Ange hur länge platserna hålls."),
        ({"until": "2020-01-01T10:00"}, "Välj en tid som ligger framåt"),
        ({"until": "i morgon"}, "giltig"),
    ],
)
def test_bad_input_is_said_and_keeps_what_was_promised(event, cast, client_of, changes, said):
    keep(event, cast, here=1)
    given = {"here": "1", "there": "2", "until": f"{timezone.localtime(IN_A_WEEK):%Y-%m-%dT%H:%M}"} | changes
    data = {
        f"kept_{cast.here.pk}": given["here"],
        f"kept_{cast.there.pk}": given["there"],
        "kept_until": given["until"],
    }

    answer = client_of("coordinator_here").post(f"/arbetsyta/tillfallen/{event.public_id}/platser/", data)

    assert (answer.status_code, said in answer.content.decode()) == (400, True)
    assert TrainingEvent.objects.get(pk=event.pk).kept_seats == {str(cast.here.pk): 1}


def test_a_person_who_would_wait_is_asked_whether_to_take_a_seat_at_once(event, cast, client_of):
    client = client_of("staff_there")
    box = 'name="takes_seat_at_once"'
    assert box not in client.get(event.get_absolute_url()).content.decode()
    keep(event, cast, here=4)
    assert box in client.get(event.get_absolute_url()).content.decode()

    form = client.get(event.get_absolute_url()).context["form"]
    data = {"municipality": cast.there.pk, "form_token": form["form_token"].value(), "takes_seat_at_once": "on"}
    client.post(f"/tillfallen/{event.public_id}/anmal/", data)

    entry = SignUp.objects.get(person=cast.staff_there)
    assert (entry.state, entry.takes_seat_at_once) == ("waiting", True)
    page = client.get(entry.get_absolute_url()).content.decode()
    assert "Du är nummer 1 på reservlistan. När en plats är ledig och det är din tur är den din direkt" in page
    client.post(entry.get_absolute_url(), {"act": "ask_first"})
    assert SignUp.objects.get(pk=entry.pk).takes_seat_at_once is False


def test_close_to_the_event_a_free_seat_is_taken_from_the_waiting_list_with_one_button(cast, client_of):
    soon = timezone.now() + timedelta(hours=5)
    event = TrainingEventFactory(municipality=cast.here, capacity=1, occasions=[(soon, soon + timedelta(hours=2))])
    first, second = sign_up(event, cast.manager), sign_up(event, cast.staff_here)
    client = client_of("staff_here")
    button = 'value="take"'
    assert button not in client.get(second.get_absolute_url()).content.decode()

    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    assert button in client.get(second.get_absolute_url()).content.decode()
    client.post(second.get_absolute_url(), {"act": "take"})

    assert SignUp.objects.get(pk=second.pk).state == "confirmed"


@pytest.mark.parametrize(("button", "state"), [("offer", "offered"), ("give", "confirmed")])
def test_the_organiser_chooses_in_the_list(event, full, cast, client_of, button, state):
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=5)
    path = f"/arbetsyta/tillfallen/{event.public_id}/ge-plats/"
    client = client_of("coordinator_here")

    answer = client.post(path, {"chosen": [full[5].pk], "reason": "Hon håller i övningen.", button: "1"})

    assert answer.status_code == 302
    assert states(event)[4:] == ["waiting", state]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Välj minst en person på reservlistan."),
        ({"chosen": ["999999"]}, "999999"),
        ({"chosen": ["x"]}, "x"),
        ({"chosen": ["second"]}, "Fyll i det här fältet."),
        ({"chosen": ["first", "second"], "reason": "Hon håller i övningen."}, "Det finns ledig plats för 1 av dem."),
        ({"chosen": ["blocked"], "reason": "Hon håller i övningen."}, "Det finns ingen ledig plats för dem."),
        ({"chosen": ["seated"], "reason": "Hon håller i övningen."}, "giltigt"),
    ],
)
def test_a_gift_that_cannot_be_made_is_explained_and_gives_nothing(event, full, cast, client_of, data, said):
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=5)
    if "blocked" in data.get("chosen", []):
        TrainingEvent.objects.filter(pk=event.pk).update(capacity=4)
    ids = {"blocked": full[4].pk, "first": full[4].pk, "second": full[5].pk, "seated": full[0].pk}
    data = {**data, "chosen": [ids.get(name, name) for name in data.get("chosen", [])], "give": "1"}
    before = states(event)
    mails = OutboxMessage.objects.count()

    answer = client_of("coordinator_here").post(f"/arbetsyta/tillfallen/{event.public_id}/ge-plats/", data)

    assert (answer.status_code, said in answer.content.decode()) == (400, True)
    assert (states(event), OutboxMessage.objects.count()) == (before, mails)


@pytest.mark.parametrize(("what", "code"), [("cancelled", "not_published"), ("started", "has_started")])
def test_nobody_is_given_a_seat_at_what_is_not_held_any_more(event, full, cast, what, code):
    now = NOW
    if what == "cancelled":
        TrainingEvent.objects.filter(pk=event.pk).update(state="cancelled", capacity=9)
    else:
        TrainingEvent.objects.filter(pk=event.pk).update(capacity=9)
        now = event.first_starts_at + timedelta(minutes=1)

    with pytest.raises(ActionRefused) as caught:
        sign_ups.give_seats(
            event_id=event.pk, sign_up_ids=[full[4].pk], actor=cast.coordinator_here, reason="Ja.", now=now
        )

    assert (caught.value.code, states(event)[4]) == (code, "waiting")


def test_nobody_is_given_a_turn_twice_when_a_sign_up_finds_that_seats_are_released(event, cast):
    """The seats are released and offered by the sign-up itself, with somebody waiting whose unit has its one."""
    TrainingEvent.objects.filter(pk=event.pk).update(max_per_unit=1)
    keep(event, cast, there=3)
    kitchen = Unit.objects.create(municipality=cast.here, name="Köket")
    assert come(event, cast.here, 2, unit=kitchen) + come(event, cast.here) == ["confirmed", "waiting", "waiting"]

    entry = sign_up(event, PersonFactory(member_of=cast.here), now=IN_A_WEEK + timedelta(minutes=1))

    assert (states(event), entry.state) == (["confirmed", "waiting", "offered", "confirmed"], "confirmed")
    assert event.sign_up_changes.count() == 3 + 1 + 1
    assert seat_checks.find(IN_A_WEEK) == []
