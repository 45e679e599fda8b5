"""What an engine must do. Engines know entries, terms and audiences, and no kinds of content."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from search.analysis.questions import Question
from search.models import SearchEntry
from search.query import FACETS, SearchQuery

# How many of the engine's best are ranked again, by the same code for every engine (`ranking.py`).
CANDIDATES = 100


@dataclass(frozen=True)
class Found:
    """The entries that match, best first by the engine's own ranking, at most as many as were asked for."""

    ids: list[int]
    total: int
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    joinable: int = 0
    is_fallback: bool = False  # another engine than the one that should have


class SearchEngine(Protocol):
    def find(self, question: Question, query: SearchQuery, *, limit: int, now: datetime) -> Found:
        """The `limit` best entries that `query.tokens` may find. Without words in the question: all, newest first.

        Never raises for any question; raises EngineAway when the engine does not answer in time.
        """
        ...

    def write(self, entries: Sequence[SearchEntry]) -> None:
        """Store saved entries with their audiences, in place of what was stored of them."""
        ...

    def delete(self, ids: Iterable[int]) -> None:
        """Forget entries; those it does not have are no error."""
        ...


class EngineAway(Exception):
    """The engine does not answer, or says that it cannot."""


@dataclass(frozen=True, slots=True)
class Match:
    """One matching entry with what it can be narrowed by: `facets` as "topic:4 year:2026"."""

    pk: int
    facets: str
    is_joinable: bool


def narrowed(matches: Sequence[Match], query: SearchQuery, *, limit: int) -> Found:
    """Apply the filters to all matches, best first, and count each facet without its own choice."""
    chosen = {
        name: frozenset(f"{name}:{value}" for value in values) for name, values in query.filters.items() if values
    }
    if query.is_joinable:
        chosen["joinable"] = frozenset()
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    joinable = 0
    ids: list[int] = []
    # Most matches have the same facets as others: each combination is looked at once.
    seen: dict[tuple[str, bool], list[int]] = {}
    kept: set[tuple[str, bool]] = set()
    for match in matches:
        seen.setdefault((match.facets, match.is_joinable), []).append(match.pk)
    for key, pks in seen.items():
        facets, is_joinable = key
        own = facets.split()
        missing = [
            name
            for name, values in chosen.items()
            if (not is_joinable if name == "joinable" else values.isdisjoint(own))
        ]
        if len(missing) > 1:
            continue
        for facet in own:
            name, _colon, value = facet.partition(":")
            if not missing or missing == [name]:
                counts[name][value] += len(pks)
        if is_joinable and (not missing or missing == ["joinable"]):
            joinable += len(pks)
        if not missing:
            kept.add(key)
    total = sum(len(seen[key]) for key in kept)
    for match in matches:
        if len(ids) >= limit:
            break
        if (match.facets, match.is_joinable) in kept:
            ids.append(match.pk)
    return Found(ids, total, counts, joinable)
