"""Many people book a place in one session at once, some of them two at the same time; a program of its own.

    DATABASE_URL=… python -m tests.helpers.place_race PROCESSES PEOPLE PLACES [--without-lock]

Each person books the session, and half of them try to book another at the same time as well, from another process;
then everybody who has a place of the first ten gives it up. Prints one line of JSON: what the bookings came to, how
many places were taken, and how long it took.
"""

import json
import multiprocessing
import sys
import time
from collections import Counter

import django


def main() -> None:
    processes, people, places = (int(word) for word in sys.argv[1:4])
    django.setup()
    from django.db import connections

    if "--without-lock" in sys.argv:
        _take_the_lock_away()
    session_id, other_id, entries = _prepare(people, places)
    connections.close_all()
    # Forked before any connection is opened: each process has its own.
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(processes), context.Queue()
    jobs = [(session_id, entry) for entry in entries] + [(other_id, entry) for entry in entries[::2]]
    jobs.sort(key=lambda job: job[1])  # the two of one person follow each other, and go to two processes
    began = time.monotonic()
    workers = [
        context.Process(target=_book_all, args=(jobs[number::processes], barrier, answers))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    outcomes: Counter[str] = Counter()
    for _worker in workers:
        outcomes.update(answers.get(timeout=300))
    for worker in workers:
        worker.join()
    seconds = time.monotonic() - began
    print(json.dumps({"outcomes": outcomes, **_told(session_id, other_id), "seconds": round(seconds, 2)}))  # noqa: T201


def _take_the_lock_away() -> None:
    from portal.conferences.models import Session
    from portal.conferences.services import places

    places._locked = lambda ids: Session.objects.filter(pk__in=set(ids)).order_by("pk")


def _prepare(people: int, places: int) -> tuple[int, int, list[int]]:
    from django.contrib.auth import get_user_model

    from portal.conferences.services import conferences
    from portal.events.models import SignUp
    from portal.municipalities.models import Municipality
    from tests.factories.cms import ConferencePageFactory
    from tests.factories.conferences import add_session, conference_of, release
    from tests.factories.events import TrainingEventFactory

    here = Municipality.objects.get(slug="trelleborg")
    conference = conference_of(ConferencePageFactory(owner=here))
    event = TrainingEventFactory(municipality=here, capacity=5000)
    conferences.open_registration(conference=conference, event=event)
    one = add_session(conference, "Ett", "09:00", "10:00", places=places)
    two = add_session(conference, "Två", "09:30", "10:30", places=people)
    release(conference)
    users = get_user_model().objects
    entries = [
        SignUp.objects.create(
            event=event, person=users.create_user(f"person{number}@race.example"), municipality=here, state="confirmed"
        ).pk
        for number in range(people)
    ]
    return one.pk, two.pk, entries


def _book_all(jobs: list[tuple[int, int]], barrier, answers) -> None:
    from portal.conferences.services import places
    from portal.core.services import ActionRefused

    outcomes: Counter[str] = Counter()
    barrier.wait()
    for session_id, entry in jobs:
        try:
            place = places.book(session_id=session_id, sign_up_id=entry)
            outcomes[place.state] += 1
            if entry % 10 == 0:
                places.leave(session_id=session_id, sign_up_id=entry)
                outcomes["left"] += 1
        except ActionRefused as refusal:
            outcomes[refusal.code] += 1
        except Exception as error:  # whatever went wrong is the answer
            outcomes[type(error).__name__] += 1
    answers.put(outcomes)


def _told(session_id: int, other_id: int) -> dict:
    from django.db.models import Count

    from portal.conferences.models import Session, SessionPlace

    one, two = (Session.objects.get(pk=pk) for pk in (session_id, other_id))
    booked = {row.pk: row.bookings.filter(state="booked").count() for row in (one, two)}
    both = SessionPlace.objects.values("sign_up").annotate(number=Count("pk")).filter(number__gt=1)
    return {
        "places": one.places,
        "taken": one.places_taken,
        "booked": booked[one.pk],
        "other_counter_is_right": two.places_taken == booked[two.pk],
        "waiting": one.bookings.filter(state="waiting").count(),
        "in_both": both.count(),
    }


if __name__ == "__main__":
    main()
