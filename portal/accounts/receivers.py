"""What becomes of a guest who chooses a password: a person with an account; and what this area knows of people."""

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_reset
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from portal.accounts.services import personal_data, privacy_run, restoring, second_factor, sign_ins
from portal.core.health import register_signs
from portal.core.metrics import register_metrics
from portal.core.models import register_encrypted
from portal.core.restoring import Phase, register_after_restore


@receiver([password_reset, password_set])
def is_no_guest_any_more(sender, request, user, **kwargs) -> None:
    """They came by a link that was mailed to the address, as one must to open an account."""
    if user.is_guest:
        user.is_guest = False
        user.save(update_fields=["is_guest"])


@receiver(user_logged_in)
def is_noted_where_they_signed_in(sender, request, user, **kwargs) -> None:
    if request is not None and hasattr(request, "session"):
        sign_ins.note(request, user)


@receiver([password_changed, password_set])
def are_signed_out_elsewhere(sender, request, user, **kwargs) -> None:
    """Django's sessions hold a mark of the password and end by themselves; here their lines end with them."""
    sign_ins.note(request, user)
    sign_ins.end_others(request=request, person=user)


@receiver(password_reset)
def are_signed_out_everywhere(sender, request, user, **kwargs) -> None:
    personal_data.end_sessions(user)


@receiver([authenticator_added, authenticator_reset])
def is_used_where_it_was_set_up(sender, request, user, authenticator, **kwargs) -> None:
    """New codes for the day when all is lost too: the old ones, with which somebody may have come in, are gone."""
    second_factor.confirm_in_session(request, user, authenticator)


# The outbox knows nothing of accounts: its part is registered here.
personal_data.register_holder(personal_data.HOLDER)
register_encrypted("second steps", second_factor.encrypt_again)
register_signs(privacy_run.signs)
register_metrics("privacy", privacy_run.figures)
register_after_restore("sessions", restoring.end_sessions, phase=Phase.CLOSE)
register_after_restore("erasures since the back-up", restoring.erase_again, phase=Phase.ERASE)
register_after_restore("identities protected since the back-up", restoring.protect_again, phase=Phase.ERASE)
