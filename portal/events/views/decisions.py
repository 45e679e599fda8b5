"""What becomes of an event: held, postponed, cancelled, given again. Before many get a mail, it is looked at."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy, leave_unchecked, one_more_row, posted
from portal.events.forms import (
    MOST_DAYS,
    CancelEventForm,
    DayFormSet,
    OccasionFormSet,
    PostponeForm,
    RepeatForm,
    moments_in,
    occasion_initial,
)
from portal.events.models import TrainingEvent
from portal.events.permissions import may_own
from portal.events.services import series, training_events
from portal.municipalities.permissions import get_for
from portal.notifications.services import outbox
from portal.notifications.services.outbox import Rehearsal

MANY = 2  # so many mails are looked at before they go


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """The mail that says that an event is held, and to how many; sent by the button below it."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)

    def decide() -> int:
        return training_events.decide_to_hold(event_id=event.pk, actor=request.user)

    try:
        if request.method != "POST":
            rehearsal = outbox.rehearse(decide, message="events/held")
            context = {"event": event, "rehearsal": rehearsal, "may_own": may_own(request.user, event)}
            return render(request, "events/event_decide.html", context)
        told = decide()
    except ActionRefused as refusal:
        messages.error(request, refusal.message)
    else:
        text = ngettext(
            "The event is held. %(count)s person gets a mail.", "The event is held. %(count)s people get a mail.", told
        )
        messages.success(request, text % {"count": told})
    return redirect("event_participants", public_id=public_id)


def to_look_at(
    request: HttpRequest, act: Callable[[], object], *, message: str, least: int = 1, is_named: bool = True
) -> Rehearsal | None:
    """The mail that `act` would send, to be looked at first; None when it has been, or fewer than `least` get one.

    Raises what `act` raises, and changes nothing.
    """
    if "send" in request.POST:
        return None
    rehearsal = outbox.rehearse(act, message=message, is_named=is_named)
    return rehearsal if rehearsal.number >= least else None


def mail_first(request: HttpRequest, event: TrainingEvent, rehearsal: Rehearsal, *, heading: str) -> HttpResponse:
    """The mail that what was posted would send, and a button that posts the same again with `send`."""
    posted_again = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "send")
        for value in values
    ]
    context = {"event": event, "rehearsal": rehearsal, "heading": heading, "posted": posted_again}
    return render(request, "events/mail_first.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_postpone(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the event new dates and say why; the mail is shown before it is sent."""
    event = get_for(request.user, "own", TrainingEvent, public_id=public_id)
    context = {"event": event, "to_tell": event.sign_ups.active().count(), "old_dates": event.occasions.all()}
    if "add_date" in request.POST:
        data = one_more_row(request.POST, "dates", 40)
        form, dates = PostponeForm(data), OccasionFormSet(data, prefix="dates")
        leave_unchecked(form, dates)
        return render(request, "events/event_postpone.html", {**context, "form": form, "dates": dates})
    form = PostponeForm(posted(request))
    dates = OccasionFormSet(posted(request), prefix="dates", initial=occasion_initial(list(event.occasions.all())))
    status = 400 if request.method == "POST" else 200

    def postpone() -> int:
        return training_events.postpone(
            event_id=event.pk, occasions=moments_in(dates), reason=form.cleaned_data["reason"], actor=request.user
        )

    if request.method == "POST" and all([form.is_valid(), dates.is_valid()]):
        try:
            context["rehearsal"] = to_look_at(request, postpone, message="events/postponed")
            status = 200
            if context["rehearsal"] is None:
                told = postpone()
                text = ngettext(
                    "The event is postponed. %(count)s person gets a mail.",
                    "The event is postponed. %(count)s people get a mail.",
                    told,
                )
                messages.success(request, text % {"count": told})
                return redirect("event_participants", public_id=public_id)
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
            status = 400
    return render(request, "events/event_postpone.html", {**context, "form": form, "dates": dates}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Cancel the event and say why; the mail is shown before it is sent."""
    event = get_for(request.user, "own", TrainingEvent, public_id=public_id)
    form = CancelEventForm(posted(request), event=event)
    context = {"event": event, "form": form, "to_tell": event.sign_ups.active().count()}

    def cancel() -> int:
        return training_events.cancel(
            event_id=event.pk,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            to_queue=form.cleaned_data.get("to_queue", False),
        )

    if request.method == "POST" and form.is_valid():
        try:
            context["rehearsal"] = to_look_at(request, cancel, message="events/event_cancelled")
            if context["rehearsal"] is None:
                told = cancel()
                text = ngettext(
                    "The event is cancelled. %(count)s person gets a mail.",
                    "The event is cancelled. %(count)s people get a mail.",
                    told,
                )
                messages.success(request, text % {"count": told})
                return redirect("event_participants", public_id=public_id)
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
    return render(request, "events/event_cancel.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_repeat(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the same event again on other days."""
    event = get_for(request.user, "own", TrainingEvent, public_id=public_id)
    context = {"event": event, "others": series.others(event).for_listing()}
    if "add_day" in request.POST:
        form, days = _with_one_more_day(request, event)
        return render(request, "events/event_repeat.html", {**context, "form": form, "days": days})
    first = timezone.localtime(event.first_starts_at).date() + timedelta(days=7)
    form = RepeatForm(posted(request), event=event)
    days = DayFormSet(posted(request), prefix="days", initial=[{"day": first}])
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and all([form.is_valid(), days.is_valid()]):
        chosen = [row.cleaned_data["day"] for row in days.forms if not row.cleaned_data.get("DELETE")]
        try:
            new = series.repeat(
                event_id=event.pk,
                days=chosen,
                once=form.is_once,
                publish=form.cleaned_data["publish"],
                actor=request.user,
            )
        except ActionRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            text = ngettext("%(number)s new event is made.", "%(number)s new events are made.", len(new))
            messages.success(request, text % {"number": len(new)})
            return redirect("event_repeat", public_id=public_id)
    return render(request, "events/event_repeat.html", {**context, "form": form, "days": days}, status=status)


def _with_one_more_day(request: HttpRequest, event: TrainingEvent):
    """The form as it was filled in, unchecked, with one more day: as long after the last as that is after the one
    before, else a week."""
    data = one_more_row(request.POST, "days", MOST_DAYS)
    last = int(data["days-TOTAL_FORMS"]) - 1
    before = [_day(data.get(f"days-{number}-day", "")) for number in (last - 2, last - 1)]
    if before[1] and last > 0:
        step = before[1] - before[0] if before[0] and before[1] > before[0] else timedelta(days=7)
        data[f"days-{last}-day"] = f"{before[1] + step:%Y-%m-%d}"
    form, days = RepeatForm(data, event=event), DayFormSet(data, prefix="days")
    leave_unchecked(form, days)
    return form, days


def _day(text: str):
    try:
        return parse_date(text)
    except ValueError:
        return None
