"""Who may see and change what belongs to searching itself. What is found has its rule in the entry's audience."""

from django.db.models import QuerySet

from portal.municipalities.permissions import register_scope, viewer_for
from search.models import Synonym


def _kept_by_portal_administrator(user) -> QuerySet[Synonym]:
    return Synonym.objects.all() if viewer_for(user).is_portal_administrator else Synonym.objects.none()


register_scope(Synonym, "manage", _kept_by_portal_administrator)
