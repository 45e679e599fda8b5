"""Figures for those who watch the portal from outside (Prometheus): no names, no addresses, labels from short lists.

What happens in requests is counted where it happens; what stands in the database is counted when somebody asks.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from time import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from redis import Redis

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name of where the processes of one web write what they count
counted = CollectorRegistry()
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LABELS = ["view", "method"]
_requests = Counter("portal_requests", "Requests answered.", [*_LABELS, "status"], registry=counted)
_seconds = Histogram(
    "portal_request_seconds",
    "Seconds from a request to the beginning of its answer.",
    _LABELS,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=counted,
)
_readers: dict[str, Callable[[], Iterable[Metric]]] = {}


def register_metrics(part: str, read: Callable[[], Iterable[Metric]]) -> None:
    """Let an area count something each time figures are fetched: in few queries, with labels from a short list.

    A part that fails (its database is away) leaves its own figures out, and `portal_metrics_failed` says so.
    """
    _readers[part] = read


def count_request(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Count an answer by the name of its view, never by its path: paths hold secret links, and have no end."""
    match = request.resolver_match
    if match is not None:
        view = match.view_name or "unnamed"
    elif kept_view := getattr(response, "kept_view", ""):
        view = kept_view
    else:
        view = "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
    method = request.method if request.method in _METHODS else "other"
    _requests.labels(view, method, response.status_code).inc()
    _seconds.labels(view, method).observe(seconds)


def exposition() -> bytes:
    """All figures in Prometheus' text format: those of every process of this web, and what the areas count now."""
    registry = CollectorRegistry()
    if FOLDER in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(counted)
    registry.register(_Areas())
    return generate_latest(registry)


class _Areas:
    """What the areas count now, as the library asks for it."""

    def collect(self) -> Iterator[Metric]:
        failed = GaugeMetricFamily("portal_metrics_failed", "Whether a part could not be counted now.", labels=["part"])
        for part, read in _readers.items():
            try:
                found = list(read())
            except Exception:  # whatever is wrong with it: the others are told all the same
                failed.add_metric([part], 1)
            else:
                failed.add_metric([part], 0)
                yield from found
        yield failed


def gauge(name: str, text: str, value: float) -> Metric:
    """One figure without labels."""
    return GaugeMetricFamily(name, text, value=value)


# --- Background work ---


def note_success(task: str) -> None:
    """Remember that a periodic task went well; in the cache, which all processes share and which may be emptied."""
    cache.set(_key(task), time(), timeout=None)


def periodic_tasks() -> Iterator[Metric]:
    """When each periodic task last went well; nothing of those that have not since the cache was emptied."""
    keys = {_key(task): task for task in scheduled()}
    family = GaugeMetricFamily(
        "portal_task_last_success_timestamp_seconds", "When a periodic task last went well.", labels=["task"]
    )
    for key, moment in sorted(cache.get_many(keys).items()):
        family.add_metric([keys[key]], moment)
    yield family


def scheduled() -> set[str]:
    """The names of the periodic tasks."""
    from portal.celery import app  # the app loads the settings, which load nothing of ours

    return {str(row["task"]) for row in app.conf.beat_schedule.values()}


def queue() -> Iterator[Metric]:
    """How many tasks wait in Redis, and for how long the first of them; nothing with another broker."""
    address = settings.CELERY_BROKER_URL
    if not address.startswith("redis"):
        return
    with Redis.from_url(address, socket_connect_timeout=2, socket_timeout=2) as client:
        # New ones come in on the left, and workers take from the right.
        waiting, first = client.llen("celery"), client.lindex("celery", -1)
    queued_at = json.loads(first)["headers"].get("queued_at") if first else None
    yield gauge("portal_queue_tasks", "Tasks that wait for a worker.", waiting)
    yield gauge(
        "portal_queue_oldest_seconds",
        "For how long the first of them has waited.",
        max(0.0, time() - queued_at) if queued_at else 0,
    )


def _key(task: str) -> str:
    return f"task-success:{task}"
