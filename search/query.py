"""A search as plain data: what is asked and what is answered. No engine, no database, no request."""

from dataclasses import dataclass, field

PER_PAGE = 20


@dataclass(frozen=True)
class SearchQuery:
    """What is asked, and by whom.

    `tokens` are the audience tokens of the person who asks; None stands for a portal administrator, an empty
    set finds nothing. Filters that are empty do not filter.
    """

    text: str
    tokens: frozenset[str] | None
    kind: str = ""
    municipality_id: int | None = None
    topic_id: int | None = None
    page: int = 1
    per_page: int = PER_PAGE


@dataclass(frozen=True)
class SearchHit:
    kind: str
    object_id: int
    title: str
    url: str
    municipality_id: int | None
    score: float
    # The passage to show: pieces of text, each with whether it matched.
    passage: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class SearchResults:
    """`total` and `kind_counts` count only what the asking person may read."""

    hits: list[SearchHit]
    total: int
    kind_counts: dict[str, int]
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def page_count(self) -> int:
        return max(1, -(-self.total // self.per_page))
