"""How fast a coordinator reads the lists of a large event; a program of its own, `make bench-lists`.

    DATABASE_URL=… python -m tests.helpers.list_bench [--sign-ups N] [--times N]

Each page is asked for through the whole stack of middleware, once to warm up and then so often as said. Prints a table
for people; exits 1 when the page with all lists takes longer than it may.
"""

import argparse
import statistics
import sys
import time
import uuid

import django

LONGEST_P95 = 300  # ms for the page with all lists


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sign-ups", type=int, default=2_000)
    parser.add_argument("--times", type=int, default=30)
    options = parser.parse_args()
    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(
        get_user_model().objects.get(email="coordinator_here@example.org"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    page = f"/arbetsyta/tillfallen/{_event(options.sign_ups)}/"
    addresses = {
        "the page": page,
        "a filter": f"{page}?q=berg&municipality=trelleborg",
        "page 10 of a list": f"{page}?list=confirmed&page=10",
        "the waiting list": f"{page}?list=waiting",
        "the list to print": f"{page}?list=confirmed&print=1",
        "csv": f"{page}deltagare.csv",
        "xlsx": f"{page}deltagare.xlsx",
    }
    out = sys.stdout
    out.write(f"{connection.vendor}, {options.sign_ups} sign-ups\n{'':<20} {'p50 ms':>8} {'p95 ms':>8} {'kB':>6}\n")
    slowest = {}
    for name, address in addresses.items():
        client.get(address)
        times = []
        for _time in range(options.times):
            began = time.perf_counter()
            answer = client.get(address)
            times.append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 200, address
        slowest[name] = sorted(times)[int(0.95 * (len(times) - 1))]
        out.write(
            f"{name:<20} {statistics.median(times):>8.0f} {slowest[name]:>8.0f} {len(answer.content) / 1000:>6.0f}\n"
        )
    return int(slowest["the page"] > LONGEST_P95)


def _event(number: int) -> str:
    """The short address of an event with so many sign-ups: half of them have a seat, a third wait."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from portal.events.models import SignUp, SignUpChange, TrainingEvent
    from portal.municipalities.models import Municipality, Unit
    from tests.factories.events import TrainingEventFactory

    users, places = get_user_model(), list(Municipality.objects.order_by("pk"))
    units = {place.pk: Unit.objects.create(municipality=place, name="Köket på Östergatan") for place in places}
    event = TrainingEventFactory(municipality=Municipality.objects.get(slug="trelleborg"), capacity=number)
    marks = [uuid.uuid4().hex[:10] for _number in range(number)]
    people = users.objects.bulk_create(
        [
            users(email=f"{mark}@example.org", password="!", first_name=mark[:4], last_name=f"{mark[4:]}berg")
            for mark in marks
        ],
        batch_size=500,
    )
    states = ("confirmed", "waiting", "confirmed", "offered", "confirmed", "waiting")
    sign_ups = SignUp.objects.bulk_create(
        [
            SignUp(
                event=event,
                person=person,
                municipality=(place := places[turn % len(places)]),
                unit=units[place.pk],
                state=states[turn % len(states)],
                queued_at=timezone.now(),
                answer_by=event.first_starts_at,
            )
            for turn, person in enumerate(people)
        ],
        batch_size=500,
    )
    SignUpChange.objects.bulk_create(
        [
            SignUpChange(
                sign_up=entry,
                event=event,
                at=entry.queued_at,
                to_state=entry.state,
                seats_taken_after=0,
                capacity=number,
            )
            for entry in sign_ups
        ],
        batch_size=500,
    )
    taken = sum(entry.current_state.holds_seat for entry in sign_ups)
    TrainingEvent.objects.filter(pk=event.pk).update(seats_taken=taken, waiting_count=number - taken)
    return event.public_id


if __name__ == "__main__":
    sys.exit(main())
