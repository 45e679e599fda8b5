from django.db import transaction

from portal.municipalities.models import Municipality
from portal.municipalities.services.role_groups import ensure_role_groups
from portal.municipalities.signals import municipality_created


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
