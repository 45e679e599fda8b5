"""What gunicorn is told in Python (`--config python:portal.web`).

The program is read once, before its workers are made: one that takes another's place answers at once, where reading
took two seconds in which half of all readers waited. What was read is shared by all, and Python no longer looks through
it for what nobody needs, which made one answer in a hundred twice as late as others (`make bench`).

Each worker has a number, and the one that takes its place has the same: so the files that they count in are as many as
the workers, not as all the workers there ever were, and what a worker has counted is not lost with it.
"""

import gc
import os

from prometheus_client import values

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

preload_app = True
# So that none grows for ever; not all at the same time.
max_requests, max_requests_jitter = 20_000, 10_000

_slot = 0
if FOLDER in os.environ:
    # Before anything of ours is loaded. A value looks each time whether the number is still that of its file.
    values.ValueClass = values.MultiProcessValue(lambda: _slot)


def when_ready(server) -> None:
    """The addresses are read too, and nothing of what is there now is ever looked through again."""
    from django.urls import reverse

    reverse("account_login")
    gc.collect()
    gc.freeze()


def pre_fork(server, worker) -> None:
    """Give the lowest number that no living worker has."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(number for number in range(len(taken) + 1) if number not in taken)


def post_fork(server, worker) -> None:
    global _slot
    _slot = worker.slot
