"""Invitations by mail. A link works once, for its address, for two weeks; only its hash is kept."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.services import protected_identity
from portal.core.services import ActionRefused
from portal.municipalities.enums import AuditAct, Role
from portal.municipalities.models import Invitation, Membership, Municipality, Unit
from portal.municipalities.services import audit, memberships
from portal.notifications.services.outbox import queue_mail

VALID_FOR = timedelta(days=14)


@transaction.atomic
def invite(
    *,
    municipality: Municipality,
    email: str,
    roles: Iterable[Role],
    invited_by,
    unit: Unit | None = None,
    now: datetime | None = None,
) -> Invitation:
    """Mail an invitation; an earlier open one to the same address is withdrawn.

    The answer is the same whether or not the address has an account elsewhere in the portal. Raises
    ActionRefused when the person already is a member here or the unit is another municipality's.
    """
    now = now or timezone.now()
    email = email.strip().lower()
    if unit is not None and unit.municipality_id != municipality.pk:
        raise ActionRefused(_("That unit belongs to another municipality."), code="foreign_unit", field="unit")
    if Membership.objects.filter(municipality=municipality, person__email=email).exists():
        raise ActionRefused(
            _("%(email)s is already a member. Change the roles in the list instead.") % {"email": email},
            code="already_member",
            field="email",
        )
    Invitation.objects.open(now).filter(municipality=municipality, email=email).update(withdrawn_at=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        municipality=municipality,
        email=email,
        roles=[Role(role).value for role in roles],
        unit=unit,
        token_hash=_hash(token),
        invited_by=invited_by,
        expires_at=now + VALID_FOR,
    )
    audit.record(
        municipality=municipality,
        actor=invited_by,
        act=AuditAct.INVITED,
        subject=invitation,
        detail=[role.label for role in Role if role.value in invitation.roles],
    )
    queue_mail(
        message="municipalities/invitation",
        to_email=email,
        context={"invitation": invitation, "token": token},
        reason="municipalities.invitation_open",
        reason_object_id=invitation.pk,
        is_secret=True,
    )
    return invitation


def find_open(token: str, *, now: datetime | None = None) -> Invitation | None:
    """The invitation a link stands for, or None when it is unknown, used, withdrawn or too old."""
    return Invitation.objects.open(now).select_related("municipality").filter(token_hash=_hash(token)).first()


@transaction.atomic
def accept(*, invitation: Invitation, person, now: datetime | None = None) -> Membership:
    """Join on an invitation, once. Raises ActionRefused when it was used meanwhile or is for somebody else."""
    now = now or timezone.now()
    if person.email != invitation.email:
        raise ActionRefused(
            _("The invitation is for another address than the one you are signed in with."),
            code="other_address",
        )
    if not Invitation.objects.open(now).filter(pk=invitation.pk).update(accepted_at=now):
        raise ActionRefused(_("The invitation has already been used."), code="used")
    return memberships.join(
        person=person,
        municipality=invitation.municipality,
        roles=[Role(role) for role in invitation.roles],
        unit=invitation.unit,
    )


@transaction.atomic
def open_account(*, invitation: Invitation, first_name: str, last_name: str, password: str):
    """Create the invited person's account, or make one of a guest's, and join.

    The link came by mail, so the address is proven. Raises ActionRefused when the address has an account by now.
    """
    users = get_user_model().objects
    person: Any = users.filter(email=invitation.email).first()
    if person is None:
        person = users.create_user(invitation.email, password, first_name=first_name, last_name=last_name)
    elif person.is_guest:
        protected_identity.rename(person=person, first_name=first_name, last_name=last_name)
        person.is_guest = False
        person.set_password(password)
        person.save()
    else:
        raise ActionRefused(_("There is an account already. Sign in and open the link again."), code="has_account")
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    accept(invitation=invitation, person=person)
    return person


@transaction.atomic
def withdraw(*, invitation: Invitation, actor=None, now: datetime | None = None) -> None:
    """Make the link useless. Withdrawing what was used or withdrawn already changes nothing."""
    if Invitation.objects.open(now).filter(pk=invitation.pk).update(withdrawn_at=now or timezone.now()):
        audit.record(
            municipality=invitation.municipality,
            actor=actor,
            act=AuditAct.INVITATION_WITHDRAWN,
            subject=invitation,
        )


def is_open(invitation_id: int) -> bool:
    return Invitation.objects.open().filter(pk=invitation_id).exists()


def withdraw_all(made_at: datetime) -> str:
    """After a back-up was restored: some were used or withdrawn since. Whoever is still wanted is invited anew."""
    return f"{Invitation.objects.open().update(withdrawn_at=timezone.now())} open invitations withdrawn"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
