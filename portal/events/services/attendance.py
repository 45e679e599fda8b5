"""Who came: ticked off at the door for one date of an event, and undone as easily."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.events.enums import SignUpState
from portal.events.models import Attendance, EventOccasion
from portal.municipalities.enums import AuditAct
from portal.municipalities.services import audit

OPENS_BEFORE = timedelta(hours=12)


@transaction.atomic
def record(*, occasion: EventOccasion, present: Iterable[int], actor, now: datetime | None = None) -> tuple[int, int]:
    """Write that exactly the sign-ups with the ids `present` came to `occasion`; return how many came and how many
    of the rest did not.

    Ids of others than those with a seat at this event change nothing. Raises ActionRefused more than twelve hours
    before the start.
    """
    now = now or timezone.now()
    if occasion.starts_at - OPENS_BEFORE > now:
        raise ActionRefused(_("You can tick off who came from twelve hours before the start."), code="too_early")
    seats = set(occasion.event.sign_ups.filter(state=SignUpState.CONFIRMED).values_list("pk", flat=True))
    wanted = seats & set(present)
    before = set(occasion.attendances.values_list("sign_up_id", flat=True))
    occasion.attendances.filter(sign_up_id__in=(before & seats) - wanted).delete()
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
