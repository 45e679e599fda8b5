"""What the outbox knows of people: kept ninety days after sending, and without those who were erased."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models

from portal.core.retention import AFTER_SENDING
from portal.notifications.enums import OutboxState
from portal.notifications.models import OutboxMessage

# A row without its text stays a while: its key is what keeps the same occasion from being mailed twice.
_KEPT_EMPTY = timedelta(days=2 * 365)
_TEXTS: dict[str, Any] = {"subject": "", "text": "", "html": "", "attachments": [], "last_error": ""}


def of(person) -> models.QuerySet[OutboxMessage]:
    """Mails to `person`, by account or by address."""
    address = models.Q(to_email__iexact=person.email) if person.email else models.Q(pk__in=[])
    return OutboxMessage.objects.filter(models.Q(recipient=person) | address)


def sweep(now: datetime) -> int:
    """Empty what was settled long ago, and take away what has stood empty for two years; return how many rows."""
    # What nobody has decided on for so long tells of nothing that is still so.
    OutboxMessage.objects.filter(state=OutboxState.HELD, updated_at__lt=now - AFTER_SENDING).update(
        state=OutboxState.WITHDRAWN
    )
    settled = OutboxMessage.objects.exclude(state__in=[OutboxState.PENDING, OutboxState.SENDING])
    old = settled.filter(updated_at__lt=now - AFTER_SENDING)
    emptied = old.exclude(to_email="", recipient=None).update(to_email="", recipient=None, **_TEXTS)
    return emptied + old.filter(updated_at__lt=now - _KEPT_EMPTY).delete()[0]
