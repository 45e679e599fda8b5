"""Who may do what with training events and sign-ups; registered with the access module."""

from django.db.models import Q, QuerySet

from portal.events.enums import ACTIVE_STATES, AWAITING_STATES, EventState, SignUpState
from portal.events.models import (
    CalendarFeed,
    CoOrganiser,
    EventOccasion,
    Interest,
    InvitationLink,
    SignUp,
    Team,
    TrainingEvent,
)
from portal.municipalities.enums import Right, Visibility
from portal.municipalities.models import Membership, Municipality, Unit
from portal.municipalities.permissions import allowed, has_right, is_readable_by, register_scope, viewer_for


def may_own(user, event: TrainingEvent) -> bool:
    """Coordinators of the municipality that arranges the event: they decide who it is for, and whether it is held."""
    return has_right(user, Right.MANAGE_EVENTS, event.municipality_id)


def may_manage(user, event: TrainingEvent) -> bool:
    """Coordinators of the municipality that arranges the event, and of those who arrange it together with it."""
    if may_own(user, event):
        return True
    managed = viewer_for(user).municipalities_with(Right.MANAGE_EVENTS)
    return event.co_organisers.active().filter(municipality__in=managed).exists()


def is_open_to(event: TrainingEvent, municipality_id: int | None) -> bool:
    """Members of that municipality may sign up: the event is theirs, shared with them, or for all members.

    None stands for those who belong to none: guests.
    """
    if municipality_id is None:
        return takes_guests(event)
    if event.visibility in (Visibility.PUBLIC, Visibility.MEMBERS) or event.municipality_id == municipality_id:
        return True
    return event.visibility == Visibility.SELECTED and municipality_id in _invited(event)


def takes_guests(event: TrainingEvent) -> bool:
    """People who belong to no municipality may sign up: everybody may read of it, and its organiser wants them."""
    return event.takes_guests and event.visibility == Visibility.PUBLIC


def municipalities_it_is_open_to(event: TrainingEvent) -> QuerySet[Municipality]:
    """Those whose members may sign up."""
    if event.visibility in (Visibility.PUBLIC, Visibility.MEMBERS):
        return Municipality.objects.all()
    invited = _invited(event) if event.visibility == Visibility.SELECTED else set()
    return Municipality.objects.filter(pk__in={event.municipality_id, *invited})


def _invited(event: TrainingEvent) -> set[int]:
    """Ids of the municipalities that an event is shared with by name or through a collaboration."""
    collaborations = event.shared_with_collaborations.all()
    partners = Municipality.objects.filter(
        Q(led_collaborations__in=collaborations) | Q(partner_collaborations__in=collaborations)
    )
    return {*event.shared_with.values_list("pk", flat=True), *partners.values_list("pk", flat=True)}


def municipalities_to_sign_up_for(user, event: TrainingEvent) -> list[int]:
    """Ids of the municipalities the person belongs to and the event is open to.

    A public event may be read by anyone; its seats are for members.
    """
    return sorted(pk for pk in viewer_for(user).municipality_ids if is_open_to(event, pk))


def _seen_events(user) -> QuerySet[TrainingEvent]:
    """What the user may read, what they arrange, and what they are signed up to whomever it is for now."""
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return TrainingEvent.objects.all()
    seen = ~Q(state=EventState.DRAFT) & is_readable_by(viewer, TrainingEvent) | _joined(user)
    if managed := viewer.municipalities_with(Right.MANAGE_EVENTS):
        seen |= Q(municipality__in=managed) | _arranged_together(user)
    return TrainingEvent.objects.filter(seen)


# Whoever came by an invitation must still be able to read why it is not held.
_READS_ON = (*ACTIVE_STATES, SignUpState.EVENT_CANCELLED)


def _joined(user) -> Q:
    """The events that the user is signed up to, or was until they were cancelled; an imagined reader has none."""
    if user.pk is None:
        return Q()
    own = SignUp.objects.filter(person=user.pk, state__in=_READS_ON).order_by()
    return Q(pk__in=own.values("event")) & ~Q(state=EventState.DRAFT)


def _with_right(user, right: Right) -> QuerySet[TrainingEvent]:
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return TrainingEvent.objects.all()
    return TrainingEvent.objects.filter(municipality__in=viewer.municipalities_with(right))


def _owned_events(user) -> QuerySet[TrainingEvent]:
    return _with_right(user, Right.MANAGE_EVENTS)


def _arranged_together(user) -> Q:
    """The events that a municipality where the user is a coordinator arranges together with the owner."""
    managed = viewer_for(user).municipalities_with(Right.MANAGE_EVENTS)
    return Q(pk__in=CoOrganiser.objects.active().filter(municipality__in=managed).values("event"))


def _managed_events(user) -> QuerySet[TrainingEvent]:
    return TrainingEvent.objects.filter(Q(pk__in=_owned_events(user).values("pk")) | _arranged_together(user))


def _attended_events(user) -> QuerySet[TrainingEvent]:
    """The published events where the user may tick off who came: the municipality's own, and those managed."""
    here = _with_right(user, Right.RECORD_ATTENDANCE)
    managed = _managed_events(user)
    return TrainingEvent.objects.filter(
        Q(pk__in=here.values("pk")) | Q(pk__in=managed.values("pk")), state=EventState.PUBLISHED
    )


def _occasions_at_the_door(user) -> QuerySet[EventOccasion]:
    return EventOccasion.objects.filter(event__in=_attended_events(user))


def _co_organisers_of_own_events(user) -> QuerySet[CoOrganiser]:
    return CoOrganiser.objects.filter(event__in=_owned_events(user))


def _own_sign_ups(user) -> QuerySet[SignUp]:
    if not user.is_authenticated:
        return SignUp.objects.none()
    return SignUp.objects.filter(person=user)


def _own_feed(user) -> QuerySet[CalendarFeed]:
    return CalendarFeed.objects.filter(person=user.pk)


def _sign_ups_at_the_door(user) -> QuerySet[SignUp]:
    """Those with a seat at an event where the user may tick off who came."""
    return SignUp.objects.filter(event__in=_attended_events(user), state=SignUpState.CONFIRMED)


def _sign_ups_to_check_in(user) -> QuerySet[SignUp]:
    """Whoever may come to a door where the user checks people in: with a seat, waiting for one, or with none."""
    return SignUp.objects.filter(event__in=_attended_events(user))


def _sign_ups_to_own_events(user) -> QuerySet[SignUp]:
    return SignUp.objects.filter(event__in=_managed_events(user))


def _requests_to_answer(user) -> QuerySet[SignUp]:
    """The requests of others in a unit the user answers for; and those nobody there answered in time, for the
    coordinators of the municipality."""
    managed = viewer_for(user).municipalities_with(Right.MANAGE_EVENTS)
    return SignUp.objects.filter(
        Q(unit__in=allowed(user, "lead", Unit).values("pk")) | Q(municipality__in=managed, escalated_at__isnull=False),
        state__in=AWAITING_STATES,
    ).exclude(person=user.pk)


def _sign_ups_of_led_units(user) -> QuerySet[SignUp]:
    """Who in the user's units takes part in what."""
    return SignUp.objects.filter(unit__in=allowed(user, "lead", Unit).values("pk"))


def people_to_sign_up(user, event: TrainingEvent) -> QuerySet[Membership]:
    """Whom the user may sign up together for the event: the units they answer for, and for coordinators everybody in
    their municipality; of municipalities whose members may sign up."""
    managed = viewer_for(user).municipalities_with(Right.MANAGE_EVENTS)
    people = Membership.objects.filter(
        Q(municipality__in=managed) | Q(pk__in=allowed(user, "lead", Membership).values("pk")), person__is_active=True
    )
    return people.filter(municipality__in=municipalities_it_is_open_to(event).values("pk"))


def municipalities_to_add_people_in(user, event: TrainingEvent) -> QuerySet[Municipality]:
    """Where the user may add somebody without an e-mail address to sign them up: where they are a coordinator."""
    managed = viewer_for(user).municipalities_with(Right.MANAGE_EVENTS)
    return municipalities_it_is_open_to(event).filter(pk__in=managed)


def _links_of_managed_events(user) -> QuerySet[InvitationLink]:
    return InvitationLink.objects.filter(event__in=_managed_events(user))


def _own_teams(user) -> QuerySet[Team]:
    return Team.objects.filter(leader=user.pk)


def _sign_ups_to_tell_of(user) -> QuerySet[SignUp]:
    """One's own, and of people without an address those whom one has signed up."""
    if not user.is_authenticated:
        return SignUp.objects.none()
    return SignUp.objects.filter(Q(person=user.pk) | Q(person__email=None, team__leader=user.pk))


register_scope(SignUp, "tell needs", _sign_ups_to_tell_of)


def _own_interests(user) -> QuerySet[Interest]:
    return Interest.objects.filter(person=user.pk)


register_scope(Interest, "manage", _own_interests)
register_scope(Team, "manage", _own_teams)
register_scope(SignUp, "decide", _requests_to_answer)
register_scope(SignUp, "lead", _sign_ups_of_led_units)
register_scope(TrainingEvent, "see", _seen_events)
register_scope(TrainingEvent, "manage", _managed_events)
register_scope(TrainingEvent, "own", _owned_events)
register_scope(TrainingEvent, "record attendance", _attended_events)
register_scope(EventOccasion, "record attendance", _occasions_at_the_door)
register_scope(CoOrganiser, "manage", _co_organisers_of_own_events)
register_scope(InvitationLink, "manage", _links_of_managed_events)
register_scope(CalendarFeed, "see", _own_feed)
register_scope(SignUp, "see", _own_sign_ups)
register_scope(SignUp, "answer", _own_sign_ups)
register_scope(SignUp, "manage", _sign_ups_to_own_events)
register_scope(SignUp, "record attendance", _sign_ups_at_the_door)
register_scope(SignUp, "check in", _sign_ups_to_check_in)
