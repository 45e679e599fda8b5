"""The audit log: one row per act, written in the act's own transaction, never changed afterwards."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from portal.municipalities.enums import AuditAct
from portal.municipalities.models import AuditEntry, Municipality

SEEN_AGAIN_AFTER = timedelta(hours=12)


def record(
    *,
    municipality: Municipality,
    actor,
    act: AuditAct,
    subject: object = "",
    detail: Iterable[object] = (),
    now: datetime | None = None,
) -> AuditEntry:
    """Write that `actor` (None for the portal itself) did `act` with `subject`, in `municipality`'s log.

    `detail` is a list of names, joined with commas; lazy texts are written in the portal's language, whatever
    the actor reads. Call it inside the transaction of what it tells of.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return AuditEntry.objects.create(
            municipality=municipality,
            actor=_person(actor),
            act=act,
            subject=str(subject)[:255],
            detail=", ".join(str(part) for part in detail if str(part))[:500],
            at=now or timezone.now(),
        )


def record_seen(*, municipality: Municipality, actor, act: AuditAct, subject: object) -> None:
    """Write that `actor` looked at a list of people; looking again within half a day is the same look."""
    since = timezone.now() - SEEN_AGAIN_AFTER
    seen = AuditEntry.objects.filter(
        municipality=municipality, actor=_person(actor), act=act, subject=str(subject)[:255], at__gt=since
    )
    if not seen.exists():
        record(municipality=municipality, actor=actor, act=act, subject=subject)


def _person(actor) -> Any:
    return actor if actor is not None and actor.is_authenticated else None
