"""Who may plan a programme; registered with the access module. Who may read one follows its page: `cms.permissions`."""

from django.db.models import Model, QuerySet

from portal.conferences.models import Conference, Session, SessionPlace, Speaker
from portal.events.models import TrainingEvent
from portal.municipalities.enums import Right
from portal.municipalities.permissions import Scope, allowed, register_scope, viewer_for


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


def _conferences_at_the_door(user) -> QuerySet[Conference]:
    """Those whose sign-up is an event where the user may tick off who came."""
    return Conference.objects.filter(registration__in=allowed(user, "record attendance", TrainingEvent).values("pk"))


def _sessions_at_the_door(user) -> QuerySet[Session]:
    return Session.objects.filter(conference__in=_conferences_at_the_door(user))


def _own_places(user) -> QuerySet[SessionPlace]:
    return SessionPlace.objects.filter(sign_up__person=user.pk)


register_scope(SessionPlace, "see", _own_places)
register_scope(Session, "record attendance", _sessions_at_the_door)
register_scope(Conference, "record attendance", _conferences_at_the_door)
register_scope(Conference, "manage", _planned_conferences)
register_scope(Session, "manage", _in_planned_conferences(Session))
register_scope(Speaker, "manage", _in_planned_conferences(Speaker))
