"""One engine in front of another, which answers when the first does not."""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

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
        self._away_until = 0.0

    @property
    def is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def find(self, question: Question, query: SearchQuery, *, limit: int, now: datetime) -> Found:
        if not self.is_away:
            try:
                return self.first.find(question, query, limit=limit, now=now)
            except EngineAway as error:
                self._away_until = time.monotonic() + PAUSE
                logger.warning("the search engine is away: %s", error)
        return replace(self.second.find(question, query, limit=limit, now=now), is_fallback=True)

    def write(self, entries: Sequence[SearchEntry]) -> None:
        self.second.write(entries)

    def delete(self, ids: Iterable[int]) -> None:
        self.second.delete(ids)
