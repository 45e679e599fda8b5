"""Seats: the one place where a sign-up changes.

Every function here locks the event's row first, reads again, decides, writes the sign-up, its history row and
its mail, and moves the counter, all in one transaction. On SQLite the lock is the IMMEDIATE transaction itself.
An offer holds its seat; a freed seat is offered to the first in line, never given without being asked.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused, moment_text
from portal.events.enums import Availability, EventState, SignUpState
from portal.events.models import SignUp, SignUpChange, TrainingEvent
from portal.events.permissions import municipalities_to_sign_up_for
from portal.events.services import mails
from portal.events.signals import seats_changed, sign_up_cancelled, sign_up_confirmed
from portal.municipalities.models import Membership


@transaction.atomic
def sign_up(
    *,
    event_id: int,
    person,
    municipality_id: int,
    form_token: uuid.UUID,
    actor=None,
    now: datetime | None = None,
) -> SignUp:
    """Give `person` a seat, or a place in the waiting list when all seats are taken or others wait already.

    `form_token` comes from the form: the same token answers with the same sign-up, so a double press or the
    back button never makes two. Raises ActionRefused when the event does not take sign-ups now, when the person
    does not belong to a municipality it is open to, or has an active sign-up already.
    """
    now = now or timezone.now()
    event = _locked(event_id)
    earlier = SignUp.objects.filter(form_token=form_token).first()
    if earlier is not None:
        if earlier.event_id == event.pk and earlier.person_id == person.pk:
            return earlier
        raise ActionRefused(_("This form has been used. Load the page again."), code="token_used")
    _refuse_unless_open(event, now)
    if municipality_id not in municipalities_to_sign_up_for(person, event):
        raise ActionRefused(
            _("The event is not open to that municipality, or you do not belong to it."),
            code="foreign_municipality",
            field="municipality",
        )
    if SignUp.objects.active().filter(event=event, person=person).exists():
        raise ActionRefused(_("You are signed up already."), code="already_signed_up")

    membership = Membership.objects.filter(person=person, municipality_id=municipality_id).first()
    others_wait = event.sign_ups.filter(state=SignUpState.WAITING).exists()
    gets_seat = event.seats_taken < event.capacity and not others_wait
    entry = SignUp(
        event=event,
        person=person,
        municipality_id=municipality_id,
        unit_id=membership.unit_id if membership else None,
        form_token=form_token,
    )
    if gets_seat:
        _change(entry, event, SignUpState.CONFIRMED, actor=actor or person, reason="signed_up", now=now)
        sign_up_confirmed.send(sender=SignUp, sign_up=entry)
    else:
        entry.queued_at = now
        _change(entry, event, SignUpState.WAITING, actor=actor or person, reason="joined_waiting_list", now=now)
    _announce_seats(event)
    return entry


@transaction.atomic
def cancel(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Give up a seat, an offer or a place in the waiting list; a freed seat goes on to the first in line.

    Cancelling what is not active any more changes nothing and is no error: the wish is fulfilled. Raises
    ActionRefused when the event has started.
    """
    now = now or timezone.now()
    entry, event = _locked_sign_up(sign_up_id)
    if not entry.is_active:
        return entry
    if event.first_starts_at and event.first_starts_at <= now:
        raise ActionRefused(_("The event has started. Talk to the organiser instead."), code="has_started")
    freed = entry.current_state.holds_seat
    _change(entry, event, SignUpState.CANCELLED, actor=actor, reason="cancelled", now=now)
    sign_up_cancelled.send(sender=SignUp, sign_up=entry)
    if freed:
        _offer_free_seats(event, now)
    _announce_seats(event)
    return entry


@transaction.atomic
def accept_offer(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Take the offered seat. Accepting twice is one acceptance. Raises ActionRefused after the deadline."""
    now = now or timezone.now()
    entry, event = _locked_sign_up(sign_up_id)
    if entry.state == SignUpState.CONFIRMED:
        return entry
    _refuse_unless_offered(entry, event, now)
    _change(entry, event, SignUpState.CONFIRMED, actor=actor, reason="accepted_offer", now=now)
    sign_up_confirmed.send(sender=SignUp, sign_up=entry)
    return entry


@transaction.atomic
def decline_offer(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Say no to the offered seat; it goes on to the next in line. Raises ActionRefused when none is offered."""
    now = now or timezone.now()
    entry, event = _locked_sign_up(sign_up_id)
    if entry.state == SignUpState.DECLINED:
        return entry
    _refuse_unless_offered(entry, event, now)
    _change(entry, event, SignUpState.DECLINED, actor=actor, reason="declined_offer", now=now)
    _offer_free_seats(event, now)
    _announce_seats(event)
    return entry


@transaction.atomic
def lapse_offers(*, event_id: int, now: datetime | None = None) -> int:
    """Lapse the event's offers whose deadline has passed and offer the seats on; return how many lapsed."""
    now = now or timezone.now()
    event = _locked(event_id)
    expired = list(event.sign_ups.filter(state=SignUpState.OFFERED, offer_expires_at__lte=now).order_by("pk"))
    for entry in expired:
        _change(entry, event, SignUpState.LAPSED, actor=None, reason="offer_lapsed", now=now)
    _offer_free_seats(event, now)
    if expired:
        _announce_seats(event)
    return len(expired)


def events_with_expired_offers(now: datetime | None = None) -> list[int]:
    """Ids of events that `lapse_offers` has something to do for, in the order locks are taken."""
    offers = SignUp.objects.filter(state=SignUpState.OFFERED, offer_expires_at__lte=now or timezone.now())
    return list(offers.order_by("event_id").values_list("event_id", flat=True).distinct())


def offer_free_seats(event: TrainingEvent, *, now: datetime) -> int:
    """Offer free seats to those who wait; for callers that hold the event's lock and raised its capacity."""
    return _offer_free_seats(event, now)


def release_all(event: TrainingEvent, *, actor, now: datetime) -> int:
    """End every active sign-up of a cancelled event, with a mail to each; the caller holds the event's lock."""
    active = list(event.sign_ups.active().select_related("person").order_by("pk"))
    for entry in active:
        _change(entry, event, SignUpState.EVENT_CANCELLED, actor=actor, reason="event_cancelled", now=now)
    return len(active)


def position_in_queue(entry: SignUp) -> int | None:
    """1 for the first in line; None for somebody who does not wait."""
    if entry.state != SignUpState.WAITING:
        return None
    ids = entry.event.sign_ups.filter(state=SignUpState.WAITING).in_queue_order().values_list("pk", flat=True)
    return list(ids).index(entry.pk) + 1


def _locked(event_id: int) -> TrainingEvent:
    return TrainingEvent.objects.select_for_update().get(pk=event_id)


def _locked_sign_up(sign_up_id: int) -> tuple[SignUp, TrainingEvent]:
    """The event first, then the sign-up read again: what was read before the lock may be old."""
    event = _locked(SignUp.objects.values_list("event_id", flat=True).get(pk=sign_up_id))
    entry = SignUp.objects.select_related("person").get(pk=sign_up_id)
    entry.event = event
    return entry, event


def _refuse_unless_open(event: TrainingEvent, now: datetime) -> None:
    availability = event.availability_at(now)
    sentences = {
        Availability.DRAFT: _("The event is not published yet."),
        Availability.CANCELLED: _("The event is cancelled."),
        Availability.PAST: _("The event has taken place."),
        Availability.CLOSED: _("Sign-up closed %(when)s.") % {"when": moment_text(event.closes_at)},
        Availability.NOT_YET_OPEN: _("Sign-up opens %(when)s.") % {"when": moment_text(event.sign_up_opens_at)},
    }
    if availability in sentences:
        raise ActionRefused(sentences[availability], code=availability.value)


def _refuse_unless_offered(entry: SignUp, event: TrainingEvent, now: datetime) -> None:
    if event.state == EventState.CANCELLED:
        raise ActionRefused(_("The event is cancelled."), code="cancelled")
    if entry.state == SignUpState.LAPSED or (
        entry.state == SignUpState.OFFERED and entry.offer_expires_at and entry.offer_expires_at <= now
    ):
        raise ActionRefused(
            _(
                "The offer ran out %(when)s, and the seat has gone to the next in line. You can sign up again to "
                "join the waiting list."
            )
            % {"when": moment_text(entry.offer_expires_at)},
            code="offer_lapsed",
        )
    if entry.state != SignUpState.OFFERED:
        raise ActionRefused(_("You have no offered seat here."), code="not_offered")


def _offer_free_seats(event: TrainingEvent, now: datetime) -> int:
    """Offer each free seat to the next in line. No offers once the event has started or is cancelled."""
    if event.state != EventState.PUBLISHED or (event.first_starts_at and event.first_starts_at <= now):
        return 0
    free = event.capacity - event.seats_taken
    if free <= 0:
        return 0
    waiting = event.sign_ups.filter(state=SignUpState.WAITING).select_related("person").in_queue_order()
    offered = 0
    for entry in waiting[:free]:
        deadline = now + timedelta(hours=event.offer_hours)
        if event.first_starts_at:
            deadline = min(deadline, event.first_starts_at)
        entry.offer_expires_at = deadline
        _change(entry, event, SignUpState.OFFERED, actor=None, reason="seat_freed", now=now)
        offered += 1
    return offered


def _change(entry: SignUp, event: TrainingEvent, to_state: SignUpState, *, actor, reason: str, now: datetime) -> None:
    """Write one change: the sign-up, the event's counter, the history row and the mail."""
    from_state = entry.state
    held = bool(from_state) and SignUpState(from_state).holds_seat
    delta = int(to_state.holds_seat) - int(held)
    entry.event = event
    entry.state = to_state
    if to_state is not SignUpState.OFFERED and to_state is not SignUpState.LAPSED:
        entry.offer_expires_at = None
    entry.save()
    if delta:
        event.seats_taken += delta
        event.save(update_fields=["seats_taken", "updated_at"])
    change = SignUpChange.objects.create(
        sign_up=entry,
        event=event,
        at=now,
        from_state=from_state,
        to_state=to_state,
        seats_delta=delta,
        seats_taken_after=event.seats_taken,
        capacity=event.capacity,
        actor=actor,
        reason=reason,
    )
    mails.tell_of_change(change)


def _announce_seats(event: TrainingEvent) -> None:
    seats_changed.send(sender=TrainingEvent, event=event)
