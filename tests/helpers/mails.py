"""Mails as they are when they are sent."""

from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox


def written() -> list[OutboxMessage]:
    """All mails so far, oldest first, with their texts as they are true now; a text once written stays."""
    for row in OutboxMessage.objects.filter(is_composed=False):
        outbox.compose(row)
        row.save()
    return list(OutboxMessage.objects.order_by("pk"))
