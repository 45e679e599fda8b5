"""What municipalities do when something below them happens."""

from allauth.account.signals import email_confirmed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver
from django.urls import reverse

from portal.accounts.services.personal_data import register_holder
from portal.accounts.services.second_factor import register_outside_factor
from portal.accounts.services.sign_in import (
    register_address_rule,
    register_only_way,
    register_way_again,
    register_way_in,
)
from portal.core.restoring import Phase, register_after_restore
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Municipality
from portal.municipalities.services import audit, identity_providers, invitations, memberships, personal_data
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


@receiver(authenticator_added)
def log_second_factor(sender, user, authenticator, **kwargs) -> None:
    _log_factor(user, authenticator, AuditAct.SECOND_FACTOR_SET_UP)


@receiver(authenticator_removed)
def log_second_factor_removed(sender, user, authenticator, **kwargs) -> None:
    _log_factor(user, authenticator, AuditAct.SECOND_FACTOR_REMOVED)


def _log_factor(person, factor, act: AuditAct) -> None:
    """In the log of each municipality they belong to. Codes for the day when it is lost come and go with a factor."""
    if factor.type == Authenticator.Type.RECOVERY_CODES:
        return
    for membership in person.memberships.select_related("municipality"):
        audit.record(
            municipality=membership.municipality,
            actor=person,
            act=act,
            subject=person,
            detail=[factor.get_type_display()],
        )


register_address_rule(lambda email: municipality_for_address(email) is not None)
register_holder(personal_data.HOLDER)
register_after_restore("invitations", invitations.withdraw_all, phase=Phase.CLOSE)
register_reason("municipalities.invitation_open", invitations.is_open)


def _through_ones_own_provider(request, person) -> str:
    """Once more with the password to connect it, and from then on through the provider alone."""
    provider = identity_providers.demanded_of(person)
    if provider is None or getattr(request, "came_through", None) == provider.pk:
        return ""
    if identity_providers.waiting_for(request, person) == provider:
        return ""
    return f"{reverse('provider_sign_in', args=[provider.key])}?only=1"


def _through_the_addresses_provider(request, email: str) -> str:
    provider = identity_providers.for_address(email)
    if provider is None or not provider.is_demanded or identity_providers.waits_as(request, email) == provider.pk:
        return ""
    return f"{reverse('provider_sign_in', args=[provider.key])}?only=1"


register_outside_factor(identity_providers.vouches_for)


def _again_through_ones_provider(person) -> tuple[str, str] | None:
    provider = identity_providers.again_for(person)
    return provider and (provider.municipality.short_name, reverse("provider_again", args=[provider.key]))


register_way_again(_again_through_ones_provider)
register_way_in(_through_ones_own_provider)
register_only_way(_through_the_addresses_provider)
