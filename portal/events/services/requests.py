"""Requests: sign-ups that a manager says yes or no to, on events that ask for it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.events.enums import AWAITING_STATES, EventState, SignUpState
from portal.events.models import EventOccasion, SignUp
from portal.events.services import mails
from portal.events.services.reminders import working_days_from
from portal.events.services.seat_book import Book, opened_with
from portal.municipalities.services import units

REMIND_AFTER = 2  # working days without an answer
ESCALATE_AFTER = 4
ESCALATE_BEFORE = 2  # working days before the last moment
# However near that moment is: managers are not passed over within the hours of a shift.
ESCALATE_AT_LEAST_AFTER = timedelta(hours=4)


@transaction.atomic
def approve(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Say yes: the person has the seat that was held, or a free one, or their place in the waiting list.

    The place in line is that of the sign-up. Saying yes twice is saying it once. Raises ActionRefused when the
    request has ended in another way, and when the event is cancelled or has started.
    """
    now = now or timezone.now()
    book, entry = opened_with(sign_up_id, now)
    if entry.state in (SignUpState.CONFIRMED, SignUpState.WAITING, SignUpState.OFFERED):
        return entry
    _refuse_unless_asked(book, entry)
    if entry.state == SignUpState.AWAITING and book.waiting_count:
        book.promote()
    if entry.state == SignUpState.AWAITING_SEAT or book.has_room_for(entry.municipality_id, entry.unit_id):
        book.change(entry, SignUpState.CONFIRMED, actor=actor, reason="approved")
    else:
        book.change(entry, SignUpState.WAITING, actor=actor, reason="approved_to_wait")
    book.write()
    return entry


@transaction.atomic
def refuse(*, sign_up_id: int, actor, why: str, now: datetime | None = None) -> SignUp:
    """Say no, with the reason that the person reads; a seat that was held goes on to the first in line.

    Saying no twice is saying it once. Raises ActionRefused without a reason, and as `approve` does.
    """
    now = now or timezone.now()
    if not why.strip():
        raise ActionRefused(
            _("Say why in a sentence. The person who asked will read it."), code="no_reason", field="why"
        )
    book, entry = opened_with(sign_up_id, now)
    if entry.state == SignUpState.DECLINED and entry.refusal:
        return entry
    _refuse_unless_asked(book, entry)
    entry.refusal = why.strip()[:300]
    book.change(entry, SignUpState.DECLINED, actor=actor, reason="refused")
    book.promote()
    book.write()
    return entry


def _refuse_unless_asked(book: Book, entry: SignUp) -> None:
    if book.event.state == EventState.CANCELLED:
        raise ActionRefused(_("The event is cancelled."), code="cancelled")
    if not entry.current_state.awaits_manager:
        raise ActionRefused(_("There is nothing to answer any more: the sign-up has ended."), code="not_asked")
    if entry.answer_by and entry.answer_by <= book.now:
        raise ActionRefused(_("It is too late to answer: the last moment has passed."), code="too_late")


def away_then(sign_up: SignUp) -> list[SignUp]:
    """Others of the person's unit who take part in something on a day of this event, or have asked to."""
    if sign_up.unit_id is None:
        return []
    days = Q()
    for occasion in sign_up.event.occasions.all():
        starts_at, ends_at = timezone.localtime(occasion.starts_at), timezone.localtime(occasion.ends_at)
        days |= Q(starts_at__lt=_midnight(ends_at) + timedelta(days=1), ends_at__gt=_midnight(starts_at))
    dates = EventOccasion.objects.filter(days, event=OuterRef("event"))
    others = SignUp.objects.active().exclude(state=SignUpState.WAITING).filter(unit=sign_up.unit_id)
    found = others.filter(Exists(dates)).exclude(pk=sign_up.pk)
    return list(found.select_related("person", "event").order_by("person__first_name", "person__last_name", "pk"))


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def remind_managers(*, now: datetime | None = None) -> int:
    """Remind managers of requests without an answer, and let coordinators answer what they leave lying.

    Return how many mails were queued. Runs as often as one likes: each request is reminded of once and escalated
    once. A request ends by itself at its last moment (`sign_ups.lapse_offers`), never before somebody else was asked.
    """
    now = now or timezone.now()
    queued = 0
    pending = SignUp.objects.filter(state__in=AWAITING_STATES, escalated_at=None, answer_by__gt=now)
    for entry in pending.select_related("person", "event", "unit", "municipality").order_by("event_id", "pk"):
        leaders = list(units.leaders_of(entry.unit).exclude(pk=entry.person_id))
        if not leaders or now >= escalates_at(entry):
            queued += _escalate(entry.pk, now=now)
        elif entry.queued_at and now >= working_days_from(entry.queued_at, REMIND_AFTER):
            queued += mails.remind_managers(entry, leaders)
    return queued


def escalates_at(entry: SignUp) -> datetime:
    """When the coordinators of the municipality may answer too."""
    if entry.queued_at is None or entry.answer_by is None:
        raise ValueError("a request has both moments")
    latest = working_days_from(entry.answer_by, -ESCALATE_BEFORE)
    usual = working_days_from(entry.queued_at, ESCALATE_AFTER)
    return max(min(usual, latest), entry.queued_at + ESCALATE_AT_LEAST_AFTER)


@transaction.atomic
def _escalate(sign_up_id: int, *, now: datetime) -> int:
    book, entry = opened_with(sign_up_id, now)
    if not entry.current_state.awaits_manager or entry.escalated_at:
        return 0
    entry.escalated_at = now
    entry.save(update_fields=["escalated_at", "updated_at"])
    book.write()
    return mails.tell_coordinators_of_request(entry)
