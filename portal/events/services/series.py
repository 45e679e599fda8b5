"""The same event given again: a series made of one event, and the way from one of its dates to another."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused, moment_text
from portal.events.enums import Approval, EventState, SignUpState
from portal.events.models import SignUp, TrainingEvent
from portal.events.permissions import is_open_to
from portal.events.services import needs, training_events
from portal.events.services.seat_book import opened_settled
from portal.events.services.sign_ups import refuse_unless_open, room_after_those_who_wait
from portal.municipalities.services import units

MOST_AT_ONCE = 20
# What an event has in common with the same one on another day; its dates, seats and people are its own.
_SAME = (
    *("municipality", "title", "summary", "summary_en", "description", "course", "collaboration"),
    *("format", "place", "address"),
    *("directions", "meeting_url", "capacity", "max_per_unit", "approval", "pending_holds_seat", "visibility"),
    *("offer_hours", "offers_stop_hours", "min_participants", "remind_days", "dates_to_choose"),
    *("contact_name", "contact_email"),
)


@transaction.atomic
def repeat(
    *,
    event_id: int,
    days: Sequence[date],
    once: bool,
    publish: bool,
    actor,
    now: datetime | None = None,
) -> list[TrainingEvent]:
    """Give the event again on each of `days`, its first day, at the same times; return the new events.

    What it asks comes along, and so do its deadlines, so long before the start. With `once` a person comes to one of
    the series; an event that is in a series already keeps what holds there. Raises ActionRefused, with nothing
    written, for no days or too many, for one that is over, and for one the series has already.
    """
    now = now or timezone.now()
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    if event.state == EventState.CANCELLED:
        raise ActionRefused(_("The event is cancelled."), code="cancelled")
    days = sorted(days)
    if not 1 <= len(days) <= MOST_AT_ONCE:
        raise ActionRefused(_("Choose between 1 and %(most)s days.") % {"most": MOST_AT_ONCE}, code="number_of_days")
    if event.series is None:
        event.series, event.once_per_series = uuid.uuid4(), once
        TrainingEvent.objects.filter(pk=event.pk).update(series=event.series, once_per_series=once)
        if once:
            event.sign_ups.update(series=event.series)
    first = timezone.localtime(event.first_starts_at).date()
    taken = {timezone.localtime(other.first_starts_at).date() for other in others(event)} | {first}
    for day in days:
        if day in taken:
            raise ActionRefused(_("It is given on %(day)s already.") % {"day": f"{day:%Y-%m-%d}"}, code="day_is_taken")
        taken.add(day)
    return [_given_again(event, day - first, publish=publish, actor=actor, now=now) for day in days]


def _given_again(event: TrainingEvent, later: timedelta, *, publish: bool, actor, now: datetime) -> TrainingEvent:
    dates = [
        (training_events.shifted(row.starts_at, later), training_events.shifted(row.ends_at, later), row.capacity)
        for row in event.occasions.all()
    ]
    if dates[0][0] <= now:
        raise ActionRefused(_("Choose days that are to come."), code="day_is_over")
    copy = TrainingEvent(**{name: getattr(event, name) for name in _SAME})
    copy.series, copy.once_per_series = event.series, event.once_per_series
    if event.sign_up_closes_at:
        copy.sign_up_closes_at = training_events.shifted(event.sign_up_closes_at, later)
    if event.decide_by:
        copy.decide_by = event.decide_by + later
    training_events.save(
        event=copy,
        occasions=[(starts_at, ends_at) for starts_at, ends_at, _seats in dates],
        seats_on={starts_at: seats for starts_at, _ends_at, seats in dates if seats},
        shared_with=list(event.shared_with.all()),
        shared_with_collaborations=list(event.shared_with_collaborations.all()),
        actor=actor,
        now=now,
    )
    needs.ask_the_same(event, copy)
    return training_events.publish(event_id=copy.pk, actor=actor) if publish else copy


def others(event: TrainingEvent):
    """The other events of the series, earliest first; whoever shows them asks who may see which."""
    if event.series is None:
        return TrainingEvent.objects.none()
    return TrainingEvent.objects.filter(series=event.series).exclude(pk=event.pk).order_by("first_starts_at", "pk")


@transaction.atomic
def move(*, sign_up_id: int, to_event_id: int, actor, now: datetime | None = None) -> SignUp:
    """Leave one event of a series for a seat at another, in one act; return the new sign-up.

    Raises ActionRefused, and everything stays as it was, when no seat is free there, the other event takes nobody
    now or asks the manager first, and when either is no longer what it was.
    """
    now = now or timezone.now()
    from_id = SignUp.objects.values_list("event_id", flat=True).get(pk=sign_up_id)
    # Two who change places with each other lock in the same order.
    books = {pk: opened_settled(pk, now) for pk in sorted({from_id, to_event_id})}
    old, new = books[from_id], books[to_event_id]
    entry = SignUp.objects.select_related("person", "unit").get(pk=sign_up_id)
    entry.event = old.event
    if from_id == to_event_id:
        return entry
    if not entry.is_active or old.event.series is None or old.event.series != new.event.series:
        raise ActionRefused(
            _("You have no sign-up to move here any more. Load the page again."), code="nothing_to_move"
        )
    if old.event.has_started_at(now):
        raise ActionRefused(_("The event has started. Talk to the organiser instead."), code="has_started")
    refuse_unless_open(new.event, now)
    if not is_open_to(new.event, entry.municipality_id):
        raise ActionRefused(_("The event is not open to that municipality."), code="foreign_municipality")
    asks = new.event.approval == Approval.APPROVE and entry.municipality_id is not None
    if asks and not units.is_manager_of(entry.person, entry.unit):
        raise ActionRefused(
            _("Your manager is asked about that day. Cancel this one first, and then ask."), code="asks_manager"
        )
    moved = SignUp(event=new.event, person=entry.person, municipality_id=entry.municipality_id, unit_id=entry.unit_id)
    moved.organisation = entry.organisation
    if not room_after_those_who_wait(new, [moved]):
        raise ActionRefused(
            _("No seat is free that day. You keep what you have on %(when)s.")
            % {"when": moment_text(old.event.first_starts_at)},
            code="no_seat",
        )
    # The old one first: the database knows of no two in one series.
    old.change(entry, SignUpState.CANCELLED, actor=actor, reason="moved_away")
    old.promote()
    old.write()
    new.change(moved, SignUpState.CONFIRMED, actor=actor, reason="signed_up")
    new.write()
    return moved
