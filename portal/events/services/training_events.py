"""Training events: create, change, publish, cancel."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.services import ActionRefused
from portal.events.enums import EventState, SignUpState
from portal.events.models import EventOccasion, TrainingEvent
from portal.events.services import date_choices, interests, sign_ups
from portal.events.services.seat_pool import stored
from portal.events.signals import training_event_saved
from portal.municipalities.enums import AuditAct, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.services import audit
from portal.municipalities.services.audiences import audience_text

_NOT_IN_THE_FORM = (
    *("kept_seats", "kept_until", "kept_released_at"),
    *("seats_taken", "held_seats", "seats_kept", "waiting_count"),
    *("state", "calendar_sequence", "decided_at"),
    *("thanks", "evaluation_url", "asks_food", "asks_access", "form_holds", "series", "once_per_series"),
)
_IN_CALENDARS = ("title", "place", "address", "format")


@transaction.atomic
def save(
    *,
    event: TrainingEvent,
    occasions: Sequence[tuple[datetime, datetime]],
    shared_with=(),
    shared_with_collaborations=(),
    seats_on: Mapping[datetime, int | None] | None = None,
    note: str = "",
    actor=None,
    now: datetime | None = None,
) -> TrainingEvent:
    """Create or change an event with its dates (aware datetimes) and audience.

    More seats are offered to those who wait; when time or place change, all who are signed up are told, with `note`
    (at most 200 characters) in the organiser's words. `seats_on` has, by its start, the seats of each date that has
    fewer than the event, where people choose dates. Raises ActionRefused, with nothing written, when there are no
    dates, a date ends before it starts, or there would be fewer seats than are taken or kept for somebody.
    """
    now = now or timezone.now()
    occasions = _in_order(occasions)
    before = None
    if event.pk:
        before = TrainingEvent.objects.select_for_update().get(pk=event.pk)
        if event.capacity < before.seats_taken:
            raise ActionRefused(
                ngettext(
                    "%(taken)s seat is taken, so there cannot be fewer than %(taken)s.",
                    "%(taken)s seats are taken, so there cannot be fewer than %(taken)s.",
                    before.seats_taken,
                )
                % {"taken": before.seats_taken},
                code="capacity_below_taken",
                field="capacity",
            )
        # What this form does not own must not be put back to what it was when the form was opened.
        for name in _NOT_IN_THE_FORM:
            setattr(event, name, getattr(before, name))
    audience_before = audience_text(before) if before else ""
    old_dates = list(before.occasions.values_list("starts_at", "ends_at")) if before else []
    _span(event, occasions)
    moved = before is not None and (
        old_dates != occasions or any(getattr(before, name) != getattr(event, name) for name in _IN_CALENDARS)
    )
    if moved:
        event.calendar_sequence += 1
    # Until `settle` has counted, nothing is promised that the database could find too much.
    event.seats_kept = 0
    event.save()
    _write_occasions(event, occasions, seats_on or {})
    date_choices.refuse_unless_enough(event)
    event.shared_with.set(shared_with)
    event.shared_with_collaborations.set(shared_with_collaborations)
    if before is not None and event.state == EventState.PUBLISHED and audience_text(event) != audience_before:
        _log(event, AuditAct.EVENT_SHARED, actor, audience_text(event))

    sign_ups.settle(event, now=now)
    if moved and event.state == EventState.PUBLISHED:
        sign_ups.tell_everybody(event, reason="moved", actor=actor, note=note, now=now)
    training_event_saved.send(sender=TrainingEvent, event=event)
    return event


@transaction.atomic
def postpone(
    *, event_id: int, occasions: Sequence[tuple[datetime, datetime]], reason: str, actor, now: datetime | None = None
) -> int:
    """Give a published event that has not begun new dates, and tell all who are signed up why; return how many.

    Everybody keeps what they have. What was to happen so long before the start still does: the last moment to sign
    up, the end of kept seats, the day to decide. Raises ActionRefused, with nothing written, without a reason (at
    most 200 characters), for dates that are over or the same as before, and for an event that is not published or
    has begun.
    """
    now = now or timezone.now()
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    sign_ups.refuse_unless_published(event, now)
    occasions = _in_order(occasions)
    if not reason.strip():
        raise ActionRefused(
            _("Say why in a sentence. Those who signed up will read it."), code="no_reason", field="reason"
        )
    if occasions[0][0] <= now:
        raise ActionRefused(_("Choose dates that are to come."), code="dates_are_over")
    if occasions == list(event.occasions.values_list("starts_at", "ends_at")):
        raise ActionRefused(_("These are the dates it has already."), code="same_dates")
    old_start = timezone.localtime(event.first_starts_at)
    _span(event, occasions)
    later = timezone.localtime(event.first_starts_at).replace(tzinfo=None) - old_start.replace(tzinfo=None)
    if event.sign_up_closes_at:
        event.sign_up_closes_at = shifted(event.sign_up_closes_at, later)
    # Seats that everybody may have by now are not kept for somebody again.
    if event.kept_until and event.kept_until > now:
        event.kept_until = shifted(event.kept_until, later)
    if event.decide_by and event.decided_at is None:
        event.decide_by += timedelta(days=later.days)
    event.calendar_sequence += 1
    event.seats_kept = 0  # until `settle` has counted
    event.save()
    seats = [row.capacity for row in event.occasions.all()]
    _write_occasions(event, occasions, dict(zip([start for start, _end in occasions], seats, strict=False)))
    sign_ups.settle(event, now=now)
    told = sign_ups.tell_everybody(event, reason="postponed", actor=actor, note=reason, now=now)
    _log(event, AuditAct.EVENT_POSTPONED, actor, reason)
    training_event_saved.send(sender=TrainingEvent, event=event)
    return told


@transaction.atomic
def keep_seats(
    *, event_id: int, kept: Mapping[int, int], until: datetime | None, actor, now: datetime | None = None
) -> TrainingEvent:
    """Keep so many seats for each municipality (by id) until a moment; those that are left then go to everybody.

    An empty `kept` keeps none from now on. Whoever waits and may have a seat now is offered one. Raises
    ActionRefused, with nothing written, without an end that is to come and before the event starts, and when more
    seats would be kept and taken than there are.
    """
    now = now or timezone.now()
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    kept = {pk: seats for pk, seats in kept.items() if seats}
    if kept and until is None:
        raise ActionRefused(_("Say until when the seats are kept."), code="no_end", field="kept_until")
    if kept and until is not None and not now < until <= (event.first_starts_at or until):
        raise ActionRefused(
            _("Choose a time that is to come, and at the latest when the event starts."),
            code="end_is_no_time_to_come",
            field="kept_until",
        )
    event.kept_seats, event.kept_until, event.kept_released_at = stored(kept), until if kept else None, None
    sign_ups.settle(event, now=now)
    event.save(update_fields=["kept_seats", "kept_until", "kept_released_at", "updated_at"])
    names = dict(Municipality.objects.filter(pk__in=kept).values_list("pk", "short_name"))
    detail = [f"{names.get(pk, pk)} {seats}" for pk, seats in kept.items()]
    audit.record(
        municipality=event.municipality, actor=actor, act=AuditAct.SEATS_KEPT, subject=event.title, detail=detail
    )
    training_event_saved.send(sender=TrainingEvent, event=event)
    return event


@transaction.atomic
def publish(*, event_id: int, actor=None) -> TrainingEvent:
    """Show a draft to its audience and open sign-up in its window. Publishing twice is publishing once."""
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    if event.state == EventState.CANCELLED:
        raise ActionRefused(_("A cancelled event cannot be published again. Create a new one."), code="cancelled")
    if event.state == EventState.DRAFT:
        _log(event, AuditAct.EVENT_PUBLISHED, actor, audience_text(event))
    event.state = EventState.PUBLISHED
    event.save(update_fields=["state", "updated_at"])
    training_event_saved.send(sender=TrainingEvent, event=event)
    return event


@transaction.atomic
def decide_to_hold(*, event_id: int, actor, now: datetime | None = None) -> int:
    """Say that an event is held however many come, and tell everybody with a seat; return how many were told.

    Deciding twice tells nobody twice. Raises ActionRefused when there is nothing to decide.
    """
    now = now or timezone.now()
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    if event.decided_at is not None:
        return 0
    if not event.is_undecided:
        raise ActionRefused(_("There is nothing to decide about this event."), code="nothing_to_decide")
    event.decided_at = now
    event.save(update_fields=["decided_at", "updated_at"])
    _log(event, AuditAct.EVENT_DECIDED, actor, "")
    return sign_ups.tell_everybody(event, reason="held", actor=actor, states=[SignUpState.CONFIRMED], now=now)


@transaction.atomic
def withdraw_sharing(*, event_id: int, actor) -> TrainingEvent:
    """Show the event to the own municipality only, from the next request. Those who signed up keep their seats."""
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    if event.visibility == Visibility.INTERNAL:
        return event
    _log(event, AuditAct.SHARE_WITHDRAWN, actor, audience_text(event))
    event.visibility = Visibility.INTERNAL
    event.save(update_fields=["visibility", "updated_at"])
    event.shared_with.clear()
    event.shared_with_collaborations.clear()
    training_event_saved.send(sender=TrainingEvent, event=event)
    return event


@transaction.atomic
def hand_over(*, event_id: int, to: Municipality, actor) -> TrainingEvent:
    """Make `to` the municipality that arranges the event; sign-ups, attendance and history stay with it."""
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    event.municipality = to
    event.save(update_fields=["municipality", "updated_at"])
    event.co_organisers.filter(municipality=to, revoked_at=None).update(revoked_at=timezone.now())
    event.shared_with.remove(to)
    training_event_saved.send(sender=TrainingEvent, event=event)
    return event


@transaction.atomic
def cancel(*, event_id: int, actor, reason: str, to_queue: bool = False, now: datetime | None = None) -> int:
    """Cancel an event and tell everybody who has a seat, an offer or waits; return how many were told.

    With `to_queue` they are put in the queue for the event's course, those with a seat first. Raises ActionRefused
    when it is over or the reason is empty. Cancelling twice tells nobody twice.
    """
    now = now or timezone.now()
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    if event.state == EventState.CANCELLED:
        return 0
    if event.last_ends_at and event.last_ends_at <= now:
        raise ActionRefused(_("The event has taken place."), code="past")
    if not reason.strip():
        raise ActionRefused(
            _("Say why in a sentence. Those who signed up will read it."), code="no_reason", field="reason"
        )
    event.state = EventState.CANCELLED
    event.cancel_reason = reason
    event.calendar_sequence += 1
    event.save(update_fields=["state", "cancel_reason", "calendar_sequence", "updated_at"])
    if to_queue:
        interests.take_over(event)
    told = sign_ups.release_all(event, actor=actor, now=now)
    _log(event, AuditAct.EVENT_CANCELLED, actor, reason)
    training_event_saved.send(sender=TrainingEvent, event=event)
    return told


def shifted(moment: datetime, later: timedelta) -> datetime:
    """So much later by the clock on the wall in Sweden: over the end of summer time, noon stays noon."""
    return timezone.make_aware(timezone.localtime(moment).replace(tzinfo=None) + later)


def _log(event: TrainingEvent, act: AuditAct, actor, detail: str) -> None:
    audit.record(municipality=event.municipality, actor=actor, act=act, subject=event.title, detail=[detail])


def _in_order(occasions: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The dates, earliest first. Raises ActionRefused for none, and for one that ends before it starts."""
    if not occasions:
        raise ActionRefused(_("Give at least one date."), code="no_dates")
    if any(ends_at <= starts_at for starts_at, ends_at in occasions):
        raise ActionRefused(_("The end must be after the start."), code="ends_before_start")
    return sorted(occasions)


def _span(event: TrainingEvent, occasions: Sequence[tuple[datetime, datetime]]) -> None:
    event.first_starts_at = occasions[0][0]
    event.last_ends_at = max(ends_at for _starts_at, ends_at in occasions)


def _write_occasions(
    event: TrainingEvent, dates: Sequence[tuple[datetime, datetime]], seats_on: Mapping[datetime, int | None]
) -> None:
    """Keep the rows in order, so that the first date stays the same calendar entry when it is moved."""
    rows = list(event.occasions.all())
    for row, (starts_at, ends_at) in zip(rows, dates, strict=False):
        now = (starts_at, ends_at, seats_on.get(starts_at))
        if (row.starts_at, row.ends_at, row.capacity) != now:
            row.starts_at, row.ends_at, row.capacity = now
            row.save()
    for row in rows[len(dates) :]:
        row.delete()
    EventOccasion.objects.bulk_create(
        EventOccasion(event=event, starts_at=starts_at, ends_at=ends_at, capacity=seats_on.get(starts_at))
        for starts_at, ends_at in dates[len(rows) :]
    )
