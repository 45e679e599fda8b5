"""Seats: the one place where a sign-up changes.

Every function here locks the event's row, decides by what stands on it, and writes the sign-ups, their history
rows, their mails and the counters, all in one transaction. What can be known before is read before, and a mail's
text is written when it is sent: while the lock is held everybody else waits. On SQLite the lock is the IMMEDIATE
transaction itself. An offer holds its seat; a freed seat is offered to the first in line who may have it, and given
without asking only to those who said "take it for me".
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.services import ActionRefused, inserted, moment_text
from portal.events.enums import SEAT_HOLDING_STATES, Availability, EventState, SignUpState
from portal.events.models import SignUp, SignUpChange, TrainingEvent
from portal.events.permissions import is_open_to
from portal.events.services import mails
from portal.events.services.seat_pool import SeatPool, stored
from portal.events.signals import seats_changed, sign_up_cancelled, sign_up_confirmed
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Membership
from portal.municipalities.services import audit

_NOT_ABOUT_SEATS = (
    *("summary", "description", "course", "collaboration", "format", "place", "address", "meeting_url"),
    *("contact_name", "contact_email", "cancel_reason", "min_participants", "decide_by", "decided_at", "remind_days"),
)

# --- The book: an event under its lock ----------------------------------------------------------------------------


class Book:
    """An event whose row is locked, and all that one act changes of its seats; written together by `write`.

    Only for code that holds the lock: `opened` takes it.
    """

    def __init__(self, event: TrainingEvent, now: datetime):
        self.event, self.now = event, now
        self.pool = SeatPool.of(event, now)
        self.waiting_count = event.waiting_count
        self.changes: list[SignUpChange] = []
        self._entries: list[SignUp] = []
        self._units: Counter[int] | None = None

    def has_room_for(self, municipality_id: int, unit_id: int | None) -> bool:
        return self.pool.has_room_for(municipality_id) and not self._is_full(unit_id)

    def change(self, entry: SignUp, to_state: SignUpState, *, actor, reason: str, note: str = "") -> None:
        """Let `entry` be in `to_state`; a new one is written at once, since its history row needs its number."""
        from_state = entry.state
        held = bool(from_state) and SignUpState(from_state).holds_seat
        delta = int(to_state.holds_seat) - int(held)
        if delta and entry.unit_id and self.event.max_per_unit:
            self._held_by_unit()[entry.unit_id] += delta
        if delta:
            self.pool.change(entry.municipality_id, delta)
        self.waiting_count += (to_state is SignUpState.WAITING) - (from_state == SignUpState.WAITING)
        entry.event, entry.state = self.event, to_state
        if to_state not in (SignUpState.OFFERED, SignUpState.LAPSED):
            entry.offer_expires_at = None
        if entry.pk is None:
            entry.save()
        else:
            self._entries.append(entry)
        self.changes.append(
            SignUpChange(
                sign_up=entry,
                event=self.event,
                at=self.now,
                from_state=from_state,
                to_state=to_state,
                seats_delta=delta,
                seats_taken_after=self.pool.taken,
                capacity=self.event.capacity,
                actor=actor,
                reason=reason,
                note=note,
            )
        )

    def promote(self) -> int:
        """Offer or give every free seat to the first in line who may have it; return how many got one.

        Nobody is offered a seat once offers have stopped, nobody gets one once the event has started.
        """
        event, stops_at = self.event, self.event.offers_stop_at()
        if event.state != EventState.PUBLISHED or event.has_started_at(self.now):
            return 0
        waiting = event.sign_ups.filter(state=SignUpState.WAITING).select_related("person").in_queue_order()
        if stops_at and stops_at <= self.now:
            waiting = waiting.filter(takes_seat_at_once=True)
        promoted = 0
        while self.waiting_count and (candidates := self._next_in_line(waiting.exclude(pk__in=self.touched()))):
            for entry in candidates:
                if self.has_room_for(entry.municipality_id, entry.unit_id):
                    self._give_turn(entry)
                    promoted += 1
        return promoted

    def release_kept_seats(self) -> bool:
        """Let the kept seats that are left go to everybody, once their moment is there; True when it was now."""
        event = self.event
        if not event.kept_seats or event.kept_released_at or not event.kept_until or self.now < event.kept_until:
            return False
        event.kept_released_at = self.now
        return True

    def write(self) -> None:
        """Write the changes, their mails and the event's counters; tell others when something changed."""
        alike: dict[tuple, list[int]] = {}
        for entry in self._entries:
            alike.setdefault((entry.state, entry.offer_expires_at, entry.takes_seat_at_once), []).append(entry.pk)
        for (state, expires_at, at_once), ids in alike.items():
            SignUp.objects.filter(pk__in=ids).update(
                state=state, offer_expires_at=expires_at, takes_seat_at_once=at_once, updated_at=self.now
            )
        changes = inserted(SignUpChange, self.changes)
        mails.tell_of_changes(changes)
        event = self.event
        event.seats_taken, event.seats_kept = self.pool.taken, self.pool.kept_free
        event.held_seats, event.waiting_count = stored(self.pool.held), self.waiting_count
        TrainingEvent.objects.filter(pk=event.pk).update(
            seats_taken=event.seats_taken,
            seats_kept=event.seats_kept,
            held_seats=event.held_seats,
            waiting_count=event.waiting_count,
            kept_released_at=event.kept_released_at,
            updated_at=self.now,
        )
        for change in changes:
            if change.to_state == SignUpState.CONFIRMED:
                sign_up_confirmed.send(sender=SignUp, sign_up=change.sign_up)
            elif change.to_state == SignUpState.CANCELLED:
                sign_up_cancelled.send(sender=SignUp, sign_up=change.sign_up)
        if changes:
            seats_changed.send(sender=TrainingEvent, event=event)

    def touched(self) -> set[int]:
        """Those whose rows in the database are older than what the book says of them."""
        return {entry.pk for entry in self._entries}

    def _give_turn(self, entry: SignUp) -> None:
        if entry.takes_seat_at_once:
            self.change(entry, SignUpState.CONFIRMED, actor=None, reason="seat_taken_for_you")
        else:
            self.offer(entry, actor=None, reason="seat_freed")

    def offer(self, entry: SignUp, *, actor, reason: str, note: str = "") -> None:
        deadline = self.now + timedelta(hours=self.event.offer_hours)
        if self.event.first_starts_at:
            deadline = min(deadline, self.event.first_starts_at)
        entry.offer_expires_at = deadline
        self.change(entry, SignUpState.OFFERED, actor=actor, reason=reason, note=note)

    def _next_in_line(self, waiting) -> list[SignUp]:
        """Those who may have a seat now, in order, no more than there are free; the first of them surely may."""
        seats = max(self.pool.common_free, 0)
        if not seats:
            own = self.pool.municipalities_with_own_seats()
            waiting = waiting.filter(municipality__in=own)
            seats = self.pool.kept_free
        if self.event.max_per_unit:
            full = [pk for pk, held in self._held_by_unit().items() if held >= self.event.max_per_unit]
            waiting = waiting.exclude(unit__in=full)
        return list(waiting[:seats]) if seats else []

    def _is_full(self, unit_id: int | None) -> bool:
        limit = self.event.max_per_unit
        return bool(limit and unit_id and self._held_by_unit()[unit_id] >= limit)

    def _held_by_unit(self) -> Counter[int]:
        """Seats held by each unit's people; asked once, before anything of this act is written."""
        if self._units is None:
            rows = self.event.sign_ups.filter(state__in=SEAT_HOLDING_STATES, unit__isnull=False)
            counts = rows.values_list("unit").annotate(models.Count("pk")).order_by()
            self._units = Counter({pk: count for pk, count in counts if pk is not None})
        return self._units


def opened(event_id: int, now: datetime) -> Book:
    """The book of an event, with its row locked until the transaction ends. Kept seats are released when due."""
    book = Book(_locked(event_id), now)
    if book.release_kept_seats():
        book.promote()
    return book


def _locked(event_id: int) -> TrainingEvent:
    """The row as it is now, locked; what no seat is decided by is read when somebody asks for it."""
    return TrainingEvent.objects.select_for_update().defer(*_NOT_ABOUT_SEATS).get(pk=event_id)


def _opened_with(sign_up_id: int, now: datetime) -> tuple[Book, SignUp]:
    """The event first, then the sign-up read again: what was read before the lock may be old."""
    book = opened(SignUp.objects.values_list("event_id", flat=True).get(pk=sign_up_id), now)
    if book.changes:
        # Seats were released just now, and the sign-up may be among those that got one.
        book.write()
        book = Book(book.event, now)
    entry = SignUp.objects.select_related("person").get(pk=sign_up_id)
    entry.event = book.event
    return book, entry


# --- A person's own acts ------------------------------------------------------------------------------------------


def sign_up(
    *,
    event_id: int,
    person,
    municipality_id: int,
    form_token: uuid.UUID,
    takes_seat_at_once: bool = False,
    actor=None,
    now: datetime | None = None,
) -> SignUp:
    """Give `person` a seat, or a place in the waiting list when no seat is free for them or others were first.

    `form_token` comes from the form: the same token answers with the same sign-up, so a double press or the
    back button never makes two. `takes_seat_at_once` says that a seat that gets free later is taken without asking.
    Raises ActionRefused when the event does not take sign-ups now, when the person does not belong to a
    municipality it is open to, or has an active sign-up already.
    """
    now = now or timezone.now()
    if earlier := _earlier(event_id, person, form_token):
        return earlier
    event = TrainingEvent.objects.only("visibility", "municipality").get(pk=event_id)
    memberships = Membership.objects.filter(person=person, municipality_id=municipality_id).order_by()
    membership = memberships.values_list("unit_id").first()
    if membership is None or not is_open_to(event, municipality_id):
        raise ActionRefused(
            _("The event is not open to that municipality, or you do not belong to it."),
            code="foreign_municipality",
            field="municipality",
        )
    entry = SignUp(
        event=event,
        person=person,
        municipality_id=municipality_id,
        unit_id=membership[0],
        form_token=form_token,
        takes_seat_at_once=takes_seat_at_once,
    )
    try:
        with transaction.atomic():
            return _enter(entry, actor=actor or person, now=now)
    except IntegrityError:
        # The same person twice at the same moment: one was written, and this one is told of it.
        if earlier := _earlier(event_id, person, form_token):
            return earlier
        raise


def _enter(entry: SignUp, *, actor, now: datetime) -> SignUp:
    book = opened(entry.event_id, now)
    _refuse_unless_open(book.event, now)
    has_room = book.has_room_for(entry.municipality_id, entry.unit_id)
    if has_room and book.waiting_count and book.pool.common_free > 0:
        # A common seat is free and somebody waits: they come first, if they may have it and can still be asked.
        book.promote()
        has_room = book.has_room_for(entry.municipality_id, entry.unit_id)
    if has_room:
        book.change(entry, SignUpState.CONFIRMED, actor=actor, reason="signed_up")
    else:
        entry.queued_at = now
        book.change(entry, SignUpState.WAITING, actor=actor, reason="joined_waiting_list")
    book.write()
    return entry


def _earlier(event_id: int, person, form_token: uuid.UUID) -> SignUp | None:
    """The sign-up that this form made before. Raises ActionRefused for a foreign token or an active sign-up."""
    same = models.Q(form_token=form_token) | models.Q(event=event_id, person=person)
    rows = SignUp.objects.filter(same).order_by().values_list("pk", "form_token", "event_id", "person_id", "state")
    is_active = False
    for pk, token, of_event, of_person, state in rows:
        if token == form_token:
            if (of_event, of_person) == (event_id, person.pk):
                return SignUp.objects.select_related("event").get(pk=pk)
            raise ActionRefused(_("This form has been used. Load the page again."), code="token_used")
        is_active = is_active or SignUpState(state).is_active
    if is_active:
        raise ActionRefused(_("You are signed up already."), code="already_signed_up")
    return None


@transaction.atomic
def cancel(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Give up a seat, an offer or a place in the waiting list; a freed seat goes on to the first in line.

    Cancelling what is not active any more changes nothing and is no error: the wish is fulfilled. Raises
    ActionRefused when the event has started.
    """
    now = now or timezone.now()
    book, entry = _opened_with(sign_up_id, now)
    if not entry.is_active:
        return entry
    if book.event.has_started_at(now):
        raise ActionRefused(_("The event has started. Talk to the organiser instead."), code="has_started")
    freed = entry.current_state.holds_seat
    book.change(entry, SignUpState.CANCELLED, actor=actor, reason="cancelled")
    if freed:
        book.promote()
    book.write()
    return entry


@transaction.atomic
def accept_offer(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Take the offered seat. Accepting twice is one acceptance. Raises ActionRefused after the deadline."""
    now = now or timezone.now()
    book, entry = _opened_with(sign_up_id, now)
    if entry.state == SignUpState.CONFIRMED:
        return entry
    _refuse_unless_offered(entry, book.event, now)
    book.change(entry, SignUpState.CONFIRMED, actor=actor, reason="accepted_offer")
    book.write()
    return entry


@transaction.atomic
def decline_offer(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Say no to the offered seat; it goes on to the next in line. Raises ActionRefused when none is offered."""
    now = now or timezone.now()
    book, entry = _opened_with(sign_up_id, now)
    if entry.state == SignUpState.DECLINED:
        return entry
    _refuse_unless_offered(entry, book.event, now)
    book.change(entry, SignUpState.DECLINED, actor=actor, reason="declined_offer")
    book.promote()
    book.write()
    return entry


@transaction.atomic
def take_free_seat(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Take a free seat from the waiting list once offers have stopped: whoever comes first has it.

    Raises ActionRefused while seats are still offered in turn, and when none is free for this person.
    """
    now = now or timezone.now()
    book, entry = _opened_with(sign_up_id, now)
    if entry.state == SignUpState.CONFIRMED:
        return entry
    if not may_take_free_seat(entry, book=book, now=now):
        raise ActionRefused(_("There is no free seat for you just now. You keep your place in line."), code="no_seat")
    book.change(entry, SignUpState.CONFIRMED, actor=actor, reason="took_free_seat")
    book.write()
    return entry


def may_take_free_seat(entry: SignUp, *, book: Book | None = None, now: datetime | None = None) -> bool:
    """Offers have stopped, the event has not started, and a seat is free that `entry` may have."""
    now = now or timezone.now()
    book = book or Book(entry.event, now)
    event, stops_at = book.event, book.event.offers_stop_at()
    return bool(
        entry.state == SignUpState.WAITING
        and event.state == EventState.PUBLISHED
        and stops_at
        and stops_at <= now
        and not event.has_started_at(now)
        and book.has_room_for(entry.municipality_id, entry.unit_id)
    )


@transaction.atomic
def choose_at_once(*, sign_up_id: int, at_once: bool, actor=None, now: datetime | None = None) -> SignUp:
    """Whether a seat that gets free is taken for this person without asking; counts from the next free seat on.

    Changes nothing for somebody who does not wait. `actor` is whoever chose; nothing is logged of a wish.
    """
    _book, entry = _opened_with(sign_up_id, now or timezone.now())
    if entry.state == SignUpState.WAITING and entry.takes_seat_at_once != at_once:
        entry.takes_seat_at_once = at_once
        entry.save(update_fields=["takes_seat_at_once", "updated_at"])
    return entry


# --- What the organiser and the clock do --------------------------------------------------------------------------


@transaction.atomic
def give_seats(
    *,
    event_id: int,
    sign_up_ids: Iterable[int],
    actor,
    reason: str,
    asked_already: bool = False,
    now: datetime | None = None,
) -> int:
    """Offer a free seat to each of those who wait, out of turn; return how many. All of them or none.

    With `asked_already` the organiser has talked to them, and they have the seat at once. The `reason` is kept
    with each and in the municipality's log. Raises ActionRefused without a reason, when one of them does not
    wait, and when there are fewer free seats than people.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise ActionRefused(_("Say in a few words why they go before the others."), code="no_reason", field="reason")
    book = opened(event_id, now)
    _refuse_unless_published(book.event, now)
    wanted = set(sign_up_ids)
    waiting = book.event.sign_ups.filter(state=SignUpState.WAITING, pk__in=wanted).exclude(pk__in=book.touched())
    entries = list(waiting.select_related("person").in_queue_order())
    if not wanted or len(entries) != len(wanted):
        raise ActionRefused(
            _("Choose people who are on the waiting list now. The list may have changed: look again."),
            code="not_waiting",
        )
    for number, entry in enumerate(entries):
        if not book.has_room_for(entry.municipality_id, entry.unit_id):
            some = ngettext(
                "There is a free seat for %(free)s of them. Nobody was given one.",
                "There are free seats for %(free)s of them. Nobody was given one.",
                number,
            ) % {"free": number}
            raise ActionRefused(some if number else _("There is no free seat for them."), code="no_seat")
        if asked_already:
            book.change(entry, SignUpState.CONFIRMED, actor=actor, reason="given_by_organiser", note=reason[:200])
        else:
            book.offer(entry, actor=actor, reason="offered_by_organiser", note=reason[:200])
    book.write()
    audit.record(
        municipality=book.event.municipality,
        actor=actor,
        act=AuditAct.SEAT_GIVEN,
        subject=book.event.title,
        detail=[*(entry.person for entry in entries), reason],
        now=now,
    )
    return len(entries)


@transaction.atomic
def lapse_offers(*, event_id: int, now: datetime | None = None) -> int:
    """Lapse the event's offers whose deadline has passed and offer the seats on; return how many lapsed."""
    now = now or timezone.now()
    book = opened(event_id, now)
    expired = book.event.sign_ups.filter(state=SignUpState.OFFERED, offer_expires_at__lte=now)
    lapsed = list(expired.select_related("person").order_by("pk"))
    for entry in lapsed:
        book.change(entry, SignUpState.LAPSED, actor=None, reason="offer_lapsed")
    book.promote()
    book.write()
    return len(lapsed)


@transaction.atomic
def release_kept_seats(*, event_id: int, now: datetime | None = None) -> int:
    """Let an event's kept seats go to everybody when their moment is there; return how many got one of them."""
    book = opened(event_id, now or timezone.now())
    book.write()
    return len(book.changes)


def events_with_expired_offers(now: datetime | None = None) -> list[int]:
    """Ids of events that `lapse_offers` has something to do for, in the order locks are taken."""
    offers = SignUp.objects.filter(state=SignUpState.OFFERED, offer_expires_at__lte=now or timezone.now())
    return list(offers.order_by("event_id").values_list("event_id", flat=True).distinct())


def events_with_seats_to_release(now: datetime | None = None) -> list[int]:
    """Ids of events that `release_kept_seats` has something to do for, in the order locks are taken."""
    due = TrainingEvent.objects.filter(kept_until__lte=now or timezone.now(), kept_released_at=None)
    return list(due.exclude(kept_seats={}).order_by("pk").values_list("pk", flat=True))


def release_all(event: TrainingEvent, *, actor, now: datetime) -> int:
    """End every active sign-up of a cancelled event, with a mail to each; the caller holds the event's lock."""
    book = Book(event, now)
    active = list(event.sign_ups.active().select_related("person").order_by("pk"))
    for entry in active:
        book.change(entry, SignUpState.EVENT_CANCELLED, actor=actor, reason="event_cancelled")
    book.write()
    return len(active)


def settle(event: TrainingEvent, *, now: datetime) -> int:
    """After more seats, other kept seats or another limit: offer what is free now; return how many got a seat.

    For callers that hold the event's lock and have written its new fields. Raises ActionRefused when more seats
    are kept or taken than there are.
    """
    book = Book(event, now)
    if book.pool.common_free < 0:
        raise ActionRefused(
            _("%(promised)s seats would be taken or kept, and there are %(capacity)s.")
            % {"promised": event.capacity - book.pool.common_free, "capacity": event.capacity},
            code="more_kept_than_free",
            field="capacity",
        )
    book.release_kept_seats()
    promoted = book.promote()
    book.write()
    return promoted


def clashes(event: TrainingEvent, person) -> list[SignUp]:
    """The person's own active sign-ups to other events of which a date is at the same time as one of this event's."""
    dates = event.occasions.filter(
        starts_at__lt=models.OuterRef("event__occasions__ends_at"),
        ends_at__gt=models.OuterRef("event__occasions__starts_at"),
    )
    # By number: somebody who is only imagined ("see it as") has none, and no sign-ups.
    others = SignUp.objects.active().filter(person=person.pk).exclude(event=event)
    return list(others.filter(models.Exists(dates)).select_related("event").distinct())


def would_get_seat(event: TrainingEvent, person, municipality_id: int, *, now: datetime | None = None) -> bool:
    """Whether a sign-up now would be a seat and not a place in line; what the page says, not what decides."""
    unit_id = None
    if event.max_per_unit:
        memberships = Membership.objects.filter(person=person.pk, municipality_id=municipality_id)
        unit_id = memberships.values_list("unit_id", flat=True).first()
    return Book(event, now or timezone.now()).has_room_for(municipality_id, unit_id)


def position_in_queue(entry: SignUp) -> int | None:
    """1 for the first in line; None for somebody who does not wait."""
    if entry.state != SignUpState.WAITING:
        return None
    earlier = models.Q(queued_at__lt=entry.queued_at) | models.Q(queued_at=entry.queued_at, pk__lt=entry.pk)
    return SignUp.objects.filter(earlier, event=entry.event_id, state=SignUpState.WAITING).count() + 1


def _refuse_unless_published(event: TrainingEvent, now: datetime) -> None:
    if event.has_started_at(now):
        raise ActionRefused(_("The event has started."), code="has_started")
    if event.state != EventState.PUBLISHED:
        raise ActionRefused(_("The event is not published."), code="not_published")


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
