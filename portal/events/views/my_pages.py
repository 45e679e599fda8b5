"""Mina sidor: my sign-ups and what happens next."""

from functools import partial

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.models import Page

from portal.core.services import ActionRefused, ids_in
from portal.core.views import answers_when_busy
from portal.events.enums import UNANSWERED_STATES, EventFormat, SignUpState
from portal.events.forms import DayCodeForm
from portal.events.models import EventOccasion, Interest, SignUp, Team, TrainingEvent
from portal.events.services import attendance, calendar_files, certificates, date_choices, needs, sign_ups
from portal.municipalities.enums import Right
from portal.municipalities.models import Membership, Unit
from portal.municipalities.permissions import allowed, get_for, has_right_somewhere, visible

_ACTS = {
    "accept": (sign_ups.accept_offer, gettext_lazy("The seat is yours.")),
    "decline": (sign_ups.decline_offer, gettext_lazy("You declined the seat.")),
    "cancel": (sign_ups.cancel, gettext_lazy("Your sign-up is cancelled.")),
    "take": (sign_ups.take_free_seat, gettext_lazy("The seat is yours.")),
    "at_once": (
        partial(sign_ups.choose_at_once, at_once=True),
        gettext_lazy("When a seat gets free and it is your turn, it is yours at once."),
    ),
    "ask_first": (
        partial(sign_ups.choose_at_once, at_once=False),
        gettext_lazy("When a seat gets free and it is your turn, we ask you first."),
    ),
}


@require_GET
@login_required
@never_cache
def my_pages(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    entries = (
        visible(request.user, SignUp)
        .select_related("event__municipality")
        .prefetch_related("event__occasions")
        .annotate(came=certificates.came_by(now))
        .order_by("event__first_starts_at", "pk")
    )
    coming = [e for e in entries if e.is_active and not _is_over(e, now)]
    earlier = [e for e in entries if not (e.is_active and not _is_over(e, now))]
    context = {
        "offers": [e for e in coming if e.state == "offered"],
        "coming": [e for e in coming if e.state != "offered"],
        "earlier": earlier[::-1],
        "memberships": allowed(request.user, "see own", Membership).with_roles(),
        "teams": [team for team in _teams(request.user) if not _is_over(team, now)],
        # A course that is shown no more does not tell its title here either.
        "interests": allowed(request.user, "manage", Interest)
        .open()
        .filter(course__in=visible(request.user, Page).values("pk"))
        .select_related("course"),
        "leads": _leads(request.user),
        "requests": allowed(request.user, "decide", SignUp).count(),
        "suggestions": _suggestions(request.user, now) if not coming else [],
    }
    return render(request, "events/my_pages.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def my_sign_up(request: HttpRequest, uid) -> HttpResponse:
    """One sign-up: what happens next, and the acts that are open to me. Nothing changes on GET."""
    entry = get_for(request.user, "answer", SignUp, uid=uid)
    now, occasions = timezone.now(), list(entry.event.occasions.all())
    error = None
    day_code = DayCodeForm()
    if request.method == "POST" and request.POST.get("act") == "here":
        day_code = _check_oneself_in(request, entry)
        if day_code.is_valid():
            messages.success(request, _("You are checked in."))
            return redirect(entry)
    elif request.method == "POST":
        act, done = _ACTS.get(request.POST.get("act", ""), (None, ""))
        if act is None:
            error = _("Choose what you want to do with one of the buttons.")
        else:
            try:
                act(sign_up_id=entry.pk, actor=request.user)
            except ActionRefused as refusal:
                error = refusal.message
            else:
                messages.success(request, done)
                return redirect(entry)
        entry.refresh_from_db()
    came = certificates.has_come(entry.pk)
    context = {
        "sign_up": entry,
        "event": entry.event,
        "occasions": entry.dates if entry.event.dates_to_choose and entry.dates else occasions,
        "asks": needs.asks_anything(entry.event),
        "mates": sign_ups.mates_of(entry),
        "position": sign_ups.position_in_queue(entry),
        "may_take_free_seat": sign_ups.may_take_free_seat(entry),
        "is_over": _is_over(entry, now),
        "shows_meeting_link": entry.state == SignUpState.CONFIRMED and entry.event.shows_meeting_link_at(now),
        "error": error,
        "came": came,
        "materials": entry.event.materials.all() if came else [],
        **_on_the_day(entry, occasions, now),
        "day_code": day_code,
    }
    status = 409 if error else 400 if day_code.errors else 200
    return render(request, "events/my_sign_up.html", context, status=status)


def _on_the_day(entry: SignUp, occasions: list[EventOccasion], now) -> dict:
    """What is shown at the door, and where an online meeting takes the code of the day."""
    has_seat = entry.state == SignUpState.CONFIRMED and not _is_over(entry, now)
    online_now = attendance.open_for_oneself(entry, occasions, now)
    return {
        "shows_code": has_seat and entry.event.format != EventFormat.ONLINE,
        "online_now": online_now,
        "is_here": online_now is not None and entry.attendances.filter(occasion=online_now).exists(),
    }


def _check_oneself_in(request: HttpRequest, entry: SignUp) -> DayCodeForm:
    """The form with what was typed; without errors the person is checked in."""
    form = DayCodeForm(request.POST)
    if not form.is_valid():
        return form
    # Six digits are guessed in a million tries; so few a minute are none.
    if not ratelimit.consume(request, action="day_code"):
        form.add_error("code", _("That was too many tries. Wait a few minutes."))
        return form
    try:
        attendance.check_oneself_in(sign_up_id=entry.pk, code=form.cleaned_data["code"], actor=request.user)
    except ActionRefused as refusal:
        form.add_error("code", refusal.message)
    return form


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def my_dates(request: HttpRequest, uid) -> HttpResponse:
    """Choose which of the event's dates I come to, or whoever I signed up who has no address."""
    entry = get_for(request.user, "tell needs", SignUp, uid=uid)
    event = entry.event
    if event.dates_to_choose is None or entry.state != SignUpState.CONFIRMED:
        raise Http404
    error, chosen = "", {occasion.pk for occasion in entry.dates}
    if request.method == "POST":
        chosen = set(ids_in(request.POST.getlist("dates")))
        try:
            date_choices.choose(sign_up_id=entry.pk, occasion_ids=chosen, actor=request.user)
        except ActionRefused as refusal:
            error = refusal.message
        else:
            messages.success(request, _("Your dates are saved. A mail puts them in your calendar."))
            own = entry.person_id == request.user.pk
            return redirect(entry.get_absolute_url() if own else entry.team.get_absolute_url())
    now = timezone.now()
    rows = [
        {
            "occasion": occasion,
            "is_chosen": occasion.pk in chosen,
            "free": max(date_choices.seats_of(occasion, event) - occasion.chosen, 0),
            "is_over": occasion.starts_at <= now,
        }
        for occasion in date_choices.with_chosen(event.occasions.all(), but=entry)
    ]
    context = {"sign_up": entry, "event": event, "rows": rows, "error": error}
    return render(request, "events/my_dates.html", context, status=409 if error else 200)


@require_GET
@login_required
@never_cache
def sign_up_calendar(request: HttpRequest, uid) -> HttpResponse:
    entry = get_for(request.user, "see", SignUp, uid=uid)
    if entry.state in (SignUpState.WAITING, *UNANSWERED_STATES):
        raise Http404  # nothing stands in the calendar yet, and a file that says "cancelled" would confuse
    if not entry.dates:
        raise Http404  # no date is chosen yet
    response = HttpResponse(calendar_files.for_sign_up(entry), content_type="text/calendar; charset=utf-8")
    name = slugify(entry.event.title) or "kalender"
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response


def _teams(user):
    return allowed(user, "manage", Team).filter(signed_up_at__isnull=False).select_related("event__municipality")


def _leads(user) -> bool:
    return has_right_somewhere(user, Right.LEAD_TEAM) or allowed(user, "lead", Unit).exists()


def _is_over(entry: SignUp | Team, now) -> bool:
    return bool(entry.event.last_ends_at and entry.event.last_ends_at <= now)


def _suggestions(user, now):
    """For a person with nothing ahead: what one could join."""
    events = visible(user, TrainingEvent).published().upcoming(now).for_listing()[:12]
    return [event for event in events if event.takes_sign_ups][:3]
