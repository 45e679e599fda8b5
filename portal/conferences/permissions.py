"""Who may plan a programme; registered with the access module. Who may read one follows its page: `cms.permissions`."""

from django.db.models import Model, QuerySet

from portal.conferences.models import Conference, Session, Speaker
from portal.municipalities.enums import Right
from portal.municipalities.permissions import Scope, register_scope, viewer_for


def _planned_conferences(user) -> QuerySet[Conference]:
    """Those of the municipalities where the user arranges events."""
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return Conference.objects.all()
    return Conference.objects.filter(municipality__in=viewer.municipalities_with(Right.MANAGE_EVENTS))


def _in_planned_conferences(model: type[Model]) -> Scope:
    def scope(user) -> QuerySet:
        return model._default_manager.filter(conference__in=_planned_conferences(user))

    return scope


register_scope(Conference, "manage", _planned_conferences)
register_scope(Session, "manage", _in_planned_conferences(Session))
register_scope(Speaker, "manage", _in_planned_conferences(Speaker))
