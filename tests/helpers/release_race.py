"""Several coordinators plan a session each and release the programme at once; a program of its own.

    DATABASE_URL=… python -m tests.helpers.release_race PROCESSES

Prints one line of JSON: how each release ended, the numbers of the versions, what the last one holds, and the mails.
"""

import json
import multiprocessing
import sys
from collections import Counter

import django


def main() -> None:
    processes = int(sys.argv[1])
    django.setup()
    from django.db import connections

    conference_id = _prepare()
    connections.close_all()
    # Forked before any connection is opened: each process has its own.
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=_plan_and_release, args=(conference_id, number, barrier, answers))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    outcomes = Counter(answers.get(timeout=120) for _worker in workers)
    for worker in workers:
        worker.join()
    print(json.dumps({"outcomes": outcomes, **_told(conference_id)}))  # noqa: T201


def _prepare() -> int:
    from portal.municipalities.models import Municipality
    from tests.factories.cms import ConferencePageFactory
    from tests.factories.conferences import conference_of

    return conference_of(ConferencePageFactory(owner=Municipality.objects.get(slug="trelleborg"))).pk


def _plan_and_release(conference_id: int, number: int, barrier, answers) -> None:
    from portal.conferences.models import Conference
    from portal.core.services import ActionRefused
    from tests.factories.conferences import add_room, add_session, add_speaker, release

    try:
        conference = Conference.objects.get(pk=conference_id)
        speaker = add_speaker(conference, f"Talare {number}", email=f"talare{number}@example.org")
        add_session(conference, f"Punkt {number}", room=add_room(conference, f"Sal {number}"), speakers=(speaker,))
        barrier.wait()
        release(conference, tells_people=True)
        answers.put("released")
    except ActionRefused as refusal:
        answers.put(refusal.code)
    except Exception as error:  # whatever went wrong is the answer
        answers.put(type(error).__name__)


def _told(conference_id: int) -> dict:
    from portal.conferences.models import Release
    from portal.conferences.services import releases
    from portal.notifications.models import OutboxMessage

    made = list(Release.objects.filter(conference=conference_id).order_by("number"))
    mails = OutboxMessage.objects.filter(message=releases.MESSAGE).values_list("to_email", flat=True)
    return {
        "numbers": [release.number for release in made],
        "sessions": sorted(session["title"] for session in made[-1].programme["sessions"]),
        "mails": sorted(mails),
    }


if __name__ == "__main__":
    main()
