"""What events tell the outbox: whether a queued mail's reason still holds."""

from portal.events.services import mails
from portal.notifications.services.reasons import register_reason

register_reason("events.sign_up_unchanged_since", mails.is_unchanged_since)
register_reason("events.has_seat", mails.has_seat)
