"""Who to write to in a municipality, and people whom nobody can write to."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.accounts.services import second_factor
from portal.core.services import ActionRefused
from portal.municipalities.enums import AuditAct, Role
from portal.municipalities.models import Membership, Municipality, Unit
from portal.municipalities.services import audit, memberships


def holders_of(municipality: Municipality, role: Role) -> QuerySet:
    """The active people who hold `role` in `municipality`, by name."""
    return get_user_model().objects.filter(
        is_active=True, groups__role_group__municipality=municipality, groups__role_group__role=role
    )


def coordinators_of(municipality: Municipality) -> QuerySet:
    return holders_of(municipality, Role.COORDINATOR)


@transaction.atomic
def add_without_address(
    *, municipality: Municipality, first_name: str, last_name: str, unit: Unit | None = None, actor=None
) -> Membership:
    """Make somebody who has no e-mail address a member: they cannot sign in, and others sign them up for events.

    Raises ActionRefused without both names, for another municipality's unit, and for somebody of the same name in
    the same unit who has no address either: that is the same person.
    """
    first_name, last_name = first_name.strip(), last_name.strip()
    for name, field in ((first_name, "first_name"), (last_name, "last_name")):
        if not name:
            raise ActionRefused(_("Write both first name and last name."), code="no_name", field=field)
    # One at a time: two coordinators may add the same person at once.
    Municipality.objects.select_for_update().get(pk=municipality.pk)
    same = Membership.objects.filter(
        municipality=municipality,
        unit=unit,
        person__email=None,
        person__first_name__iexact=first_name,
        person__last_name__iexact=last_name,
    )
    if same.exists():
        raise ActionRefused(_("There is somebody of that name in the list already."), code="twice", field="first_name")
    person = get_user_model().objects.create_user(None, first_name=first_name, last_name=last_name)
    return memberships.join(person=person, municipality=municipality, unit=unit, actor=actor)


@transaction.atomic
def reset_second_factor(*, membership: Membership, actor) -> None:
    """Let a member who lost their app or keys set up new ones; it stands in the municipality's log.

    Raises ActionRefused as `second_factor.reset` does.
    """
    second_factor.reset(person=membership.person, actor=actor)
    audit.record(
        municipality=membership.municipality,
        actor=actor,
        act=AuditAct.SECOND_FACTOR_RESET,
        subject=membership.person,
    )
