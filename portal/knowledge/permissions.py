"""Adoptions, co-editing and handovers in the access module: coordinators of the municipality that each is about."""

from django.db.models import Model, Q, QuerySet

from portal.knowledge.models import Adoption, CoEditing, Handover
from portal.municipalities.enums import Right
from portal.municipalities.permissions import register_scope, viewer_for


def _of_own(model: type[Model], *paths: str):
    """Rows where one of `paths`, keys to a municipality, is one that the user writes for."""

    def scope(user) -> QuerySet:
        viewer = viewer_for(user)
        rows = model._default_manager.all()
        if viewer.is_portal_administrator:
            return rows
        own = viewer.municipalities_with(Right.EDIT_CONTENT)
        condition = Q()
        for path in paths:
            condition |= Q(**{f"{path}__in": own})
        return rows.filter(condition)

    return scope


register_scope(Adoption, "manage", _of_own(Adoption, "municipality"))
register_scope(CoEditing, "manage", _of_own(CoEditing, "owner"))
register_scope(CoEditing, "see", _of_own(CoEditing, "owner", "municipality"))
register_scope(Handover, "see", _of_own(Handover, "from_municipality", "to_municipality"))
register_scope(Handover, "withdraw", _of_own(Handover, "from_municipality"))
register_scope(Handover, "answer", _of_own(Handover, "to_municipality"))
