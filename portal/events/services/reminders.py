from datetime import datetime, timedelta

from django.utils import timezone

from portal.events.enums import EventState, SignUpState
from portal.events.models import EventOccasion, SignUp
from portal.events.services import mails

REMIND_BEFORE = timedelta(days=2)


def remind_participants(*, now: datetime | None = None) -> int:
    """Queue a reminder to everybody with a seat at an occasion within two days; return how many were queued.

    Runs as often as one likes: each person is reminded once of each occasion. Somebody who got the seat after
    the reminder time has just had the confirmation and is left alone.
    """
    now = now or timezone.now()
    occasions = EventOccasion.objects.filter(
        event__state=EventState.PUBLISHED, starts_at__gt=now, starts_at__lte=now + REMIND_BEFORE
    )
    queued = 0
    for occasion in occasions:
        sign_ups = SignUp.objects.filter(
            event=occasion.event_id,
            state=SignUpState.CONFIRMED,
            updated_at__lt=occasion.starts_at - REMIND_BEFORE,
        ).select_related("person", "event__municipality")
        for sign_up in sign_ups:
            queued += mails.remind(sign_up, occasion)
    return queued
