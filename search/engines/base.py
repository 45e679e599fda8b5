from typing import Protocol

from search.query import SearchQuery, SearchResults


class SearchEngine(Protocol):
    """What an engine must do. It knows entries, terms and audiences, and no kinds of content."""

    def search(self, query: SearchQuery) -> SearchResults:
        """Answer `query` with what its tokens may find, best first; never raises for any text."""
        ...
