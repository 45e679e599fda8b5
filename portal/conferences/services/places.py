"""Places in single sessions of a conference, for those who have a seat at it.

A session's own row holds how many places are taken, and its lock decides; the database refuses more than there are.
Whoever waits has said that the place is theirs as soon as one is free: nobody is asked in the middle of a conference.
Sessions that overlap cannot both be booked, by the times of the released programme. Locks are taken in one order:
the event of the sign-up, the sign-up, then sessions by id.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.conferences.enums import PlaceState
from portal.conferences.models import Conference, Session, SessionPlace
from portal.conferences.services import programmes
from portal.conferences.services.programmes import Programme
from portal.core.services import ActionRefused
from portal.events.enums import SignUpState
from portal.events.models import SignUp
from portal.notifications.services.composers import Content
from portal.notifications.services.outbox import PlannedMail, queue_mail, queue_planned

HAS_PLACE, IS_IN = "conferences.has_place", "conferences.is_in_session"
PROMOTED, MOVED, TAKEN_OUT = (f"conferences/place_{name}" for name in ("promoted", "moved", "taken_out"))


class Places(NamedTuple):
    """Of one session: how many there are, and how many are taken."""

    all: int
    taken: int

    @property
    def free(self) -> int:
        return max(self.all - self.taken, 0)


@transaction.atomic
def book(
    *, session_id: int, sign_up_id: int, instead_of: Iterable[int] = (), now: datetime | None = None
) -> SessionPlace:
    """Give somebody with a seat at the conference a place in a session, or one in its waiting list when it is full.

    `instead_of` are ids of sessions whose place is given up in the same act, for one that is free; they count as given
    up when the two overlap. Booking twice is booking once. Raises ActionRefused without a seat at the conference
    ("no_seat"), for a session that has no places, is not public or has begun ("not_bookable"), for one that overlaps
    another place ("overlaps"), and when something is to be given up for a session that is full ("full").
    """
    now = now or timezone.now()
    # One person's bookings follow each other: else two at once could overlap.
    entry = SignUp.objects.select_for_update(of=("self",)).select_related("person").get(pk=sign_up_id)
    conference = Conference.objects.filter(sessions=session_id).select_related("registration").get()
    mine = {place.session_id: place for place in SessionPlace.objects.filter(sign_up=entry)}
    if session_id in mine:
        return mine[session_id]
    leaving = sorted(set(instead_of) & mine.keys())
    rows = {row.pk: row for row in _locked({session_id, *leaving})}
    session = rows[session_id]
    if entry.state != SignUpState.CONFIRMED or entry.event_id != conference.registration_id:
        raise ActionRefused(_("First you need a seat at the conference. Sign up to it."), code="no_seat")
    programme = programmes.latest(conference) or Programme()
    _refuse_unless_bookable(session, programme, now)
    others = [pk for pk in mine if pk not in leaving]
    if clash := _overlapping(session, others, programme):
        raise ActionRefused(
            _("You have a place in ”%(title)s” at the same time. Give that up first.") % {"title": clash.title},
            code="overlaps",
        )
    is_free = _has_room(session)
    if leaving and not is_free:
        raise ActionRefused(
            _("All places in ”%(title)s” are taken. You keep the place that you have.") % {"title": session.title},
            code="full",
        )
    for pk in leaving:
        _end(rows[pk], mine[pk])
    place = SessionPlace.objects.create(
        session=session,
        sign_up=entry,
        state=PlaceState.BOOKED if is_free else PlaceState.WAITING,
        queued_at=now,
    )
    if is_free:
        Session.objects.filter(pk=session.pk).update(places_taken=F("places_taken") + 1)
    return place


@transaction.atomic
def leave(*, session_id: int, sign_up_id: int) -> None:
    """Give up a place, or a place in the waiting list; a free place goes to the first who waits. Twice is once."""
    for session in _locked({session_id}):
        if place := SessionPlace.objects.filter(session=session, sign_up=sign_up_id).first():
            _end(session, place)


@transaction.atomic
def leave_all(*, sign_up_id: int) -> None:
    """Give up every place of somebody who does not come to the conference."""
    mine = {place.session_id: place for place in SessionPlace.objects.filter(sign_up=sign_up_id)}
    for session in _locked(mine):
        _end(session, mine[session.pk])


@transaction.atomic
def change_number(*, session_id: int, places: int | None) -> Session:
    """Let a session have so many places, None for no booking; who waits and has a place now is told so.

    Raises ActionRefused for fewer than are taken.
    """
    [session] = _locked({session_id})
    if session.places == places:
        return session
    if (places or 0) < session.places_taken:
        raise ActionRefused(
            ngettext(
                "%(number)s person has a place. Write that number or more.",
                "%(number)s people have a place. Write that number or more.",
                session.places_taken,
            )
            % {"number": session.places_taken},
            code="fewer_than_taken",
            field="places",
        )
    if places is None:
        session.bookings.all().delete()
    session.places = places
    session.save(update_fields=["places", "updated_at"])
    _promote(session)
    return session


def tell_taken_out(session: Session) -> int:
    """Mail those with a place in a session that is taken out of the plan; return how many. Before it is deleted."""
    rows = session.bookings.select_related("sign_up__person", "session__conference__collaboration")
    for place in rows:
        queue_mail(
            message=TAKEN_OUT,
            to_email=place.sign_up.person.email,
            recipient=place.sign_up.person,
            context=content_of(place),
        )
    return len(rows)


def follow(conference: Conference, before: Programme | None, after: Programme) -> None:
    """After a release: tell those with a place, or in line, where a session is moved, and end those in one that is
    gone."""
    for session in _locked(conference.sessions.filter(bookings__isnull=False).values_list("pk", flat=True)):
        was = before.session(session.public_id) if before else None
        now = after.session(session.public_id)
        if now is None or now.starts_at is None:
            tell_taken_out(session)
            session.bookings.all().delete()
            session.places_taken = 0
            session.save(update_fields=["places_taken", "updated_at"])
        elif was and (was.starts_at, was.ends_at, was.room) != (now.starts_at, now.ends_at, now.room):
            rows = session.bookings.select_related("sign_up__person").order_by("pk")
            queue_planned(_mail(MOVED, IS_IN, place) for place in rows)


def of_conference(conference: Conference) -> dict[str, Places]:
    """The places of each session that has some, by the session's public id; none while nobody can sign up."""
    if conference.registration_id is None:
        return {}
    rows = conference.sessions.filter(places__isnull=False).values_list("public_id", "places", "places_taken")
    return {public_id: Places(places, taken) for public_id, places, taken in rows}


def of_person(conference: Conference, person) -> dict[str, SessionPlace]:
    """Where the person has a place or waits, by the session's public id."""
    if not person.is_authenticated or conference.registration_id is None:
        return {}
    rows = SessionPlace.objects.filter(session__conference=conference, sign_up__person=person.pk)
    return {place.session.public_id: place for place in rows.select_related("session")}


def seat_of(conference: Conference, person) -> SignUp | None:
    """The person's own seat at the conference, which its places are for."""
    if not person.is_authenticated or conference.registration_id is None:
        return None
    seats = SignUp.objects.filter(event=conference.registration_id, state=SignUpState.CONFIRMED)
    return seats.filter(person=person.pk).first()


def position_in_queue(place: SessionPlace) -> int | None:
    """1 for the first who waits; None for somebody who has a place."""
    if place.state != PlaceState.WAITING:
        return None
    earlier = Q(queued_at__lt=place.queued_at) | Q(queued_at=place.queued_at, pk__lt=place.pk)
    return SessionPlace.objects.filter(earlier, session=place.session_id, state=PlaceState.WAITING).count() + 1


def has_place(place_id: int) -> bool:
    return SessionPlace.objects.filter(pk=place_id, state=PlaceState.BOOKED).exists()


def is_in(place_id: int) -> bool:
    """They have a place, or wait for one."""
    return SessionPlace.objects.filter(pk=place_id).exists()


def content_of_place(place_id: int) -> Content:
    place = SessionPlace.objects.select_related("sign_up__person", "session__conference__collaboration").get(
        pk=place_id
    )
    return Content(content_of(place))


def content_of(place: SessionPlace) -> dict:
    """What a mail about a place says: the session, and it as it is public now (None where it is not)."""
    conference = place.session.conference
    released = (programmes.latest(conference) or Programme()).session(place.session.public_id)
    return {
        "conference": conference,
        "session": place.session,
        "released": released,
        "place": place,
        "sign_up": place.sign_up,
    }


def _locked(session_ids: Iterable[int]) -> QuerySet[Session]:
    return Session.objects.select_for_update().filter(pk__in=set(session_ids)).order_by("pk")


def _has_room(session: Session) -> bool:
    """A place is free, and nobody waits for it."""
    if session.places is None or session.places_taken >= session.places:
        return False
    return not session.bookings.filter(state=PlaceState.WAITING).exists()


def _refuse_unless_bookable(session: Session, programme: Programme, now: datetime) -> None:
    released = programme.session(session.public_id)
    if session.places is None:
        raise ActionRefused(_("No place is needed here: just come."), code="not_bookable")
    if released is None or released.starts_at is None:
        raise ActionRefused(_("It is not in the public programme."), code="not_bookable")
    if released.starts_at <= now:
        raise ActionRefused(_("It has begun. Ask at the door whether there is room."), code="not_bookable")


def _overlapping(session: Session, session_ids: Iterable[int], programme: Programme) -> Session | None:
    wanted = programme.session(session.public_id)
    for other in Session.objects.filter(pk__in=list(session_ids)).order_by("starts_at", "pk"):
        released = programme.session(other.public_id)
        if wanted and released and wanted.overlaps(released):
            return other
    return None


def _end(session: Session, place: SessionPlace) -> None:
    had_place = place.state == PlaceState.BOOKED
    place.delete()
    if had_place:
        session.places_taken -= 1
        session.save(update_fields=["places_taken", "updated_at"])
        _promote(session)


def _promote(session: Session) -> None:
    free = (session.places or 0) - session.places_taken
    waiting = session.bookings.filter(state=PlaceState.WAITING).select_related("sign_up__person")
    first = list(waiting.order_by("queued_at", "pk")[: max(free, 0)])
    if not first:
        return
    SessionPlace.objects.filter(pk__in=[place.pk for place in first]).update(state=PlaceState.BOOKED)
    session.places_taken += len(first)
    session.save(update_fields=["places_taken", "updated_at"])
    queue_planned(_mail(PROMOTED, HAS_PLACE, place) for place in first)


def _mail(message: str, reason: str, place: SessionPlace) -> PlannedMail:
    person = place.sign_up.person
    return PlannedMail(
        message=message,
        recipient=person,
        to_email=person.email,
        reason=reason,
        reason_object_id=place.pk,
        is_secret=person.is_guest,
    )
