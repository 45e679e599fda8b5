"""Many processes write the same search entries at once, in different orders; run as a program of its own.

    DATABASE_URL=… python -m tests.helpers.search_race PROCESSES ROUNDS [--without-turns]

Prints one line of JSON: what failed, and whether the counters are those of the entries. With --without-turns nobody
waits for anybody, to prove that the check can fail.
"""

import json
import multiprocessing
import random
import sys
from collections import Counter

import django

ENTRIES = 8
WORDS = [f"ord{chr(97 + number)}{chr(97 + number)}" for number in range(26)]


def main() -> None:
    processes, rounds = (int(number) for number in sys.argv[1:3])
    django.setup()
    from django.db import connections

    connections.close_all()
    # Forked before any connection is opened: each process has its own.
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=_write_many, args=(number, rounds, barrier, answers)) for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    failures: Counter[str] = Counter()
    for _worker in workers:
        failures.update(answers.get(timeout=300))
    for worker in workers:
        worker.join()
    print(json.dumps({"failures": failures, "right": _are_counted_right()}))  # noqa: T201


def _write_many(number: int, rounds: int, barrier, answers) -> None:
    from django.db import DatabaseError, transaction

    from search.entries.base import EntryContent
    from search.services import indexing

    if "--without-turns" in sys.argv:
        indexing._wait_for_turn = lambda: None
    rng = random.Random(number)
    failures: Counter[str] = Counter()
    barrier.wait()
    for _round in range(rounds):
        try:
            # As a section that moves does: several entries, one after the other, in one transaction.
            with transaction.atomic():
                for pk in rng.sample(range(ENTRIES), 3):
                    body = " ".join(rng.sample(WORDS, 12))
                    content = EntryContent(
                        kind="page", object_id=pk, title="Kurs", url="/", body=body, audience={"public"}
                    )
                    indexing.write([content])
        except DatabaseError as error:
            failures[type(error.__cause__ or error).__name__] += 1
    answers.put(failures)


def _are_counted_right() -> bool:
    from search.models import WORDS_VERSION, SearchTerm, SearchWord
    from search.services import indexing

    def counted() -> tuple:
        terms = SearchTerm.objects.exclude(term=WORDS_VERSION)
        return set(terms.values_list("term", "entries")), set(SearchWord.objects.values_list("word", "entries"))

    before = counted()
    indexing.recount()
    return counted() == before


if __name__ == "__main__":
    main()
