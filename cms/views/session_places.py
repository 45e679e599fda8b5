"""Booking a place in one session of a conference, by those who have a seat at it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cms.views.programmes import conference_for, show_session
from portal.conferences.enums import PlaceState
from portal.conferences.models import Conference, Session, SessionPlace
from portal.conferences.services import places
from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy
from portal.municipalities.permissions import get_for, visible


@require_POST
@login_required
@never_cache
@answers_when_busy
def session_book(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    """Book a place or join the waiting list (`act=book`), instead of another (`instead`), or give it up (`leave`)."""
    conference, page = conference_for(request, public_id)
    session = get_for(request.user, "see", Session, conference=conference, public_id=session_id)
    try:
        done = _leave(request, session) if request.POST.get("act") == "leave" else _book(request, conference, session)
    except ActionRefused as refusal:
        return show_session(request, conference, page, session_id, error=refusal.message, status=409)
    messages.success(request, done)
    address = reverse("programme_session", kwargs={"public_id": public_id, "session_id": session_id})
    return redirect(f"{address}#place")


def _book(request: HttpRequest, conference: Conference, session: Session) -> str:
    seat = places.seat_of(conference, request.user)
    if seat is None:
        raise ActionRefused(_("First you need a seat at the conference. Sign up to it."), code="no_seat")
    mine = visible(request.user, SessionPlace).filter(session__conference=conference)
    instead = mine.filter(session__public_id=request.POST.get("instead", ""))
    place = places.book(
        session_id=session.pk, sign_up_id=seat.pk, instead_of=instead.values_list("session_id", flat=True)
    )
    if place.state == PlaceState.BOOKED:
        return _("You have a place in ”%(title)s”.") % {"title": session.title}
    return _("You are on the waiting list for ”%(title)s”.") % {"title": session.title}


def _leave(request: HttpRequest, session: Session) -> str:
    for place in visible(request.user, SessionPlace).filter(session=session):
        places.leave(session_id=session.pk, sign_up_id=place.sign_up_id)
    return _("You have no place in ”%(title)s” any more.") % {"title": session.title}
