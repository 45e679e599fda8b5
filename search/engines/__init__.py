from search.engines.base import SearchEngine
from search.engines.database import DatabaseEngine


def current_engine() -> SearchEngine:
    """The engine that answers searches in this installation."""
    return DatabaseEngine()
