from collections.abc import Iterable

from django.db import transaction

from portal.municipalities.models import Collaboration, Municipality
from portal.municipalities.signals import collaboration_changed


@transaction.atomic
def save(collaboration: Collaboration, *, partners: Iterable[Municipality] | None = None) -> Collaboration:
    """Create or change a collaboration; `partners` None leaves them as they are.

    Raises ValidationError, with nothing written, when its facts do not hold together.
    """
    collaboration.full_clean()
    collaboration.save()
    if partners is not None:
        collaboration.partners.set(partners)
    collaboration_changed.send(sender=Collaboration, collaboration=collaboration)
    return collaboration
