"""Who came to a session: checked in at its door, or in a list, and undone as easily.

A phone at a door may be without a network: of two decisions about one person the later one holds, whichever arrives
first. Whoever is in a session is at the conference, and is checked in for the day too.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.conferences.models import Conference, Session, SessionVisit
from portal.conferences.services import programmes
from portal.conferences.services.programmes import ProgrammeSession
from portal.core.services import ActionRefused
from portal.events.enums import SignUpState
from portal.events.models import SignUp
from portal.events.services import attendance
from portal.municipalities.enums import AuditAct
from portal.municipalities.services import audit


@transaction.atomic
def decide(
    *,
    session_id: int,
    sign_up_id: int,
    is_here: bool,
    actor,
    at: datetime | None = None,
    now: datetime | None = None,
) -> bool:
    """Write that somebody with a seat at the conference is in a session, or is not; return what holds after this.

    `at` is when it was decided, where that was before now. Raises ActionRefused for somebody without a seat, for a
    session that is not public, and more than twelve hours before it begins.
    """
    now = now or timezone.now()
    at = min(at or now, now)
    session = Session.objects.select_related("conference__registration", "conference__municipality").get(pk=session_id)
    released = refuse_unless_open(session, now)
    seats = SignUp.objects.select_for_update().filter(
        event=session.conference.registration_id, state=SignUpState.CONFIRMED
    )
    entry = seats.filter(pk=sign_up_id).first()
    if entry is None:
        raise attendance.no_seat_here()
    row = SessionVisit.objects.filter(session=session, sign_up=entry).first()
    if row is not None and row.decided_at > at:
        return row.is_here
    SessionVisit.objects.update_or_create(
        session=session,
        sign_up=entry,
        defaults={"is_here": is_here, "decided_at": at, "decided_by": actor},
    )
    if is_here:
        _check_in_for_the_day(entry, released, actor, at, now)
    audit.record_seen(
        municipality=session.conference.municipality,
        actor=actor,
        act=AuditAct.ATTENDANCE_RECORDED,
        subject=session.conference.title,
    )
    return is_here


@transaction.atomic
def record(*, session: Session, among: Iterable[int], present: Iterable[int], actor) -> int:
    """Write that of the sign-ups `among` exactly those in `present` are in the session; return how many are."""
    wanted = set(among) & set(present)
    before = here(session)
    for pk in sorted(wanted - before):
        decide(session_id=session.pk, sign_up_id=pk, is_here=True, actor=actor)
    for pk in sorted((before & set(among)) - wanted):
        decide(session_id=session.pk, sign_up_id=pk, is_here=False, actor=actor)
    return len(wanted)


def here(session: Session) -> set[int]:
    """The ids of the sign-ups of those who are, or were, in the session."""
    return set(session.visits.filter(is_here=True).values_list("sign_up_id", flat=True))


def of_sign_up(conference: Conference, sign_up_id: int) -> set[str]:
    """The public ids of the sessions somebody came to."""
    rows = SessionVisit.objects.filter(session__conference=conference, sign_up=sign_up_id, is_here=True)
    return set(rows.values_list("session__public_id", flat=True))


def refuse_unless_open(session: Session, now: datetime) -> ProgrammeSession:
    """The session as it is public. Raises ActionRefused while nobody can be checked in to it."""
    programme = programmes.latest(session.conference)
    released = programme.session(session.public_id) if programme else None
    if released is None or released.starts_at is None or session.conference.registration_id is None:
        raise ActionRefused(_("It is not in the public programme."), code="not_public")
    if released.starts_at - attendance.OPENS_BEFORE > now:
        raise ActionRefused(_("You can tick off who came from twelve hours before the start."), code="too_early")
    return released


def _check_in_for_the_day(entry: SignUp, released: ProgrammeSession, actor, at: datetime, now: datetime) -> None:
    days = [o for o in entry.event.occasions.all() if timezone.localtime(o.starts_at).date() == released.day]
    for occasion in days:
        if (
            occasion.starts_at - attendance.OPENS_BEFORE <= now
            and not entry.attendances.filter(occasion=occasion).exists()
        ):
            attendance.check_in(occasion=occasion, sign_up_id=entry.pk, actor=actor, at=at, now=now)
