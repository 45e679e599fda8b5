"""Joining, leaving and roles. Groups and membership rows change here and nowhere else."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.municipalities.enums import Role
from portal.municipalities.models import Membership, Municipality, OccupationalGroup, Unit
from portal.municipalities.permissions import forget_viewer
from portal.municipalities.services.role_groups import group_of
from portal.municipalities.signals import membership_changed


@transaction.atomic
def join(
    *,
    person,
    municipality: Municipality,
    roles: Iterable[Role] = (),
    unit: Unit | None = None,
    occupational_group: OccupationalGroup | None = None,
) -> Membership:
    """Make `person` a member with the given roles on top of staff; calling it again adds and removes nothing else.

    Raises ActionRefused when `unit` belongs to another municipality.
    """
    _refuse_foreign_unit(unit, municipality)
    membership, _created = Membership.objects.get_or_create(
        person=person,
        municipality=municipality,
        defaults={"unit": unit, "occupational_group": occupational_group},
    )
    for role in {Role.STAFF, *roles}:
        person.groups.add(group_of(municipality, role))
    forget_viewer(person)
    membership_changed.send(sender=Membership, person=person, municipality=municipality)
    return membership


@transaction.atomic
def set_roles(*, membership: Membership, roles: Iterable[Role]) -> None:
    """Give exactly these roles beside staff. Raises ActionRefused when no administrator would be left."""
    municipality = Municipality.objects.select_for_update().get(pk=membership.municipality_id)
    wanted = {Role.STAFF, *roles}
    if Role.ADMINISTRATOR not in wanted:
        _keep_one_administrator(municipality, membership.person)
    for role in Role:
        group = group_of(municipality, role)
        if role in wanted:
            membership.person.groups.add(group)
        else:
            membership.person.groups.remove(group)
    forget_viewer(membership.person)
    membership_changed.send(sender=Membership, person=membership.person, municipality=municipality)


@transaction.atomic
def change(
    *,
    membership: Membership,
    roles: Iterable[Role],
    unit: Unit | None,
    occupational_group: OccupationalGroup | None,
) -> None:
    """Give exactly these roles, this unit and group. Raises ActionRefused as `set_roles` and `join` do."""
    _refuse_foreign_unit(unit, membership.municipality)
    set_roles(membership=membership, roles=roles)
    membership.unit = unit
    membership.occupational_group = occupational_group
    membership.save(update_fields=["unit", "occupational_group", "updated_at"])


@transaction.atomic
def leave(*, membership: Membership) -> None:
    """End a membership and all its roles. Raises ActionRefused for the last administrator."""
    municipality = Municipality.objects.select_for_update().get(pk=membership.municipality_id)
    _keep_one_administrator(municipality, membership.person)
    person = membership.person
    person.groups.remove(*Group.objects.filter(role_group__municipality=municipality))
    membership.delete()
    forget_viewer(person)
    membership_changed.send(sender=Membership, person=person, municipality=municipality)


def _refuse_foreign_unit(unit: Unit | None, municipality: Municipality) -> None:
    if unit is not None and unit.municipality_id != municipality.pk:
        raise ActionRefused(_("That unit belongs to another municipality."), code="foreign_unit", field="unit")


def _keep_one_administrator(municipality: Municipality, leaving) -> None:
    """Asked with the municipality's row locked, so that two administrators cannot remove each other at once."""
    administrators = group_of(municipality, Role.ADMINISTRATOR).user_set.filter(is_active=True)
    if administrators.filter(pk=leaving.pk).exists() and not administrators.exclude(pk=leaving.pk).exists():
        raise ActionRefused(
            _("%(person)s is the last administrator of %(municipality)s. Make somebody else an administrator first.")
            % {"person": leaving, "municipality": municipality.short_name},
            code="last_administrator",
            field="roles",
        )
