"""After a back-up was restored: nobody is mailed again what they were mailed between the back-up and the restoring."""

from datetime import datetime

from celery import current_app

from portal.notifications.services import outbox


def hold_unsent(made_at: datetime) -> str:
    return f"{outbox.hold_unsent()} mails are held that were not known as sent"


def catch_up(made_at: datetime) -> str:
    """Run everything of the table of periodic tasks once, and hold the mails of it.

    What has become due since the back-up was mailed before the restoring, unless the portal was down then: only a
    person can tell. With the rows written now, no later run queues the same again.
    """
    before = outbox.held().count()
    current_app.loader.import_default_modules()
    with outbox.holding():
        for entry in current_app.conf.beat_schedule.values():
            current_app.tasks[entry["task"]]()
    return f"{outbox.held().count() - before} mails are held of what became due since the back-up"
