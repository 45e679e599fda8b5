"""Units and who leads them: their managers, and the deputies who answer for a manager some days."""

from datetime import date

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.municipalities.enums import AuditAct, Role
from portal.municipalities.models import Deputy, Membership, Unit
from portal.municipalities.services import audit


def leaders_of(unit: Unit | None, today: date | None = None) -> QuerySet:
    """The people who may answer for the unit today: its managers, and their deputies. Nobody without a unit."""
    users = get_user_model().objects.filter(is_active=True)
    if unit is None:
        return users.none()
    deputies = Deputy.objects.active(today).filter(unit=unit)
    return users.filter(Q(pk__in=_managers_of(unit)) | Q(pk__in=deputies.values("person")))


def is_manager_of(person, unit: Unit | None) -> bool:
    """One of the unit's own managers; a deputy is none and does not decide about themself."""
    return unit is not None and _managers_of(unit).filter(person=person.pk).exists()


def _managers_of(unit: Unit) -> QuerySet:
    """User ids of those who work in the unit and are managers in its municipality."""
    managers = Membership.objects.filter(
        unit=unit,
        person__groups__role_group__municipality=unit.municipality_id,
        person__groups__role_group__role=Role.MANAGER,
    )
    return managers.order_by().values("person")


@transaction.atomic
def choose_deputy(*, unit: Unit, person, starts_on: date, ends_on: date, actor, today: date | None = None) -> Deputy:
    """Let `person` answer for the unit's manager from `starts_on` to `ends_on`, both included.

    Raises ActionRefused for somebody who does not belong to the municipality, for the manager, for days that are
    over or in the wrong order, and for days on which the person is the deputy already.
    """
    today = today or timezone.localdate()
    if not Membership.objects.filter(person=person, municipality=unit.municipality_id).exists():
        raise ActionRefused(
            _("Choose somebody who belongs to your municipality."), code="foreign_person", field="person"
        )
    if is_manager_of(person, unit):
        raise ActionRefused(_("Managers of the unit need no deputy’s right."), code="is_manager", field="person")
    if ends_on < starts_on:
        raise ActionRefused(_("The last day cannot be before the first."), code="wrong_order", field="ends_on")
    if ends_on < today:
        raise ActionRefused(_("Those days are over."), code="past", field="ends_on")
    Unit.objects.select_for_update().get(pk=unit.pk)
    if unit.deputies.filter(person=person, starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        raise ActionRefused(_("They are the deputy on some of those days already."), code="twice", field="starts_on")
    deputy = Deputy.objects.create(unit=unit, person=person, starts_on=starts_on, ends_on=ends_on, chosen_by=actor)
    _log(AuditAct.DEPUTY_CHOSEN, deputy, actor)
    return deputy


@transaction.atomic
def end_deputy(*, deputy: Deputy, actor) -> None:
    """Take the right back at once."""
    _log(AuditAct.DEPUTY_ENDED, deputy, actor)
    deputy.delete()


def _log(act: AuditAct, deputy: Deputy, actor) -> None:
    audit.record(
        municipality=deputy.unit.municipality,
        actor=actor,
        act=act,
        subject=deputy.person,
        detail=[deputy.unit, deputy.starts_on, deputy.ends_on],
    )
