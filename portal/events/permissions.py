"""Who may do what with training events and sign-ups; registered with the access module."""

from django.db.models import Q, QuerySet

from portal.events.enums import EventState
from portal.events.models import SignUp, TrainingEvent
from portal.municipalities.enums import Right, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import has_right, may_read, register_scope, viewer_for, visible_to


def may_manage(user, event: TrainingEvent) -> bool:
    """Coordinators of the municipality that arranges the event."""
    return has_right(user, Right.MANAGE_EVENTS, event.municipality_id)


def may_see(user, event: TrainingEvent) -> bool:
    """A published event is seen by its audience; a draft only by those who manage it."""
    return may_manage(user, event) or (event.state != EventState.DRAFT and may_read(user, event))


def municipalities_to_sign_up_for(user, event: TrainingEvent) -> list[int]:
    """Ids of the municipalities the person belongs to and the event is open to.

    A public event may be read by anyone; its seats are for members.
    """
    viewer = viewer_for(user)
    if event.visibility in (Visibility.PUBLIC, Visibility.MEMBERS):
        return sorted(viewer.municipality_ids)
    invited = {event.municipality_id}
    if event.visibility == Visibility.SELECTED:
        invited.update(m.pk for m in event.shared_with.all())
        invited.update(
            Municipality.objects.filter(
                Q(led_collaborations__in=event.shared_with_collaborations.all())
                | Q(partner_collaborations__in=event.shared_with_collaborations.all())
            ).values_list("pk", flat=True)
        )
    return sorted(viewer.municipality_ids & invited)


def _seen_events(user) -> QuerySet[TrainingEvent]:
    readable = visible_to(user, TrainingEvent.objects.published())
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return TrainingEvent.objects.all()
    managed = viewer.municipalities_with(Right.MANAGE_EVENTS)
    if not managed:
        return readable
    return TrainingEvent.objects.filter(Q(pk__in=readable.values("pk")) | Q(municipality__in=managed))


def _managed_events(user) -> QuerySet[TrainingEvent]:
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return TrainingEvent.objects.all()
    return TrainingEvent.objects.filter(municipality__in=viewer.municipalities_with(Right.MANAGE_EVENTS))


def _own_sign_ups(user) -> QuerySet[SignUp]:
    if not user.is_authenticated:
        return SignUp.objects.none()
    return SignUp.objects.filter(person=user)


def _sign_ups_to_own_events(user) -> QuerySet[SignUp]:
    return SignUp.objects.filter(event__in=_managed_events(user))


register_scope(TrainingEvent, "see", _seen_events)
register_scope(TrainingEvent, "manage", _managed_events)
register_scope(SignUp, "see", _own_sign_ups)
register_scope(SignUp, "answer", _own_sign_ups)
register_scope(SignUp, "manage", _sign_ups_to_own_events)
