"""What people tell about what they cannot use (DOS-lagen 2018:1937, 13 §: a way to tell, and an answer)."""

from django.db import transaction

from cms.models import AccessibilityStatementPage
from portal.notifications.services.outbox import queue_mail


@transaction.atomic
def tell(statement: AccessibilityStatementPage, *, message: str, where: str, email: str) -> None:
    """Send what somebody could not use to whom the statement names. `email` is "" for who wants no answer.

    Nothing is kept beside the mail.
    """
    queue_mail(
        message="cms/accessibility_feedback",
        to_email=statement.feedback_email,
        context={"message": message, "where": where, "email": email},
        # Not kept after sending: it may hold an address, and what somebody has difficulties with.
        is_secret=True,
    )
