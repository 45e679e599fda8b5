"""Making the planned programme public, as a version that is never changed again."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.conferences.models import Conference, Release, Speaker
from portal.conferences.services import changes, clashes, places, programmes
from portal.conferences.services.programmes import Programme
from portal.conferences.signals import programme_changed
from portal.core.services import ActionRefused
from portal.municipalities.enums import AuditAct
from portal.municipalities.services import audit
from portal.notifications.services.composers import Content
from portal.notifications.services.outbox import PlannedMail, queue_planned

SLOT = "conferences.slot"
MESSAGE = "conferences/slot"


@transaction.atomic
def release(
    *, conference_id: int, name: str, comment: str = "", tells_people: bool, actor, now: datetime | None = None
) -> Release:
    """Make what is planned public under `name`, and mail those whose own slot is new, moved or gone.

    Those with a place in a session that is moved or gone are always told.

    Raises ActionRefused, with nothing written or sent, when a room or a person is booked twice, when nothing has a
    time, and when nothing is changed since the last version.
    """
    now = now or timezone.now()
    # The lock makes two releases at once two versions, each compared with the one before it.
    conference = Conference.objects.select_for_update().get(pk=conference_id)
    programme = programmes.draft(conference)
    before = programmes.latest(conference)
    _refuse_unless_sound(conference, programme)
    found = changes.between(before, programme)
    content = programmes.stored(programme)
    last = conference.releases.first()
    if last is not None and last.programme == content:
        raise ActionRefused(_("Nothing is changed since the last version."), code="nothing_new")
    made = Release.objects.create(
        conference=conference,
        number=last.number + 1 if last else 1,
        name=name,
        comment=comment,
        programme=content,
        changes=[change.stored() for change in found],
        at=now,
        by=actor,
    )
    if tells_people:
        _tell(conference, changes.people_to_tell(before, programme))
    places.follow(conference, before, programme)
    audit.record(
        municipality=conference.municipality,
        actor=actor,
        act=AuditAct.PROGRAMME_RELEASED,
        subject=conference.title,
        detail=[name],
    )
    programme_changed.send(sender=Conference, conference=conference)
    return made


def _refuse_unless_sound(conference: Conference, programme: Programme) -> None:
    if not programme.scheduled:
        raise ActionRefused(_("Nothing in the programme has a time yet."), code="empty")
    if any(clash.is_refused for clash in clashes.found_in(conference, programme)):
        raise ActionRefused(
            _("A room or a person is booked twice. Change that first; the clashes are listed below."),
            code="double_booked",
        )


def _tell(conference: Conference, people: set[str]) -> None:
    speakers = Speaker.objects.filter(conference=conference, public_id__in=people).exclude(email="")
    queue_planned(
        PlannedMail(message=MESSAGE, recipient=None, to_email=speaker.email, reason=SLOT, reason_object_id=speaker.pk)
        for speaker in speakers
    )


def is_to_be_told(speaker_id: int) -> bool:
    """Whether a mail about somebody's slots still has a reader; what it says is written when it is sent."""
    return Speaker.objects.filter(pk=speaker_id).exclude(email="").exists()


def content_of_slot(speaker_id: int) -> Content:
    """What somebody's slots are in the version that is public at this moment."""
    speaker = Speaker.objects.select_related("conference__municipality").get(pk=speaker_id)
    programme = programmes.latest(speaker.conference) or Programme()
    return Content(
        {
            "speaker": speaker,
            "conference": speaker.conference,
            "sessions": programme.sessions_of(speaker.public_id),
            "version": programme.name,
        }
    )
