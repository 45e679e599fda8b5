"""The coordinator's workspace: my events, and what is done with one of them."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy, leave_unchecked, one_more_row, posted
from portal.events.forms import (
    KeepSeatsForm,
    NoteForm,
    OccasionFormSet,
    TrainingEventForm,
    moments_in,
    occasion_initial,
    seats_in,
)
from portal.events.models import CoOrganiser, EventOccasion, TrainingEvent
from portal.events.permissions import municipalities_it_is_open_to
from portal.events.services import attendance, co_organisers, needs, training_events
from portal.events.views.decisions import to_look_at
from portal.municipalities.enums import Right
from portal.municipalities.forms import TogetherForm
from portal.municipalities.permissions import allowed, get_for, has_right_somewhere, municipalities_with


@require_GET
@login_required
@never_cache
def workspace_events(request: HttpRequest) -> HttpResponse:
    _require_manager_of_events(request)
    now = timezone.now()
    events = allowed(request.user, "manage", TrainingEvent).for_listing()
    context = {
        "coming": events.filter(last_ends_at__gte=now),
        "past": events.filter(last_ends_at__lt=now).order_by("-first_starts_at")[:30],
    }
    return render(request, "events/workspace_events.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_create(request: HttpRequest) -> HttpResponse:
    _require_manager_of_events(request)
    own = municipalities_with(request.user, Right.MANAGE_EVENTS)
    event = TrainingEvent()
    initial = {"municipality": own.first(), **_copied(request)}
    if request.GET.get("course", "").isdigit():
        initial["course"] = request.GET["course"]
    return _edit(request, event, initial=initial, is_new=True)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    return _edit(request, event, initial={}, is_new=False)


@require_POST
@login_required
def event_publish(request: HttpRequest, public_id: str) -> HttpResponse:
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    try:
        training_events.publish(event_id=event.pk, actor=request.user)
    except ActionRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The event is published. Those it is for can find it and sign up."))
    return redirect("event_participants", public_id=event.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_seats(request: HttpRequest, public_id: str) -> HttpResponse:
    """How many seats are kept for which municipality, and until when."""
    event = get_for(request.user, "own", TrainingEvent, public_id=public_id)
    form = KeepSeatsForm(
        posted(request), event=event, municipalities=list(municipalities_it_is_open_to(event).order_by("name"))
    )
    if request.method == "POST" and form.is_valid():
        try:
            training_events.keep_seats(
                event_id=event.pk, kept=form.kept, until=form.cleaned_data["kept_until"], actor=request.user
            )
        except ActionRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("event_participants", public_id=public_id)
    context = {"event": event, "form": form}
    return render(request, "events/event_seats.html", context, status=400 if form.errors else 200)


@require_GET
@login_required
@never_cache
def event_poster(request: HttpRequest, public_id: str) -> HttpResponse:
    """A page to print and put on the wall: what, when, where, and a QR code to sign up with."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    return render(request, "events/event_poster.html", {"event": event, "occasions": event.occasions.all()})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def event_together(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who arranges the event with us, until when; invite and end."""
    event = get_for(request.user, "own", TrainingEvent, public_id=public_id)
    if "revoke" in request.POST:
        found = get_for(request.user, "manage", CoOrganiser, event=event, pk=request.POST["revoke"])
        co_organisers.revoke(co_organiser=found, actor=request.user)
        messages.success(request, _("They can no longer change the event or see who takes part."))
        return redirect("event_together", public_id=public_id)
    form = TogetherForm(posted(request), owner=event.municipality)
    if request.method == "POST" and form.is_valid():
        try:
            co_organisers.invite(event=event, actor=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("Their coordinators can now arrange the event with you."))
            return redirect("event_together", public_id=public_id)
    context = {
        "item": event,
        "is_page": False,
        "form": form,
        "together": allowed(request.user, "manage", CoOrganiser)
        .active()
        .filter(event=event)
        .select_related("municipality"),
    }
    return render(request, "cms/together.html", context, status=400 if form.errors else 200)


@require_GET
@login_required
@never_cache
def attendance_list(request: HttpRequest) -> HttpResponse:
    """The dates around today where I may tick off who came: a door helper's way in."""
    if not has_right_somewhere(request.user, Right.RECORD_ATTENDANCE):
        raise PermissionDenied
    now = timezone.now()
    events = allowed(request.user, "record attendance", TrainingEvent)
    occasions = allowed(request.user, "record attendance", EventOccasion).select_related("event__municipality")
    context = {
        "now_open": occasions.filter(
            starts_at__lte=now + attendance.OPENS_BEFORE, ends_at__gte=now - timedelta(days=7)
        ),
        "coming": occasions.filter(starts_at__gt=now + attendance.OPENS_BEFORE)[:10],
        "any": events.exists(),
    }
    return render(request, "events/attendance_list.html", context)


def _copied_event(request: HttpRequest) -> TrainingEvent | None:
    """The event that `?copy=` names; 404 where the user does not manage it."""
    if not request.GET.get("copy"):
        return None
    return get_for(request.user, "manage", TrainingEvent, public_id=request.GET["copy"])


def _copied(request: HttpRequest) -> dict:
    """What a new event has in common with the one that is copied: all but its dates and what became of it."""
    event = _copied_event(request)
    if event is None:
        return {}
    own = municipalities_with(request.user, Right.MANAGE_EVENTS)
    copied = forms.model_to_dict(event, exclude=["sign_up_opens_at", "sign_up_closes_at", "decide_by"])
    if not own.filter(pk=event.municipality_id).exists():
        del copied["municipality"]  # arranged together with its owner: the copy is one's own
    return copied


def _edit(request: HttpRequest, event: TrainingEvent, *, initial: dict, is_new: bool) -> HttpResponse:
    note = NoteForm(posted(request))
    context = {"event": event, "is_new": is_new, "note": note}
    if "add_date" in request.POST:
        form, dates = _with_one_more_date(request, event)
        return render(request, "events/event_edit.html", {**context, "form": form, "dates": dates})
    occasions = [] if is_new else list(event.occasions.all())
    form = TrainingEventForm(posted(request), instance=event, user=request.user, initial=initial)
    dates = OccasionFormSet(posted(request), prefix="dates", initial=occasion_initial(occasions))
    status = 400 if request.method == "POST" else 200
    # Both are asked, so that everything that is wrong is said at once.
    if request.method == "POST" and all([form.is_valid(), dates.is_valid(), note.is_valid()]):

        def save() -> TrainingEvent:
            return _save(request, form, dates, note=note.cleaned_data["note"])

        try:
            # Nobody is told of another time or place by surprise: first the mail is looked at.
            context["rehearsal"] = None if is_new else to_look_at(request, save, message="events/changed")
            status = 200
            if context["rehearsal"] is None:
                saved = save()
                messages.success(request, _("Saved and published.") if "publish" in request.POST else _("Saved."))
                return redirect("event_participants", public_id=saved.public_id)
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
            status = 400
    return render(request, "events/event_edit.html", {**context, "form": form, "dates": dates}, status=status)


@transaction.atomic
def _save(request: HttpRequest, form: TrainingEventForm, dates, *, note: str) -> TrainingEvent:
    is_new = form.instance.pk is None
    event = form.save(commit=False)
    # Those who arrange it with its owner do not decide who it is for: what holds stays.
    audience = {
        name: form.cleaned_data[name] if name in form.cleaned_data else list(getattr(event, name).all())
        for name in ("shared_with", "shared_with_collaborations")
    }
    saved = training_events.save(
        event=event,
        occasions=moments_in(dates),
        seats_on=seats_in(dates),
        note=note,
        actor=request.user,
        **audience,
    )
    if copied := _copied_event(request) if is_new else None:
        needs.ask_the_same(copied, saved)
    if "publish" in request.POST:
        training_events.publish(event_id=saved.pk, actor=request.user)
    return saved


def _with_one_more_date(request: HttpRequest, event: TrainingEvent):
    """The form as it was filled in, unchecked, with one more row for a date; works without JavaScript."""
    data = one_more_row(request.POST, "dates", 40)
    form = TrainingEventForm(data, instance=event, user=request.user)
    dates = OccasionFormSet(data, prefix="dates")
    leave_unchecked(form, dates)
    return form, dates


def _require_manager_of_events(request: HttpRequest) -> None:
    if not has_right_somewhere(request.user, Right.MANAGE_EVENTS):
        raise PermissionDenied
