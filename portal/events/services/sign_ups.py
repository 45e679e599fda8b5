"""Seats: what a person, the organiser and the clock do with a sign-up.

Every function opens the event's book (`services.seat_book`), which locks its row, decides, and writes the sign-ups,
their history rows, their mails and the counters, all in one transaction. An offer holds its seat; a freed seat is
offered to the first in line who may have it, and given without asking only to those who said "take it for me".
A team answers as one; somebody who cannot come leaves it alone.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.services import ActionRefused, moment_text
from portal.events.enums import ACTIVE_STATES, UNANSWERED_STATES, Approval, Availability, EventState, SignUpState
from portal.events.models import EventOccasion, InvitationLink, SignUp, TrainingEvent, new_sign_up_code
from portal.events.permissions import is_open_to
from portal.events.services import invitation_links, mails
from portal.events.services.seat_book import Book, SignedUpMeanwhile, opened, opened_with
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Membership
from portal.municipalities.permissions import visible
from portal.municipalities.services import audit, units

# In SQL since it runs for each sign-up: what the ORM takes to write it again each time is a tenth of the whole.
_EVENT_AND_MEMBERSHIP = """
    SELECT event.id, event.visibility, event.municipality_id, event.series, event.once_per_series, event.takes_guests,
           membership.id AS membership, membership.unit_id AS unit
    FROM events_trainingevent AS event
    LEFT JOIN municipalities_membership AS membership
      ON membership.person_id = %s AND membership.municipality_id = %s
    WHERE event.{column} = %s
"""

# --- A person's own acts ------------------------------------------------------------------------------------------


def sign_up(
    *,
    event_id: int | None = None,
    public_id: str = "",
    person,
    municipality_id: int | None,
    form_token: uuid.UUID,
    organisation: str = "",
    takes_seat_at_once: bool = False,
    invitation: InvitationLink | None = None,
    actor=None,
    now: datetime | None = None,
) -> SignUp:
    """Give `person` a seat, or a place in the waiting list when no seat is free for them or others were first.

    The event is the one with this number, or with this public id. `form_token` comes from the form: the same token
    answers with the same sign-up, so a double press or the back button never makes two. `takes_seat_at_once` says that
    a seat that gets free later is taken without asking.
    With an `invitation` to the event that holds they may come for any municipality they belong to; where the event
    is open to that one anyway, the link is not used up. Somebody who belongs to no municipality comes for None, and
    may say for which `organisation`, where the event or the link takes guests. Raises ActionRefused when the event
    does not take sign-ups now, when the person does not belong to a municipality it is open to, when the invitation
    holds no more (codes "invitation_…"), and for somebody with an active sign-up already; TrainingEvent.DoesNotExist
    where there is no such event.
    """
    now = now or timezone.now()
    event = _event_for(person, municipality_id, event_id, public_id)
    is_open = is_open_to(event, municipality_id)
    through = invitation if not is_open and invitation and invitation.event_id == event.pk else None
    says = {
        "event": event,
        "person": person,
        "municipality_id": municipality_id,
        "organisation": "" if municipality_id else organisation.strip(),
        "unit_id": event.unit,  # type: ignore[attr-defined]
        "form_token": form_token,
        "takes_seat_at_once": takes_seat_at_once,
        "invitation": through,
    }
    try:
        if municipality_id is None:
            _refuse_unless_guest(person, is_open=is_open, through=through)
        elif event.membership is None or not (is_open or through):  # type: ignore[attr-defined]
            raise ActionRefused(
                _("The event is not open to that municipality, or you do not belong to it."),
                code="foreign_municipality",
                field="municipality",
            )
        with transaction.atomic():
            return _enter(SignUp(**says), actor=actor or person, now=now)
    except ActionRefused as refusal:
        # Asked only now, since the database knows of no two: most people sign up once, and others wait for the event.
        if earlier := _earlier(event, person, form_token):
            return earlier
        if not isinstance(refusal, SignedUpMeanwhile):
            raise
    # Else somebody at the event has the same code for the door: once in a hundred million.
    with transaction.atomic():
        return _enter(SignUp(**says, code=new_sign_up_code()), actor=actor or person, now=now)


def _event_for(person, municipality_id: int | None, event_id: int | None, public_id: str) -> TrainingEvent:
    """What decides who may come, and the person's membership of that municipality as `membership` and `unit`."""
    column, key = ("public_id", public_id) if event_id is None else ("id", event_id)
    found = TrainingEvent.objects.raw(_EVENT_AND_MEMBERSHIP.format(column=column), [person.pk, municipality_id, key])
    event = next(iter(found), None)
    if event is None:
        raise TrainingEvent.DoesNotExist
    return event


def _refuse_unless_guest(person, *, is_open: bool, through: InvitationLink | None) -> None:
    if not (is_open or (through and through.for_guests)):
        raise ActionRefused(_("One needs an account to sign up to this event."), code="no_guests")
    if Membership.objects.filter(person=person).exists():
        raise ActionRefused(
            _("You belong to a municipality here. Sign up for it."), code="is_member", field="municipality"
        )


def _enter(entry: SignUp, *, actor, now: datetime) -> SignUp:
    book = opened(entry.event_id, now)
    refuse_unless_open(book.event, now)
    if entry.invitation_id:
        # Only now does nobody else come in through it: what the page said before may be old.
        invitation_links.refuse_unless_holds(link_id=entry.invitation_id, event=book.event, now=now)
    has_room = room_after_those_who_wait(book, [entry])
    asks = book.event.approval == Approval.APPROVE and entry.municipality_id is not None
    if asks and not units.is_manager_of(entry.person, entry.unit):
        leaders = _ask_manager(book, entry, has_room=has_room, actor=actor)
        book.write()
        mails.ask_managers(entry, leaders)
    else:
        enter(book, entry, has_room=has_room, actor=actor)
        book.write()
    return entry


def enter(book: Book, entry: SignUp, *, has_room: bool, actor) -> None:
    """Give a new sign-up its seat or its place in line; for code that holds the book."""
    if has_room:
        book.change(entry, SignUpState.CONFIRMED, actor=actor, reason="signed_up")
    else:
        entry.queued_at = book.now
        book.change(entry, SignUpState.WAITING, actor=actor, reason="joined_waiting_list")


def room_after_those_who_wait(book: Book, party: Sequence[SignUp]) -> bool:
    """There is room for the whole party, once those who wait and may have a seat have been asked or have it."""
    if book.has_room_for_all(party) and book.waiting_count and book.pool.common_free > 0:
        book.promote()
    return book.has_room_for_all(party)


def _ask_manager(book: Book, entry: SignUp, *, has_room: bool, actor) -> list:
    """Let the sign-up wait for its manager's answer, with a seat where the event says so and one is free.

    The place in line is that of the sign-up, however long the manager takes. Returns who leads the unit; where
    nobody does, the coordinators of the municipality answer.
    """
    event, now = book.event, book.now
    latest = max(event.closes_at or now, now + timedelta(hours=event.offer_hours))
    entry.answer_by = min(latest, event.first_starts_at or latest)
    entry.queued_at = now
    leaders = list(units.leaders_of(entry.unit).exclude(pk=entry.person_id))
    if not leaders:
        entry.escalated_at = now
    state = SignUpState.AWAITING_SEAT if event.pending_holds_seat and has_room else SignUpState.AWAITING
    book.change(entry, state, actor=actor, reason="asked_manager")
    return leaders


def _earlier(event: TrainingEvent, person, form_token: uuid.UUID) -> SignUp | None:
    """The sign-up that this form made before. Raises ActionRefused for a foreign token or an active sign-up."""
    same = models.Q(form_token=form_token) | models.Q(event=event.pk, person=person)
    if event.once_per_series:
        same |= models.Q(series=event.series, person=person)
    rows = SignUp.objects.filter(same).order_by().values_list("pk", "form_token", "event_id", "person_id", "state")
    active_at = set()
    for pk, token, of_event, of_person, state in rows:
        if token == form_token:
            if (of_event, of_person) == (event.pk, person.pk):
                return SignUp.objects.select_related("event").get(pk=pk)
            raise ActionRefused(_("This form has been used. Load the page again."), code="token_used")
        if SignUpState(state).is_active:
            active_at.add(of_event)
    if event.pk in active_at:
        raise ActionRefused(_("You are signed up already."), code="already_signed_up")
    if active_at:
        raise ActionRefused(
            _("You are signed up to another date of the same event. You can move to this one instead."),
            code="signed_up_in_series",
        )
    return None


def in_the_way(event: TrainingEvent) -> models.QuerySet[SignUp]:
    """The active sign-ups that keep a person from another: to the event or, where one comes once, to its series."""
    here = models.Q(event=event)
    if event.once_per_series:
        here |= models.Q(series=event.series)
    return SignUp.objects.active().filter(here)


@transaction.atomic
def cancel(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Give up a seat, an offer or a place in the waiting list; a freed seat goes on to the first in line.

    Cancelling what is not active any more changes nothing and is no error: the wish is fulfilled. Raises
    ActionRefused when the event has started.
    """
    now = now or timezone.now()
    book, entry = opened_with(sign_up_id, now)
    if not entry.is_active:
        return entry
    if book.event.has_started_at(now):
        raise ActionRefused(_("The event has started. Talk to the organiser instead."), code="has_started")
    # A team that waits and gets smaller may fit now; somebody alone who waited promotes nobody.
    may_promote = entry.current_state.holds_seat or entry.team_id is not None
    book.change(entry, SignUpState.CANCELLED, actor=actor, reason="cancelled")
    if may_promote:
        book.promote()
    book.write()
    return entry


@transaction.atomic
def accept_offer(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Take the offered seat, for the whole team where it is offered to one.

    Accepting twice is one acceptance. Raises ActionRefused after the deadline.
    """
    now = now or timezone.now()
    book, entry = opened_with(sign_up_id, now)
    if entry.state == SignUpState.CONFIRMED:
        return entry
    refuse_unless_offered(entry, book.event, now)
    for member in (party := book.party_of(entry)):
        book.change(member, SignUpState.CONFIRMED, actor=actor, reason="accepted_offer")
    book.write()
    return _of(entry, party)


@transaction.atomic
def decline_offer(*, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Say no to one's own offered seat; it goes on to the next in line, and one's team goes without.

    Raises ActionRefused when none is offered.
    """
    now = now or timezone.now()
    book, entry = opened_with(sign_up_id, now)
    if entry.state == SignUpState.DECLINED:
        return entry
    refuse_unless_offered(entry, book.event, now)
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
    book, entry = opened_with(sign_up_id, now)
    if entry.state == SignUpState.CONFIRMED:
        return entry
    if not may_take_free_seat(entry, book=book, now=now):
        raise ActionRefused(_("There is no free seat for you just now. You keep your place in line."), code="no_seat")
    for member in (party := book.party_of(entry)):
        book.change(member, SignUpState.CONFIRMED, actor=actor, reason="took_free_seat")
    book.write()
    return _of(entry, party)


def _of(entry: SignUp, party: Sequence[SignUp]) -> SignUp:
    """The row of `party` that is `entry`'s: a team's rows are read together."""
    return next(member for member in party if member.pk == entry.pk)


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
        and book.has_room_for_all(book.party_of(entry))
    )


@transaction.atomic
def choose_at_once(*, sign_up_id: int, at_once: bool, actor=None, now: datetime | None = None) -> SignUp:
    """Whether a seat that gets free is taken for this person, and their team, without asking; from the next one on.

    Changes nothing for somebody who does not wait. `actor` is whoever chose; nothing is logged of a wish.
    """
    book, entry = opened_with(sign_up_id, now or timezone.now())
    if entry.state == SignUpState.WAITING and entry.takes_seat_at_once != at_once:
        for member in (party := book.party_of(entry)):
            member.takes_seat_at_once = at_once
            member.save(update_fields=["takes_seat_at_once", "updated_at"])
        return _of(entry, party)
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
    """Offer a free seat to each of those who wait, and to their teams, out of turn; return how many. All or none.

    With `asked_already` the organiser has talked to them, and they have the seat at once. The `reason` is kept
    with each and in the municipality's log. Raises ActionRefused without a reason, when one of them does not
    wait, and when there are fewer free seats than people.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise ActionRefused(_("Say in a few words why they go before the others."), code="no_reason", field="reason")
    book = opened(event_id, now)
    refuse_unless_published(book.event, now)
    wanted = set(sign_up_ids)
    waiting = book.event.sign_ups.filter(state=SignUpState.WAITING).exclude(pk__in=book.touched())
    teams = waiting.filter(pk__in=wanted, team__isnull=False).values("team")
    chosen = waiting.filter(models.Q(pk__in=wanted) | models.Q(team__in=teams))
    entries = list(chosen.select_related("person").in_queue_order())
    if not wanted or not wanted <= {entry.pk for entry in entries}:
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
    """Lapse the event's offers and requests that nobody answered in time, and the holds of forms nobody sent in;
    offer the seats on. Return how many sign-ups lapsed."""
    now = now or timezone.now()
    book = opened(event_id, now)
    expired = book.event.sign_ups.filter(state__in=UNANSWERED_STATES, answer_by__lte=now)
    lapsed = list(expired.exclude(pk__in=book.touched()).select_related("person").order_by("pk"))
    for entry in lapsed:
        reason = "not_answered" if entry.current_state.awaits_manager else "offer_lapsed"
        book.change(entry, SignUpState.LAPSED, actor=None, reason=reason)
    book.drop_ended_holds()
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
    now = now or timezone.now()
    late = SignUp.objects.filter(state__in=UNANSWERED_STATES, answer_by__lte=now).order_by()
    held = TrainingEvent.objects.exclude(form_holds={}).only("form_holds")
    over = [event.pk for event in held if len(event.holds_at(now)) < len(event.form_holds)]
    return sorted({*late.values_list("event_id", flat=True), *over})


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


def tell_everybody(
    event: TrainingEvent,
    *,
    reason: str,
    actor,
    now: datetime,
    note: str = "",
    states: Iterable[SignUpState] = ACTIVE_STATES,
) -> int:
    """Tell everybody whose sign-up is in one of `states` what has become of the event; return how many.

    A history row and a mail each. For callers that hold the event's lock and have written what is told.
    """
    book = Book(event, now)
    for entry in event.sign_ups.filter(state__in=states).select_related("person").order_by("pk"):
        book.tell(entry, actor=actor, reason=reason, note=note[:200])
    book.write()
    return len(book.changes)


def clashes(event: TrainingEvent, person) -> list[SignUp]:
    """The person's own active sign-ups to other events of which a date is at the same time as one of this event's."""
    dates = event.occasions.filter(
        starts_at__lt=models.OuterRef("event__occasions__ends_at"),
        ends_at__gt=models.OuterRef("event__occasions__starts_at"),
    )
    # By number: somebody who is only imagined ("see it as") has none, and no sign-ups.
    others = SignUp.objects.active().filter(person=person.pk).exclude(event=event)
    return list(others.filter(models.Exists(dates)).select_related("event").distinct())


def clashes_among(event: TrainingEvent, people: Iterable[int], *, reader) -> list[SignUp]:
    """What people (by id) are signed up to at the same time as one of the event's dates, by name; in one query.

    Each answer has `clashes_at`, the start of its first such date, and `is_told`: `reader` may see that event, so
    its title is no secret to them.
    """
    at_the_same_time = EventOccasion.objects.filter(
        models.Exists(
            event.occasions.filter(starts_at__lt=models.OuterRef("ends_at"), ends_at__gt=models.OuterRef("starts_at"))
        ),
        event=models.OuterRef("event"),
    )
    entries = (
        SignUp.objects.active()
        .filter(person__in=list(people))
        .exclude(event=event)
        .annotate(
            clashes_at=models.Subquery(at_the_same_time.order_by("starts_at").values("starts_at")[:1]),
            is_told=models.Exists(visible(reader, TrainingEvent).filter(pk=models.OuterRef("event"))),
        )
        .filter(clashes_at__isnull=False)
    )
    by_name = entries.order_by("person__first_name", "person__last_name", "person", "clashes_at", "pk")
    return list(by_name.select_related("person", "event"))


def would_get_seat(event: TrainingEvent, person, municipality_id: int | None, *, now: datetime | None = None) -> bool:
    """Whether a sign-up now would be a seat and not a place in line; what the page says, not what decides."""
    unit_id = None
    if event.max_per_unit and municipality_id:
        memberships = Membership.objects.filter(person=person.pk, municipality_id=municipality_id)
        unit_id = memberships.values_list("unit_id", flat=True).first()
    return Book(event, now or timezone.now()).has_room_for(municipality_id, unit_id)


def would_ask_manager(event: TrainingEvent, person, municipality_ids: Iterable[int]) -> bool:
    """Whether a sign-up for one of these would wait for a manager's answer; what the page says."""
    if event.approval != Approval.APPROVE:
        return False
    memberships = Membership.objects.filter(person=person.pk, municipality__in=municipality_ids).select_related("unit")
    found = list(memberships)
    return not found or any(not units.is_manager_of(person, membership.unit) for membership in found)


def signed_up_among(event: TrainingEvent, people) -> set[int]:
    """Ids of those of `people` (ids, or a query for them) who have a seat, wait, or have asked, here or in the series
    of which one comes to one."""
    return set(in_the_way(event).filter(person__in=people).values_list("person", flat=True))


def mates_of(entry: SignUp) -> list:
    """The others who were signed up in the same act and are still in it."""
    if entry.team_id is None or not entry.is_active:
        return []
    others = SignUp.objects.active().filter(team=entry.team_id).exclude(pk=entry.pk)
    return [other.person for other in others.select_related("person").order_by("pk")]


def position_in_queue(entry: SignUp) -> int | None:
    """1 for the first in line; None for somebody who does not wait."""
    if entry.state != SignUpState.WAITING:
        return None
    earlier = models.Q(queued_at__lt=entry.queued_at) | models.Q(queued_at=entry.queued_at, pk__lt=entry.pk)
    before = SignUp.objects.filter(earlier, event=entry.event_id, state=SignUpState.WAITING)
    if entry.team_id:
        before = before.exclude(team=entry.team_id)
    return before.count() + 1


def positions_in_queue(event: TrainingEvent) -> dict[int, int]:
    """By id, what `position_in_queue` says of everybody who waits; one query."""
    places: dict[int, int] = {}
    before: Counter[int] = Counter()
    waiting = event.sign_ups.filter(state=SignUpState.WAITING).in_queue_order().values_list("pk", "team_id")
    for number, (pk, team_id) in enumerate(waiting, start=1):
        places[pk] = number - before[team_id] if team_id else number
        before[team_id] += 1
    return places


def refuse_unless_published(event: TrainingEvent, now: datetime) -> None:
    if event.has_started_at(now):
        raise ActionRefused(_("The event has started."), code="has_started")
    if event.state != EventState.PUBLISHED:
        raise ActionRefused(_("The event is not published."), code="not_published")


def refuse_unless_open(event: TrainingEvent, now: datetime) -> None:
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


def refuse_unless_offered(entry: SignUp, event: TrainingEvent, now: datetime) -> None:
    if event.state == EventState.CANCELLED:
        raise ActionRefused(_("The event is cancelled."), code="cancelled")
    if entry.state == SignUpState.LAPSED or (
        entry.state == SignUpState.OFFERED and entry.answer_by and entry.answer_by <= now
    ):
        raise ActionRefused(
            _(
                "The offer ran out %(when)s, and the seat has gone to the next in line. You can sign up again to "
                "join the waiting list."
            )
            % {"when": moment_text(entry.answer_by)},
            code="offer_lapsed",
        )
    if entry.state != SignUpState.OFFERED:
        raise ActionRefused(_("You have no offered seat here."), code="not_offered")
