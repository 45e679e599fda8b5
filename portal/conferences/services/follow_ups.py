"""The mail after a conference: to each who came, the sessions they took part in, with what those left behind."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.conferences.enums import PlaceState
from portal.conferences.models import Conference, FollowUp, SessionPlace
from portal.conferences.services import materials, programmes, visits
from portal.conferences.services.programmes import Programme
from portal.core.services import ActionRefused, inserted
from portal.events.models import SignUp
from portal.events.services import certificates
from portal.notifications.services.composers import Content
from portal.notifications.services.outbox import PlannedMail, queue_planned

CAME = "conferences.came"
MESSAGE = "conferences/follow_up"


def to_tell(conference: Conference, now: datetime | None = None) -> QuerySet[SignUp]:
    """The sign-ups of those who were checked in on some day and have not been told, by id."""
    told = FollowUp.objects.filter(sign_up=OuterRef("pk"))
    entries = SignUp.objects.filter(
        certificates.came_by(now or timezone.now()), ~Exists(told), event=conference.registration_id
    )
    return entries.select_related("person").order_by("pk")


@transaction.atomic
def send(*, conference_id: int, now: datetime | None = None) -> int:
    """Queue the mail to everybody who came and has not had it; return to how many.

    Raises ActionRefused before the conference is over.
    """
    now = now or timezone.now()
    conference = Conference.objects.select_for_update().get(pk=conference_id)
    if conference.last_day >= timezone.localtime(now).date():
        raise ActionRefused(_("You can do that when the conference is over."), code="not_over")
    entries = list(to_tell(conference, now))
    inserted(FollowUp, [FollowUp(sign_up=entry, queued_at=now) for entry in entries])
    queue_planned(
        PlannedMail(
            message=MESSAGE,
            recipient=entry.person,
            to_email=entry.person.email,
            reason=CAME,
            reason_object_id=entry.pk,
            is_secret=entry.person.is_guest,
        )
        for entry in entries
    )
    return len([entry for entry in entries if entry.person.email])


def came(sign_up_id: int) -> bool:
    """Whether the mail still has a reason: they came, and the event is a conference's."""
    return certificates.has_come(sign_up_id) and Conference.objects.filter(registration__sign_ups=sign_up_id).exists()


def content_of_follow_up(sign_up_id: int) -> Content:
    """The sessions somebody was checked in to, else those they had a place in, each with its materials.

    Somebody of whom neither is known gets the way to all of them.
    """
    entry = SignUp.objects.select_related("person", "event").get(pk=sign_up_id)
    conference = Conference.objects.select_related("collaboration", "page").get(registration=entry.event_id)
    programme = programmes.latest(conference) or Programme()
    shown = materials.shown(conference, programme, timezone.now())
    attended = visits.of_sign_up(conference, entry.pk)
    if not attended:
        booked = SessionPlace.objects.filter(sign_up=entry, state=PlaceState.BOOKED)
        attended = set(booked.values_list("session__public_id", flat=True))
    sessions = [(session, shown.get(session.id, [])) for session in programme.sessions if session.id in attended]
    return Content(
        {
            "conference": conference,
            "page_address": conference.page.get_url(),
            "sessions": sessions,
            "sign_up": entry,
        }
    )
