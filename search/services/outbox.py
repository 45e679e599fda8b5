"""Telling a search server what changed: a row in the transaction, a task after it, and a sweep for what was lost.

The rows say only which entries; what is sent is read from the database then, with a version that grows. So it does not
matter in which order, how often or how late they are sent.
"""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from portal.core.background import after_commit
from portal.core.health import LATE_MINUTES, Sign
from portal.core.metrics import gauge
from search.documents import version_of
from search.engines import current_engine, current_server
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.fallback import FallbackEngine
from search.models import SearchEntry, SearchUpdate

BATCH = 500
REFILLS_AFTER = 240  # seconds: as long as a task may take


def queue(entry_ids: Iterable[int]) -> None:
    """Note entries that changed or are gone; nothing where the database does the searching.

    Must run inside the transaction of the change, which never waits for the server.
    """
    if current_server() is None:
        return
    rows = SearchUpdate.objects.bulk_create(SearchUpdate(entry_id=pk) for pk in entry_ids)
    if rows:
        _announce()


def send(server: ElasticsearchEngine | None = None) -> int:
    """Tell the server of all that is noted; return how many entries. Raises EngineAway, and keeps what is not sent."""
    server = server or current_server()
    sent = 0
    while server is not None:
        rows = list(SearchUpdate.objects.order_by("pk").values_list("pk", "entry_id")[:BATCH])
        if not rows:
            break
        sent += tell(server, {entry_id for _pk, entry_id in rows})
        SearchUpdate.objects.filter(pk__in=[pk for pk, _entry_id in rows]).delete()
    return sent


def tell(server: ElasticsearchEngine, ids: set[int]) -> int:
    """Store or remove these entries as the database has them now; return how many. Raises EngineAway."""
    entries = list(SearchEntry.objects.filter(pk__in=ids).prefetch_related("audience"))
    if entries:
        server.write(entries)
    if gone := ids - {entry.pk for entry in entries}:
        server.delete(gone)
    return len(ids)


def rebuild(server: ElasticsearchEngine) -> int:
    """Fill a new index from the entries and search there from then on; return how many entries it has.

    Meanwhile searches go to the old index and changes to both. The old one is kept until the next night. Raises
    EngineAway; then the old index goes on, and the next rebuilding begins with a new one again.
    """
    name = server.create_next()
    for ids in _all_ids():
        tell(server, ids)
    compare(server, name)
    server.switch_to(name)
    return SearchEntry.objects.count()


def refill(server: ElasticsearchEngine) -> int:
    """Fill a server that has no index, a new one or one that lost its disk; return how many entries it has then.

    One process does so at a time; one that died at it leaves it to another after `REFILLS_AFTER`. Raises EngineAway.
    """
    lock = f"search-refill:{server.name}"
    if server.is_filled() or not cache.add(lock, 1, REFILLS_AFTER):
        return 0
    try:
        return rebuild(server)
    finally:
        cache.delete(lock)


def compare(server: ElasticsearchEngine, index: str = "") -> int:
    """Find entries that the server lacks, has in an older version or has too many, and put them right; return how many.

    Raises EngineAway.
    """
    there = server.versions(index)
    wrong: set[int] = set()
    for ids in _all_ids():
        for entry in SearchEntry.objects.filter(pk__in=ids).only("updated_at"):
            if there.pop(entry.pk, None) != version_of(entry):
                wrong.add(entry.pk)
    wrong.update(there)
    if wrong:
        tell(server, wrong)
    return len(wrong)


def _all_ids() -> Iterable[set[int]]:
    last = 0
    while ids := list(SearchEntry.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield set(ids)
        last = ids[-1]


def _announce() -> None:
    # Imported here: tasks stand beside services and call them.
    from search.tasks import send_updates

    after_commit(send_updates)


def signs() -> Iterator[Sign]:
    """Which engine answers, and whether the search server is told of what has changed."""
    if not settings.SEARCH_URL:
        yield Sign(_("Searching"), _("The database answers; no search server is set"))
        return
    oldest = SearchUpdate.objects.order_by("pk").values_list("created_at", flat=True).first()
    minutes = int((timezone.now() - oldest).total_seconds() // 60) if oldest else 0
    yield Sign(
        _("Searching"),
        _("The search server has changes from %(minutes)s minutes ago still to come") % {"minutes": minutes}
        if oldest
        else _("The search server has every change"),
        is_fine=minutes < LATE_MINUTES,
        remedy=_(
            "Look whether the search server answers, and whether the worker runs. Until then the database answers."
        ),
    )


def figures() -> Iterator[Metric]:
    """Which engine this process asks now, and what the search server has still to be told. One query."""
    engine = current_engine()
    is_server = isinstance(engine, FallbackEngine) and not engine.is_away
    family = GaugeMetricFamily(
        "portal_search_engine_in_use", "Which engine the process that tells this asks now.", labels=["engine"]
    )
    family.add_metric(["elasticsearch"], int(is_server))
    family.add_metric(["database"], int(not is_server))
    yield family
    waiting = SearchUpdate.objects.aggregate(number=Count("pk"), oldest=Min("created_at"))
    yield gauge("portal_search_updates_waiting", "Changes that the search server is not told of.", waiting["number"])
    seconds = (timezone.now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0
    yield gauge("portal_search_lag_seconds", "For how long the oldest of them has waited.", max(0.0, seconds))
