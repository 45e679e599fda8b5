from django.db import models
from django.utils.translation import gettext_lazy as _


class OutboxState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    WITHDRAWN = "withdrawn", _("Not sent: its reason no longer held")
    PARKED = "parked", _("Gave up after several attempts")
    HELD = "held", _("Held after a restoring: it may have been sent before")
