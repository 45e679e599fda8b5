"""Handing work to the worker, by whoever must not wait for it and must not fail with it.

What a task is to do stands in the database, where the sweeps find it: a broker that is away costs time, and no work.
"""

import logging

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

from portal.core.breakers import Breaker

logger = logging.getLogger(__name__)

# After a failure the broker is left alone for so long, in seconds: a sign-up that tells several people waits once.
PAUSE = 10.0
_breaker = Breaker(PAUSE)


def after_commit(task: Task, *args, **kwargs) -> None:
    """Queue the task once the transaction is committed, or at once outside of one; nothing while the broker is away."""

    # A function and no partial: Django asks a hook that fails for its name, and a partial has none.
    def hand_over() -> None:
        if _breaker.is_open:
            return
        try:
            task.delay(*args, **kwargs)
        except OperationalError as error:
            _breaker.open()
            logger.warning("the broker is away: %s", type(error).__name__)

    transaction.on_commit(hand_over, robust=True)
