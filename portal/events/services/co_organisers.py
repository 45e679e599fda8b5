"""Arranging an event together: another municipality's coordinators manage it with us until a day."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.events.models import CoOrganiser, TrainingEvent
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Municipality
from portal.municipalities.services import audit


@transaction.atomic
def invite(
    *, event: TrainingEvent, municipality: Municipality, until: date, actor, today: date | None = None
) -> CoOrganiser:
    """Let the coordinators of `municipality` manage the event with us up to and including `until`.

    Inviting again moves the last day. Raises ActionRefused for the owner itself and for a day that has passed.
    """
    refuse_unless_sensible(owner_id=event.municipality_id, municipality=municipality, until=until, today=today)
    TrainingEvent.objects.select_for_update().get(pk=event.pk)
    entry, _created = CoOrganiser.objects.update_or_create(
        event=event,
        municipality=municipality,
        revoked_at=None,
        defaults={"until": until, "invited_by": actor},
    )
    for place in (event.municipality, municipality):
        audit.record(
            municipality=place,
            actor=actor,
            act=AuditAct.CO_EDITOR_INVITED,
            subject=event.title,
            detail=[event.municipality.short_name, municipality.short_name, until.isoformat()],
        )
    return entry


@transaction.atomic
def revoke(*, co_organiser: CoOrganiser, actor, now: datetime | None = None) -> None:
    """End it; the right is gone from the next request. Ending it twice changes nothing."""
    now = now or timezone.now()
    if not CoOrganiser.objects.filter(pk=co_organiser.pk, revoked_at=None).update(revoked_at=now):
        return
    for place in (co_organiser.event.municipality, co_organiser.municipality):
        audit.record(
            municipality=place,
            actor=actor,
            act=AuditAct.CO_EDITOR_REVOKED,
            subject=co_organiser.event.title,
            detail=[co_organiser.municipality.short_name],
        )


def refuse_unless_sensible(
    *, owner_id: int | None, municipality: Municipality, until: date, today: date | None = None
) -> None:
    """Raise ActionRefused when `municipality` owns the thing already or `until` has passed."""
    if municipality.pk == owner_id:
        raise ActionRefused(_("It is that municipality’s own already."), code="own", field="municipality")
    if until < (today or timezone.localdate()):
        raise ActionRefused(_("The last day has passed. Choose a later one."), code="past", field="until")
