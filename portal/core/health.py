"""Signs of how the portal is: each area says its own, and one page shows them to the portal administrator."""

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import django
import wagtail
from django.db import connection
from django.utils.translation import gettext as _

LATE_MINUTES = 10  # what waits longer than this for something that runs each minute does not run at all


@dataclass(frozen=True)
class Sign:
    """One thing that is so, in words; `remedy` says what to do where it `is_fine` no more."""

    name: str
    value: str
    is_fine: bool = True
    remedy: str = ""


_readers: list[Callable[[], Iterable[Sign]]] = []


def register_signs(read: Callable[[], Iterable[Sign]]) -> None:
    """Let an area say how it is: `read()` is asked each time somebody looks, in the language in use."""
    _readers.append(read)


def signs() -> list[Sign]:
    """Every area's signs, in the order they were registered."""
    return [sign for read in _readers for sign in read()]


def versions() -> Iterable[Sign]:
    wagtail_version = ".".join(str(number) for number in wagtail.VERSION[:3])
    yield Sign(
        _("Versions"), f"Django {django.get_version()}, Wagtail {wagtail_version}, Python {platform.python_version()}"
    )
    yield Sign(
        _("Database"), {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(connection.vendor, connection.vendor)
    )
