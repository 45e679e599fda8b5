"""The day itself: who comes through the door, with a code, a name or without a seat."""

from dataclasses import dataclass

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.core.services import ActionRefused, ids_in
from portal.core.views import answers_when_busy
from portal.events.enums import EventFormat, SignUpState
from portal.events.forms import DoorCodeForm, DoorDecisionForm, WalkInForm
from portal.events.models import Attendance, EventOccasion, SignUp
from portal.events.services import attendance, walk_ins
from portal.municipalities.permissions import allowed, get_for


@dataclass(frozen=True)
class DoorRow:
    """Somebody with a seat, and whether they are here."""

    entry: SignUp
    attendance: Attendance | None


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def attendance_edit(request: HttpRequest, uid) -> HttpResponse:
    """The door: check in by code, camera or name. Names, workplaces and codes, nothing else: enough at a door."""
    occasion = _occasion(request, uid)
    if request.method != "POST":
        return _show_door(request, occasion)
    present = ids_in(request.POST.getlist("present"))
    try:
        came, missing = attendance.record(occasion=occasion, present=present, actor=request.user)
    except ActionRefused as refusal:
        return _show_door(request, occasion, error=refusal.message, status=409)
    text = _("Saved: %(came)s came, %(missing)s did not.") % {"came": came, "missing": missing}
    messages.success(request, text)
    return redirect("attendance_edit", uid=uid)


@require_POST
@login_required
@never_cache
@answers_when_busy
def attendance_one(request: HttpRequest, uid) -> HttpResponse:
    """One person in or out: by code, or by the row that was tapped. JSON for the page's script, else the page."""
    occasion = _occasion(request, uid)
    if "code" in request.POST:
        return _check_in_by_code(request, occasion)
    form = DoorDecisionForm(request.POST)
    if not form.is_valid():
        text = _("Something is missing or wrong in what was sent. Load the page again.")
        if "minutes" in form.errors:
            text = str(form.errors["minutes"][0])
        return _no(request, occasion, text, status=400)
    data = form.cleaned_data
    now = timezone.now()
    given = {
        "occasion": occasion,
        "sign_up_id": data["sign_up"],
        "actor": request.user,
        "at": form.decided_at,
        "now": now,
    }
    try:
        if data["present"] == "false":
            attendance.undo(**given)
        elif "minutes" in request.POST:
            attendance.stay_for(**given, minutes=data["minutes"])
        else:
            attendance.check_in(**given)
    except ActionRefused as refusal:
        return _no(request, occasion, refusal.message, status=400 if refusal.code == "minutes" else 409)
    return _yes(request, occasion, _("Saved."))


def _check_in_by_code(request: HttpRequest, occasion: EventOccasion) -> HttpResponse:
    form = DoorCodeForm(request.POST)
    if form.is_valid():
        here = allowed(request.user, "record attendance", SignUp).filter(event=occasion.event_id)
        try:
            entry = attendance.found_by_code(here.select_related("person"), form.cleaned_data["code"])
            attendance.check_in(occasion=occasion, sign_up_id=entry.pk, actor=request.user)
        except ActionRefused as refusal:
            form.add_error("code", refusal.message)
            return _no(request, occasion, refusal.message, status=409, code_form=form)
        return _yes(request, occasion, _("%(name)s is checked in.") % {"name": entry.person})
    return _no(request, occasion, str(form.errors["code"][0]), status=400, code_form=form)


@require_POST
@login_required
@never_cache
@answers_when_busy
def attendance_walk_in(request: HttpRequest, uid) -> HttpResponse:
    """Somebody without a seat: from the waiting list by the row, or a member by the exact address."""
    occasion = _occasion(request, uid)
    form = WalkInForm(request.POST)
    try:
        if "sign_up" in request.POST:
            waiting = get_for(request.user, "check in", SignUp, pk=request.POST["sign_up"], event=occasion.event_id)
            entry = walk_ins.seat_from_waiting_list(occasion=occasion, sign_up_id=waiting.pk, actor=request.user)
        elif form.is_valid():
            if not ratelimit.consume(request, action="walk_in"):
                raise ActionRefused(_("That was too many tries. Wait a while."), code="too_many", field="email")
            entry = walk_ins.seat_member(occasion=occasion, email=form.cleaned_data["email"], actor=request.user)
        else:
            return _show_door(request, occasion, walk_in_form=form, status=400)
    except ActionRefused as refusal:
        if refusal.field:
            form.add_error(refusal.field, refusal.message)
            return _show_door(request, occasion, walk_in_form=form, status=409)
        return _show_door(request, occasion, error=refusal.message, status=409)
    messages.success(request, _("%(name)s has a seat and is checked in.") % {"name": entry.person})
    return redirect("attendance_edit", uid=uid)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def check_in(request: HttpRequest, uid) -> HttpResponse:
    """What a participant's QR code leads the phone of a door helper to: who it is, and the button."""
    entry = get_for(request.user, "check in", SignUp, uid=uid)
    now = timezone.now()
    occasion = attendance.occasion_at_the_door(entry.event.occasions.all(), now)
    error = ""
    if request.method == "POST":
        try:
            if entry.state != SignUpState.CONFIRMED:
                raise attendance.no_seat_here()
            # Before the first date opens the service says so.
            date = occasion or entry.event.occasions.all()[0]
            act = attendance.undo if "undo" in request.POST else attendance.check_in
            act(occasion=date, sign_up_id=entry.pk, actor=request.user, now=now)
        except ActionRefused as refusal:
            error = refusal.message
        else:
            return redirect("check_in", uid=uid)
    context = {
        "sign_up": entry,
        "event": entry.event,
        "occasion": occasion,
        "has_seat": entry.state == SignUpState.CONFIRMED,
        "is_here": occasion is not None and occasion.attendances.filter(sign_up=entry).exists(),
        "error": error,
    }
    return render(request, "events/check_in.html", context, status=409 if error else 200)


def _occasion(request: HttpRequest, uid) -> EventOccasion:
    return get_for(request.user, "record attendance", EventOccasion, uid=uid)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _yes(request: HttpRequest, occasion: EventOccasion, text: str) -> HttpResponse:
    if _wants_json(request):
        # Who is here by now, so that two phones at two doors show the same.
        return JsonResponse({"message": text, "present": sorted(_present(occasion))})
    messages.success(request, text)
    return redirect("attendance_edit", uid=occasion.uid)


def _no(
    request: HttpRequest, occasion: EventOccasion, text: str, *, status: int, code_form: Form | None = None
) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"message": text}, status=status)
    return _show_door(request, occasion, error="" if code_form else text, code_form=code_form, status=status)


def _present(occasion: EventOccasion) -> dict[int, Attendance]:
    return {row.sign_up_id: row for row in occasion.attendances.all()}


def _show_door(
    request: HttpRequest,
    occasion: EventOccasion,
    *,
    error: str = "",
    code_form: Form | None = None,
    walk_in_form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    event, now, present = occasion.event, timezone.now(), _present(occasion)
    entries = (
        allowed(request.user, "record attendance", SignUp)
        .filter(event=event)
        .coming_to(occasion)
        .select_related("person", "municipality", "unit")
        .order_by("person__first_name", "person__last_name", "pk")
    )
    rows = [DoorRow(entry, present.get(entry.pk)) for entry in entries]
    takes_walk_ins = walk_ins.takes_walk_ins(occasion, event, now)
    waiting: list[SignUp] = []
    if takes_walk_ins:
        queue = allowed(request.user, "check in", SignUp).filter(event=event, state=SignUpState.WAITING)
        waiting = walk_ins.with_room(event, queue.select_related("person", "municipality").in_queue_order(), now)
    here = sum(row.attendance is not None for row in rows)
    context = {
        "event": event,
        "occasion": occasion,
        "rows": rows,
        "entries": [row.entry for row in rows],
        "here": here,
        "missing": len(rows) - here,
        "is_open": occasion.starts_at - attendance.OPENS_BEFORE <= now,
        "is_over": occasion.ends_at <= now,
        "is_online": event.format != EventFormat.ON_SITE,
        "takes_walk_ins": takes_walk_ins,
        "waiting": waiting,
        "code_form": code_form or DoorCodeForm(),
        "walk_in_form": walk_in_form or WalkInForm(),
        "error": error,
        "now_ms": int(now.timestamp() * 1000),
    }
    return render(request, "events/attendance_edit.html", context, status=status)
