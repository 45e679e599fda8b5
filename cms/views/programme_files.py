"""A released programme for other programs and other sites: files, a page to embed, and the open interface."""

import hashlib
import json

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.text import slugify
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from cms.models import ConferencePage
from cms.views.programmes import conference_for
from portal.conferences.exports import api, calendars, frab, xcal
from portal.conferences.exports.addresses import Addresses
from portal.conferences.models import Conference
from portal.conferences.services.programmes import Programme, ProgrammeSession
from portal.municipalities.enums import Visibility
from portal.municipalities.permissions import visible

CHOSEN_AT_MOST = 200
# How long a public answer may still be given from somebody's cache after its page was withdrawn.
_PUBLIC_SECONDS = 300
_CALENDAR, _JSON, _XML = "text/calendar; charset=utf-8", "application/json", "application/xml; charset=utf-8"


# --- Files ---------------------------------------------------------------------------------------------------


@require_safe
def calendar(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The whole programme as iCalendar (RFC 5545), or with `?spar=` one track of it."""
    conference, page, programme = _released(request, public_id)
    track = request.GET.get("spar")
    sessions = [s for s in programme.sessions if track is None or (s.track is not None and s.track.id == track)]
    return _calendar_answer(request, conference, page, programme, sessions, name=page.title)


@require_safe
def session_calendar(request: HttpRequest, public_id: str, session_id: str) -> HttpResponseBase:
    conference, page, programme = _released(request, public_id)
    session = programme.session(session_id)
    sessions = [session] if session else []
    return _calendar_answer(request, conference, page, programme, sessions, name=session.title if session else "")


@require_safe
def chosen_calendar(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The sessions that the address names, `?p=` each; what is no session of the public version is left out."""
    conference, page, programme = _released(request, public_id)
    chosen = set(request.GET.getlist("p")[:CHOSEN_AT_MOST])
    sessions = [session for session in programme.sessions if session.id in chosen]
    return _calendar_answer(request, conference, page, programme, sessions, name=page.title)


@require_safe
def frab_json(request: HttpRequest, public_id: str) -> HttpResponseBase:
    conference, page, programme = _released(request, public_id)
    content = frab.schedule_json(conference, programme, _addresses(conference, page))
    return _answer(request, content, _JSON, is_open=_is_open(request, page))


@require_safe
def frab_xml(request: HttpRequest, public_id: str) -> HttpResponseBase:
    conference, page, programme = _released(request, public_id)
    content = frab.schedule_xml(conference, programme, _addresses(conference, page))
    return _answer(request, content, _XML, is_open=_is_open(request, page))


@require_safe
def xcal_file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    conference, page, programme = _released(request, public_id)
    content = xcal.xcal_file(conference, programme, _addresses(conference, page), sessions=programme.sessions)
    return _answer(request, content, "application/calendar+xml; charset=utf-8", is_open=_is_open(request, page))


# --- A page to embed -------------------------------------------------------------------------------------------


@require_safe
def embedded(request: HttpRequest, public_id: str) -> HttpResponse:
    """The programme by time, without the portal around it; any site may show it in a frame if everybody may read it."""
    conference, page = conference_for(request, public_id)
    context = {"conference": conference, "page": page, "programme": page.programme}
    show = _embedded_anywhere if page.visibility == Visibility.PUBLIC else _embedded_here
    return show(request, context)


def _embedded_here(request: HttpRequest, context: dict) -> HttpResponse:
    return render(request, "cms/programme_embed.html", context)


_embedded_anywhere = xframe_options_exempt(
    csp_replace({"frame-ancestors": ["*"], "script-src": ["'none'"]})(_embedded_here)
)


# --- The open interface ----------------------------------------------------------------------------------------


@require_safe
def api_conference_list(request: HttpRequest) -> HttpResponseBase:
    """The conferences that the reader may read."""
    found = visible(request.user, Conference).select_related("municipality").order_by("-first_day", "-pk")
    rows: list[Conference] = list(found[: api.AT_MOST])
    pages = ConferencePage.objects.in_bulk([row.page_id for row in rows])
    content = {
        "conferences": [
            api.listed(row, _addresses(row, pages[row.page_id]), place=pages[row.page_id].place) for row in rows
        ]
    }
    return _json_answer(request, content, is_open=not request.user.is_authenticated)


@require_safe
def api_conference(request: HttpRequest, public_id: str) -> HttpResponseBase:
    conference, page = conference_for(request, public_id)
    content = api.detailed(conference, page.programme, _addresses(conference, page), place=page.place)
    return _json_answer(request, content, is_open=_is_open(request, page))


@require_safe
def api_description(request: HttpRequest) -> HttpResponseBase:
    """What the open interface gives (OpenAPI 3.1): the same for everybody."""
    return _json_answer(request, api.description(), is_open=True)


# --- Shared ----------------------------------------------------------------------------------------------------


def _released(request: HttpRequest, public_id: str) -> tuple[Conference, ConferencePage, Programme]:
    """Raises Http404 where the reader may not read the page, and where nothing is released."""
    conference, page = conference_for(request, public_id)
    if page.programme is None:
        raise Http404
    return conference, page, page.programme


def _addresses(conference: Conference, page: ConferencePage) -> Addresses:
    return Addresses.of(conference, page=page.own_address)


def _is_open(request: HttpRequest, page: ConferencePage) -> bool:
    """Whether the answer is what anybody gets."""
    return page.visibility == Visibility.PUBLIC and not request.user.is_authenticated


def _calendar_answer(
    request: HttpRequest,
    conference: Conference,
    page: ConferencePage,
    programme: Programme,
    sessions: list[ProgrammeSession],
    *,
    name: str,
) -> HttpResponseBase:
    if not sessions:
        raise Http404  # a calendar with nothing in it is no calendar (RFC 5545, 3.6)
    content = calendars.calendar_file(conference, programme, _addresses(conference, page), sessions=sessions)
    filename = f"{slugify(name) or 'program'}.ics"
    return _answer(request, content, _CALENDAR, is_open=_is_open(request, page), filename=filename)


def _json_answer(request: HttpRequest, content: dict, *, is_open: bool) -> HttpResponseBase:
    return _answer(request, json.dumps(content, ensure_ascii=False), _JSON, is_open=is_open)


def _answer(
    request: HttpRequest, content: str | bytes, content_type: str, *, is_open: bool, filename: str = ""
) -> HttpResponseBase:
    """`is_open`: any site's scripts may read it, caches may keep it, and who has it is told so.

    Told by what is in it, after the rule has been asked, and by no date: a consent that is taken back changes a
    programme without a release.
    """
    response: HttpResponseBase = HttpResponse(content, content_type=content_type)
    if filename:
        response["Content-Disposition"] = f'attachment; filename="{filename}"'
    if not is_open:
        patch_cache_control(response, private=True, no_store=True)
        return response
    patch_cache_control(response, public=True, max_age=_PUBLIC_SECONDS)
    body = content.encode() if isinstance(content, str) else content
    response["ETag"] = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    response = get_conditional_response(request, etag=response["ETag"], response=response) or response
    response["Access-Control-Allow-Origin"] = "*"
    return response
