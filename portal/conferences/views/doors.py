"""The doors of single sessions: who comes in, with a code or a name. Opened like the door of the day."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.conferences.enums import PlaceState
from portal.conferences.models import Conference, Session
from portal.conferences.services import places, programmes, visits
from portal.conferences.services.programmes import ProgrammeSession
from portal.core.services import ActionRefused, ids_in
from portal.core.views import answers_when_busy
from portal.events.forms import DoorCodeForm, DoorDecisionForm
from portal.events.models import SignUp
from portal.events.services import attendance
from portal.municipalities.permissions import allowed, get_for


@dataclass(frozen=True)
class SessionDoorRow:
    """Somebody with a seat at the conference; `attendance` says whether they are here, `note` something at the door."""

    entry: SignUp
    attendance: bool
    note: str = ""


@require_GET
@login_required
@never_cache
def session_doors(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every session of the public programme, with the way to its door."""
    conference = get_for(request.user, "record attendance", Conference, public_id=public_id)
    programme = programmes.latest(conference)
    days = programme.only(lambda session: not session.is_break).days if programme else []
    context = {
        "conference": conference,
        "days": days,
        "places": places.of_conference(conference),
    }
    return render(request, "conferences/session_doors.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def session_door(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    """Those with a place in the session, or at the conference where no place is booked: names, workplaces, codes."""
    session, released = _session(request, public_id, session_id)
    if request.method != "POST":
        return _show(request, session, released)
    among = [row.entry.pk for row in _rows(request, session)]
    try:
        came = visits.record(
            session=session, among=among, present=ids_in(request.POST.getlist("present")), actor=request.user
        )
    except ActionRefused as refusal:
        return _show(request, session, released, error=refusal.message, status=409)
    text = _("Saved: %(came)s came, %(missing)s did not.") % {"came": came, "missing": len(among) - came}
    messages.success(request, text)
    return redirect("session_door", public_id=public_id, session_id=session_id)


@require_POST
@login_required
@never_cache
@answers_when_busy
def session_door_one(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    """One person in or out: by code, or by the row that was tapped. JSON for the page's script, else the page."""
    session, released = _session(request, public_id, session_id)
    if "code" in request.POST:
        return _check_in_by_code(request, session, released)
    form = DoorDecisionForm(request.POST)
    if not form.is_valid():
        text = _("Something is missing or wrong in what was sent. Load the page again.")
        return _no(request, session, released, text, status=400)
    try:
        visits.decide(
            session_id=session.pk,
            sign_up_id=form.cleaned_data["sign_up"],
            is_here=form.cleaned_data["present"] != "false",
            actor=request.user,
            at=form.decided_at,
        )
    except ActionRefused as refusal:
        return _no(request, session, released, refusal.message, status=409)
    return _yes(request, session, _("Saved."))


def _check_in_by_code(request: HttpRequest, session: Session, released: ProgrammeSession) -> HttpResponse:
    form = DoorCodeForm(request.POST)
    if not form.is_valid():
        return _no(request, session, released, str(form.errors["code"][0]), status=400, code_form=form)
    seats = allowed(request.user, "record attendance", SignUp).filter(event=session.conference.registration_id)
    try:
        entry = attendance.found_by_code(seats.select_related("person"), form.cleaned_data["code"])
        visits.decide(session_id=session.pk, sign_up_id=entry.pk, is_here=True, actor=request.user)
    except ActionRefused as refusal:
        form.add_error("code", refusal.message)
        return _no(request, session, released, refusal.message, status=409, code_form=form)
    has_place = session.places is None or session.bookings.filter(sign_up=entry, state=PlaceState.BOOKED).exists()
    text = _("%(name)s is checked in.") if has_place else _("%(name)s is checked in, without a place booked here.")
    return _yes(request, session, text % {"name": entry.person})


def _session(request: HttpRequest, public_id: str, session_id: str) -> tuple[Session, ProgrammeSession]:
    conference = get_for(request.user, "record attendance", Conference, public_id=public_id)
    session = get_for(request.user, "record attendance", Session, conference=conference, public_id=session_id)
    programme = programmes.latest(conference)
    released = programme.session(session_id) if programme else None
    if released is None:
        raise Http404
    return session, released


def _rows(request: HttpRequest, session: Session) -> list[SessionDoorRow]:
    """By name: who is expected, and whoever came all the same."""
    here = visits.here(session)
    seats = allowed(request.user, "record attendance", SignUp).filter(event=session.conference.registration_id)
    booked = None
    if session.places is not None:
        booked = set(session.bookings.filter(state=PlaceState.BOOKED).values_list("sign_up_id", flat=True))
        seats = seats.filter(pk__in=booked | here)
    by_name = seats.select_related("person", "municipality").order_by("person__first_name", "person__last_name", "pk")
    return [
        SessionDoorRow(
            entry, entry.pk in here, "" if booked is None or entry.pk in booked else _("without a place booked here")
        )
        for entry in by_name
    ]


def _yes(request: HttpRequest, session: Session, text: str) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"message": text, "present": sorted(visits.here(session))})
    messages.success(request, text)
    return redirect("session_door", public_id=session.conference.public_id, session_id=session.public_id)


def _no(
    request: HttpRequest,
    session: Session,
    released: ProgrammeSession,
    text: str,
    *,
    status: int,
    code_form: Form | None = None,
) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"message": text}, status=status)
    return _show(request, session, released, error="" if code_form else text, code_form=code_form, status=status)


def _show(
    request: HttpRequest,
    session: Session,
    released: ProgrammeSession,
    *,
    error: str = "",
    code_form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    rows = _rows(request, session)
    here = sum(row.attendance for row in rows)
    context = {
        "conference": session.conference,
        "session": released,
        "rows": rows,
        "here": here,
        "missing": len(rows) - here,
        "is_open": bool(released.starts_at and released.starts_at - attendance.OPENS_BEFORE <= now),
        "is_over": bool(released.ends_at and released.ends_at <= now),
        "code_form": code_form or DoorCodeForm(),
        "error": error,
        "now_ms": int(now.timestamp() * 1000),
    }
    return render(request, "conferences/session_door.html", context, status=status)
