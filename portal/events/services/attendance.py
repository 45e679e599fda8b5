"""Who came: checked in at the door for one date of an event, and undone as easily.

A phone at a door may be without a network. What is tapped there arrives later, with the moment of the tap: of two
decisions about one person and date the later one holds, whichever arrives first, and sending one twice changes nothing.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.events.enums import EventFormat, SignUpState
from portal.events.models import MEETING_OPENS_BEFORE, Attendance, AttendanceUndone, DateChoice, EventOccasion, SignUp
from portal.municipalities.enums import AuditAct
from portal.municipalities.services import audit

OPENS_BEFORE = timedelta(hours=12)
# What the alphabet of codes leaves out for looking like a digit is read as that digit.
_LOOKALIKES = str.maketrans("ZSB", "258")
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


# --- At the door --------------------------------------------------------------------------------------------------


@transaction.atomic
def record(*, occasion: EventOccasion, present: Iterable[int], actor, now: datetime | None = None) -> tuple[int, int]:
    """Write that exactly the sign-ups with the ids `present` came to `occasion`; return how many came and how many
    of the rest did not.

    Ids of others than those with a seat at this event change nothing. Raises ActionRefused more than twelve hours
    before the start.
    """
    now = now or timezone.now()
    refuse_unless_open(occasion, now)
    expected = occasion.event.sign_ups.filter(state=SignUpState.CONFIRMED).coming_to(occasion)
    seats = set(expected.values_list("pk", flat=True))
    wanted = seats & set(present)
    before = set(occasion.attendances.values_list("sign_up_id", flat=True))
    gone = (before & seats) - wanted
    occasion.attendances.filter(sign_up_id__in=gone).delete()
    AttendanceUndone.objects.filter(occasion=occasion, sign_up_id__in=gone | (wanted - before)).delete()
    AttendanceUndone.objects.bulk_create(
        [AttendanceUndone(sign_up_id=pk, occasion=occasion, undone_by=actor, undone_at=now) for pk in sorted(gone)],
        ignore_conflicts=True,
    )
    Attendance.objects.bulk_create(
        [
            Attendance(sign_up_id=pk, occasion=occasion, recorded_by=actor, recorded_at=now)
            for pk in sorted(wanted - before)
        ],
        ignore_conflicts=True,  # two helpers at one door tick the same person
    )
    if wanted != before & seats:
        audit.record(
            municipality=occasion.event.municipality,
            actor=actor,
            act=AuditAct.ATTENDANCE_RECORDED,
            subject=occasion.event.title,
            detail=[f"{len(wanted)}/{len(seats)}"],
        )
    return len(wanted), len(seats) - len(wanted)


@transaction.atomic
def check_in(
    *, occasion: EventOccasion, sign_up_id: int, actor, at: datetime | None = None, now: datetime | None = None
) -> bool:
    """Write that somebody with a seat is here; return whether they are, after this and all that was decided later.

    `at` is when it was decided, where that was before now. Raises ActionRefused for somebody without a seat at this
    event, and more than twelve hours before the start.
    """
    return _decide(occasion, sign_up_id, present=True, actor=actor, at=at, now=now)


@transaction.atomic
def undo(
    *, occasion: EventOccasion, sign_up_id: int, actor, at: datetime | None = None, now: datetime | None = None
) -> bool:
    """Take a check-in back; return whether they are here, after this and all that was decided later.

    Nothing to take back is no error. Raises as `check_in` does.
    """
    return _decide(occasion, sign_up_id, present=False, actor=actor, at=at, now=now)


@transaction.atomic
def stay_for(
    *,
    occasion: EventOccasion,
    sign_up_id: int,
    minutes: int | None,
    actor,
    at: datetime | None = None,
    now: datetime | None = None,
) -> bool:
    """Write that somebody with a seat is or was here for so many minutes, None for the whole date.

    Returns what `check_in` does. Raises ActionRefused for less than one minute or more than the date is long, and as
    `check_in` does.
    """
    if minutes is not None and not 1 <= minutes <= occasion.minutes:
        raise ActionRefused(
            _("Write how many minutes, from 1 to %(most)s.") % {"most": occasion.minutes},
            code="minutes",
            field="minutes",
        )
    part = {"minutes": None if minutes == occasion.minutes else minutes}
    return _decide(occasion, sign_up_id, present=True, actor=actor, at=at, now=now, part=part)


def _decide(
    occasion: EventOccasion,
    sign_up_id: int,
    *,
    present: bool,
    actor,
    at: datetime | None,
    now: datetime | None,
    part: dict | None = None,
) -> bool:
    now = now or timezone.now()
    at = min(at or now, now)
    refuse_unless_open(occasion, now)
    # Two phones decide about one person one after the other.
    seats = SignUp.objects.select_for_update().filter(event=occasion.event_id, state=SignUpState.CONFIRMED)
    entry = seats.filter(pk=sign_up_id).first()
    if entry is None:
        raise no_seat_here()
    of_both: dict[str, Any] = {"sign_up": entry, "occasion": occasion}
    row = Attendance.objects.filter(**of_both).first()
    undone_at = AttendanceUndone.objects.filter(**of_both).values_list("undone_at", flat=True).first()
    decided_at = row.recorded_at if row else undone_at
    if decided_at and decided_at > at:
        return row is not None
    if present:
        values = {"recorded_at": at, "recorded_by": actor, **(part or {})}
        Attendance.objects.update_or_create(**of_both, defaults=values)
        AttendanceUndone.objects.filter(**of_both).delete()
    else:
        Attendance.objects.filter(**of_both).delete()
        AttendanceUndone.objects.update_or_create(**of_both, defaults={"undone_at": at, "undone_by": actor})
    if actor.pk != entry.person_id:
        # Each row says who wrote it; the log says once in half a day that somebody stood at this door.
        audit.record_seen(
            municipality=occasion.event.municipality,
            actor=actor,
            act=AuditAct.ATTENDANCE_RECORDED,
            subject=occasion.event.title,
        )
    return present


def refuse_unless_open(occasion: EventOccasion, now: datetime) -> None:
    if occasion.starts_at - OPENS_BEFORE > now:
        raise ActionRefused(_("You can tick off who came from twelve hours before the start."), code="too_early")


def no_seat_here() -> ActionRefused:
    """The same words for a foreign code, one that was cancelled, and one that nobody has."""
    return ActionRefused(_("Whoever has this code has no seat at this event."), code="no_seat", field="code")


def plain_code(text: str) -> str:
    """A code as it is stored, from whatever somebody typed: small letters, spaces and dashes do not matter."""
    return "".join(sign for sign in text.upper() if sign.isalnum()).translate(_LOOKALIKES)


def found_by_code(sign_ups, text: str) -> SignUp:
    """The one of `sign_ups` whose code, or whose check-in page's address, `text` is; raises ActionRefused for none."""
    uid = _UID.search(text)
    wanted = {"uid": UUID(uid[0])} if uid else {"code": plain_code(text)[:20]}
    entry = sign_ups.filter(**wanted).first()
    if entry is None:
        raise no_seat_here()
    return entry


def occasion_at_the_door(occasions: Iterable[EventOccasion], now: datetime) -> EventOccasion | None:
    """The date somebody is checked in to now: one that is not over, else the last one; None before the first opens."""
    opened = [occasion for occasion in occasions if occasion.starts_at - OPENS_BEFORE <= now]
    going_on = [occasion for occasion in opened if occasion.ends_at >= now]
    return going_on[0] if going_on else opened[-1] if opened else None


# --- Online -------------------------------------------------------------------------------------------------------


def open_for_oneself(sign_up: SignUp, occasions: Iterable[EventOccasion], now: datetime) -> EventOccasion | None:
    """The online date that somebody with a seat can check in to with its code: from a quarter before until its end."""
    if sign_up.state != SignUpState.CONFIRMED or sign_up.event.format == EventFormat.ON_SITE:
        return None
    return next((o for o in occasions if o.starts_at - MEETING_OPENS_BEFORE <= now <= o.ends_at), None)


@transaction.atomic
def check_oneself_in(*, sign_up_id: int, code: str, actor, now: datetime | None = None) -> EventOccasion:
    """Write that somebody who typed the code of the date is in the online meeting; return the date.

    Raises ActionRefused for a wrong code, outside the date's time, and without a seat.
    """
    now = now or timezone.now()
    entry = SignUp.objects.select_related("event").get(pk=sign_up_id)
    occasion = open_for_oneself(entry, entry.event.occasions.all(), now)
    if occasion is None:
        raise ActionRefused(
            _("You can check in from 15 minutes before the start until the end."), code="not_now", field="code"
        )
    if not secrets.compare_digest(plain_digits(code).encode(), occasion.code.encode()):
        raise ActionRefused(
            _("That is not the code of the day. It is said and shown in the meeting."), code="wrong_code", field="code"
        )
    _decide(occasion, sign_up_id, present=True, actor=actor, at=now, now=now)
    return occasion


def plain_digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


# --- Afterwards ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Presence:
    """What somebody with a seat was there for, of the dates that are over: how many, and how long."""

    dates: int
    of: int
    minutes: int
    is_whole: bool

    @property
    def came(self) -> bool:
        return self.dates > 0


def presences(sign_ups: Sequence[SignUp], now: datetime | None = None) -> dict[int, Presence]:
    """By id, what those of `sign_ups` with a seat were there for; two queries, three where people choose dates.

    A date counts when it is over and somebody was checked in: where nobody was, nobody kept a list, and to say of all
    that they stayed away would be wrong. Whose event has no such date is left out.
    """
    seats = [entry for entry in sign_ups if entry.state == SignUpState.CONFIRMED]
    if not seats:
        return {}
    events = {entry.event_id for entry in seats}
    over = EventOccasion.objects.filter(event__in=events, ends_at__lte=now or timezone.now())
    dates: dict[int, dict[int, EventOccasion]] = {}
    chosen: dict[int, set[int]] = {}
    for occasion in over.filter(attendances__isnull=False).select_related("event").distinct():
        dates.setdefault(occasion.event_id, {})[occasion.pk] = occasion
    if not dates:
        return {}
    rows: dict[int, list[Attendance]] = {}
    for row in Attendance.objects.filter(occasion__event__in=dates):
        rows.setdefault(row.sign_up_id, []).append(row)
    if any(next(iter(of_event.values())).event.dates_to_choose for of_event in dates.values()):
        for entry_id, occasion_id in DateChoice.objects.filter(occasion__event__in=dates).values_list(
            "sign_up", "occasion"
        ):
            chosen.setdefault(entry_id, set()).add(occasion_id)
    found = {}
    for entry in seats:
        if entry.event_id in dates:
            there = rows.get(entry.pk, [])
            expected = chosen.get(entry.pk, dates[entry.event_id].keys()) | {row.occasion_id for row in there}
            of_entry = {pk: date for pk, date in dates[entry.event_id].items() if pk in expected}
            if of_entry:
                found[entry.pk] = _presence(there, of_entry)
    return found


def _presence(rows: Iterable[Attendance], dates: dict[int, EventOccasion]) -> Presence:
    there = [row for row in rows if row.occasion_id in dates]
    # A date may have been made shorter after somebody was said to have been there for most of it.
    lengths = {row.occasion_id: dates[row.occasion_id].minutes for row in there}
    minutes = [min(row.minutes or lengths[row.occasion_id], lengths[row.occasion_id]) for row in there]
    return Presence(
        dates=len(there),
        of=len(dates),
        minutes=sum(minutes),
        is_whole=len(there) == len(dates) and all(row.minutes is None for row in there),
    )
