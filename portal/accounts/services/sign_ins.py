"""Where somebody is signed in: seen and ended by themselves.

Django's sessions cannot be asked whose they are without opening each; here stands a line for each of them.
"""

import re
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from portal.accounts.models import SignIn

_MARK = "sign_in"
# The first that is found in what the browser says of itself: most claim to be several.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS|Chromium", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh|Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def note(request: HttpRequest, person) -> None:
    """Write that `person` is signed in in this session; again when the session's key has changed."""
    if not request.session.session_key:
        request.session.save()
    said = request.headers.get("User-Agent", "")
    values = {
        "person": person,
        "session_key": request.session.session_key,
        "browser": _first(_BROWSERS, said),
        "system": _first(_SYSTEMS, said),
    }
    known = SignIn.objects.filter(pk=request.session.get(_MARK) or 0, person=person)
    if not known.update(**values):
        SignIn.objects.filter(session_key=values["session_key"]).delete()
        request.session[_MARK] = SignIn.objects.create(**values).pk


def _first(kinds: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for pattern, name in kinds if re.search(pattern, said)), "")


def open_of(person, now: datetime | None = None) -> QuerySet[SignIn]:
    """Where the person is signed in now, the newest first."""
    alive = Session.objects.filter(expire_date__gt=now or timezone.now())
    return SignIn.objects.filter(person=person.pk, session_key__in=alive.values("session_key"))


def end(*, person, pk: int) -> None:
    """End one of the person's own sign-ins. Raises Http404 for another's, and for one that is gone."""
    own = SignIn.objects.filter(person=person.pk, pk=pk)
    keys = list(own.values_list("session_key", flat=True))
    if not keys:
        raise Http404
    _end(keys)


def end_others(*, request: HttpRequest, person) -> int:
    """End all but the one that asks; return how many there were."""
    keys = list(
        SignIn.objects.filter(person=person.pk)
        .exclude(session_key=request.session.session_key)
        .values_list("session_key", flat=True)
    )
    _end(keys)
    return len(keys)


def _end(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    SignIn.objects.filter(session_key__in=keys).delete()


def forget_ended(now: datetime) -> int:
    """Take away the lines of sessions that are gone; return how many."""
    alive = Session.objects.filter(expire_date__gt=now)
    return SignIn.objects.exclude(session_key__in=alive.values("session_key")).delete()[0]
