"""What is kept ready in the cache, and is never older than the database: parts of pages, and pages of the public.

Each thing that is kept is about one or more subjects, and holds the mark that each subject had before it was made. A
commit that wrote to a table of a subject gives the subject a new mark, so what was made from it is not taken any more.
Which tables were written is seen where statements go to the database: an update of a queryset and plain SQL send no
signal. A table that nobody has spoken for counts as content.

Within a transaction nothing is taken and nothing kept: it may see what nobody else does yet. What depends on the clock
alone ("coming events") is at most `KEPT_SECONDS` old.

A page has up to ten such parts. While it is made, the cache is asked once for all that the same page took the last time
(`gathered`): the way to the cache and back takes longer than what is fetched.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache as once
from functools import partial
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.db import connection, transaction

CONTENT = "content"  # what is written and shared: changes now and then
SEATS = "seats"  # events and who comes to them: changes with each sign-up
QUIET = ""  # shown in nothing that is kept

_subjects: dict[str, str] = {}
_WRITE = re.compile(
    r'\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE)\s+"?(\w+)"?', re.I
)


def declare(subject: str, *tables: str) -> None:
    """Say what the tables whose names begin so are about; of two beginnings the longer counts."""
    for table in tables:
        _subjects[table] = subject


def subject_of(table: str) -> str:
    """The subject of a database table."""
    beginnings = [name for name in _subjects if table.startswith(name)]
    return _subjects[max(beginnings, key=len)] if beginnings else CONTENT


def watch(connection, **_kwargs) -> None:
    """Receiver of `connection_created`: from now on what this connection writes is seen."""
    if _see_writes not in connection.execute_wrappers:
        connection.execute_wrappers.append(_see_writes)


def _see_writes(execute, sql, params, many, context) -> Any:
    result = execute(sql, params, many, context)
    if isinstance(sql, str) and sql[:1] not in "Ss" and (found := _WRITE.match(sql)):
        subject = subject_of(found[1])
        if subject:
            _after_commit(_RENEWALS[subject])
    return result


def _after_commit(renew: Callable[[], None]) -> None:
    waiting = connection.run_on_commit
    # A thousand rows in a loop are one change.
    if waiting and waiting[-1][1] is renew and waiting[-1][0] == set(connection.savepoint_ids):
        return
    transaction.on_commit(renew, robust=True)


def when_shown(names: Iterable[str], make: Callable[[], Mapping[str, Any]]) -> dict[str, Callable[[], Any]]:
    """Names for a template's context, all of them in what `make()` gives: asked for once, and only if one is shown."""
    whole = once(make)
    return {name: partial(_named, whole, name) for name in names}


def _named(whole: Callable[[], Mapping[str, Any]], name: str) -> Any:
    return whole()[name]


def _mark_of(subject: str) -> str:
    return f"kept:mark:{subject}"


def renew(*subjects: str) -> dict[str, str]:
    """Nothing that is kept about these subjects is taken any more. Gives the key and the value of each new mark."""
    # At random: of two processes that count up at once, one would take the other's mark for its own.
    marks = {_mark_of(subject): secrets.token_hex(8) for subject in subjects}
    cache.set_many(marks, timeout=None)
    if gathering := _gathering.get():
        gathering.forget(marks)
    return marks


# Functions and no partials: Django asks a hook that fails after a commit for its name.
def _content_changed() -> None:
    renew(CONTENT)


def _seats_changed() -> None:
    renew(SEATS)


_RENEWALS: dict[str, Callable[[], None]] = {CONTENT: _content_changed, SEATS: _seats_changed}


def is_possible() -> bool:
    """Whether anything may be kept just now: not within a transaction, nor while the shared cache is away."""
    return bool(settings.KEPT_SECONDS) and not connection.in_atomic_block and not getattr(cache, "is_away", False)


def kept(name: str, *depends_on: Hashable, about: tuple[str, ...] = (CONTENT,), make: Callable[[], Any]) -> Any:
    """What `make()` gives, or gave before for the same `name` and `depends_on` while nothing of `about` changed.

    `depends_on` must hold everything that the result depends on beside the database: language, address, viewer. Its
    `repr` is what is compared. What is kept must be picklable and belongs to everybody who asks with the same.
    """
    if not is_possible():
        return make()
    place = Place(name, *depends_on, about=about)
    if not place.is_empty:
        return place.value
    result = make()
    place.keep(result)
    return result


class _Gathering:
    """What the cache answered while one page is made, and for what it was asked."""

    def __init__(self, expected: Iterable[str]) -> None:
        self.asked: dict[str, None] = {}
        self._expected = expected
        self._answers: dict[str, Any] = {}
        self._known: set[str] = set()

    def get(self, keys: list[str]) -> dict[str, Any]:
        self.asked.update(dict.fromkeys(keys))
        if not self._known.issuperset(keys):
            unknown = list({*keys, *self._expected} - self._known)
            self._expected = ()
            self._answers |= cache.get_many(unknown)
            self._known.update(unknown)
        return {key: self._answers[key] for key in keys if key in self._answers}

    def forget(self, keys: Iterable[str]) -> None:
        self._known.difference_update(keys)


_gathering: ContextVar[_Gathering | None] = ContextVar("gathering", default=None)
# What was asked for the last time, by page; of those that were shown last.
_asked: OrderedDict[Hashable, tuple[str, ...]] = OrderedDict()
_PAGES = 1000


@contextmanager
def gathered(page: Hashable) -> Iterator[None]:
    """While `page` is made: what it took the last time is fetched at once, and each thing is asked for once.

    What it shows is then as old as its first question. `page` must name the reader, too, where not all read the same;
    a wrong guess costs time and nothing else.
    """
    gathering = _Gathering(_asked.get(page, ()))
    token = _gathering.set(gathering)
    try:
        yield
    finally:
        _gathering.reset(token)
        _asked.pop(page, None)  # to be the last of them
        _asked[page] = tuple(gathering.asked)
        while len(_asked) > _PAGES:
            _asked.popitem(last=False)


def _from_cache(keys: list[str]) -> dict[str, Any]:
    gathering = _gathering.get()
    return gathering.get(keys) if gathering else cache.get_many(keys)


class Place:
    """Where something is kept, as it was when it was looked at: to be made before `keep`, and after this was asked.

    What is kept after a change that what was made had not seen yet is not taken: the marks are those of before.
    """

    def __init__(self, name: str, *depends_on: Hashable, about: tuple[str, ...]) -> None:
        digest = blake2b(repr((_release(), depends_on)).encode(), digest_size=20).hexdigest()
        self._key, marks = f"kept:{name}:{digest}", [_mark_of(subject) for subject in about]
        found = _from_cache([*marks, self._key])
        if lost := [subject for subject, mark in zip(about, marks, strict=True) if mark not in found]:
            found |= renew(*lost)
        self._now = [found[mark] for mark in marks]
        kept_marks, self.value = found.get(self._key, (None, None))
        self.is_empty = kept_marks != self._now

    def keep(self, value: Any) -> None:
        cache.set(self._key, (self._now, value), settings.KEPT_SECONDS)
        if gathering := _gathering.get():
            gathering.forget([self._key])


@once
def _release() -> str:
    """Pages name style sheets by what is in them: those of another release are not to be had."""
    return getattr(staticfiles_storage, "manifest_hash", "")
