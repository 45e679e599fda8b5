"""The book: an event under its lock, with all that one act changes of its seats.

People are in parties: somebody alone is a party of one, a team signed up in one act is a party of all who are left
of it. A party has seats for all of them or for none. What is decided here stands on the event's row, because its
lock is what makes the decision safe; a mail's text is written when it is sent: while the lock is held everybody
else waits. On SQLite the lock is the IMMEDIATE transaction itself.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused, inserted
from portal.events.enums import SEAT_HOLDING_STATES, UNANSWERED_STATES, Approval, EventState, SignUpState
from portal.events.models import SignUp, SignUpChange, TrainingEvent
from portal.events.services import mails
from portal.events.services.seat_pool import SeatPool, stored
from portal.events.signals import seats_changed, sign_up_cancelled, sign_up_confirmed

_NOT_ABOUT_SEATS = (
    *("summary", "description", "course", "collaboration", "format", "place", "address", "directions", "meeting_url"),
    *("contact_name", "contact_email", "cancel_reason", "min_participants", "decide_by", "decided_at", "remind_days"),
    *("asks_food", "asks_access", "thanks", "evaluation_url", "dates_to_choose", "takes_guests"),
)
# Made once: it is asked for each act, while others wait.
_ROW = TrainingEvent.objects.select_for_update().defer(*_NOT_ABOUT_SEATS)
# What an act may change of a sign-up beside its state.
_WRITTEN = ("state", "answer_by", "takes_seat_at_once", "refusal")

Party = Sequence[SignUp]


class SignedUpMeanwhile(ActionRefused):
    """The same person at the same moment, at this event or another of its series; nothing of the act is written."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody was signed up at the same moment. Load the page again."), code="signed_up_meanwhile"
        )


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

    def has_room_for(self, municipality_id: int | None, unit_id: int | None) -> bool:
        """One more from there may have a seat now."""
        return self.pool.has_room_for(municipality_id) and not self._is_too_many(Counter([unit_id]))

    def has_room_for_all(self, party: Party) -> bool:
        """Everybody in the party, which comes from one municipality, may have a seat now."""
        if self.pool.free_for(party[0].municipality_id) < len(party):
            return False
        return not self._is_too_many(Counter(entry.unit_id for entry in party))

    def party_of(self, entry: SignUp) -> list[SignUp]:
        """`entry` and those of its team who are where it is."""
        if entry.team_id is None:
            return [entry]
        return list(_parties(self.event.sign_ups.filter(state=entry.state), [entry])[0])

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
        if to_state not in UNANSWERED_STATES and to_state is not SignUpState.LAPSED:
            entry.answer_by = None
        if entry.pk is None:
            entry.series = self.event.series if self.event.once_per_series else None
            try:
                entry.save()
            except IntegrityError as error:
                raise SignedUpMeanwhile from error
        else:
            self._entries.append(entry)
        self._log(entry, from_state, delta, actor=actor, reason=reason, note=note)

    def tell(self, entry: SignUp, *, actor, reason: str, note: str = "") -> None:
        """Something that concerns `entry` and leaves it where it is: a history row, and the mail of `reason`."""
        entry.event = self.event
        self._log(entry, entry.state, 0, actor=actor, reason=reason, note=note)

    def promote(self) -> int:
        """Offer or give every free seat to the first party in line that may have it; return how many people got one.

        A party that is larger than what is free keeps its place, and the next that fits goes before it: no seat
        stands empty while somebody waits for one. Nobody is offered a seat once offers have stopped, nobody gets
        one once the event has started.
        """
        event, stops_at = self.event, self.event.offers_stop_at()
        if event.state != EventState.PUBLISHED or event.has_started_at(self.now):
            return 0
        waiting = event.sign_ups.filter(state=SignUpState.WAITING).select_related("person").in_queue_order()
        if stops_at and stops_at <= self.now:
            waiting = waiting.filter(takes_seat_at_once=True)
        promoted, seen, look_at = 0, self.touched(), 1
        while self.waiting_count and (parties := self._next_in_line(waiting.exclude(pk__in=seen), look_at)):
            for party in parties:
                seen.update(entry.pk for entry in party)
                if self.has_room_for_all(party):
                    self._give_turn(party)
                    promoted += len(party)
            # Whom nothing fits are looked at in larger and larger steps, so that a long line costs few queries.
            look_at *= 4
        return promoted

    def release_kept_seats(self) -> bool:
        """Let the kept seats that are left go to everybody, once their moment is there; True when it was now."""
        event = self.event
        if not event.kept_seats or event.kept_released_at or not event.kept_until or self.now < event.kept_until:
            return False
        event.kept_released_at = self.now
        return True

    def drop_ended_holds(self) -> bool:
        """Forget seats that were held for a form nobody sent in time; True when there were any."""
        until = self.now.timestamp()
        ended = [key for key, (_place, _seats, held_until) in self.event.form_holds.items() if held_until <= until]
        for key in ended:
            del self.event.form_holds[key]
        return bool(ended)

    def hold(self, team_id: int, municipality_id: int, seats: int, until: datetime) -> None:
        """Hold seats while a team's form is filled in; the caller has asked whether there is room."""
        self.event.form_holds[str(team_id)] = [municipality_id, seats, int(until.timestamp())]
        self.pool = SeatPool.of(self.event, self.now, held=self.pool.held)

    def let_go(self, team_id: int) -> None:
        """End what `hold` did, if it still holds."""
        if self.event.form_holds.pop(str(team_id), None):
            self.pool = SeatPool.of(self.event, self.now, held=self.pool.held)

    def write(self) -> None:
        """Write the changes, their mails and the event's counters; tell others when something changed."""
        alike: dict[tuple, list[int]] = {}
        for entry in self._entries:
            alike.setdefault(tuple(getattr(entry, name) for name in _WRITTEN), []).append(entry.pk)
        for values, ids in alike.items():
            try:
                SignUp.objects.filter(pk__in=ids).update(
                    **dict(zip(_WRITTEN, values, strict=True)), updated_at=self.now
                )
            except IntegrityError as error:
                raise SignedUpMeanwhile from error
        changes = inserted(SignUpChange, self.changes)
        mails.tell_of_changes(changes)
        event = self.event
        event.seats_taken, event.seats_kept = self.pool.taken, self.pool.kept_free
        event.held_seats, event.waiting_count = stored(self.pool.held), self.waiting_count
        TrainingEvent.objects.filter(pk=event.pk).update(
            seats_taken=event.seats_taken,
            seats_kept=event.seats_kept,
            held_seats=event.held_seats,
            form_holds=event.form_holds,
            waiting_count=event.waiting_count,
            kept_released_at=event.kept_released_at,
            updated_at=self.now,
        )
        moves = [change for change in changes if change.from_state != change.to_state]
        for change in moves:
            if change.to_state == SignUpState.CONFIRMED:
                sign_up_confirmed.send(sender=SignUp, sign_up=change.sign_up)
            elif change.to_state == SignUpState.CANCELLED:
                sign_up_cancelled.send(sender=SignUp, sign_up=change.sign_up)
        if moves:
            seats_changed.send(sender=TrainingEvent, event=event)
        if event.approval == Approval.INFORM:
            # Nobody told them of an undone act that the seat was gone meanwhile.
            mails.inform_managers(
                [c for c in moves if c.to_state == SignUpState.CONFIRMED and c.reason != mails.UNDONE]
            )

    def touched(self) -> set[int]:
        """Those whose rows in the database are older than what the book says of them."""
        return {entry.pk for entry in self._entries}

    def offer(self, entry: SignUp, *, actor, reason: str, note: str = "") -> None:
        deadline = self.now + timedelta(hours=self.event.offer_hours)
        if self.event.first_starts_at:
            deadline = min(deadline, self.event.first_starts_at)
        entry.answer_by = deadline
        self.change(entry, SignUpState.OFFERED, actor=actor, reason=reason, note=note)

    def _log(self, entry: SignUp, from_state: str, delta: int, *, actor, reason: str, note: str) -> None:
        self.changes.append(
            SignUpChange(
                sign_up=entry,
                event=self.event,
                at=self.now,
                from_state=from_state,
                to_state=entry.state,
                seats_delta=delta,
                seats_taken_after=self.pool.taken,
                capacity=self.event.capacity,
                actor=actor,
                reason=reason,
                note=note,
            )
        )

    def _give_turn(self, party: Party) -> None:
        for entry in party:
            if entry.takes_seat_at_once:
                self.change(entry, SignUpState.CONFIRMED, actor=None, reason="seat_taken_for_you")
            else:
                self.offer(entry, actor=None, reason="seat_freed")

    def _next_in_line(self, waiting: QuerySet[SignUp], look_at: int) -> list[Party]:
        """Parties of those who may have a seat now, in order; [] when nobody is left who might."""
        seats = max(self.pool.common_free, 0)
        if not seats:
            own = self.pool.municipalities_with_own_seats()
            waiting = waiting.filter(municipality__in=own)
            seats = self.pool.kept_free
        if self.event.max_per_unit:
            full = [pk for pk, held in self._held_by_unit().items() if held >= self.event.max_per_unit]
            waiting = waiting.exclude(unit__in=full)
        if not seats:
            return []
        everybody = self.event.sign_ups.filter(state=SignUpState.WAITING).exclude(pk__in=self.touched())
        return _parties(everybody, waiting[: seats * look_at])

    def _is_too_many(self, newcomers: Counter[int | None]) -> bool:
        """The units of these people would have more seats than may be."""
        limit = self.event.max_per_unit
        if not limit:
            return False
        return any(unit_id and self._held_by_unit()[unit_id] + number > limit for unit_id, number in newcomers.items())

    def _held_by_unit(self) -> Counter[int]:
        """Seats held by each unit's people; asked once, before anything of this act is written."""
        if self._units is None:
            rows = self.event.sign_ups.filter(state__in=SEAT_HOLDING_STATES, unit__isnull=False)
            counts = rows.values_list("unit").annotate(models.Count("pk")).order_by()
            self._units = Counter({pk: count for pk, count in counts if pk is not None})
        return self._units


def opened(event_id: int, now: datetime) -> Book:
    """The book of an event, with its row locked until the transaction ends.

    Kept seats are released when due, and seats held for a form that nobody sent in time are free: those who wait come
    before whatever the book was opened for, also where the task of each minute has not run.
    """
    book = Book(_locked(event_id), now)
    is_released, is_let_go = book.release_kept_seats(), book.drop_ended_holds()
    if is_released or is_let_go:
        book.promote()
    return book


def opened_settled(event_id: int, now: datetime) -> Book:
    """As `opened`, with what was changed there written: the rows in the database are as the book says."""
    book = opened(event_id, now)
    if book.changes:
        book.write()
        book = Book(book.event, now)
    return book


def opened_with(sign_up_id: int, now: datetime) -> tuple[Book, SignUp]:
    """The event first, then the sign-up read again: what was read before the lock may be old."""
    book = opened_settled(SignUp.objects.values_list("event_id", flat=True).get(pk=sign_up_id), now)
    entry = SignUp.objects.select_related("person").get(pk=sign_up_id)
    entry.event = book.event
    return book, entry


def _locked(event_id: int) -> TrainingEvent:
    """The row as it is now, locked; what no seat is decided by is read when somebody asks for it."""
    return _ROW.get(pk=event_id)


def _parties(rows: QuerySet[SignUp], first: Iterable[SignUp]) -> list[Party]:
    """Those in `first`, in their order, each with the others of their team among `rows`."""
    first = list(first)
    teams = {entry.team_id for entry in first if entry.team_id}
    mates: dict[int | None, list[SignUp]] = {}
    if teams:
        for entry in rows.filter(team__in=teams).select_related("person").order_by("pk"):
            mates.setdefault(entry.team_id, []).append(entry)
    parties: dict[object, Party] = {}
    for entry in first:
        key = f"team {entry.team_id}" if entry.team_id else entry.pk
        parties.setdefault(key, mates.get(entry.team_id) or [entry])
    return list(parties.values())
