"""The cache that all processes share, and what takes its place while it does not answer."""

import logging
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import RedisError

from portal.core.breakers import Breaker

logger = logging.getLogger(__name__)

# After a failure Redis is left alone for so long, in seconds: a page must not wait for it once for each thing it asks.
PAUSE = 5.0
# By server: for all threads of a process, each of which has a cache object of its own.
_breakers: dict[str, Breaker] = {}


class _Client(RedisCacheClient):
    """Django's own makes a new client for each question, which takes longer than the answer."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[Any, Redis] = {}

    def get_client(self, key=None, *, write: bool = False) -> Redis:
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        return self._clients.get(pool) or self._clients.setdefault(pool, self._client(connection_pool=pool))  # type: ignore[attr-defined]


class SharedCache(RedisCache):
    """Redis; while it is away, this process's own memory, so that pages are shown and limits still count.

    What must be the same in all processes asks `is_away` first. What the memory held the last time is gone.
    """

    def __init__(self, server, params) -> None:
        super().__init__(server, params)
        self._class = _Client
        self._breaker = _breakers.setdefault(str(server), Breaker(PAUSE))
        self._substitute = LocMemCache(f"in the place of {server}", {"OPTIONS": {"MAX_ENTRIES": 2000}})

    @property
    def is_away(self) -> bool:
        """Whether Redis failed less than `PAUSE` ago."""
        return self._breaker.is_open

    def _ask(self, method: str, *args, **kwargs) -> Any:
        if not self.is_away:
            try:
                return getattr(super(), method)(*args, **kwargs)
            except RedisError as error:
                self._breaker.open()
                self._substitute.clear()
                logger.warning("the cache is away: %s", type(error).__name__)
        return getattr(self._substitute, method)(*args, **kwargs)


def _asks(method: str):
    def ask(self, *args, **kwargs):
        return self._ask(method, *args, **kwargs)

    ask.__name__ = method
    return ask


for _method in (
    *("add", "get", "set", "touch", "delete", "get_many", "has_key", "incr", "set_many", "delete_many", "clear"),
):
    setattr(SharedCache, _method, _asks(_method))
