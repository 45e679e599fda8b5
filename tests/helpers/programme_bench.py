"""What a large conference's programme costs beside a small one; a program of its own, `make bench-programme`.

    DATABASE_URL=… python -m tests.helpers.programme_bench [--times N]

A programme of 20 sessions and one of 200 in 8 tracks and 8 rooms over two days, read by a visitor through the whole
stack of middleware. Prints a table for people; exits 1 when a page of the large one asks the database more often.
"""

import argparse
import gzip
import statistics
import sys
import time
from datetime import timedelta

import django

SIZES = (20, 200)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    out = sys.stdout
    out.write(f"{connection.vendor}\n{'':<22} {'sessions':>8} {'SQL':>4} {'p50 ms':>8} {'kB':>7} {'kB gzip':>8}\n")
    asked: dict[str, list[int]] = {}
    for size in SIZES:
        page, programme = _conference(size)
        for name, address in {
            "the conference's page": page,
            "programme, list": programme,
            "programme, by track": f"{programme}?by=track",
            "programme, table": f"{programme}?view=grid",
        }.items():
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(address)
            statements = len(captured)  # the next request empties the log
            assert answer.status_code == 200, address
            times = []
            for _time in range(options.times):
                began = time.perf_counter()
                client.get(address)
                times.append(1000 * (time.perf_counter() - began))
            asked.setdefault(name, []).append(statements)
            weight, packed = len(answer.content) / 1000, len(gzip.compress(answer.content)) / 1000
            median = statistics.median(times)
            out.write(f"{name:<22} {size:>8} {statements:>4} {median:>8.0f} {weight:>7.0f} {packed:>8.1f}\n")
    return int(any(len(set(numbers)) > 1 for numbers in asked.values()))


def _conference(size: int) -> tuple[str, str]:
    """The addresses of the page and of the programme of a conference with so many sessions, released."""
    from portal.conferences.enums import TrackColour
    from portal.conferences.models import Part, Session
    from portal.municipalities.enums import Visibility
    from portal.municipalities.models import Municipality
    from tests.factories.cms import ConferencePageFactory
    from tests.factories.conferences import add_room, add_speaker, add_track, at, conference_of, release

    page = ConferencePageFactory(
        owner=Municipality.objects.get(slug="trelleborg"),
        title=f"Konferens med {size} programpunkter",
        visibility=Visibility.PUBLIC,
    )
    page.end_date += timedelta(days=1)
    page.save_revision().publish()
    conference = conference_of(page)
    rooms = [add_room(conference, f"Sal {number}") for number in range(8)]
    tracks = [add_track(conference, colour.label, colour.value) for colour in TrackColour]
    speakers = [add_speaker(conference, f"Talare {number}") for number in range(size)]
    for number in range(size):
        slot, room = divmod(number, len(rooms))
        # Thirteen to a day, of half an hour.
        day, half = divmod(slot, 13)
        session = Session.objects.create(
            conference=conference,
            title=f"Programpunkt {number}: så gjorde vi när det inte gick som vi hade tänkt",
            description="En halvtimme om det som gick fel, och om vad vi gjorde sedan.",
            starts_at=at(conference, "08:00", day + 1) + timedelta(minutes=30 * half),
            ends_at=at(conference, "08:30", day + 1) + timedelta(minutes=30 * half),
            room=rooms[room],
            track=tracks[number % len(tracks)],
        )
        Part.objects.create(session=session, speaker=speakers[number])
    release(conference)
    return page.url, conference.get_absolute_url()


if __name__ == "__main__":
    sys.exit(main())
