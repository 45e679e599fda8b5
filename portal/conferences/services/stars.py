"""Which sessions somebody wants to go to: with an account here, without one on the device."""

from collections.abc import Iterable

from django.db import transaction

from portal.conferences.models import Conference, Session, SessionStar

MOST = 100  # on a device, over all conferences; a cookie holds 4 kB (RFC 6265, 6.1)


def of_person(person, conference: Conference) -> set[str]:
    """The ids of the sessions of one conference that the person has starred."""
    stars = SessionStar.objects.filter(person=person, session__conference=conference)
    return set(stars.values_list("session__public_id", flat=True))


@transaction.atomic
def keep(*, person, conference: Conference, session_ids: Iterable[str]) -> None:
    """Make these the sessions of the conference that the person has starred; unknown ids are left out."""
    sessions = Session.objects.filter(conference=conference, public_id__in=set(session_ids))
    SessionStar.objects.filter(person=person, session__conference=conference).exclude(session__in=sessions).delete()
    SessionStar.objects.bulk_create(
        [SessionStar(person=person, session=session) for session in sessions], ignore_conflicts=True
    )
