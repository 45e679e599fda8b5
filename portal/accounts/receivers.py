"""What becomes of a guest who chooses a password: a person with an account; and what this area knows of people."""

from allauth.account.signals import password_reset, password_set
from django.dispatch import receiver

from portal.accounts.services import personal_data, privacy_run, restoring
from portal.core.health import register_signs
from portal.core.metrics import register_metrics
from portal.core.restoring import Phase, register_after_restore


@receiver([password_reset, password_set])
def is_no_guest_any_more(sender, request, user, **kwargs) -> None:
    """They came by a link that was mailed to the address, as one must to open an account."""
    if user.is_guest:
        user.is_guest = False
        user.save(update_fields=["is_guest"])


# The outbox knows nothing of accounts: its part is registered here.
personal_data.register_holder(personal_data.HOLDER)
register_signs(privacy_run.signs)
register_metrics("privacy", privacy_run.figures)
register_after_restore("sessions", restoring.end_sessions, phase=Phase.CLOSE)
register_after_restore("erasures since the back-up", restoring.erase_again, phase=Phase.ERASE)
