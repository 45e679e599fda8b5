"""What municipalities do when something below them happens."""

from allauth.account.signals import email_confirmed
from django.dispatch import receiver

from portal.accounts.services.personal_data import register_holder
from portal.accounts.services.sign_in import register_address_rule
from portal.core.restoring import Phase, register_after_restore
from portal.municipalities.models import Municipality
from portal.municipalities.services import invitations, memberships, personal_data
from portal.notifications.services.reasons import register_reason


def municipality_for_address(email: str) -> Municipality | None:
    """The municipality whose e-mail domains hold the address, if any."""
    domain = email.rsplit("@", 1)[-1].lower()
    # A handful of rows; JSON containment differs between the databases.
    return next((m for m in Municipality.objects.all() if domain in m.email_domains), None)


@receiver(email_confirmed)
def join_by_address(sender, request, email_address, **kwargs) -> None:
    """A confirmed work address makes its owner staff of the municipality."""
    municipality = municipality_for_address(email_address.email)
    if municipality is not None:
        memberships.join(person=email_address.user, municipality=municipality)


register_address_rule(lambda email: municipality_for_address(email) is not None)
register_holder(personal_data.HOLDER)
register_after_restore("invitations", invitations.withdraw_all, phase=Phase.CLOSE)
register_reason("municipalities.invitation_open", invitations.is_open)
