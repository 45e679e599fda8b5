from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Municipality
from portal.municipalities.services import audit
from portal.municipalities.services.role_groups import ensure_role_groups
from portal.municipalities.signals import approval_switched, municipality_created


@transaction.atomic
def create(**fields) -> Municipality:
    """Create a municipality with its role groups and rights; `cms` answers the signal with section and collection.

    `fields` are those of the model. Raises ValidationError when they do not hold together.
    """
    municipality = Municipality(**fields)
    municipality.full_clean()
    municipality.save()
    ensure_role_groups(municipality)
    municipality_created.send(sender=Municipality, municipality=municipality)
    return municipality


@transaction.atomic
def switch_approval(*, municipality: Municipality, needed: bool, actor) -> None:
    """Decide whether a second person approves pages before they are published; `cms` answers the signal."""
    locked = Municipality.objects.select_for_update().get(pk=municipality.pk)
    if locked.needs_approval == needed:
        return
    locked.needs_approval = municipality.needs_approval = needed
    locked.save(update_fields=["needs_approval", "updated_at"])
    audit.record(
        municipality=locked,
        actor=actor,
        act=AuditAct.APPROVAL_SWITCHED,
        detail=[_("on") if needed else _("off")],
    )
    approval_switched.send(sender=Municipality, municipality=locked)
