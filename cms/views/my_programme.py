"""My programme: sessions that somebody has starred, with an account or without."""

from collections.abc import Sequence
from itertools import combinations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from cms.services import starred
from cms.views.programmes import conference_for
from portal.conferences.services import places
from portal.conferences.services.programmes import Programme, ProgrammeSession


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def my_programme(request: HttpRequest, public_id: str) -> HttpResponse:
    """What I have starred, by day, with what overlaps; a POST turns the star of one session."""
    if request.method != "POST":
        return _show(request, public_id)
    if request.user.is_authenticated:
        return csrf_protect(_turn)(request, public_id)
    # Pages for everybody carry no token, which would be a cookie of each reader. What can be done here without an
    # account changes nothing but the own device; browsers say where a form was sent from (Fetch Metadata).
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise PermissionDenied
    return _turn(request, public_id)


def _turn(request: HttpRequest, public_id: str) -> HttpResponse:
    conference, page = conference_for(request, public_id)
    session_id = request.POST.get("star", "")
    if page.programme is None or page.programme.session(session_id) is None:
        raise Http404
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("my_programme", kwargs={"public_id": public_id})
    response = redirect(f"{back.partition('#')[0]}#star-{session_id}")
    starred.turn(request, response, conference, session_id)
    return response


def _show(request: HttpRequest, public_id: str) -> HttpResponse:
    conference, page = conference_for(request, public_id)
    stars = starred.chosen(request, conference)
    booked = places.of_person(conference, request.user)
    mine = (page.programme or Programme()).only(lambda session: session.id in stars or session.id in booked)
    context = {
        "conference": conference,
        "page": page,
        "programme": page.programme,
        "days": mine.days,
        "mine": mine.sessions,
        "stars": stars,
        "booked": booked,
        "overlapping": _overlapping(mine.sessions),
    }
    return render(request, "cms/my_programme.html", context)


def _overlapping(sessions: Sequence[ProgrammeSession]) -> list[tuple[ProgrammeSession, ProgrammeSession]]:
    return [
        (one, other)
        for one, other in combinations(sessions, 2)
        if one.overlaps(other) and not (one.is_break or other.is_break)
    ]
