from functools import lru_cache

from django.conf import settings

from search.engines.base import SearchEngine
from search.engines.database import DatabaseEngine
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.fallback import FallbackEngine


def current_engine() -> SearchEngine:
    """The engine that answers searches in this installation: SEARCH_URL's server, or the database where none is set."""
    return _engine(settings.SEARCH_URL, settings.SEARCH_INDEX)


def current_server() -> ElasticsearchEngine | None:
    """The server that is told of changes after they are committed; None where the database does all."""
    engine = current_engine()
    return engine.first if isinstance(engine, FallbackEngine) else None  # type: ignore[return-value]


@lru_cache
def _engine(url: str, name: str) -> SearchEngine:
    # One for the process: it remembers when the server was away.
    return FallbackEngine(ElasticsearchEngine(url, name), DatabaseEngine()) if url else DatabaseEngine()
