"""Joining, leaving and roles. Groups and membership rows change here and nowhere else."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.services.personal_data import end_sessions
from portal.core.services import ActionRefused
from portal.municipalities.enums import AuditAct, Role
from portal.municipalities.models import ExternalIdentity, Membership, Municipality, OccupationalGroup, Unit
from portal.municipalities.permissions import forget_viewer
from portal.municipalities.services import audit
from portal.municipalities.services.role_groups import group_of
from portal.municipalities.signals import membership_changed

# Without the one nobody could invite, without the other nobody could publish or answer for events.
_NEVER_WITHOUT = {
    Role.ADMINISTRATOR: gettext_lazy(
        "%(person)s is the last administrator of %(municipality)s. Make somebody else an administrator first."
    ),
    Role.COORDINATOR: gettext_lazy(
        "%(person)s is the last coordinator of %(municipality)s. Make somebody else a coordinator first."
    ),
}


@transaction.atomic
def join(
    *,
    person,
    municipality: Municipality,
    roles: Iterable[Role] = (),
    unit: Unit | None = None,
    occupational_group: OccupationalGroup | None = None,
    actor=None,
) -> Membership:
    """Make `person` a member with the given roles on top of staff; calling it again adds and removes nothing else.

    `actor` is who did it, None for the person.

    Raises ActionRefused when `unit` belongs to another municipality.
    """
    _refuse_foreign_unit(unit, municipality)
    membership, created = Membership.objects.get_or_create(
        person=person,
        municipality=municipality,
        defaults={"unit": unit, "occupational_group": occupational_group},
    )
    given = {Role.STAFF, *roles}
    for role in given:
        person.groups.add(group_of(municipality, role))
    forget_viewer(person)
    if created:
        # What another municipality's provider opened is not open here; it opens them no more.
        if ExternalIdentity.objects.filter(person=person).exclude(provider__municipality=municipality).exists():
            end_sessions(person)
        audit.record(
            municipality=municipality,
            actor=actor or person,
            act=AuditAct.JOINED,
            subject=person,
            detail=[role.label for role in Role if role in given],
        )
    membership_changed.send(sender=Membership, person=person, municipality=municipality)
    return membership


@transaction.atomic
def set_roles(*, membership: Membership, roles: Iterable[Role], actor=None) -> None:
    """Give exactly these roles beside staff. Raises ActionRefused for the last administrator or coordinator."""
    municipality = Municipality.objects.select_for_update().get(pk=membership.municipality_id)
    wanted = {Role.STAFF, *roles}
    for role in _NEVER_WITHOUT:
        if role not in wanted:
            _keep_one(role, municipality, membership.person)
    held = set(membership.person.groups.filter(role_group__municipality=municipality).values_list("pk", flat=True))
    groups = {role: group_of(municipality, role) for role in Role}
    membership.person.groups.add(*(group for role, group in groups.items() if role in wanted))
    membership.person.groups.remove(*(group for role, group in groups.items() if role not in wanted))
    forget_viewer(membership.person)
    if held != {groups[role].pk for role in wanted}:
        audit.record(
            municipality=municipality,
            actor=actor,
            act=AuditAct.ROLES_CHANGED,
            subject=membership.person,
            detail=[role.label for role in Role if role in wanted],
        )
    membership_changed.send(sender=Membership, person=membership.person, municipality=municipality)


@transaction.atomic
def change(
    *,
    membership: Membership,
    roles: Iterable[Role],
    unit: Unit | None,
    occupational_group: OccupationalGroup | None,
    actor=None,
) -> None:
    """Give exactly these roles, this unit and group. Raises ActionRefused as `set_roles` and `join` do."""
    _refuse_foreign_unit(unit, membership.municipality)
    set_roles(membership=membership, roles=roles, actor=actor)
    membership.unit = unit
    membership.occupational_group = occupational_group
    membership.save(update_fields=["unit", "occupational_group", "updated_at"])


@transaction.atomic
def leave(*, membership: Membership, actor=None) -> None:
    """End a membership and all its roles. Raises ActionRefused for the last administrator or coordinator."""
    municipality = Municipality.objects.select_for_update().get(pk=membership.municipality_id)
    person = membership.person
    refuse_last(membership)
    person.groups.remove(*Group.objects.filter(role_group__municipality=municipality))
    membership.delete()
    forget_viewer(person)
    audit.record(municipality=municipality, actor=actor, act=AuditAct.LEFT, subject=person)
    membership_changed.send(sender=Membership, person=person, municipality=municipality)


def refuse_last(membership: Membership) -> None:
    """Raises ActionRefused where a municipality would be without an administrator or coordinator."""
    for role in _NEVER_WITHOUT:
        _keep_one(role, membership.municipality, membership.person)


def _refuse_foreign_unit(unit: Unit | None, municipality: Municipality) -> None:
    if unit is not None and unit.municipality_id != municipality.pk:
        raise ActionRefused(_("That unit belongs to another municipality."), code="foreign_unit", field="unit")


def _keep_one(role: Role, municipality: Municipality, leaving) -> None:
    """Asked with the municipality's row locked, so that two of a kind cannot remove each other at once."""
    holders = group_of(municipality, role).user_set.filter(is_active=True)
    if holders.filter(pk=leaving.pk).exists() and not holders.exclude(pk=leaving.pk).exists():
        raise ActionRefused(
            _NEVER_WITHOUT[role] % {"person": leaving, "municipality": municipality.short_name},
            code=f"last_{role.value}",
            field="roles",
        )
