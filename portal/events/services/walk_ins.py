"""Walk-ins: people at the door without a seat, who get a free one and are checked in.

Sign-up is closed by then, and the waiting list is no longer asked in turn: whoever stands there has a free seat. The
rest is as always: under the event's lock, within its capacity, its kept seats and its limit for a unit.
"""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.services import ActionRefused
from portal.events.enums import Approval, EventState, SignUpState
from portal.events.models import EventOccasion, SignUp, TrainingEvent
from portal.events.permissions import municipalities_to_sign_up_for
from portal.events.services import attendance
from portal.events.services.seat_book import Book, opened_settled
from portal.events.services.sign_ups import in_the_way
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Membership
from portal.municipalities.services import audit, units


def takes_walk_ins(occasion: EventOccasion, event: TrainingEvent, now: datetime) -> bool:
    """From twelve hours before the date until the event's last one ends."""
    return bool(
        event.state == EventState.PUBLISHED
        and occasion.starts_at - attendance.OPENS_BEFORE <= now
        and event.last_ends_at
        and now < event.last_ends_at
    )


def with_room(event: TrainingEvent, waiting: Iterable[SignUp], now: datetime) -> list[SignUp]:
    """Those who wait and could have a free seat at `now`; what the page shows, not what decides."""
    book = Book(event, now)
    return [entry for entry in waiting if book.has_room_for(entry.municipality_id, entry.unit_id)]


@transaction.atomic
def seat_from_waiting_list(*, occasion: EventOccasion, sign_up_id: int, actor, now: datetime | None = None) -> SignUp:
    """Give somebody on the waiting list who stands at the door a free seat, and check them in.

    Somebody who has a seat by now is checked in. Raises ActionRefused when no seat is free for them, they do not wait,
    and outside the time for walk-ins.
    """
    now = now or timezone.now()
    book = _opened(occasion, now)
    entry = book.event.sign_ups.select_related("person").filter(pk=sign_up_id).first()
    if entry is None or entry.state not in (SignUpState.WAITING, SignUpState.CONFIRMED):
        raise ActionRefused(
            _("They are not on the waiting list any more. The list may have changed: look again."), code="not_waiting"
        )
    if entry.state == SignUpState.WAITING:
        if not book.has_room_for(entry.municipality_id, entry.unit_id):
            raise _no_seat()
        _seat(book, entry, actor)
    book.write()
    return _checked_in(occasion, entry, actor, now)


@transaction.atomic
def seat_member(*, occasion: EventOccasion, email: str, actor, now: datetime | None = None) -> SignUp:
    """Give the member with exactly that address a free seat, and check them in; somebody with a seat is checked in.

    Raises ActionRefused outside the time for walk-ins, when no seat is free for anybody, and, always in the same words
    so that a door is no directory of members, for an address that nobody has, a protected identity, a person who may
    not sign up for the event, whose manager has not said yes where that is asked, or for whom no seat is free.
    """
    now = now or timezone.now()
    book = _opened(occasion, now)
    # By their address nobody finds out who stands behind an alias.
    people = get_user_model().objects.filter(is_active=True, is_protected=False)
    person = people.filter(email__iexact=email.strip()).first() if email.strip() else None
    entry = _entry_for(book, person) if person is not None else None
    if entry is None and book.pool.common_free <= 0 and not book.pool.kept_free:
        raise _no_seat(field="email")
    if entry is None:
        raise ActionRefused(
            _(
                "Nobody with that address can be given a seat here. Look at the address. If it is right, they are not "
                "a member of a municipality that the event is for, or no seat is free for them."
            ),
            code="not_for_them",
            field="email",
        )
    if entry.state != SignUpState.CONFIRMED:
        _seat(book, entry, actor)
    book.write()
    return _checked_in(occasion, entry, actor, now)


def _opened(occasion: EventOccasion, now: datetime) -> Book:
    book = opened_settled(occasion.event_id, now)
    if not takes_walk_ins(occasion, book.event, now):
        raise ActionRefused(
            _("Seats are given at the door from twelve hours before the start until the event is over."),
            code="not_now",
        )
    return book


def _no_seat(field: str = "") -> ActionRefused:
    return ActionRefused(_("There is no free seat."), code="no_seat", field=field)


def _entry_for(book: Book, person) -> SignUp | None:
    """The person's sign-up, new where there is none, that may be given a seat now; None where none may."""
    event = book.event
    entry = event.sign_ups.active().select_related("person").filter(person=person).first()
    if entry is not None:
        if entry.state in (SignUpState.CONFIRMED, SignUpState.OFFERED):
            return entry
        may_wait = entry.state == SignUpState.WAITING
        return entry if may_wait and book.has_room_for(entry.municipality_id, entry.unit_id) else None
    if in_the_way(event).filter(person=person).exists():
        return None
    open_to = municipalities_to_sign_up_for(person, event)
    memberships = Membership.objects.filter(person=person, municipality__in=open_to).select_related("unit")
    # For the organiser's own municipality first, where somebody belongs to several.
    for membership in sorted(memberships, key=lambda m: (m.municipality_id != event.municipality_id, m.pk)):
        if event.approval == Approval.APPROVE and not units.is_manager_of(person, membership.unit):
            continue
        if book.has_room_for(membership.municipality_id, membership.unit_id):
            return SignUp(
                event=event, person=person, municipality_id=membership.municipality_id, unit_id=membership.unit_id
            )
    return None


def _seat(book: Book, entry: SignUp, actor) -> None:
    """The seat; one of a team leaves it, and the others go on waiting together."""
    if entry.team_id is not None:
        entry.team = None
        entry.save(update_fields=["team", "updated_at"])
    book.change(entry, SignUpState.CONFIRMED, actor=actor, reason="walked_in")
    audit.record(
        municipality=book.event.municipality,
        actor=actor,
        act=AuditAct.SEAT_GIVEN,
        subject=book.event.title,
        detail=[entry.person, gettext_lazy("at the door")],
        now=book.now,
    )


def _checked_in(occasion: EventOccasion, entry: SignUp, actor, now: datetime) -> SignUp:
    attendance.check_in(occasion=occasion, sign_up_id=entry.pk, actor=actor, now=now)
    return entry
