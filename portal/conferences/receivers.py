"""What conferences tell the outbox: whether a queued mail still has a reader, and what it says."""

from portal.conferences.services import releases
from portal.notifications.services.composers import register_composer
from portal.notifications.services.reasons import register_reason

register_reason(releases.SLOT, releases.is_to_be_told)
register_composer(releases.SLOT, releases.content_of_slot)
