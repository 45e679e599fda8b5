"""Figures of each fault, told at the end; and a portal of processes for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache

from tests.faults.mail_server import MailServer
from tests.faults.processes import Portal

# name → what was lost, what was doubled, the longest wait and the time until healthy in seconds, and the bar.
_FIGURES: dict[str, tuple[int, int, float | None, float | None, str]] = {}


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.fault)


def pytest_terminal_summary(terminalreporter) -> None:
    if not _FIGURES:
        return
    terminalreporter.write_sep("=", "faults")
    for name, (lost, doubled, wait, healthy, bar) in _FIGURES.items():
        figures = [f"lost {lost}", f"doubled {doubled}"]
        figures += [f"longest wait {wait:.2f} s"] if wait is not None else []
        figures += [f"healthy after {healthy:.1f} s"] if healthy is not None else []
        terminalreporter.write_line(f"{name}: {', '.join(figures)} (bar: {bar})")


@pytest.fixture
def figures():
    """`figures(name, lost=…, …)` notes a fault's line."""

    def note(
        name: str,
        *,
        bar: str,
        lost: int = 0,
        doubled: int = 0,
        wait: float | None = None,
        healthy: float | None = None,
    ) -> None:
        _FIGURES[name] = (lost, doubled, wait, healthy, bar)

    return note


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def portal(in_committed_database, database_copy, cast, tmp_path, mail_server, settings) -> Iterator[Portal]:
    """Nothing of it runs yet."""
    # The tests' own tasks and kept pages are none of the processes' business.
    settings.CELERY_TASK_ALWAYS_EAGER = True
    cache.clear()
    environment = {"EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}"}
    portal = Portal(folder=tmp_path, database=database_copy, environment=environment, place=cast.here)
    yield portal
    portal.stop()
