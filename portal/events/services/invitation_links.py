"""Invitation links: a secret address lets people of other municipalities sign up to one event.

The event itself stays shared with whom it is shared with. Whether a link still holds is asked again by
`sign_ups.sign_up` while the event's row is locked, with the number of those signed up through it: of two people who
want the last one, one gets it.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused, moment_text
from portal.events.enums import EventState, LinkState
from portal.events.models import InvitationLink, TrainingEvent
from portal.municipalities.enums import AuditAct
from portal.municipalities.services import audit


@transaction.atomic
def make(
    *,
    event_id: int,
    label: str,
    actor,
    max_sign_ups: int | None = None,
    ends_at: datetime | None = None,
    for_guests: bool = False,
    now: datetime | None = None,
) -> InvitationLink:
    """Make a link to an event for whoever `label` names, for so many sign-ups and until a moment, or without limit.

    With `for_guests` people without an account may sign up through it too, whoever the event is shared with.

    Pressing twice is pressing once: a link for the same people with the same limits that has not ended is the answer.
    A draft's links lead nowhere until it is published. Raises ActionRefused for an event that is cancelled or over,
    and for a moment that has passed.
    """
    now = now or timezone.now()
    event = TrainingEvent.objects.select_for_update().select_related("municipality").get(pk=event_id)
    if event.state == EventState.CANCELLED:
        raise ActionRefused(_("The event is cancelled."), code="cancelled")
    if event.last_ends_at and event.last_ends_at <= now:
        raise ActionRefused(_("The event has taken place."), code="past")
    if ends_at is not None and ends_at <= now:
        raise ActionRefused(_("Choose a time that is to come."), code="past_moment", field="ends_at")
    wanted = {"label": label, "max_sign_ups": max_sign_ups, "ends_at": ends_at, "for_guests": for_guests}
    if earlier := event.invitation_links.filter(**wanted, ended_at=None).first():
        return earlier
    link = InvitationLink.objects.create(event=event, made_by=actor, **wanted)
    _log(link, AuditAct.INVITATION_LINK_MADE, actor, now)
    return link


@transaction.atomic
def end(*, link_id: int, actor, now: datetime | None = None) -> None:
    """Let the link hold no more; whoever signed up through it stays. Ending it twice changes nothing."""
    now = now or timezone.now()
    if not InvitationLink.objects.filter(pk=link_id, ended_at=None).update(ended_at=now, updated_at=now):
        return
    link = InvitationLink.objects.select_related("event__municipality").get(pk=link_id)
    _log(link, AuditAct.INVITATION_LINK_ENDED, actor, now)


def find(key: str) -> InvitationLink | None:
    """The link with that key, whatever it is worth now, with its event and municipality; None where there is none."""
    return InvitationLink.objects.filter(key=key).select_related("event__municipality").first()


def state_of(link: InvitationLink, now: datetime | None = None) -> LinkState:
    """What the link is worth now: what the page says, not what decides."""
    used = link.sign_ups.active().count() if link.max_sign_ups is not None else 0
    return link.state_at(now or timezone.now(), used)


def holds(link: InvitationLink, now: datetime | None = None) -> bool:
    return state_of(link, now) is LinkState.OPEN


def refuse_unless_holds(*, link_id: int, event: TrainingEvent, now: datetime) -> None:
    """Raise ActionRefused when the link does not let one more in; for code that holds the event's lock.

    The link is read as it is now, since it may have been ended after the page was shown.
    """
    link = InvitationLink.objects.get(pk=link_id)
    link.event = event
    state = state_of(link, now)
    if state is not LinkState.OPEN:
        raise ActionRefused(sentence(link, state), code=f"invitation_{state.value}")


def sentence(link: InvitationLink, state: LinkState) -> str:
    """Why the link lets nobody in; "" while it does."""
    if state is LinkState.FULL:
        return _("As many people have signed up with the link as it was meant for.")
    event_ends_at = link.event.last_ends_at
    if state is LinkState.PAST and link.ends_at and not (event_ends_at and event_ends_at < link.ends_at):
        return _("The link could be used until %(when)s.") % {"when": moment_text(link.ends_at)}
    if state is LinkState.PAST:
        return _("The event it led to has taken place.")
    return _("Whoever made the link has ended it.") if state is LinkState.ENDED else ""


def _log(link: InvitationLink, act: AuditAct, actor, now: datetime) -> None:
    until = moment_text(link.ends_at)
    audit.record(
        municipality=link.event.municipality,
        actor=actor,
        act=act,
        subject=link.event.title,
        detail=[link.label, link.max_sign_ups or "", until],
        now=now,
    )
