"""Who to write to in a municipality."""

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from portal.municipalities.enums import Role
from portal.municipalities.models import Municipality


def holders_of(municipality: Municipality, role: Role) -> QuerySet:
    """The active people who hold `role` in `municipality`, by name."""
    return get_user_model().objects.filter(
        is_active=True, groups__role_group__municipality=municipality, groups__role_group__role=role
    )


def coordinators_of(municipality: Municipality) -> QuerySet:
    return holders_of(municipality, Role.COORDINATOR)
