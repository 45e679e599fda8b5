"""The record behind a conference's page: made with the page, and following it."""

from datetime import date

from django.db import transaction

from portal.conferences.models import Conference
from portal.events.models import TrainingEvent
from portal.municipalities.models import Collaboration, Municipality


@transaction.atomic
def follow(
    *,
    page_id: int,
    municipality: Municipality,
    title: str,
    first_day: date,
    last_day: date,
    collaboration: Collaboration | None = None,
) -> Conference:
    """Make the conference of a page, or give it what its page now says.

    A page that was handed over takes its programme with it: from the next request the new owner plans it.
    """
    conference, _made = Conference.objects.update_or_create(
        page_id=page_id,
        defaults={
            "municipality": municipality,
            "title": title,
            "first_day": first_day,
            "last_day": last_day,
            "collaboration": collaboration,
        },
    )
    return conference


def open_registration(*, conference: Conference, event: TrainingEvent | None) -> Conference:
    """Let people sign up to the conference through `event`; None takes the way away, and nobody's seat with it."""
    conference.registration = event
    conference.save(update_fields=["registration", "updated_at"])
    return conference
