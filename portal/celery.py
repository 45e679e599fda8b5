"""The Celery app and the one table of periodic tasks.

Tasks carry ids only and hold no rules: each fetches its rows and calls one service.
"""

import os
from pathlib import Path
from time import monotonic, time
from uuid import uuid4

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, before_task_publish, task_success, worker_init
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")


class WholeFiles(filesystem.Transport):
    """The broker of files, for one machine without Redis: a message appears in its folder once it is written.

    kombu's own opens the file first and writes then; a worker that looks in between finds it empty, and ends.
    """

    class Channel(filesystem.Channel):
        def _put(self, queue: str, payload: dict, **kwargs: object) -> None:
            path = Path(self.data_folder_out) / f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
            unfinished = path.with_name(f".{path.name}")  # the name of no queue's message
            unfinished.write_text(dumps(payload))
            unfinished.replace(path)


TRANSPORT_ALIASES["filesystem"] = "portal.celery:WholeFiles"


@worker_init.connect
@beat_init.connect
def refuse_unsafe_settings(**kwargs) -> None:
    """As the application server does: a worker that shares nothing with the web would be worse than none."""
    from django.core.exceptions import ImproperlyConfigured

    from portal.core.checks import refuse_half_restored, refuse_unsafe

    try:
        refuse_unsafe()
        refuse_half_restored()
    except ImproperlyConfigured as error:
        # What else a signal's receiver raises is logged, and the worker goes on.
        raise SystemExit(str(error)) from error


@before_task_publish.connect
def note_when_queued(headers: dict, **kwargs) -> None:
    """A message says since when it waits: brokers do not."""
    headers["queued_at"] = time()


@task_success.connect
def note_success(sender, **kwargs) -> None:
    """That a periodic task went well is a figure for those who watch (`portal.core.metrics`)."""
    from portal.core.metrics import note_success, scheduled

    if sender.name in scheduled():
        note_success(sender.name)


app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# name → task, and how often in seconds. Everything that happens by itself stands here.
app.conf.beat_schedule = {
    "remove files that were deleted while the bucket was away": {
        "task": "portal.core.tasks.remove_left_files",
        "schedule": 600.0,
    },
    "send what lies in the outbox": {"task": "portal.notifications.tasks.sweep_outbox", "schedule": 15.0},
    "lapse offers whose deadline passed": {"task": "portal.events.tasks.lapse_offers", "schedule": 60.0},
    "release seats that were kept for a municipality": {
        "task": "portal.events.tasks.release_kept_seats",
        "schedule": 60.0,
    },
    "tell the search server what changed": {"task": "search.tasks.send_updates", "schedule": 60.0},
    "compare what searching holds with what there is": {
        "task": "search.tasks.compare_search",
        "schedule": crontab(hour=3, minute=40),
    },
    "read documents that wait for it": {"task": "search.tasks.read_documents", "schedule": 600.0},
    "mail what is new in saved searches": {
        "task": "search.tasks.mail_saved_searches",
        # Each at most once a week; hourly, so that a Monday on which nothing ran is made up for.
        "schedule": crontab(minute=20, hour="6-18"),
    },
    "look for impossible states of seats": {
        "task": "portal.events.tasks.check_seats",
        "schedule": crontab(hour=3, minute=10),
    },
    "remind owners of pages to be looked at again": {"task": "cms.tasks.remind_owners", "schedule": 3600.0},
    "ask adopters after six months": {"task": "cms.tasks.ask_adopters", "schedule": 3600.0},
    "clear rights to write together that have ended": {
        "task": "cms.tasks.clear_ended_co_editing",
        "schedule": 3600.0,
    },
    "erase food and access needs": {"task": "portal.events.tasks.erase_needs", "schedule": 3600.0},
    "forget guests who did not confirm their address": {
        "task": "portal.events.tasks.forget_guest_requests",
        "schedule": 3600.0,
    },
    "erase personal data that is older than promised": {
        "task": "portal.accounts.tasks.keep_promises_of_retention",
        "schedule": crontab(hour=2, minute=30),
    },
    "remind managers of requests": {"task": "portal.events.tasks.remind_managers", "schedule": 900.0},
    "remind of events that come up": {"task": "portal.events.tasks.remind_participants", "schedule": 900.0},
}
