"""The search server refuses, fails, dawdles, hangs, takes nothing, refuses one document, or comes back empty."""

import time

import pytest

from search.engines import current_engine, current_server
from search.models import SearchEntry, SearchUpdate
from search.services import outbox
from search.tasks import send_updates
from tests.factories.cms import StandardPageFactory
from tests.faults.search_server import SearchServer

WAIT = 3.0  # seconds, for a search and for publishing
BAR = f"lost 0, searching and publishing {WAIT:.0f} s, the next sweep (60 s) after it is back"


@pytest.fixture
def server(in_committed_database, settings):
    """A search server that has everything."""
    server = SearchServer()
    server.start()
    settings.SEARCH_URL = server.address
    outbox.rebuild(current_server())
    assert server.ids() == entries()
    yield server
    server.stop()


@pytest.fixture
def queued(monkeypatch):
    """As in production the worker tells the server: tasks lie in the queue, and the test does what a sweep does."""
    monkeypatch.setattr(send_updates, "apply_async", lambda *args, **kwargs: None)


def entries() -> set[int]:
    return set(SearchEntry.objects.values_list("pk", flat=True))


def publish(place, title: str) -> float:
    """Publish a page; how long it took, in seconds, with what is done after the commit left to the worker."""
    began = time.monotonic()
    StandardPageFactory(owner=place, title=title, summary="Kort sagt.", visibility="public")
    return time.monotonic() - began


@pytest.mark.parametrize("manner", ["refuses", "500", "slow", "hangs", "partial"])
def test_the_database_answers_and_the_index_catches_up(cast, client, queued, server, figures, manner):
    server.stop() if manner == "refuses" else None
    server.manner = manner

    wait = publish(cast.here, "Matsvinn")
    for _time in range(2):
        began = time.monotonic()
        page = client.get("/sok/", {"q": "matsvinn"})
        wait = max(wait, time.monotonic() - began)
        if manner != "partial":
            assert "Sökservern svarar inte just nu" in page.content.decode()
            assert "Matsvinn" in page.content.decode()
        assert page.status_code == 200
    if manner in ("refuses", "500", "partial"):
        send_updates()
    assert SearchUpdate.objects.exists()

    server.manner = "answers"
    server.start() if manner == "refuses" else None
    began = time.monotonic()
    send_updates()
    healthy = time.monotonic() - began

    lost = len(entries() ^ server.ids()) + SearchUpdate.objects.count()
    figures(f"Elasticsearch {manner}", lost=lost, wait=wait, healthy=healthy, bar=BAR)
    assert lost == 0
    assert wait < WAIT
    assert current_engine().is_away == (manner != "partial")


def test_a_document_that_is_refused_stops_no_other(cast, server, figures, caplog):
    publish(cast.here, "Giftig")
    poison = SearchEntry.objects.get(title="Giftig")
    for rows in server.indices.values():
        rows.pop(str(poison.pk), None)
    server.refuses = {str(poison.pk)}
    SearchUpdate.objects.create(entry_id=poison.pk)

    publish(cast.here, "Matsvinn")
    send_updates()

    missing = entries() - server.ids()
    figures(
        "Elasticsearch refuses a document", lost=len(missing - {poison.pk}), bar="lost 0 others; it stands in the log"
    )
    assert (missing, SearchUpdate.objects.count()) == ({poison.pk}, 0)
    assert f"the search server refuses entry {poison.pk}: document_parsing_exception" in caplog.text


def test_a_server_that_was_emptied_gets_all_with_the_next_sweep(cast, server, figures):
    publish(cast.here, "Matsvinn")
    server.empty()

    began = time.monotonic()
    send_updates()
    healthy = time.monotonic() - began

    lost = len(entries() ^ server.ids())
    figures("Elasticsearch emptied", lost=lost, healthy=healthy, bar="lost 0, 5 minutes; the sweep comes every minute")
    assert (lost, bool(entries())) == (0, True)
