"""Seats against a small reference model: whatever people, the organiser and the clock do, in any order.

The model is the rules as one would tell them: it looks at every person each time, and keeps no counters.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from portal.core.services import ActionRefused
from portal.events.models import SignUp, SignUpChange, TrainingEvent
from portal.events.services import bulk_acts, invitation_links, requests, seat_checks, sign_ups, teams, training_events
from portal.municipalities.enums import Visibility
from portal.municipalities.models import Unit
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import MunicipalityFactory, PersonFactory

HOLDING = ("confirmed", "offered", "awaiting_seat")
ACTIVE = (*HOLDING, "waiting", "awaiting")
PLACES, UNITS = ("here", "there", "third"), (None, "kitchen", "school")
GUESTS = "guests"  # who come for no municipality
OFFER_HOURS, STOP_HOURS, LASTS_HOURS, DAYS = 48, 24, 3, 20


@dataclass
class Person:
    place: str
    unit: str | None
    state: str
    at_once: bool
    expires: datetime | None = None
    team: int | None = None


@dataclass
class Model:
    """Everybody in the order of their sign-ups; those who wait do so in that order."""

    now: datetime
    starts_at: datetime
    capacity: int
    people: list[Person] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    kept_until: datetime | None = None
    limit: int | None = None
    cancelled: bool = False
    asks_managers: bool = False
    pending_holds: bool = True
    # Of teams whose form is being filled in: place, number, until.
    holds: dict[int, tuple[str, int, datetime]] = field(default_factory=dict)

    def held(self, **of) -> int:
        return sum(p.state in HOLDING and all(getattr(p, k) == v for k, v in of.items()) for p in self.people)

    def kept_now(self) -> dict[str, int]:
        return self.kept if self.kept_until and self.now < self.kept_until else {}

    def on_hold(self, place: str) -> int:
        return sum(seats for at, seats, until in self.holds.values() if at == place and until > self.now)

    def common(self) -> int:
        kept = self.kept_now()
        used = {place: self.held(place=place) + self.on_hold(place) for place in (*PLACES, GUESTS)}
        return self.capacity - sum(max(kept.get(place, 0), number) for place, number in used.items())

    def has_room(self, *party: Person) -> bool:
        place = party[0].place
        for unit in {person.unit for person in party if person.unit}:
            coming = sum(person.unit == unit for person in party)
            if self.limit and self.held(unit=unit, place=place) + coming > self.limit:
                return False
        own = max(self.kept_now().get(place, 0) - self.held(place=place) - self.on_hold(place), 0)
        return max(self.common(), 0) + own >= len(party)

    def party(self, person: Person) -> list[Person]:
        if person.team is None:
            return [person]
        return [p for p in self.people if p.team == person.team and p.state == person.state]

    @property
    def offers_stopped(self) -> bool:
        return self.now >= self.starts_at - timedelta(hours=STOP_HOURS)

    def promote(self) -> None:
        if self.cancelled or self.now >= self.starts_at:
            return
        for person in self.people:
            if person.state != "waiting" or (self.offers_stopped and not person.at_once):
                continue
            party = self.party(person)
            if self.has_room(*party):
                for member in party:
                    member.state = "confirmed" if member.at_once else "offered"
                    if member.state == "offered":
                        member.expires = self.deadline()
                return self.promote()

    def deadline(self) -> datetime:
        return min(self.now + timedelta(hours=OFFER_HOURS), self.starts_at)

    def refusal(self) -> str:
        """Why nobody can sign up now; "" when they can."""
        if self.cancelled:
            return "cancelled"
        if self.now >= self.starts_at + timedelta(hours=LASTS_HOURS):
            return "past"
        return "closed" if self.now >= self.starts_at else ""

    def indexes(self, *states: str) -> list[int]:
        return [number for number, person in enumerate(self.people) if person.state in states]


class Seats(RuleBasedStateMachine):
    cast = None

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        now = timezone.now().replace(microsecond=0)
        starts_at = now + timedelta(days=DAYS)
        third = MunicipalityFactory(name="Tredje kommun", slug="tredje")
        self.places = {"here": self.cast.here, "there": self.cast.there, "third": third}
        self.units = {
            (place, unit): Unit.objects.create(municipality=municipality, name=unit)
            for place, municipality in self.places.items()
            for unit in UNITS
            if unit
        }
        self.event = TrainingEventFactory(
            municipality=self.cast.here,
            visibility=Visibility.MEMBERS,
            contact_email="a@b.example",
            capacity=3,
            offer_hours=OFFER_HOURS,
            offers_stop_hours=STOP_HOURS,
            occasions=[(starts_at, starts_at + timedelta(hours=LASTS_HOURS))],
        )
        self.invitation = invitation_links.make(
            event_id=self.event.pk, label="Gäster", for_guests=True, actor=self.cast.coordinator_here
        )
        self.model = Model(now, starts_at, 3)
        self.entries: list[SignUp] = []
        # Teams whose form is open: who they are in the model, and as people.
        self.forms: dict[int, tuple[list[Person], list]] = {}
        self.mails_before = OutboxMessage.objects.count()

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def _pick(self, data, *states: str) -> int:
        return data.draw(st.sampled_from(self.model.indexes(*states)))

    def _save(self, *, is_fine: bool, **fields) -> None:
        event = TrainingEvent.objects.get(pk=self.event.pk)
        for name, value in fields.items():
            setattr(event, name, value)
        dates = list(event.occasions.values_list("starts_at", "ends_at"))

        def save():
            training_events.save(event=event, occasions=dates, now=self.model.now)

        if is_fine:
            save()
        else:
            with pytest.raises(ActionRefused), transaction.atomic():
                save()

    def _refused(self, code: str, act, **arguments) -> None:
        with pytest.raises(ActionRefused) as caught, transaction.atomic():
            act(now=self.model.now, **arguments)
        assert caught.value.code == code

    # --- What people do ---

    @rule(place=st.sampled_from(PLACES), unit=st.sampled_from(UNITS), at_once=st.booleans(), twice=st.booleans())
    def sign_up(self, place, unit, at_once, twice):
        model, municipality = self.model, self.places[place]
        person = PersonFactory(member_of=municipality, unit=self.units.get((place, unit)))
        arguments = {
            **{"event_id": self.event.pk, "person": person, "municipality_id": municipality.pk},
            **{"form_token": uuid.uuid4(), "takes_seat_at_once": at_once},
        }
        if code := model.refusal():
            return self._refused(code, sign_ups.sign_up, **arguments)
        entry = sign_ups.sign_up(now=model.now, **arguments)
        if twice:
            assert sign_ups.sign_up(now=model.now, **arguments) == entry
            self._refused("already_signed_up", sign_ups.sign_up, **arguments | {"form_token": uuid.uuid4()})
        model.promote()
        newcomer = Person(place, unit, "", at_once)
        has_room = model.has_room(newcomer)
        newcomer.state = "confirmed" if has_room else "waiting"
        if model.asks_managers:
            newcomer.state = "awaiting_seat" if has_room and model.pending_holds else "awaiting"
            newcomer.expires = model.starts_at
        model.people.append(newcomer)
        self.entries.append(entry)

    @rule(at_once=st.booleans(), twice=st.booleans())
    def sign_up_guest(self, at_once, twice):
        """No manager is asked, and no seat that is kept for a municipality is theirs."""
        model = self.model
        arguments = {
            **{"event_id": self.event.pk, "person": PersonFactory(), "municipality_id": None},
            **{"form_token": uuid.uuid4(), "takes_seat_at_once": at_once, "invitation": self.invitation},
        }
        if model.refusal():
            return self._refused(model.refusal(), sign_ups.sign_up, **arguments)
        entry = sign_ups.sign_up(now=model.now, **arguments)
        if twice:
            assert sign_ups.sign_up(now=model.now, **arguments) == entry
        model.promote()
        newcomer = Person(GUESTS, None, "", at_once)
        newcomer.state = "confirmed" if model.has_room(newcomer) else "waiting"
        model.people.append(newcomer)
        self.entries.append(entry)

    @precondition(lambda self: not self.model.cancelled)
    @rule(asks=st.booleans(), holds=st.booleans())
    def ask_managers(self, asks, holds):
        """From now on, or no more; who has asked already is not changed by it."""
        self.model.asks_managers, self.model.pending_holds = asks, holds
        self._save(is_fine=True, approval="approve" if asks else "none", pending_holds_seat=holds)
        self.model.promote()

    @precondition(lambda self: self.model.indexes("awaiting", "awaiting_seat"))
    @rule(data=st.data(), says_yes=st.booleans(), twice=st.booleans())
    def manager_answers(self, data, says_yes, twice):
        number = self._pick(data, "awaiting", "awaiting_seat")
        model, person = self.model, self.model.people[number]
        arguments = {"sign_up_id": self.entries[number].pk, "actor": self.cast.manager}
        act = requests.approve if says_yes else partial(requests.refuse, why="Vi är för få den dagen.")
        if person.expires <= model.now:
            return self._refused("too_late", act, **arguments)
        for _time in range(1 + twice):
            act(now=model.now, **arguments)
        model.promote()
        if says_yes:
            has_seat = person.state == "awaiting_seat" or model.has_room(person)
            person.state = "confirmed" if has_seat else "waiting"
        else:
            person.state = "declined"
            model.promote()

    # --- Teams ---

    @rule(
        place=st.sampled_from(PLACES),
        units=st.lists(st.sampled_from(UNITS), min_size=1, max_size=3),
        at_once=st.booleans(),
        then=st.sampled_from(["sign up", "sign up twice", "give up", "leave it open"]),
    )
    def sign_up_team(self, place, units, at_once, then):
        model = self.model
        people = [PersonFactory(member_of=self.places[place], unit=self.units.get((place, unit))) for unit in units]
        memberships = [person.memberships.select_related("municipality").get() for person in people]
        arguments = {"event_id": self.event.pk, "leader": self.cast.manager, "memberships": memberships}
        if code := model.refusal():
            return self._refused(code, teams.begin, **arguments)
        team = teams.begin(now=model.now, **arguments)
        model.promote()
        party = [Person(place, unit, "", at_once, team=team.pk) for unit in units]
        assert (team.held_until is not None) == model.has_room(*party)
        if team.held_until:
            model.holds[team.pk] = (place, len(party), team.held_until)
        self.forms[team.pk] = (party, people)
        if then == "give up":
            self.give_up(team.pk)
        elif then != "leave it open":
            self.send_form(team.pk, twice=then == "sign up twice")

    @precondition(lambda self: self.forms)
    @rule(data=st.data(), then=st.sampled_from(["sign up", "give up", "more time"]))
    def go_on_with_form(self, data, then):
        number = data.draw(st.sampled_from(sorted(self.forms)))
        if then == "give up":
            self.give_up(number)
        elif then == "more time":
            self.take_more_time(number)
        else:
            self.send_form(number, twice=False)

    def give_up(self, number):
        teams.give_up(team_id=number, now=self.model.now)
        self.model.holds.pop(number, None)
        self.model.promote()
        del self.forms[number]

    def take_more_time(self, number):
        model, (party, _people) = self.model, self.forms[number]
        if code := model.refusal():
            return self._refused(code, teams.extend, team_id=number)
        team = teams.extend(team_id=number, now=model.now)
        model.promote()
        model.holds.pop(number, None)
        assert (team.held_until is not None) == model.has_room(*party)
        if team.held_until:
            model.holds[number] = (party[0].place, len(party), team.held_until)

    def send_form(self, number, *, twice):
        model, (party, people) = self.model, self.forms[number]
        arguments = {"team_id": number, "actor": self.cast.manager, "takes_seat_at_once": party[0].at_once}
        if code := model.refusal():
            return self._refused(code, teams.sign_up, **arguments)
        for _time in range(1 + twice):
            teams.sign_up(now=model.now, **arguments)
        model.promote()
        model.holds.pop(number, None)
        state = "confirmed" if model.has_room(*party) else "waiting"
        for member in party:
            member.state = state
        model.people += party
        entries = {entry.person_id: entry for entry in SignUp.objects.filter(team=number).select_related("person")}
        self.entries += [entries[person.pk] for person in people]
        del self.forms[number]

    @precondition(lambda self: self.model.people)
    @rule(data=st.data())
    def cancel(self, data):
        number = data.draw(st.sampled_from(range(len(self.entries))))
        model, entry = self.model, self.entries[number]
        arguments = {"sign_up_id": entry.pk, "actor": entry.person}
        if model.people[number].state in ACTIVE and model.now >= model.starts_at:
            return self._refused("has_started", sign_ups.cancel, **arguments)
        sign_ups.cancel(now=model.now, **arguments)
        model.promote()
        if model.people[number].state in ACTIVE:
            model.people[number].state = "cancelled"
            model.promote()

    @precondition(lambda self: self.model.indexes("offered"))
    @rule(data=st.data(), accepts=st.booleans())
    def answer(self, data, accepts):
        number = self._pick(data, "offered")
        model, person, entry = self.model, self.model.people[number], self.entries[number]
        act = sign_ups.accept_offer if accepts else sign_ups.decline_offer
        arguments = {"sign_up_id": entry.pk, "actor": entry.person}
        if person.expires <= model.now:
            return self._refused("offer_lapsed", act, **arguments)
        act(now=model.now, **arguments)
        model.promote()
        for member in model.party(person) if accepts else [person]:
            member.state = "confirmed" if accepts else "declined"
        if not accepts:
            model.promote()

    @precondition(lambda self: self.model.indexes("waiting"))
    @rule(data=st.data(), at_once=st.booleans())
    def choose_at_once(self, data, at_once):
        number = self._pick(data, "waiting")
        sign_ups.choose_at_once(sign_up_id=self.entries[number].pk, at_once=at_once, now=self.model.now)
        self.model.promote()
        if self.model.people[number].state == "waiting":
            for member in self.model.party(self.model.people[number]):
                member.at_once = at_once

    @precondition(lambda self: self.model.indexes("waiting"))
    @rule(data=st.data())
    def take_free_seat(self, data):
        number = self._pick(data, "waiting")
        model, person, entry = self.model, self.model.people[number], self.entries[number]
        arguments = {"sign_up_id": entry.pk, "actor": entry.person}
        model.promote()
        if person.state == "confirmed":
            sign_ups.take_free_seat(now=model.now, **arguments)
        elif (
            person.state == "waiting"
            and model.offers_stopped
            and model.now < model.starts_at
            and not model.cancelled
            and model.has_room(*model.party(person))
        ):
            sign_ups.take_free_seat(now=model.now, **arguments)
            for member in model.party(person):
                member.state = "confirmed"
        else:
            sign_ups.lapse_offers(event_id=self.event.pk, now=model.now)
            self._lapse()
            if person.state == "waiting" and not (
                model.offers_stopped and model.now < model.starts_at and model.has_room(*model.party(person))
            ):
                self._refused("no_seat", sign_ups.take_free_seat, **arguments)

    # --- What the organiser does ---

    @precondition(lambda self: not self.model.cancelled)
    @rule(capacity=st.integers(1, 6))
    def change_capacity(self, capacity):
        model = self.model
        before, model.capacity = model.capacity, capacity
        is_fine = model.common() >= 0
        if not is_fine:
            model.capacity = before
        self._save(is_fine=is_fine, capacity=capacity)
        if is_fine:
            model.promote()

    @precondition(lambda self: not self.model.cancelled)
    @rule(kept=st.dictionaries(st.sampled_from(PLACES), st.integers(1, 3)), days=st.integers(1, DAYS))
    def keep_seats(self, kept, days):
        model = self.model
        before = model.kept, model.kept_until
        model.kept, model.kept_until = kept, model.starts_at - timedelta(days=days)
        arguments = {
            **{"event_id": self.event.pk, "until": model.kept_until, "actor": self.cast.coordinator_here},
            "kept": {self.places[place].pk: seats for place, seats in kept.items()},
        }
        code = "end_is_no_time_to_come" if kept and model.kept_until <= model.now else ""
        code = code or ("more_kept_than_free" if model.common() < 0 else "")
        if code:
            model.kept, model.kept_until = before
            return self._refused(code, training_events.keep_seats, **arguments)
        training_events.keep_seats(now=model.now, **arguments)
        model.promote()

    @precondition(lambda self: not self.model.cancelled)
    @rule(limit=st.sampled_from([None, 1, 2]))
    def limit_units(self, limit):
        taken = [self.model.held(unit=unit, place=place) for unit in UNITS if unit for place in PLACES]
        if limit and max(taken) > limit:
            return  # those who have a seat keep it, which the checker would call impossible
        self.model.limit = limit
        self._save(is_fine=True, max_per_unit=limit)
        self.model.promote()

    @precondition(lambda self: self.model.indexes("waiting"))
    @rule(data=st.data(), asked_already=st.booleans())
    def give_seats(self, data, asked_already):
        model = self.model
        numbers = data.draw(st.sets(st.sampled_from(model.indexes("waiting")), min_size=1, max_size=2))
        arguments = {
            **{"event_id": self.event.pk, "sign_up_ids": [self.entries[n].pk for n in numbers]},
            **{"actor": self.cast.coordinator_here, "reason": "Hon håller i kursen.", "asked_already": asked_already},
        }
        if model.cancelled or model.now >= model.starts_at:
            return self._refused(
                "not_published" if model.now < model.starts_at else "has_started", sign_ups.give_seats, **arguments
            )
        before = [(p.state, p.expires) for p in model.people]
        model.promote()
        code = "" if all(model.people[n].state == "waiting" for n in numbers) else "not_waiting"
        given = {id(p): p for n in numbers for p in model.party(model.people[n])} if not code else {}
        for person in given.values():
            if not model.has_room(person):
                code = "no_seat"
                break
            person.state = "confirmed" if asked_already else "offered"
            person.expires = None if asked_already else model.deadline()
        if code:
            for person, (state, expires) in zip(model.people, before, strict=True):
                person.state, person.expires = state, expires
            return self._refused(code, sign_ups.give_seats, **arguments)
        assert sign_ups.give_seats(now=model.now, **arguments) == len(given)

    @precondition(lambda self: self.model.indexes(*ACTIVE))
    @rule(data=st.data(), undoes=st.booleans())
    def cancel_several(self, data, undoes):
        """By somebody of their own each time, who may take it back at once."""
        model, actor = self.model, PersonFactory(member_of=self.cast.here)
        numbers = sorted(data.draw(st.sets(st.sampled_from(model.indexes(*ACTIVE)), min_size=1, max_size=3)))
        arguments = {"event_id": self.event.pk, "actor": actor}
        act = partial(bulk_acts.cancel_sign_ups, sign_up_ids=[self.entries[n].pk for n in numbers], reason="Fel dag.")
        if model.cancelled or model.now >= model.starts_at:
            code = "has_started" if model.now >= model.starts_at else "not_published"
            return self._refused(code, act, **arguments)
        assert act(now=model.now, **arguments) == len(numbers)
        model.promote()
        chosen = [model.people[number] for number in numbers]
        before = [person.state for person in chosen]
        for person in chosen:
            person.state = "cancelled"
        model.promote()
        if undoes:
            self._undo(chosen, before, arguments)

    def _undo(self, chosen, before, arguments):
        model = self.model
        for person, state in zip(chosen, before, strict=True):
            mates = [p for p in model.people if p.team and p.team == person.team and p.state in ACTIVE]
            if any(mate.state != state for mate in mates):
                return self._refused("team_elsewhere", bulk_acts.undo, at=model.now, **arguments)
        has_seats = True
        for person, state in zip(chosen, before, strict=True):
            if state in HOLDING and not model.has_room(person):
                has_seats = False
            else:
                person.state = state
        if not has_seats:
            for person in chosen:
                person.state = "cancelled"
            return self._refused("seats_gone", bulk_acts.undo, at=model.now, **arguments)
        assert bulk_acts.undo(at=model.now, now=model.now, **arguments) == len(chosen)
        model.promote()

    @precondition(lambda self: not self.model.cancelled and self.model.now < self.model.starts_at)
    @rule(days=st.integers(1, 5))
    def postpone(self, days):
        model = self.model
        later = timedelta(days=days)
        told = training_events.postpone(
            event_id=self.event.pk,
            occasions=[(model.starts_at + later, model.starts_at + later + timedelta(hours=LASTS_HOURS))],
            reason="Vattnet är avstängt.",
            actor=self.cast.coordinator_here,
            now=model.now,
        )
        model.starts_at += later
        if model.kept_until and model.kept_until > model.now:
            model.kept_until += later
        model.promote()
        assert told == len(model.indexes(*ACTIVE))

    @precondition(
        lambda self: not self.model.cancelled and self.model.now < self.model.starts_at and len(self.entries) > 4
    )
    @rule()
    def call_it_off(self):
        training_events.cancel(
            event_id=self.event.pk, actor=self.cast.coordinator_here, reason="Sjuk.", now=self.model.now
        )
        self.model.cancelled = True
        for number in self.model.indexes(*ACTIVE):
            self.model.people[number].state = "event_cancelled"

    # --- What the clock does ---

    def _lapse(self):
        for number in self.model.indexes("offered", "awaiting", "awaiting_seat"):
            if self.model.people[number].expires <= self.model.now:
                self.model.people[number].state = "lapsed"
        self.model.promote()

    @rule(hours=st.integers(1, 24 * 6))
    def time_goes(self, hours):
        """The clock goes on, and what happens each minute by itself has happened."""
        self.model.now += timedelta(hours=hours)
        for event_id in sign_ups.events_with_seats_to_release(self.model.now):
            sign_ups.release_kept_seats(event_id=event_id, now=self.model.now)
        self.model.promote()
        for event_id in sign_ups.events_with_expired_offers(self.model.now):
            sign_ups.lapse_offers(event_id=event_id, now=self.model.now)
        self._lapse()

    @rule(hours=st.integers(1, 24 * 3))
    def time_goes_while_tasks_stand_still(self, hours):
        self.model.now += timedelta(hours=hours)

    # --- What must hold whenever ---

    @invariant()
    def everybody_is_where_the_model_says(self):
        pks = [entry.pk for entry in self.entries]
        rows = {row.pk: row for row in SignUp.objects.filter(pk__in=pks)}
        assert [rows[pk].state for pk in pks] == [person.state for person in self.model.people]
        unanswered = ("offered", "awaiting", "awaiting_seat")
        assert [rows[pk].answer_by for pk in pks if rows[pk].state in unanswered] == [
            person.expires for person in self.model.people if person.state in unanswered
        ]

    @invariant()
    def nothing_is_impossible(self):
        problems = {problem.code for problem in seat_checks.find(self.model.now, event_ids=[self.event.pk])}
        assert problems <= {"late_offer"}

    @invariant()
    def no_moment_in_history_was_oversold_and_each_change_has_its_mail(self):
        taken = 0
        changes = SignUpChange.objects.filter(event=self.event.pk).order_by("pk")
        for change in changes:
            taken += change.seats_delta
            assert 0 <= taken == change.seats_taken_after <= change.capacity
        reasons = OutboxMessage.objects.filter(reason="events.sign_up_unchanged_since")
        assert sorted(reasons.values_list("reason_object_id", flat=True)) == [change.pk for change in changes]


def test_seats_are_where_the_rules_say_whatever_happens(cast):
    Seats.cast = cast
    run_state_machine_as_test(
        Seats,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
