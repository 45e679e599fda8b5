"""One engine in front of another, which answers when the first does not."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from portal.core.breakers import Breaker
from search.analysis.questions import Question
from search.engines.base import EngineAway, Found, SearchEngine
from search.models import SearchEntry
from search.query import SearchQuery

logger = logging.getLogger(__name__)

# After a failure the first engine is left alone for so long, in seconds: nobody waits for it twice in a row.
PAUSE = 15.0


class FallbackEngine:
    """Asks `first`; while that is away, `second`, and says so in what it found."""

    def __init__(self, first: SearchEngine, second: SearchEngine) -> None:
        self.first, self.second = first, second
        self._breaker = Breaker(PAUSE)

    @property
    def is_away(self) -> bool:
        return self._breaker.is_open

    def find(self, question: Question, query: SearchQuery, *, limit: int, now: datetime) -> Found:
        if not self.is_away:
            try:
                return self.first.find(question, query, limit=limit, now=now)
            except EngineAway as error:
                self._breaker.open()
                logger.warning("the search engine is away: %s", error)
        return replace(self.second.find(question, query, limit=limit, now=now), is_fallback=True)

    def write(self, entries: Sequence[SearchEntry]) -> None:
        self.second.write(entries)

    def delete(self, ids: Iterable[int]) -> None:
        self.second.delete(ids)
