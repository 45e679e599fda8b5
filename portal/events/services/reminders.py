from datetime import datetime, timedelta
from functools import cache

import holidays
from django.utils import timezone

from portal.events.enums import EventState, SignUpState
from portal.events.models import MOST_REMIND_DAYS, EventOccasion, SignUp
from portal.events.services import mails

# So many working days before is never longer ago, Christmas and Easter included.
LONGEST = timedelta(days=MOST_REMIND_DAYS * 3 + 7)


def remind_participants(*, now: datetime | None = None) -> int:
    """Queue a reminder to everybody with a seat at an occasion whose moment is there; return how many were queued.

    Runs as often as one likes: each person is reminded once of each occasion. Somebody who got the seat after
    the reminder time has just had the confirmation and is left alone.
    """
    now = now or timezone.now()
    occasions = EventOccasion.objects.filter(
        event__state=EventState.PUBLISHED, event__remind_days__gt=0, starts_at__gt=now, starts_at__lte=now + LONGEST
    ).select_related("event")
    queued = 0
    for occasion in occasions:
        moment = remind_at(occasion.starts_at, occasion.event.remind_days)
        if now < moment:
            continue
        sign_ups = SignUp.objects.filter(
            event=occasion.event_id, state=SignUpState.CONFIRMED, updated_at__lt=moment
        ).select_related("person", "event__municipality")
        for sign_up in sign_ups.coming_to(occasion):
            queued += mails.remind(sign_up, occasion)
    return queued


def remind_at(starts_at: datetime, working_days: int) -> datetime:
    """The same time of day, so many Swedish working days earlier.

    Saturdays, Sundays, public holidays (lag 1989:253) and the eves that offices keep closed are none.
    """
    return working_days_from(starts_at, -working_days)


def working_days_from(moment: datetime, working_days: int) -> datetime:
    """The same time of day, so many Swedish working days later, or earlier for a negative number."""
    local = timezone.localtime(moment)
    day = _swedish_days().get_nth_working_day(local.date(), working_days)
    return timezone.make_aware(datetime.combine(day, local.time()))


@cache
def _swedish_days() -> holidays.HolidayBase:
    return holidays.country_holidays("SE", categories=("public", "de_facto"))
