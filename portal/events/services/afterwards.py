"""What comes after an event: its materials, and thanks to those who came."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused, inserted
from portal.events.models import EventMaterial, SignUp, TrainingEvent
from portal.events.services import certificates
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from portal.notifications.services.composers import Content
from portal.notifications.services.outbox import PlannedMail, queue_planned

CAME = "events.came"
_THANKS = "events/thanks"


@transaction.atomic
def save(*, event_id: int, thanks: str, evaluation_url: str, materials: Sequence[tuple[str, str]]) -> TrainingEvent:
    """Write what comes after an event; `materials` are title and address, in the order they are shown in."""
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    event.thanks, event.evaluation_url = thanks, evaluation_url
    event.save(update_fields=["thanks", "evaluation_url", "updated_at"])
    event.materials.all().delete()
    inserted(
        EventMaterial,
        [
            EventMaterial(event=event, title=title, url=url, position=number)
            for number, (title, url) in enumerate(materials, start=1)
        ],
    )
    return event


def has_ended(event: TrainingEvent, *, now: datetime | None = None) -> bool:
    return bool(event.last_ends_at and event.last_ends_at <= (now or timezone.now()))


def to_thank(event: TrainingEvent, *, now: datetime | None = None) -> QuerySet[SignUp]:
    """The sign-ups of those who came and have not been thanked, by id; none before the event has ended."""
    now = now or timezone.now()
    if not has_ended(event, now=now):
        return SignUp.objects.none()
    entries = SignUp.objects.filter(certificates.came_by(now), event=event, thanked_at=None)
    return entries.select_related("person").order_by("pk")


def preview(event: TrainingEvent, *, now: datetime | None = None) -> OutboxMessage | None:
    """The mail that the first of those to thank would get, as it would be now, kept nowhere; None without any."""
    entry = to_thank(event, now=now).first()
    if entry is None:
        return None
    mail = OutboxMessage(
        message=_THANKS,
        recipient=entry.person,
        to_email=entry.person.email or "",
        reason=CAME,
        reason_object_id=entry.pk,
    )
    with outbox.rehearsing():
        outbox.compose(mail)
    return mail


@transaction.atomic
def send_thanks(*, event_id: int, now: datetime | None = None) -> int:
    """Queue a mail to everybody who came and has not been thanked; return how many were queued.

    Sending twice thanks nobody twice; whoever was ticked off in between is thanked then. Raises ActionRefused before
    the event has ended.
    """
    now = now or timezone.now()
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    if not has_ended(event, now=now):
        raise ActionRefused(_("You can send the thanks when the event has ended."), code="not_ended")
    entries = list(to_thank(event, now=now))
    SignUp.objects.filter(pk__in=[entry.pk for entry in entries]).update(thanked_at=now)
    queue_planned(
        PlannedMail(
            message=_THANKS,
            recipient=entry.person,
            to_email=entry.person.email,
            reason=CAME,
            reason_object_id=entry.pk,
            is_secret=entry.person.is_guest,
        )
        for entry in entries
    )
    return len(entries)


def content_of_thanks(sign_up_id: int) -> Content:
    entry = SignUp.objects.select_related("event__municipality", "event__collaboration").get(pk=sign_up_id)
    return Content({"sign_up": entry, "event": entry.event, "materials": entry.event.materials.all()})
