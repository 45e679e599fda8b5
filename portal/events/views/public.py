"""Events as those see them who come: list, page, sign-up."""

import uuid
from datetime import datetime
from functools import cache as once

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from wagtail.models import Page

from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy
from portal.events.forms import EventFilterForm, SignUpForm
from portal.events.models import EventOccasion, InvitationLink, SignUp, TrainingEvent
from portal.events.permissions import may_manage, municipalities_to_sign_up_for, people_to_sign_up
from portal.events.services import guests, months, series, sign_ups
from portal.municipalities.permissions import get_for, listed_for, viewer_for, viewer_may_read, visible
from portal.municipalities.services import audiences

PER_PAGE = 20


@require_GET
def event_list(request: HttpRequest) -> HttpResponse:
    """Coming events first; `?when=past` shows those that have been, `?view=month` a month of both."""
    now = timezone.now()
    past, by_month = request.GET.get("when") == "past", request.GET.get("view") == "month"
    filters = EventFilterForm(request.GET)
    events = listed_for(request.user, visible(request.user, TrainingEvent).published()).for_listing()
    if filters.is_valid():
        chosen = filters.cleaned_data
        if chosen["municipality"]:
            events = events.filter(municipality=chosen["municipality"])
        if chosen["format"]:
            events = events.filter(format=chosen["format"])
        if chosen["free"] and not past:
            events = events.with_free_seats(now)
    query = request.GET.copy()
    for name in ("page", "month", "view", "when"):
        query.pop(name, None)
    context = {"filters": filters, "past": past, "by_month": by_month, "chosen": query.urlencode()}
    if by_month:
        first = months.month_named(request.GET.get("month", ""))
        context["month"] = months.lay_out(first, _occasions_in(events, *months.moments_of(first)))
        return render(request, "events/event_month.html", context)
    events = events.past(now).order_by("-first_starts_at", "-pk") if past else events.upcoming(now)
    context["page_obj"] = once(lambda: Paginator(events, PER_PAGE).get_page(request.GET.get("page")))
    context["querystring"] = "&".join(filter(None, ["when=past" if past else "", context["chosen"]]))
    return render(request, "events/event_list.html", context)


def _occasions_in(events, from_moment: datetime, to_moment: datetime) -> list[EventOccasion]:
    """The dates of these events, with each date's event, that take place between two moments."""
    near = events.filter(first_starts_at__lt=to_moment, last_ends_at__gt=from_moment)
    occasions = [
        occasion
        for event in near
        for occasion in event.occasions.all()
        if occasion.starts_at < to_moment and occasion.ends_at > from_moment
    ]
    return sorted(occasions, key=lambda occasion: (occasion.starts_at, occasion.pk))


@require_GET
@never_cache
def event_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    event = get_for(request.user, "see", TrainingEvent, public_id=public_id)
    return show_event(request, event)


@require_GET
@login_required
@never_cache
def event_as_reader(request: HttpRequest, public_id: str) -> HttpResponse:
    """Those who manage an event see it as others do: `?reader=` is a mode of `readers_to_try`."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    modes = audiences.readers_to_try(event)
    mode = request.GET.get("reader") or modes[0][0]
    if mode not in dict(modes):
        raise Http404
    reader = audiences.imagined_reader(mode)
    context = {"reader_modes": modes, "reader_mode": mode, "event": event}
    request.user = reader
    if not viewer_may_read(viewer_for(reader), event):
        return render(request, "not_for_reader.html", {**context, "mode_label": dict(modes)[mode]})
    return show_event(request, event, further=context)


@require_POST
@login_required
@answers_when_busy
def sign_up(request: HttpRequest, public_id: str) -> HttpResponse:
    """Sign the user up as the form says, or show the event's page with what is wrong with it.

    Whom the event is open to may read it, so it is fetched only for whoever is told why not: when sign-up opens,
    hundreds come at once.
    """
    form = SignUpForm(request.POST, municipality_ids=sorted(viewer_for(request.user).municipality_ids))
    refusal = None
    if form.is_valid():
        try:
            return redirect(_signed_up(request, form, public_id=public_id))
        except TrainingEvent.DoesNotExist as error:
            raise Http404 from error
        except ActionRefused as error:
            refusal = error
    event = get_for(request.user, "see", TrainingEvent, public_id=public_id)
    form = SignUpForm(request.POST, municipality_ids=municipalities_to_sign_up_for(request.user, event))
    return _show_refused(request, event, form, refusal)


def take_sign_up(
    request: HttpRequest, event: TrainingEvent, *, invitation: InvitationLink, further: dict
) -> HttpResponse:
    """The same with an invitation, which is shown `further`.

    Raises ActionRefused where the invitation holds no more (codes "invitation_…").
    """
    form = SignUpForm(request.POST, municipality_ids=_to_sign_up_for(request, event, invitation))
    refusal = None
    if form.is_valid():
        try:
            return redirect(_signed_up(request, form, event_id=event.pk, invitation=invitation))
        except ActionRefused as error:
            if error.code.startswith("invitation_"):
                raise
            refusal = error
            event.refresh_from_db()
    return _show_refused(request, event, form, refusal, invitation=invitation, further=further)


def _signed_up(request: HttpRequest, form: SignUpForm, **which) -> SignUp:
    return sign_ups.sign_up(
        **which,
        person=request.user,
        municipality_id=form.cleaned_data["municipality"],
        takes_seat_at_once=form.cleaned_data["takes_seat_at_once"],
        form_token=form.cleaned_data["form_token"],
    )


def _show_refused(
    request: HttpRequest, event: TrainingEvent, form: SignUpForm, refusal: ActionRefused | None, **shown
) -> HttpResponse:
    """The event's page as it is now, with what is wrong with the form (400), or with what spoke against it (409)."""
    if not form.is_valid():
        return show_event(request, event, form=form, status=400, **shown)
    if refusal:
        form.add_error(refusal.field or None, refusal.message)
    return show_event(request, event, form=form, status=409, **shown)


@require_POST
@login_required
@never_cache
@answers_when_busy
def sign_up_move(request: HttpRequest, public_id: str) -> HttpResponse:
    """Come on this day instead of the other one of the series that I am signed up to."""
    event = get_for(request.user, "see", TrainingEvent, public_id=public_id)
    entry = _sign_up_in_series(request, event)
    if entry is None:
        raise Http404
    try:
        return redirect(series.move(sign_up_id=entry.pk, to_event_id=event.pk, actor=request.user))
    except ActionRefused as refusal:
        messages.error(request, refusal.message)
        return redirect(event)


def _sign_up_in_series(request: HttpRequest, event: TrainingEvent) -> SignUp | None:
    """My sign-up to another event of a series of which one comes to one."""
    if not (event.series and event.once_per_series and request.user.pk):
        return None
    own = visible(request.user, SignUp).active().filter(series=event.series).exclude(event=event)
    return own.select_related("event").first()


def _to_sign_up_for(request: HttpRequest, event: TrainingEvent, invitation: InvitationLink | None) -> list[int]:
    """Ids of the municipalities for which the user may come: with an invitation, each of their own."""
    if invitation is not None:
        return sorted(viewer_for(request.user).municipality_ids)
    return municipalities_to_sign_up_for(request.user, event)


def show_event(
    request: HttpRequest,
    event: TrainingEvent,
    *,
    form=None,
    status: int = 200,
    invitation: InvitationLink | None = None,
    further: dict | None = None,
) -> HttpResponse:
    """An event's page for the user of the request, whom the caller knows to be one of its readers.

    With an `invitation` that holds they sign up through it; `further` comes before what is worked out here.
    """
    own_sign_up = in_series = None
    municipality_ids: list[int] = []
    if request.user.is_authenticated:
        # A reader who is only imagined has no sign-ups.
        if request.user.pk:
            own_sign_up = visible(request.user, SignUp).active().filter(event=event).first()
            in_series = None if own_sign_up else _sign_up_in_series(request, event)
        if own_sign_up is None and in_series is None and event.takes_sign_ups:
            municipality_ids = _to_sign_up_for(request, event, invitation)
    if form is None and municipality_ids:
        form = SignUpForm(municipality_ids=municipality_ids, initial={"form_token": uuid.uuid4()})
    context = {
        "event": event,
        "occasions": event.occasions.all(),
        "form": form,
        "own_sign_up": own_sign_up,
        "may_sign_up": bool(municipality_ids),
        "clashes": sign_ups.clashes(event, request.user) if form or own_sign_up else [],
        "gets_seat": any(sign_ups.would_get_seat(event, request.user, pk) for pk in municipality_ids),
        "asks_manager": bool(municipality_ids) and sign_ups.would_ask_manager(event, request.user, municipality_ids),
        "may_sign_up_others": event.takes_sign_ups
        and bool(request.user.pk)
        and people_to_sign_up(request.user, event).exists(),
        "may_manage": may_manage(request.user, event),
        "together": event.co_organisers.active().select_related("municipality"),
        "is_member": viewer_for(request.user).is_member,
        "course": once(lambda: event.course if event.course_id and _course_is_readable(request.user, event) else None),
        "materials": event.materials.all(),
        "invitation": invitation,
        "guest_address": _guest_address(request, event, invitation),
        "in_series": in_series,
        "other_days": once(lambda: _other_days(request, event)),
        **(further or {}),
    }
    return render(request, "events/event_detail.html", context, status=status)


def _guest_address(request: HttpRequest, event: TrainingEvent, invitation: InvitationLink | None) -> str:
    """Where somebody without an account, or with one and no municipality, signs up; "" where they cannot."""
    if not (event.takes_sign_ups and guests.may_come(event, request.user, invitation)):
        return ""
    if invitation is not None and invitation.for_guests:
        return reverse("guest_invited", kwargs={"key": invitation.key})
    return reverse("guest_sign_up", kwargs={"public_id": event.public_id})


def _other_days(request: HttpRequest, event: TrainingEvent) -> list[TrainingEvent]:
    """The same event on other days that are to come, of those the reader may see."""
    if event.series is None:
        return []
    mine = visible(request.user, TrainingEvent).published().upcoming()
    return list(series.others(event).filter(pk__in=mine.values("pk")).for_listing())


def _course_is_readable(user, event: TrainingEvent) -> bool:
    """A link to a page the reader may not open would tell its title."""
    return visible(user, Page).filter(pk=event.course_id).exists()
