from celery import shared_task

from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox


@shared_task
def send_message(*, message_id: int) -> None:
    """What the webs of an earlier version hand over, while an upgrade goes on."""
    try:
        outbox.send(message_id)
    except OutboxMessage.DoesNotExist:
        return  # erased together with its receiver before the task ran


@shared_task
def sweep_outbox() -> None:
    outbox.sweep()
