"""The coordinator's workspace: a programme is planned, then released."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal.conferences.forms import (
    MOST_PARTS,
    MOST_ROWS,
    MaterialFormSet,
    PartFormSet,
    PlaceForm,
    RegistrationForm,
    ReleaseForm,
    RoomFormSet,
    SessionForm,
    SpeakerForm,
    TrackFormSet,
    TranscriptForm,
    part_initial,
)
from portal.conferences.models import Conference, Session, Speaker
from portal.conferences.services import changes, clashes, conferences, materials, planning, programmes, releases
from portal.conferences.services.grids import grid_of
from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy, leave_unchecked, one_more_row, posted
from portal.municipalities.enums import Right
from portal.municipalities.permissions import allowed, get_for, has_right_somewhere
from portal.notifications.services import outbox

STEP = timedelta(minutes=15)
_FROM, _UNTIL = time(8), time(18)


@require_GET
@login_required
@never_cache
def workspace_conferences(request: HttpRequest) -> HttpResponse:
    """The conferences whose programme the user plans."""
    if not has_right_somewhere(request.user, Right.MANAGE_EVENTS):
        raise PermissionDenied
    today = timezone.localdate()
    planned = allowed(request.user, "manage", Conference).select_related("municipality")
    context = {
        "coming": planned.filter(last_day__gte=today),
        "past": planned.filter(last_day__lt=today).order_by("-first_day"),
    }
    return render(request, "conferences/workspace_conferences.html", context)


@require_GET
@login_required
@never_cache
def programme_plan(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is planned, as a list or a table, with what is odd about it and the way to everything else."""
    conference = _planned(request, public_id)
    planned = programmes.draft(conference)
    view = "grid" if request.GET.get("view") == "grid" else "list"
    last = conference.releases.first()
    context = {
        "conference": conference,
        "programme": planned,
        "clashes": clashes.found_in(conference, planned),
        "view": view,
        "grids": [grid_of(day, planned.rooms) for day in planned.days] if view == "grid" else [],
        "last": last,
        "is_changed": last is not None and last.programme != programmes.stored(planned),
    }
    return render(request, "conferences/programme_plan.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def programme_frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """Rooms and tracks, in their order."""
    conference = _planned(request, public_id)
    added = next((name for name in ("rooms", "tracks") if f"add_{name}" in request.POST), None)
    data = one_more_row(request.POST, added, MOST_ROWS) if added else posted(request)
    rooms = RoomFormSet(data, prefix="rooms", queryset=conference.rooms.all())
    tracks = TrackFormSet(data, prefix="tracks", queryset=conference.tracks.all())
    status = 200
    if added:
        for rows in (rooms, tracks):
            leave_unchecked(None, rows)
    elif request.method == "POST":
        # Both are asked, so that everything that is wrong is said at once.
        if all([rooms.is_valid(), tracks.is_valid()]):
            planning.save_frame(conference=conference, rooms=rooms.kept(), tracks=tracks.kept())
            messages.success(request, _("Saved."))
            return redirect("programme_plan", public_id=public_id)
        status = 400
    context = {"conference": conference, "rooms": rooms, "tracks": tracks, "checks": not added}
    return render(request, "conferences/programme_frame.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def programme_registration(request: HttpRequest, public_id: str) -> HttpResponse:
    """Which event people sign up to the conference with."""
    conference = _planned(request, public_id)
    form = RegistrationForm(posted(request), instance=conference, user=request.user)
    if request.method == "POST" and form.is_valid():
        conferences.open_registration(conference=conference, event=form.cleaned_data["registration"])
        messages.success(request, _("Saved. It stands on the conference’s page at once."))
        return redirect("programme_plan", public_id=public_id)
    context = {"conference": conference, "form": form}
    return render(request, "conferences/programme_registration.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def session_create(request: HttpRequest, public_id: str) -> HttpResponse:
    conference = _planned(request, public_id)
    return _edit_session(request, conference, Session(conference=conference), is_new=True)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def session_edit(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    conference = _planned(request, public_id)
    session = get_for(request.user, "manage", Session, conference=conference, public_id=session_id)
    if "remove" in request.POST:
        planning.remove_session(session=session)
        messages.success(request, _("”%(title)s” is taken out of the plan.") % {"title": session.title})
        return redirect("programme_plan", public_id=public_id)
    return _edit_session(request, conference, session, is_new=False)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def session_place(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    """Move a session in the table: its free places are buttons, each of which is one step for mouse, touch and keys."""
    conference = _planned(request, public_id)
    session = get_for(request.user, "manage", Session, conference=conference, public_id=session_id)
    planned = programmes.draft(conference)
    form = PlaceForm(posted(request), conference=conference)
    if request.method == "POST" and form.is_valid():
        starts_at, room = form.cleaned_data["place"]
        planning.place(session_id=session.pk, starts_at=starts_at, room=room)
        messages.success(request, _("Moved."))
        back = reverse("programme_plan", kwargs={"public_id": public_id})
        return redirect(f"{back}?view=grid#session-{session.public_id}")
    context = {
        "conference": conference,
        "session": session,
        "days": _places(conference, planned, session),
        "rooms": planned.rooms,
        "form": form,
    }
    return render(request, "conferences/session_place.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def session_materials(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    """What the session leaves behind: links, files, and what was said as text."""
    conference = _planned(request, public_id)
    session = get_for(request.user, "manage", Session, conference=conference, public_id=session_id)
    adds = "add_material" in request.POST
    data = one_more_row(request.POST, "materials", MOST_PARTS) if adds else posted(request)
    form = TranscriptForm(data, instance=session)
    rows = MaterialFormSet(data, prefix="materials", queryset=session.materials.all(), user=request.user)
    status = 200
    if adds:
        leave_unchecked(form, rows)
    elif request.method == "POST":
        if all([form.is_valid(), rows.is_valid()]):
            materials.save(session=session, transcript=form.cleaned_data["transcript"], materials=rows.kept())
            messages.success(request, _("Saved."))
            return redirect("session_edit", public_id=public_id, session_id=session_id)
        status = 400
    context = {"conference": conference, "session": session, "form": form, "materials": rows, "checks": not adds}
    return render(request, "conferences/session_materials.html", context, status=status)


@require_GET
@login_required
@never_cache
def speaker_list(request: HttpRequest, public_id: str) -> HttpResponse:
    conference = _planned(request, public_id)
    speakers = allowed(request.user, "manage", Speaker).filter(conference=conference).prefetch_related("parts")
    return render(request, "conferences/speaker_list.html", {"conference": conference, "speakers": speakers})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def speaker_create(request: HttpRequest, public_id: str) -> HttpResponse:
    conference = _planned(request, public_id)
    return _edit_speaker(request, conference, Speaker(conference=conference), is_new=True)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def speaker_edit(request: HttpRequest, public_id: str, speaker_id: str) -> HttpResponse:
    conference = _planned(request, public_id)
    speaker = get_for(request.user, "manage", Speaker, conference=conference, public_id=speaker_id)
    if "remove" in request.POST:
        planning.remove_speaker(speaker=speaker)
        messages.success(request, _("%(name)s is removed, and named nowhere any more.") % {"name": speaker.name})
        return redirect("speaker_list", public_id=public_id)
    return _edit_speaker(request, conference, speaker, is_new=False)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def programme_release(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a new version changes, what forbids it, the mail that goes out and to how many; then the act itself."""
    conference = _planned(request, public_id)
    planned, before = programmes.draft(conference), programmes.latest(conference)
    number = (before.number or 0) + 1 if before else 1
    form = ReleaseForm(posted(request), initial={"name": _("Version %(number)s") % {"number": number}})
    if request.method == "POST" and form.is_valid():
        try:
            releases.release(conference_id=conference.pk, actor=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The version is public."))
            return redirect("programme_plan", public_id=public_id)
    context = {
        "conference": conference,
        "form": form,
        "clashes": clashes.found_in(conference, planned),
        "changes": changes.between(before, planned),
        "is_first": before is None,
        **_what_would_happen(conference, request.user),
    }
    return render(request, "conferences/programme_release.html", context, status=400 if form.errors else 200)


def _what_would_happen(conference: Conference, actor) -> dict:
    """The mail that goes out with a release, kept nowhere, and why there can be none."""

    def act() -> None:
        releases.release(conference_id=conference.pk, name="?", tells_people=True, actor=actor)

    try:
        return {"rehearsal": outbox.rehearse(act, message=releases.MESSAGE), "refusal": ""}
    except ActionRefused as refusal:
        return {"rehearsal": None, "refusal": refusal.message}


def _planned(request: HttpRequest, public_id: str) -> Conference:
    return get_for(request.user, "manage", Conference, public_id=public_id)


def _edit_session(request: HttpRequest, conference: Conference, session: Session, *, is_new: bool) -> HttpResponse:
    adds = "add_part" in request.POST
    data = one_more_row(request.POST, "parts", MOST_PARTS) if adds else posted(request)
    form = SessionForm(data, instance=session, conference=conference, user=request.user)
    initial = [] if is_new else part_initial(session)
    parts = PartFormSet(data, prefix="parts", conference=conference, initial=initial)
    status = 200
    if adds:
        leave_unchecked(form, parts)
    elif request.method == "POST":
        status = 400
        if all([form.is_valid(), parts.is_valid()]):
            try:
                saved = planning.save_session(
                    session=form.save(commit=False), parts=parts.parts(), pages=form.cleaned_data.get("pages", [])
                )
            except ActionRefused as refusal:
                form.add_error(refusal.field or None, refusal.message)
            else:
                messages.success(request, _("Saved. It is public with the next version."))
                back = reverse("programme_plan", kwargs={"public_id": conference.public_id})
                return redirect(f"{back}#session-{saved.public_id}")
    context = {
        "conference": conference,
        "session": session,
        "form": form,
        "parts": parts,
        "is_new": is_new,
        "checks": not adds,
        "has_speakers": bool(parts.speakers),
    }
    return render(request, "conferences/session_edit.html", context, status=status)


def _edit_speaker(request: HttpRequest, conference: Conference, speaker: Speaker, *, is_new: bool) -> HttpResponse:
    form = SpeakerForm(posted(request), instance=speaker, conference=conference, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            planning.save_speaker(speaker=form.save(commit=False), consents=form.cleaned_data["consents"])
        except ActionRefused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("speaker_list", public_id=conference.public_id)
    context = {"conference": conference, "speaker": speaker, "form": form, "is_new": is_new}
    return render(request, "conferences/speaker_edit.html", context, status=400 if form.errors else 200)


def _places(conference: Conference, planned: programmes.Programme, session: Session) -> list[tuple]:
    """For each day of the conference: the moments at which the session fits in some room, with those rooms.

    Each quarter of an hour between 8 and 18; other times are written in the session's form.
    """
    length = session.ends_at - session.starts_at if session.starts_at and session.ends_at else planning.USUAL_LENGTH
    others = [s for s in planned.scheduled if s.id != session.public_id]
    days = []
    for number in range((conference.last_day - conference.first_day).days + 1):
        day = conference.first_day + timedelta(days=number)
        at = timezone.make_aware(datetime.combine(day, _FROM))
        end = timezone.make_aware(datetime.combine(day, _UNTIL))
        rows = []
        while at + length <= end:
            taken = {s.room.id for s in others if s.room and s.starts_at < at + length and at < s.ends_at}
            rows.append((at, [None if room.id in taken else room for room in planned.rooms]))
            at += STEP
        days.append((day, rows))
    return days
