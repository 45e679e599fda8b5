import uuid

from django.conf import settings
from django.db import models

from portal.core.models import Timestamped
from portal.notifications.enums import OutboxState


class OutboxMessage(Timestamped):
    """A mail before it is a message, and the log of it afterwards.

    Written by `services.outbox.queue_mail` in the transaction of what it tells about; sent after commit by
    `services.outbox.send`, which owns every later change of state.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.CharField(max_length=80)  # area/message: the folder of its templates under emails/
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    to_email = models.EmailField()
    subject = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list, blank=True)  # [{"name", "type", "text"}]
    # False while nobody has written its texts: services.composers does when it is sent.
    is_composed = models.BooleanField(default=True)
    # What must still hold when the mail is sent: a name registered in services.reasons, and what it asks about.
    reason = models.CharField(max_length=80, blank=True)
    reason_object_id = models.PositiveBigIntegerField(null=True, blank=True)
    # The same occasion never queues twice, however often its task runs.
    deduplication_key = models.CharField(max_length=160, unique=True, null=True, blank=True)
    # Of the request that it came of, as logs know it; sent along, so that a mail can be followed back.
    request_id = models.CharField(max_length=36, blank=True, default="", editable=False)
    # Its text holds a link that opens something: not kept once it is sent.
    is_secret = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=OutboxState.choices, default=OutboxState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # How many of the attempts ended without anything said of this mail: the mail server was away, or said "later".
    put_off = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="outbox_due")]
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.message} ({self.state})"

    @property
    def shown_to(self) -> str:
        """To whom, as somebody else reads it: the alias of a protected identity; else the address."""
        return str(self.recipient) if self.recipient and self.recipient.is_protected else self.to_email

    @property
    def message_id(self) -> str:
        """The same in every attempt, so that a receiver can drop a double (RFC 5322, 3.6.4)."""
        return f"<{self.uid}@samlarande>"
