"""Seats against a small reference model: whatever people, the organiser and the clock do, in any order.

The model is the rules as one would tell them: it looks at every person each time, and keeps no counters.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from portal.core.services import ActionRefused
from portal.events.models import SignUp, SignUpChange, TrainingEvent
from portal.events.services import seat_checks, sign_ups, training_events
from portal.municipalities.enums import Visibility
from portal.municipalities.models import Unit
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import MunicipalityFactory, PersonFactory

HOLDING, ACTIVE = ("confirmed", "offered"), ("confirmed", "offered", "waiting")
PLACES, UNITS = ("here", "there", "third"), (None, "kitchen", "school")
OFFER_HOURS, STOP_HOURS, LASTS_HOURS, DAYS = 48, 24, 3, 20


@dataclass
class Person:
    place: str
    unit: str | None
    state: str
    at_once: bool
    expires: datetime | None = None


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

    def held(self, **of) -> int:
        return sum(p.state in HOLDING and all(getattr(p, k) == v for k, v in of.items()) for p in self.people)

    def kept_now(self) -> dict[str, int]:
        return self.kept if self.kept_until and self.now < self.kept_until else {}

    def common(self) -> int:
        kept = self.kept_now()
        return self.capacity - sum(max(kept.get(place, 0), self.held(place=place)) for place in PLACES)

    def has_room(self, place: str, unit: str | None) -> bool:
        if self.limit and unit and self.held(unit=unit, place=place) >= self.limit:
            return False
        return self.common() > 0 or self.held(place=place) < self.kept_now().get(place, 0)

    @property
    def offers_stopped(self) -> bool:
        return self.now >= self.starts_at - timedelta(hours=STOP_HOURS)

    def promote(self) -> None:
        if self.cancelled or self.now >= self.starts_at:
            return
        for person in self.people:
            if person.state != "waiting" or (self.offers_stopped and not person.at_once):
                continue
            if self.has_room(person.place, person.unit):
                person.state = "confirmed" if person.at_once else "offered"
                if person.state == "offered":
                    person.expires = min(self.now + timedelta(hours=OFFER_HOURS), self.starts_at)
                return self.promote()

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
        self.model = Model(now, starts_at, 3)
        self.entries: list[SignUp] = []
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
        if model.cancelled or model.now >= model.starts_at:
            is_over = model.now >= model.starts_at + timedelta(hours=LASTS_HOURS)
            code = "cancelled" if model.cancelled else "past" if is_over else "closed"
            return self._refused(code, sign_ups.sign_up, **arguments)
        entry = sign_ups.sign_up(now=model.now, **arguments)
        if twice:
            assert sign_ups.sign_up(now=model.now, **arguments) == entry
            self._refused("already_signed_up", sign_ups.sign_up, **arguments | {"form_token": uuid.uuid4()})
        model.promote()
        state = "confirmed" if model.has_room(place, unit) else "waiting"
        model.people.append(Person(place, unit, state, at_once))
        self.entries.append(entry)

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
        person.state = "confirmed" if accepts else "declined"
        if not accepts:
            model.promote()

    @precondition(lambda self: self.model.indexes("waiting"))
    @rule(data=st.data(), at_once=st.booleans())
    def choose_at_once(self, data, at_once):
        number = self._pick(data, "waiting")
        sign_ups.choose_at_once(sign_up_id=self.entries[number].pk, at_once=at_once, now=self.model.now)
        self.model.promote()
        if self.model.people[number].state == "waiting":
            self.model.people[number].at_once = at_once

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
            and model.has_room(person.place, person.unit)
        ):
            sign_ups.take_free_seat(now=model.now, **arguments)
            person.state = "confirmed"
        else:
            sign_ups.lapse_offers(event_id=self.event.pk, now=model.now)
            self._lapse()
            if person.state == "waiting" and not (
                model.offers_stopped and model.now < model.starts_at and model.has_room(person.place, person.unit)
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
        for number in sorted(numbers) if not code else ():
            person = model.people[number]
            if not model.has_room(person.place, person.unit):
                code = "no_seat"
                break
            person.state = "confirmed" if asked_already else "offered"
            person.expires = None if asked_already else min(model.now + timedelta(hours=OFFER_HOURS), model.starts_at)
        if code:
            for person, (state, expires) in zip(model.people, before, strict=True):
                person.state, person.expires = state, expires
            return self._refused(code, sign_ups.give_seats, **arguments)
        assert sign_ups.give_seats(now=model.now, **arguments) == len(numbers)

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
        for number in self.model.indexes("offered"):
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
        assert [rows[pk].answer_by for pk in pks if rows[pk].state == "offered"] == [
            person.expires for person in self.model.people if person.state == "offered"
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
