"""How fast seats are given, beside the least that any program must do; a program of its own, `make bench-signups`.

    DATABASE_URL=… python -m tests.helpers.sign_up_bench [--seconds N] [--bursts N]

The floor locks the event, inserts the sign-up and moves the counter, with the same ORM: no history, no mail, no rules.
Clients are processes. Tasks are not sent anywhere: what a broker costs comes after the lock and is not measured here.
Prints tables for people; exits 1 when a burst was not exact.
"""

import argparse
import multiprocessing
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import django

PEOPLE = 12_000
CLIENTS = (1, 16, 32)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--bursts", type=int, default=100)
    options = parser.parse_args()
    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.CELERY_BROKER_URL = "memory://"
    people = _people()
    out = sys.stdout
    out.write(f"{connection.vendor}\n\nsign-ups per second (p50 / p99 in ms)\n")
    out.write(f"{'clients':>8} {'events':>7} {'ours':>24} {'floor':>24} {'ours/floor':>11} {'p99':>6}\n")
    for clients in CLIENTS:
        for events in (1, 32):
            floor = _rate(_floor, clients, events, people, options.seconds)
            ours = _rate(_ours, clients, events, people, options.seconds)
            out.write(
                f"{clients:>8} {events:>7} {_shown(ours):>24} {_shown(floor):>24} {ours[0] / floor[0]:>11.2f} "
                f"{ours[2] / floor[2]:>5.1f}x\n"
            )
            out.flush()
    out.write("\none sign-up with so many signed up before, ms\n")
    for before in (10, 1_000, 10_000):
        out.write(f"{before:>8} {_cost_after(before, people):.2f}\n")
    out.write(f"\n100 promotions in one act: {_promotions(people):.0f} per second\n")
    exact = _bursts(people, options.bursts)
    out.write(f"\nbursts of 32 clients for 16 seats that were exact: {exact} of {options.bursts}\n")
    return int(exact != options.bursts)


def _shown(result: tuple[float, float, float]) -> str:
    return f"{result[0]:.0f} ({result[1]:.1f} / {result[2]:.1f})"


def _people() -> list[int]:
    from django.contrib.auth import get_user_model

    from portal.municipalities.models import Membership, Municipality

    users, municipality = get_user_model(), Municipality.objects.get(slug="trelleborg")
    rows = users.objects.bulk_create(
        [users(email=f"{uuid.uuid4().hex}@example.org", password="!") for _n in range(PEOPLE)], batch_size=500
    )
    Membership.objects.bulk_create([Membership(person=row, municipality=municipality) for row in rows], batch_size=500)
    return [row.pk for row in rows]


def _event(capacity: int) -> int:
    from portal.municipalities.models import Municipality
    from tests.factories.events import TrainingEventFactory

    return TrainingEventFactory(municipality=Municipality.objects.get(slug="trelleborg"), capacity=capacity).pk


def _ours(event_id: int, person) -> Any:
    from portal.events.services import sign_ups

    return sign_ups.sign_up(
        event_id=event_id, person=person, municipality_id=_municipality_id(), form_token=uuid.uuid4()
    )


def _floor(event_id: int, person) -> None:
    from django.db import transaction

    from portal.events.models import SignUp, TrainingEvent

    with transaction.atomic():
        event = TrainingEvent.objects.select_for_update().get(pk=event_id)
        SignUp.objects.create(event=event, person=person, municipality_id=_municipality_id(), state="confirmed")
        event.seats_taken += 1
        event.save(update_fields=["seats_taken"])


def _municipality_id() -> int:
    from portal.municipalities.models import Municipality

    if not hasattr(_municipality_id, "pk"):
        _municipality_id.pk = Municipality.objects.get(slug="trelleborg").pk  # type: ignore[attr-defined]
    return _municipality_id.pk  # type: ignore[attr-defined]


def _rate(act: Callable, clients: int, events: int, people: list[int], seconds: float) -> tuple[float, float, float]:
    """(per second, median ms, 99th percentile ms) of `clients` processes over `events` events."""
    event_ids = [_event(5000) for _number in range(events)]
    times = [
        moment
        for answer in _together(clients, _sign_up_for_a_while, (act, event_ids, people, clients, seconds))
        for moment in answer
    ]
    spent = sorted(1000 * moment for moment in times)
    return len(spent) / seconds, statistics.median(spent), spent[int(0.99 * (len(spent) - 1))]


def _sign_up_for_a_while(number: int, barrier, act, event_ids, people, clients, seconds) -> list[float]:
    from django.contrib.auth import get_user_model

    # On one event each person comes once; over many, each client keeps to events of its own as far as there are any.
    mine = list(get_user_model().objects.filter(pk__in=people[number::clients]))
    own_events = event_ids[number % len(event_ids) :: clients] or [event_ids[number % len(event_ids)]]
    # What a process does once, connections and imports, would be the slowest of a hundred else.
    act(own_events[0], mine.pop())
    barrier.wait()
    times: list[float] = []
    ends_at = time.perf_counter() + seconds
    for turn, person in enumerate(mine):
        began = time.perf_counter()
        if began >= ends_at:
            break
        act(own_events[turn % len(own_events)], person)
        times.append(time.perf_counter() - began)
    return times


def _together(clients: int, work: Callable, arguments: tuple) -> list:
    """What `clients` forked processes answer, having begun at the same moment."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(clients), context.Queue()

    def run(number: int) -> None:
        answers.put(work(number, barrier, *arguments))

    workers = [context.Process(target=run, args=(number,)) for number in range(clients)]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=300) for _worker in workers]
    for worker in workers:
        worker.join()
    return found


def _cost_after(before: int, people: list[int]) -> float:
    from django.contrib.auth import get_user_model

    from portal.events.models import SignUp, TrainingEvent

    event_id, pk = _event(5000), _municipality_id()
    TrainingEvent.objects.filter(pk=event_id).update(
        capacity=before + 1000, seats_taken=before, held_seats={str(pk): before}
    )
    SignUp.objects.bulk_create(
        [
            SignUp(event_id=event_id, person_id=person, municipality_id=pk, state="confirmed")
            for person in people[:before]
        ],
        batch_size=500,
    )
    guests = list(get_user_model().objects.filter(pk__in=people[before : before + 200]))
    began = time.perf_counter()
    for person in guests:
        _ours(event_id, person)
    return 1000 * (time.perf_counter() - began) / len(guests)


def _promotions(people: list[int]) -> float:
    from django.contrib.auth import get_user_model

    from portal.events.models import TrainingEvent
    from portal.events.services import training_events

    event_id = _event(1)
    for person in get_user_model().objects.filter(pk__in=people[:101]):
        _ours(event_id, person)
    event = TrainingEvent.objects.get(pk=event_id)
    event.capacity = 101
    dates = list(event.occasions.values_list("starts_at", "ends_at"))
    began = time.perf_counter()
    training_events.save(event=event, occasions=dates)
    spent = time.perf_counter() - began
    return event.sign_ups.filter(state="offered").count() / spent


def _bursts(people: list[int], bursts: int) -> int:
    from django.db import connections

    from portal.events.models import SignUpChange, TrainingEvent
    from portal.events.services import seat_checks

    event_ids = [_event(16) for _burst in range(bursts)]
    connections.close_all()
    _together(32, _burst_after_burst, (event_ids, people))
    wrong = {problem.event_id for problem in seat_checks.find(event_ids=event_ids)}
    for event_id in event_ids:
        changes = SignUpChange.objects.filter(event=event_id).order_by("pk")
        running, exact = 0, True
        for change in changes:
            running += change.seats_delta
            exact = exact and running == change.seats_taken_after <= 16
        event = TrainingEvent.objects.get(pk=event_id)
        if not exact or (event.seats_taken, event.waiting_count) != (16, 16):
            wrong.add(event_id)
    return bursts - len(wrong)


def _burst_after_burst(number: int, barrier, event_ids, people) -> int:
    from django.contrib.auth import get_user_model

    person = get_user_model().objects.get(pk=people[number])
    for event_id in event_ids:
        barrier.wait()
        _ours(event_id, person)
    return number


if __name__ == "__main__":
    sys.exit(main())
