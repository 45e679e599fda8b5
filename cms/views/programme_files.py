"""A conference's released programme as files, for calendars, apps and other sites."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cms.models import ConferencePage
from cms.views.programmes import conference_for
from portal.conferences.exports import calendars, frab
from portal.conferences.models import Conference
from portal.conferences.services.programmes import Programme
from portal.municipalities.enums import Visibility

MOST_CHOSEN = 200
_PUBLIC_SECONDS = 300


@require_GET
def programme_calendar(request: HttpRequest, public_id: str) -> HttpResponse:
    """iCalendar: the whole programme, or one track (`?track=`); a track that is none gives the whole."""
    conference, page, programme = _released(request, public_id)
    track = next((track for track in programme.tracks if track.id == request.GET.get("track")), None)
    sessions = [session for session in programme.sessions if track is None or session.track == track]
    name = f"{conference.title}: {track.name}" if track else conference.title
    return _calendar(request, conference, page, programme, sessions, name)


@require_GET
def programme_session_calendar(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    conference, page, programme = _released(request, public_id)
    session = programme.session(session_id)
    if session is None:
        raise Http404
    return _calendar(request, conference, page, programme, [session], session.title)


@require_GET
def programme_chosen_calendar(request: HttpRequest, public_id: str) -> HttpResponse:
    """The sessions that the address names (`?p=` for each): my programme, without anything about me in it."""
    conference, page, programme = _released(request, public_id)
    chosen = set(request.GET.getlist("p")[:MOST_CHOSEN])
    sessions = [session for session in programme.sessions if session.id in chosen]
    name = _("My programme: %(title)s") % {"title": conference.title}
    return _calendar(request, conference, page, programme, sessions, name)


@require_GET
def programme_frab_json(request: HttpRequest, public_id: str) -> HttpResponse:
    conference, page, programme = _released(request, public_id)
    content = frab.as_json(conference, programme, settings.BASE_URL)
    return _shared(page, JsonResponse(content, json_dumps_params={"ensure_ascii": False}))


@require_GET
def programme_frab_xml(request: HttpRequest, public_id: str) -> HttpResponse:
    conference, page, programme = _released(request, public_id)
    content = frab.as_xml(conference, programme, settings.BASE_URL)
    return _shared(page, HttpResponse(content, content_type="application/xml; charset=utf-8"))


@require_GET
def programme_xcal(request: HttpRequest, public_id: str) -> HttpResponse:
    conference, page, programme = _released(request, public_id)
    content = calendars.xcal(conference, programme, settings.BASE_URL)
    return _shared(page, HttpResponse(content, content_type="application/calendar+xml; charset=utf-8"))


def _released(request: HttpRequest, public_id: str) -> tuple[Conference, ConferencePage, Programme]:
    """Raises Http404 for who may not read the page, and before the first release."""
    conference, page = conference_for(request, public_id)
    if page.programme is None:
        raise Http404
    return conference, page, page.programme


def _calendar(request, conference, page, programme, sessions, name) -> HttpResponse:
    content = calendars.icalendar(conference, programme, settings.BASE_URL, sessions, name)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="program-{conference.public_id}.ics"'
    return _shared(page, response)


def _shared(page: ConferencePage, response: HttpResponse) -> HttpResponse:
    """What everybody may read may be read by other sites' scripts and kept for a while; anything else by nobody."""
    if page.visibility == Visibility.PUBLIC:
        response["Access-Control-Allow-Origin"] = "*"
        patch_cache_control(response, public=True, max_age=_PUBLIC_SECONDS)
    else:
        patch_cache_control(response, private=True, no_store=True)
    return response
