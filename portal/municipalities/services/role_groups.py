"""The only module that grants: a role in a municipality is a group with guardian rights on it."""

from django.contrib.auth.models import Group, Permission
from guardian.shortcuts import assign_perm

from portal.municipalities.enums import EDITOR_ROLES, RIGHTS_OF_ROLE, Role
from portal.municipalities.models import Municipality, RoleGroup


def ensure_role_groups(municipality: Municipality) -> dict[Role, Group]:
    """Make the municipality's role groups with their rights, or complete what is missing; return them by role."""
    groups = {}
    for role in Role:
        role_group = RoleGroup.objects.filter(municipality=municipality, role=role).select_related("group").first()
        if role_group is None:
            group, _created = Group.objects.get_or_create(name=f"{municipality.slug}: {role.value}")
            role_group = RoleGroup.objects.create(municipality=municipality, role=role, group=group)
        for right in RIGHTS_OF_ROLE[role]:
            assign_perm(right.value, role_group.group, municipality)
        if role in EDITOR_ROLES:
            role_group.group.permissions.add(
                Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
            )
        groups[role] = role_group.group
    return groups


def group_of(municipality: Municipality, role: Role) -> Group:
    """The group that holds `role` in `municipality`. Raises Group.DoesNotExist before `ensure_role_groups`."""
    return Group.objects.get(role_group__municipality=municipality, role_group__role=role)
