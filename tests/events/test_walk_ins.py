"""People at the door without a seat: a free one is theirs at once, never one that is not there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import Attendance, SignUp, SignUpChange, TrainingEvent
from portal.events.services import seat_checks, sign_ups, teams, walk_ins
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.models import AuditEntry, Unit
from portal.municipalities.services import memberships
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PersonFactory

EARLIER = timedelta(days=3)


@pytest.fixture
def helper(cast):
    return PersonFactory(member_of=cast.here, roles=[Role.DOOR_HELPER])


def going_on(cast, **fields) -> TrainingEvent:
    """Began ten minutes ago: nobody can sign up any more."""
    starts_at = timezone.now() - timedelta(minutes=10)
    dates = [(starts_at, starts_at + timedelta(hours=2))]
    return TrainingEventFactory(**{"municipality": cast.here, "occasions": dates, **fields})


@pytest.fixture
def event(cast):
    """One seat is taken, one free; two wait, since the seat was taken when they came."""
    event = going_on(cast, capacity=1)
    for person in (cast.staff_here, cast.manager, cast.municipality_admin):
        sign_up(event, person, now=timezone.now() - EARLIER)
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=2)
    event.refresh_from_db()
    return event


def path_of(event) -> str:
    return f"/arbetsyta/narvaro/{event.occasions.all()[0].uid}/pa-plats/"


def seat_of(event, person) -> SignUp:
    return event.sign_ups.get(person=person)


def states(event) -> dict[str, str]:
    return {entry.person.first_name: entry.state for entry in event.sign_ups.order_by("pk")}


def here(event) -> set[str]:
    return {row.sign_up.person.first_name for row in Attendance.objects.filter(occasion__event=event)}


def everything_is_in_order() -> bool:
    return seat_checks.find() == []


def test_somebody_who_waits_gets_the_free_seat_and_is_checked_in(cast, client_of, helper, event):
    entry = seat_of(event, cast.municipality_admin)
    door = f"/arbetsyta/narvaro/{event.occasions.get().uid}/"
    client = client_of(helper)
    offered_to = [waiting.pk for waiting in client.get(door).context["waiting"]]

    answer = client.post(path_of(event), {"sign_up": entry.pk})

    assert offered_to == [seat_of(event, cast.manager).pk, entry.pk]
    assert (answer.status_code, answer["Location"]) == (302, door)
    assert states(event) == {"staff_here": "confirmed", "manager": "waiting", "municipality_admin": "confirmed"}
    assert here(event) == {"municipality_admin"}
    change = SignUpChange.objects.filter(sign_up=entry).last()
    assert (change.reason, change.actor, change.seats_taken_after) == ("walked_in", helper, 2)
    assert OutboxMessage.objects.filter(reason_object_id=change.pk, message="events/confirmed").count() == 1
    assert AuditEntry.objects.filter(act="seat_given", actor=helper, subject=event.title).count() == 1
    assert everything_is_in_order()


def test_a_full_room_takes_nobody_and_names_nobody_who_waits(cast, client_of, helper, event):
    client, first, second = client_of(helper), seat_of(event, cast.manager), seat_of(event, cast.municipality_admin)
    client.post(path_of(event), {"sign_up": first.pk})

    answers = [
        client.post(path_of(event), {"sign_up": second.pk}),
        client.post(path_of(event), {"email": cast.coordinator_here.email}),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert [answer.context["waiting"] for answer in answers] == [[], []]
    assert states(event)["municipality_admin"] == "waiting"
    assert here(event) == {"manager"}
    assert everything_is_in_order()


def test_a_member_without_a_sign_up_is_found_by_the_exact_address(cast, client_of, helper, event):
    client = client_of(helper)

    parts = [client.post(path_of(event), {"email": text}).status_code for text in ("coordinator", "@example.org", "")]
    answer = client.post(path_of(event), {"email": " Coordinator_Here@Example.org "})

    assert (parts, answer.status_code) == ([400, 400, 400], 302)
    entry = seat_of(event, cast.coordinator_here)
    assert (entry.state, entry.municipality, here(event)) == ("confirmed", cast.here, {"coordinator_here"})
    assert everything_is_in_order()


def test_an_unknown_address_and_one_that_may_not_are_answered_alike(cast, client_of, helper, event):
    """A door is no directory: not members, members elsewhere, people who left and nobody at all look the same."""
    gone = PersonFactory(member_of=cast.here, is_active=False)
    addresses = ["ingen@example.org", cast.outsider.email, cast.staff_there.email, gone.email]

    answers = [client_of(helper).post(path_of(event), {"email": address}) for address in addresses]

    told = {(a.status_code, str(a.context["walk_in_form"].errors["email"][0])) for a in answers}
    assert len(told) == 1
    assert {status for status, _text in told} == {409}
    assert (event.sign_ups.count(), here(event)) == (3, set())


def test_addresses_cannot_be_tried_one_after_the_other(cast, client_of, helper, event):
    client = client_of(helper)
    for number in range(30):
        client.post(path_of(event), {"email": f"gissning{number}@example.org"})

    answer = client.post(path_of(event), {"email": cast.coordinator_here.email})

    assert (answer.status_code, event.sign_ups.filter(person=cast.coordinator_here).exists()) == (409, False)


def test_somebody_with_a_seat_who_gives_their_address_is_checked_in_though_it_is_full(cast, event):
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=1)
    occasion = event.occasions.get()

    entry = walk_ins.seat_member(occasion=occasion, email=cast.staff_here.email, actor=cast.coordinator_here)

    assert (entry.pk, here(event)) == (seat_of(event, cast.staff_here).pk, {"staff_here"})
    assert SignUpChange.objects.filter(reason="walked_in").count() == 0


def test_pressing_twice_is_one_seat(cast, event):
    occasion, entry = event.occasions.get(), seat_of(event, cast.manager)

    for _time in range(2):
        walk_ins.seat_from_waiting_list(occasion=occasion, sign_up_id=entry.pk, actor=cast.coordinator_here)

    assert SignUpChange.objects.filter(sign_up=entry, reason="walked_in").count() == 1
    assert Attendance.objects.count() == 1
    assert everything_is_in_order()


def test_seats_kept_for_others_are_not_given_away(cast):
    # The day before: kept until it starts, and a helper may check in already.
    starts_at = timezone.now() + timedelta(hours=2)
    event = going_on(
        cast, capacity=1, visibility=Visibility.MEMBERS, occasions=[(starts_at, starts_at + timedelta(hours=2))]
    )
    TrainingEvent.objects.filter(pk=event.pk).update(
        kept_seats={str(cast.there.pk): 1}, kept_until=starts_at, seats_kept=1
    )
    occasion = event.occasions.get()

    with pytest.raises(ActionRefused) as refused:
        walk_ins.seat_member(occasion=occasion, email=cast.staff_here.email, actor=cast.coordinator_here)
    entry = walk_ins.seat_member(occasion=occasion, email=cast.staff_there.email, actor=cast.coordinator_here)

    assert (refused.value.code, entry.municipality) == ("not_for_them", cast.there)
    assert everything_is_in_order()


def test_the_limit_for_a_unit_holds_at_the_door_too(cast):
    event, unit = going_on(cast, capacity=5, max_per_unit=1), Unit.objects.create(municipality=cast.here, name="Köket")
    for person in (cast.staff_here, cast.manager):
        memberships.change(membership=person.memberships.get(), roles=[], unit=unit, occupational_group=None)
    occasion = event.occasions.get()
    walk_ins.seat_member(occasion=occasion, email=cast.staff_here.email, actor=cast.coordinator_here)

    with pytest.raises(ActionRefused) as refused:
        walk_ins.seat_member(occasion=occasion, email=cast.manager.email, actor=cast.coordinator_here)

    assert (refused.value.code, states(event)) == ("not_for_them", {"staff_here": "confirmed"})
    assert everything_is_in_order()


def test_a_manager_who_has_not_said_yes_is_not_passed_by(cast):
    event = going_on(cast, capacity=5, approval="approve")
    asked = sign_up(event, cast.staff_here, now=timezone.now() - EARLIER)
    occasion = event.occasions.get()

    codes = []
    for person in (cast.staff_here, cast.municipality_admin):
        with pytest.raises(ActionRefused) as refused:
            walk_ins.seat_member(occasion=occasion, email=person.email, actor=cast.coordinator_here)
        codes.append(refused.value.code)

    asked.refresh_from_db()
    assert (codes, asked.current_state.awaits_manager, event.sign_ups.count()) == (["not_for_them"] * 2, True, 1)


def test_one_of_a_team_at_the_door_leaves_the_team_and_the_others_wait_on(cast):
    event, early = going_on(cast, capacity=1), timezone.now() - EARLIER
    sign_up(event, cast.staff_here, now=early)
    people = [PersonFactory(member_of=cast.here) for _number in range(2)]
    team = teams.Team.objects.create(
        event=event, municipality=cast.here, leader=cast.coordinator_here, signed_up_at=early
    )
    for person in people:
        sign_up(event, person, now=early)
    event.sign_ups.filter(person__in=people).update(team=team)
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=2)
    entry = seat_of(event, people[0])

    walk_ins.seat_from_waiting_list(occasion=event.occasions.get(), sign_up_id=entry.pk, actor=cast.coordinator_here)

    entry.refresh_from_db()
    other = seat_of(event, people[1])
    assert [(entry.state, entry.team), (other.state, other.team)] == [("confirmed", None), ("waiting", team)]
    assert everything_is_in_order()


@pytest.mark.parametrize(("hours", "is_open"), [(-13, False), (-11, True), (1, True), (2.1, False)])
def test_seats_are_given_from_twelve_hours_before_until_the_end(cast, hours, is_open):
    event = going_on(cast)
    occasion = event.occasions.get()
    act = {"occasion": occasion, "email": cast.staff_here.email, "actor": cast.coordinator_here}
    now = occasion.starts_at + timedelta(hours=hours)

    if is_open:
        walk_ins.seat_member(**act, now=now)
    else:
        with pytest.raises(ActionRefused, match=r".") as refused:
            walk_ins.seat_member(**act, now=now)
        assert refused.value.code == "not_now"

    assert event.sign_ups.count() == int(is_open)


def test_whoever_has_left_the_waiting_list_is_not_seated(cast, client_of, helper):
    starts_at = timezone.now() + timedelta(hours=1)
    event = going_on(cast, capacity=1, occasions=[(starts_at, starts_at + timedelta(hours=2))])
    sign_up(event, cast.staff_here)
    gone = sign_ups.cancel(sign_up_id=sign_up(event, cast.manager).pk, actor=cast.manager)
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=2)

    answer = client_of(helper).post(path_of(event), {"sign_up": gone.pk})

    assert (answer.status_code, states(event)["manager"], here(event)) == (409, "cancelled", set())


@pytest.mark.parametrize("actor", ["anonymous", "staff_here", "manager", "coordinator_there", "outsider"])
def test_nobody_without_the_right_gives_seats(cast, client_of, event, actor):
    client, waiting = client_of(actor), seat_of(event, cast.manager)

    answers = [client.post(path_of(event), data) for data in ({"sign_up": waiting.pk}, {"email": "a@example.org"})]

    assert [answer.status_code for answer in answers] == [302 if actor == "anonymous" else 404] * 2
    assert (states(event)["manager"], here(event)) == ("waiting", set())


def test_a_sign_up_to_another_event_is_not_seated_here(cast, client_of, helper, event):
    other = going_on(cast, capacity=1)
    sign_up(other, now=timezone.now() - EARLIER)
    foreign = sign_up(other, now=timezone.now() - EARLIER)
    TrainingEvent.objects.filter(pk=other.pk).update(capacity=2)
    client = client_of(helper)

    answers = [client.post(path_of(event), {"sign_up": text}).status_code for text in (foreign.pk, "x", "9" * 40)]

    foreign.refresh_from_db()
    assert (answers, foreign.state) == ([404, 404, 404], "waiting")
