"""What gunicorn is told in Python (`--config python:portal.web`): where each worker writes what it counts.

Each worker has a number, and the one that takes its place has the same: so the files are as many as the workers, not as
all the workers there ever were, and what a worker has counted is not lost with it.
"""

import os

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def pre_fork(server, worker) -> None:
    """Give the lowest number that no living worker has."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(number for number in range(len(taken) + 1) if number not in taken)


def post_fork(server, worker) -> None:
    """Before anything of ours is loaded: what counts is made with the number in its file's name."""
    if FOLDER not in os.environ:
        return
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: worker.slot)
