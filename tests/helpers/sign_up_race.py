"""Many processes sign up for the seats of one event at once; run as a program of its own, on a database of its own.

    DATABASE_URL=… python -m tests.helpers.sign_up_race PROCESSES EACH SEATS [--without-lock]

Prints one line of JSON: what the history rows say. With --without-lock the event's row is read without a lock, to
prove that the check can fail.
"""

import json
import multiprocessing
import sys
import time
import uuid
from collections import Counter

import django


def main() -> None:
    processes, each, seats = (int(number) for number in sys.argv[1:4])
    django.setup()
    from django.db import connections

    event_id, municipality_id, person_ids = _prepare(processes * each, seats)
    connections.close_all()
    # Forked before any connection is opened: each process has its own.
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(
            target=_sign_up_many,
            args=(event_id, municipality_id, person_ids[number::processes], barrier, answers),
        )
        for number in range(processes)
    ]
    started = time.monotonic()
    for worker in workers:
        worker.start()
    outcomes: Counter[str] = Counter()
    for _worker in workers:
        outcomes.update(answers.get(timeout=300))
    for worker in workers:
        worker.join()
    print(json.dumps({**_replay(event_id), "outcomes": outcomes, "seconds": round(time.monotonic() - started, 1)}))  # noqa: T201


def _prepare(people: int, seats: int) -> tuple[int, int, list[int]]:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    from portal.municipalities.enums import Role
    from portal.municipalities.models import Membership, Municipality
    from tests.factories.events import TrainingEventFactory

    municipality = Municipality.objects.get(slug="trelleborg")
    users = get_user_model()
    persons = users.objects.bulk_create(
        users(email=f"{uuid.uuid4().hex}@example.org", password="!") for _number in range(people)
    )
    Membership.objects.bulk_create(Membership(person=person, municipality=municipality) for person in persons)
    group = Group.objects.get(role_group__municipality=municipality, role_group__role=Role.STAFF)
    group.user_set.add(*persons)
    event = TrainingEventFactory(municipality=municipality, capacity=seats)
    return event.pk, municipality.pk, [person.pk for person in persons]


def _sign_up_many(event_id, municipality_id, person_ids, barrier, answers) -> None:
    from django.contrib.auth import get_user_model

    from portal.events.services import sign_ups

    if "--without-lock" in sys.argv:
        from portal.events.models import TrainingEvent
        from portal.events.services import seat_book

        seat_book._locked = lambda pk: TrainingEvent.objects.get(pk=pk)
    outcomes: Counter[str] = Counter()
    barrier.wait()
    for person in get_user_model().objects.filter(pk__in=person_ids):
        try:
            entry = sign_ups.sign_up(
                event_id=event_id, person=person, municipality_id=municipality_id, form_token=uuid.uuid4()
            )
            outcomes[entry.state] += 1
        except Exception as error:
            outcomes[f"error {type(error).__name__}: {error}"[:200]] += 1
    answers.put(outcomes)


def _replay(event_id: int) -> dict:
    """The most seats taken at any moment by the history rows, and whether the rows agree with each other."""
    from portal.events.models import SignUpChange, TrainingEvent

    running = most = 0
    consistent = True
    for change in SignUpChange.objects.filter(event=event_id).order_by("pk"):
        running += change.seats_delta
        most = max(most, running)
        consistent = consistent and running == change.seats_taken_after
    event = TrainingEvent.objects.get(pk=event_id)
    return {
        "most_taken": most,
        "counter": event.seats_taken,
        "consistent": consistent and running == event.seats_taken,
        "changes": SignUpChange.objects.filter(event=event_id).count(),
    }


if __name__ == "__main__":
    main()
