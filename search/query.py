"""A search as plain data: what is asked and what is answered. No engine, no database, no request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PER_PAGE = 20
MAX_PAGE = 200
# What results can be narrowed by. A value is a word or a number as text: a kind, ids, "online", "2026".
FACETS = ("kind", "municipality", "topic", "group", "format", "year", "language")
BEST, NEWEST = "", "newest"


@dataclass(frozen=True)
class SearchQuery:
    """What is asked, and by whom.

    `tokens` are the audience tokens of the person who asks; None stands for a portal administrator, an empty
    set finds nothing. `filters` hold the chosen values of each facet: any of them will do, of every facet chosen from.
    """

    text: str
    tokens: frozenset[str] | None
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_joinable: bool = False  # only what one can still sign up for
    sort: str = BEST
    has_passages: bool = True  # whether hits come with what to show of them
    page: int = 1
    per_page: int = PER_PAGE

    def as_key(self) -> tuple:
        """The same for the same search, in each process: sets come in an order of their own in each."""
        sets = {name: sorted(values) for name, values in self.filters.items()}
        tokens = None if self.tokens is None else sorted(self.tokens)
        rest = (self.is_joinable, self.sort, self.has_passages, self.page, self.per_page)
        return (self.text, tokens, sorted(sets.items()), *rest)


@dataclass(frozen=True)
class SearchHit:
    kind: str
    object_id: int
    title: str
    url: str
    municipality_id: int | None
    language: str
    score: float = 0.0
    # The title and the passage to show: pieces of text, each with whether it matched.
    marked_title: list[tuple[str, bool]] = field(default_factory=list)
    passage: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class SearchResults:
    """`total` and `facets` count only what the asking person may read.

    A facet's own counts leave out what was chosen in it, so that one sees what another choice would give.
    """

    hits: list[SearchHit]
    total: int
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    joinable: int = 0
    page: int = 1
    per_page: int = PER_PAGE
    # Another engine answered than the one that should have.
    is_fallback: bool = False
    # The question as it was meant, where a word was misspelt; else "".
    did_you_mean: str = ""

    @property
    def page_count(self) -> int:
        return min(MAX_PAGE, max(1, -(-self.total // self.per_page)))
