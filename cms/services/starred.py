"""The stars of whoever asks: of their account, and those kept on the device in one cookie.

The cookie is set when somebody stars something without an account, and not before: it is strictly necessary for what
they asked for (LEK 2022:482, chapter 9, section 28). It holds ids of sessions and nothing about the person.
"""

import re

from django.http import HttpRequest, HttpResponse

from portal.conferences.models import Conference
from portal.conferences.services import stars

COOKIE = "mitt_program"
_A_YEAR = 365 * 24 * 60 * 60
_ID = re.compile(r"[0-9a-f]{12}")


def on_device(request: HttpRequest) -> list[str]:
    """The ids that the device sent, the oldest first; what is none is left out."""
    return _ID.findall(request.COOKIES.get(COOKIE, ""))[-stars.MOST :]


def chosen(request: HttpRequest, conference: Conference) -> set[str]:
    """What is starred of a conference, and perhaps of others: whoever shows it looks only for its own."""
    kept = set(on_device(request))
    if request.user.is_authenticated:
        kept |= stars.of_person(request.user, conference)
    return kept


def turn(request: HttpRequest, response: HttpResponse, conference: Conference, session_id: str) -> None:
    """Star the session, or take its star away; somebody with an account takes what the device has along."""
    now = chosen(request, conference) ^ {session_id}
    if request.user.is_authenticated:
        stars.keep(person=request.user, conference=conference, session_ids=now)
        others = [kept for kept in on_device(request) if kept not in _of(conference)]
    else:
        others = [kept for kept in on_device(request) if kept in now]
        others += [session_id] if session_id in now else []
    if others:
        response.set_cookie(
            COOKIE,
            ".".join(dict.fromkeys(others[-stars.MOST :])),
            max_age=_A_YEAR,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    elif COOKIE in request.COOKIES:
        response.delete_cookie(COOKIE, samesite="Lax")


def _of(conference: Conference) -> set[str]:
    return set(conference.sessions.values_list("public_id", flat=True))
