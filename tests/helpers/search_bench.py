"""How fast searching is with many documents; a program of its own, `make bench-search`.

    DATABASE_URL=… [ELASTICSEARCH_URL=…] python -m tests.helpers.search_bench [--sizes 1250,23000,50000] [--questions N]

Documents are made of words as frequent as in real text (Zipf), a third of them compounds in some form, with the same
seed each time; half are public, the others for one municipality. A question is what a visitor asks on the search page:
with rights, facets and passages. Prints a table for people; exits 1 when a size takes longer than it may.
"""

import argparse
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from uuid import uuid4

import django

# Milliseconds that 95 of 100 questions may take, for as many documents.
LONGEST_P95 = {1_250: 50, 23_000: 120, 50_000: 150}
SEED = 20_26
WARMING = 10  # questions whose time does not count
TOKENS = frozenset({"public", "members"})
FIRSTS = """arbets kompetens utvecklings skol barn kvinno hälso mat kommun miljö energi vatten trafik bostads språk
kultur fritids omsorgs personal ledar projekt budget digital data klimat hem vård brand livs stads land väg park idrotts
förskole familje ungdoms äldre biblioteks avfalls""".split()  # noqa: SIM905 - a list of a word a line would hide the rest
LASTS = """plats insats plan grupp vecka utbildning ledare möte kök avgift tillstånd lokal policy rapport rutin stöd
metod chef samordnare verkstad dag kurs ansökan enkät mål nämnd park bidrag tjänst prov""".split()  # noqa: SIM905 - a list of a word a line would hide the rest
PLAIN = """och att i för som på är av med det till den en har inte om vi kan ett de ska från så när hur vad vilka sin
behöver får göra ny alla andra dag år bra bättre barn mat kök lära stöd tid plan hjälp fråga svar ansöka betala flytta
hyra bygga riva sortera laga äta läsa skriva prata cykla resa arbete skola lärare elev kock pengar hus väg vatten ljus
värme buss tåg sjukdom läkare språk bok svinn rest tallrik lunch frukost möbel cykel bil gata torg hamn strand skog djur
hund katt fågel fisk mark luft buller avtal beslut lag regel rätt ansvar risk vinst kostnad pris kvalitet resultat
""".split()  # noqa: SIM905 - a list of a word a line would hide the rest
ENDINGS = ["", "", "", "en", "er", "et", "erna", "s", "ens", "ar"]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1250,23000,50000")
    parser.add_argument("--questions", type=int, default=300)
    options = parser.parse_args()
    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.SWEDISH_LEXICON = Path(settings.BASE_DIR) / "var" / "lexicon"
    from search.engines.database import DatabaseEngine
    from search.engines.elasticsearch import ElasticsearchEngine

    engines: dict = {connection.vendor: DatabaseEngine()}
    server = None
    if url := os.environ.get("ELASTICSEARCH_URL", ""):
        engines["elasticsearch"] = server = ElasticsearchEngine(url, name=f"samlarande-bench-{uuid4().hex[:8]}")
    sys.stdout.write(
        f"{'documents':>9} {'engine':<14} {'p50 ms':>7} {'p95 ms':>7} {'a second':>9} {'MB resident':>12}\n"
    )
    # "titles" complete what one has begun to write; the database finds them, whichever engine searches.
    is_slow = False
    made = 0
    try:
        for size in sorted(map(int, options.sizes.split(","))):
            rates = _fill(made, size, server)
            made = size
            for name, engine in engines.items():
                p50, p95 = _ask(engine, options.questions)
                sys.stdout.write(
                    f"{size:>9} {name:<14} {p50:>7.0f} {p95:>7.0f} {rates[name]:>9.0f} {_resident():>12.0f}\n"
                )
                sys.stdout.flush()
                is_slow = is_slow or p95 > LONGEST_P95.get(size, p95)
            p50, p95 = _complete(options.questions)
            sys.stdout.write(f"{size:>9} {'titles':<14} {p50:>7.0f} {p95:>7.0f}\n")
    finally:
        if server is not None:
            server.drop_all()
    return int(is_slow)


class Words:
    """Words as frequent as in a text: the second half as often as the first, the third a third as often."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)
        compounds = [first + last for first in FIRSTS for last in LASTS]
        self.random.shuffle(compounds)
        self.all = [*PLAIN, *compounds]
        self._weights = list(accumulate(1 / (rank + 2) for rank in range(len(self.all))))

    def some(self, number: int) -> list[str]:
        words = self.random.choices(self.all, cum_weights=self._weights, k=number)
        return [word + self.random.choice(ENDINGS) if len(word) > 3 else word for word in words]


def _fill(start: int, end: int, server) -> dict[str, float]:
    """Make the documents from `start` to `end`; return how many a second went into each engine."""
    from django.db import connection

    from search.models import SearchEntry
    from search.services import indexing, searching

    spent = {connection.vendor: 0.0, "elasticsearch": 0.0}
    for contents in _contents(start, end):
        began = time.perf_counter()
        indexing.write(contents)
        spent[connection.vendor] += time.perf_counter() - began
        if server is not None:
            numbers = [content.object_id for content in contents]
            entries = list(SearchEntry.objects.filter(object_id__in=numbers).prefetch_related("audience"))
            began = time.perf_counter()
            server.write(entries)
            spent["elasticsearch"] += time.perf_counter() - began
    if server is not None:
        server.refresh()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    searching.forget_vocabulary()
    return {name: (end - start) / seconds if seconds else 0.0 for name, seconds in spent.items()}


def _contents(start: int, end: int) -> Iterator[list]:
    from portal.municipalities.models import Municipality
    from portal.municipalities.permissions import PUBLIC_TOKEN
    from search.entries.base import EntryContent, facets

    words = Words()
    words.random.seed(SEED + start)
    places = list(Municipality.objects.values_list("pk", flat=True))
    for first in range(start, end, 500):
        yield [
            EntryContent(
                kind="page",
                object_id=number + 1,
                title=" ".join(words.some(6)).capitalize(),
                url=f"/{number}/",
                body=" ".join(words.some(words.random.randint(40, 250))),
                audience={PUBLIC_TOKEN} if number % 2 else {f"m:{places[0]}"},
                municipality_id=places[number % len(places)],
                facets=facets(
                    kind="page", municipality=places[number % len(places)], topic=number % 12, year=2020 + number % 7
                ),
            )
            for number in range(first, min(first + 500, end))
        ]


def _ask(engine, number: int) -> tuple[float, float]:
    """The middle and the 95th of 100 times, in ms."""
    from search.query import SearchQuery
    from search.services import searching

    words = Words()
    words.random.seed(SEED)
    questions = []
    for turn in range(number + WARMING):
        asked = words.some(1 + turn % 8)
        if not turn % 5:
            asked[0] = asked[0][1:]  # misspelt
        questions.append(SearchQuery(text=" ".join(asked), tokens=TOKENS))
    return _times(lambda query: searching.search(query, engine=engine), questions)


def _complete(number: int) -> tuple[float, float]:
    """The same for titles that complete one or two words, the last of which has from two to six letters."""
    from search.services.suggesting import suggest

    words = Words()
    words.random.seed(SEED)
    begun = []
    for turn in range(number + WARMING):
        asked = words.some(1 + turn % 2)
        begun.append(" ".join([*asked[:-1], asked[-1][: 2 + turn % 5]]))
    return _times(lambda text: suggest(text, TOKENS), begun)


def _times(act: Callable, asked: list) -> tuple[float, float]:
    times = []
    for turn, one in enumerate(asked):
        began = time.perf_counter()
        act(one)
        if turn >= WARMING:
            times.append(1000 * (time.perf_counter() - began))
    times.sort()
    return times[len(times) // 2], times[int(0.95 * (len(times) - 1))]


def _resident() -> float:
    """The most this process has had in memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
