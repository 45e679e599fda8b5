"""A pytest plugin: runs tests with one check taken away at a time, each time in a fork of one prepared process.

Django, the collected tests and the database in memory with the cast are there before the fork, so that a mutant
costs the time of its tests and no more. First every test runs once with nothing taken away, which tells which
checks it comes past: only those tests can turn red for a check.
"""

import json
import os
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import get_resolver

from tests.mutation import switch

SECONDS_PER_MUTANT = 600
# Whole Swedish catalogue, real browsers, processes of their own: nothing that a check in this process changes.
LEFT_OUT = (
    "tests/journeys/",
    "tests/bench/",
    "tests/architecture/test_catalogue.py",
    "tests/events/test_sign_up_race.py",
)

_failed: list[str] = []


def pytest_runtest_logreport(report):
    if report.failed:
        _failed.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    job = json.loads(Path(os.environ["MUTATION_JOB"]).read_text())
    folder = Path(job["folder"])
    items = {item.nodeid: item for item in session.items if not item.nodeid.startswith(LEFT_OUT)}
    _prepare(list(items.values()))
    known = _baseline(items, job, folder)
    _write(folder / "reach.json", known)
    _write(folder / "results.json", _mutants(items, job, known, folder))
    return True


def _run(item, nextitem) -> bool:
    """One test; `nextitem` says which fixtures stay. True when it is green."""
    _failed.clear()
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
    return not _failed


def _prepare(items: list) -> None:
    """The URL map, and one test that needs the database: made once, before the first fork."""
    _ = get_resolver().url_patterns
    first = next(item for item in items if "cast" in item.fixturenames)
    elsewhere = next(item for item in items if item.path.parent != first.path.parent)
    _run(first, elsewhere)


def _forked(jobs: Iterator[tuple[str, Callable[[], dict]]], folder: Path, workers: int) -> Iterator[tuple[str, dict]]:
    """Carry out each job in a fork, `workers` at a time; yield its answer, {} where none came."""
    running: dict[int, tuple[str, Path]] = {}
    number = 0
    while True:
        while len(running) < workers and (job := next(jobs, None)) is not None:
            number += 1
            answer = folder / f"answer-{number}.json"
            child = os.fork()
            if child == 0:
                _work(job[1], answer)
            running[child] = (job[0], answer)
        if not running:
            return
        child, _status = os.wait()
        if child in running:
            name, answer = running.pop(child)
            yield name, json.loads(answer.read_text()) if answer.exists() else {}
            answer.unlink(missing_ok=True)


def _work(act: Callable[[], dict], answer: Path) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        _write(answer, act())
    finally:
        os._exit(0)


def _baseline(items: dict, job: dict, folder: Path) -> dict:
    """For each test file: its tests with their seconds, whether they are green, and the checks they come past."""
    by_file = defaultdict(list)
    for nodeid, item in items.items():
        by_file[nodeid.split("::")[0]].append(item)
    known = {path: tests for path, tests in job["known"].items() if path in by_file}
    missing = sorted((path for path in by_file if path not in known), key=lambda path: -len(by_file[path]))

    def reach_of(path: str) -> Callable[[], dict]:
        def act() -> dict:
            found = {}
            for item, nextitem in zip(by_file[path], [*by_file[path][1:], by_file[path][0]], strict=True):
                switch.reached.clear()
                start = time.monotonic()
                green = _run(item, nextitem)
                found[item.nodeid] = {
                    "seconds": round(time.monotonic() - start, 3),
                    "green": green,
                    "reached": sorted(switch.reached),
                }
            return found

        return act

    for path, found in _forked(((path, reach_of(path)) for path in missing), folder, job["workers"]):
        known[path] = found
        red = [nodeid for nodeid, test in found.items() if not test["green"]]
        _say(f"  {path}: {len(found)} tests" + "".join(f"\n  red without any mutant, left out: {n}" for n in red))
    return known


def _mutants(items: dict, job: dict, known: dict, folder: Path) -> dict:
    """For each mutant the test that turned red, or "" for a survivor; with how many tests came past it."""
    seconds, tests_of = {}, defaultdict(list)
    for tests in known.values():
        for nodeid, test in tests.items():
            if test["green"] and nodeid in items:
                seconds[nodeid] = test["seconds"]
                for name in test["reached"]:
                    tests_of[name].append(nodeid)
    kills: Counter[str] = Counter()

    def likeliest_first(nodeid: str) -> tuple:
        """What has caught something before catches more, then the quickest; last the matrix, which builds a world."""
        is_matrix = nodeid.startswith("tests/walls/")
        return is_matrix, -kills[nodeid] / (0.2 + seconds[nodeid]), seconds[nodeid]

    def trial(name: str) -> Callable[[], dict]:
        chosen = sorted(tests_of[name], key=likeliest_first)

        def act() -> dict:
            signal.alarm(SECONDS_PER_MUTANT)
            switch.active = name
            for number, nodeid in enumerate(chosen):
                if not _run(items[nodeid], items[chosen[(number + 1) % len(chosen)]]):
                    return {"killed_by": nodeid}
            return {"killed_by": ""}

        return act

    results = {}
    start = time.monotonic()
    for name, answer in _forked(((n, trial(n)) for n in job["mutants"]), folder, job["workers"]):
        killer = answer.get("killed_by")
        if killer:
            kills[killer] += 1
        results[name] = {"killed_by": killer, "tests": len(tests_of[name])}
        if not killer and name not in job["equivalent"]:
            outcome = "survived" if killer == "" else "undecided, no answer in time"
            _say(f"{outcome} ({len(tests_of[name])} tests come past it): {job['mutants'][name]}")
        if len(results) % 50 == 0:
            minutes = (time.monotonic() - start) / 60
            _say(f"  … {len(results)} of {len(job['mutants'])}, {minutes:.1f} minutes")
    return results


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content))
