"""What events tell the outbox: whether a queued mail's reason still holds, and what it says."""

from portal.accounts.services.personal_data import register_holder
from portal.core.health import register_signs
from portal.core.metrics import register_metrics
from portal.core.restoring import Phase, register_after_restore
from portal.events.services import afterwards, certificates, guests, mails, personal_data, seat_checks
from portal.notifications.services.composers import register_composer
from portal.notifications.services.reasons import register_reason

register_reason(mails.UNCHANGED, mails.is_unchanged_since)
register_composer(mails.UNCHANGED, mails.content_of_change)
register_reason(guests.OPEN_REQUEST, guests.is_request_open)
register_reason("events.has_seat", mails.has_seat)
register_reason(mails.AWAITS_ANSWER, mails.awaits_answer)
register_composer(mails.AWAITS_ANSWER, mails.content_about_sign_up)
register_reason(mails.INFORMS_MANAGER, mails.has_seat)
register_composer(mails.INFORMS_MANAGER, mails.content_about_sign_up)
register_reason(afterwards.CAME, certificates.has_come)
register_composer(afterwards.CAME, afterwards.content_of_thanks)
register_signs(seat_checks.signs)
register_metrics("seats", seat_checks.figures)
register_after_restore("guests who have not confirmed", guests.forget_all_requests, phase=Phase.CLOSE)
register_holder(personal_data.HOLDER)
