"""What an organiser does with many sign-ups at once, and takes back within ten minutes.

An act is known by its event, its actor and the exact moment of its history rows: one act writes them all. It is taken
back as a whole or not at all, and only while everybody in it is where it has put them. Those who got a seat through it
in their turn keep it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core.services import ActionRefused
from portal.events.enums import SignUpState
from portal.events.models import SignUpChange, TrainingEvent
from portal.events.services import mails
from portal.events.services.seat_book import Book, opened_settled
from portal.events.services.sign_ups import in_the_way, refuse_unless_published
from portal.municipalities.enums import AuditAct
from portal.municipalities.services import audit

UNDO_WITHIN = timedelta(minutes=10)
# The acts that can be taken back, by the reason in their history rows, and what the municipality's log calls them.
_ACTS = {
    "cancelled_by_organiser": AuditAct.SIGN_UP_ENDED,
    "given_by_organiser": AuditAct.SEAT_GIVEN,
    "offered_by_organiser": AuditAct.SEAT_GIVEN,
}


@dataclass(frozen=True)
class Act:
    """Something an organiser did and can still take back; `reason` is that of its history rows."""

    at: datetime
    reason: str
    number: int


@transaction.atomic
def cancel_sign_ups(
    *, event_id: int, sign_up_ids: Iterable[int], actor, reason: str, now: datetime | None = None
) -> int:
    """End active sign-ups, whatever they wait for, and offer the freed seats on; return how many. All or none.

    Each person reads the `reason` in a mail; it is kept with each and in the municipality's log. Raises ActionRefused
    without a reason, when one of them is not active any more, and when the event has started or is not published.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise ActionRefused(
            _("Say why in a sentence. Those whom you cancel will read it."), code="no_reason", field="reason"
        )
    book = opened_settled(event_id, now)
    refuse_unless_published(book.event, now)
    wanted = set(sign_up_ids)
    entries = list(book.event.sign_ups.active().filter(pk__in=wanted).select_related("person").order_by("pk"))
    if not wanted or len(entries) < len(wanted):
        raise ActionRefused(
            _("Choose people who are signed up now. The list may have changed: look again."), code="not_active"
        )
    # A team that waits and gets smaller may fit now; somebody alone who waited promotes nobody.
    may_promote = any(entry.current_state.holds_seat or entry.team_id is not None for entry in entries)
    for entry in entries:
        # Should this be undone, whoever had something to answer still has as long as they had.
        deadline = entry.answer_by
        entry.refusal = reason.strip()[:200]
        book.change(entry, SignUpState.CANCELLED, actor=actor, reason="cancelled_by_organiser", note=entry.refusal)
        entry.answer_by = deadline
    if may_promote:
        book.promote()
    book.write()
    audit.record(
        municipality=book.event.municipality,
        actor=actor,
        act=_ACTS["cancelled_by_organiser"],
        subject=book.event.title,
        detail=[*(entry.person for entry in entries), reason],
        now=now,
    )
    return len(entries)


def latest_to_undo(event: TrainingEvent, *, actor, now: datetime | None = None) -> Act | None:
    """The last thing `actor` did with the event's sign-ups that `undo` may still take back; None for nothing.

    What the page says, not what decides: the seats may have gone to others.
    """
    later = SignUpChange.objects.filter(sign_up=OuterRef("sign_up"), pk__gt=OuterRef("pk"))
    rows = SignUpChange.objects.filter(
        event=event, actor=actor, reason__in=_ACTS, at__gt=(now or timezone.now()) - UNDO_WITHIN
    )
    changed: Counter[tuple[datetime, str]] = Counter()
    numbers: Counter[tuple[datetime, str]] = Counter()
    for at, reason, is_changed in rows.annotate(changed=Exists(later)).values_list("at", "reason", "changed"):
        numbers[at, reason] += 1
        changed[at, reason] += is_changed
    open_acts = [Act(at, reason, number) for (at, reason), number in numbers.items() if not changed[at, reason]]
    return max(open_acts, key=lambda act: act.at, default=None)


@transaction.atomic
def undo(*, event_id: int, at: datetime, actor, now: datetime | None = None) -> int:
    """Take back what `actor` did at the moment `at`; return for how many people. All or none.

    Each is in the state they were in before: those who wait at their old place, an offer or a request with its old
    deadline. Raises ActionRefused when there is no such act, after ten minutes, when the event has started, when
    somebody's sign-up has changed since or they have signed up again, when the rest of a team stands elsewhere by
    now, and when the seats have gone to others.
    """
    now = now or timezone.now()
    book = opened_settled(event_id, now)
    acts = SignUpChange.objects.filter(event=book.event, actor=actor, at=at, reason__in=_ACTS)
    rows = list(acts.select_related("sign_up__person").order_by("pk"))
    if not rows:
        raise ActionRefused(_("There is nothing to undo."), code="nothing_to_undo")
    if now >= at + UNDO_WITHIN:
        raise ActionRefused(_("Something can be undone for ten minutes, and they are over."), code="too_late")
    refuse_unless_published(book.event, now)
    _refuse_if_changed(book, rows)
    _refuse_if_team_is_elsewhere(book, rows)
    _restore(book, rows, actor)
    book.write()
    # A seat that is free again goes to whoever is next; somebody restored just now may be.
    book = Book(book.event, now)
    book.promote()
    book.write()
    audit.record(
        municipality=book.event.municipality,
        actor=actor,
        act=_ACTS[rows[0].reason],
        subject=book.event.title,
        detail=[gettext_lazy("taken back"), *(row.sign_up.person for row in rows)],
        now=now,
    )
    return len(rows)


def _refuse_if_changed(book: Book, rows: Sequence[SignUpChange]) -> None:
    """Raise ActionRefused when one of them has answered, signed up again, closed the account, or was moved since."""
    entries = {row.sign_up_id for row in rows}
    later = SignUpChange.objects.filter(sign_up__in=entries, pk__gt=min(row.pk for row in rows))
    moved = set(later.exclude(pk__in=[row.pk for row in rows]).values_list("sign_up", flat=True))
    again = in_the_way(book.event).exclude(pk__in=entries)
    back = set(again.filter(person__in=[row.sign_up.person_id for row in rows]).values_list("person", flat=True))
    number = sum(
        row.sign_up_id in moved or row.sign_up.person_id in back or not row.sign_up.person.is_active for row in rows
    )
    if number:
        text = ngettext(
            "%(number)s of them has changed their sign-up since then. Nothing was undone.",
            "%(number)s of them have changed their sign-ups since then. Nothing was undone.",
            number,
        )
        raise ActionRefused(text % {"number": number}, code="changed_since")


def _refuse_if_team_is_elsewhere(book: Book, rows: Sequence[SignUpChange]) -> None:
    """Raise ActionRefused when somebody would come back to a team that stands elsewhere: it has seats, or waits."""
    states = {row.sign_up.team_id: row.from_state for row in rows if row.sign_up.team_id}
    if not states:
        return
    mates = book.event.sign_ups.active().filter(team__in=states).exclude(pk__in=[row.sign_up_id for row in rows])
    if any(states[team] != state for team, state in mates.values_list("team", "state")):
        raise ActionRefused(
            _("The rest of their team has seats, or an offer, or waits by now. Nothing was undone."),
            code="team_elsewhere",
        )


def _restore(book: Book, rows: Sequence[SignUpChange], actor) -> None:
    """Let everybody be where they were. Raises ActionRefused when there are not seats for all of them."""
    without_seat = 0
    for row in rows:
        entry, state = row.sign_up, SignUpState(row.from_state)
        needs_seat = state.holds_seat and not entry.current_state.holds_seat
        if needs_seat and not book.has_room_for(entry.municipality_id, entry.unit_id):
            without_seat += 1
            continue
        entry.refusal = ""
        book.change(entry, state, actor=actor, reason=mails.UNDONE)
    if without_seat:
        text = ngettext(
            "The seat of %(number)s person has gone to somebody else meanwhile. Nothing was undone.",
            "The seats of %(number)s people have gone to others meanwhile. Nothing was undone.",
            without_seat,
        )
        raise ActionRefused(text % {"number": without_seat}, code="seats_gone")
