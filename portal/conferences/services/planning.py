"""Planning a programme: rooms, tracks, sessions and who takes part. Nothing of it is public before a release."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.conferences.models import Conference, Part, Room, Session, Speaker, Track
from portal.conferences.services import places
from portal.conferences.signals import programme_changed
from portal.core.services import ActionRefused, inserted

USUAL_LENGTH = timedelta(minutes=45)
_PLANNED = ("title", "kind", "description", "starts_at", "ends_at", "room", "track", "updated_at")


@transaction.atomic
def save_frame(*, conference: Conference, rooms: Iterable[Room], tracks: Iterable[Track]) -> None:
    """Keep these rooms and tracks, in this order; those that are not among them are removed, their sessions stay."""
    for model, kept in ((Room, list(rooms)), (Track, list(tracks))):
        model.objects.filter(conference=conference).exclude(pk__in=[row.pk for row in kept if row.pk]).delete()
        for position, row in enumerate(kept):
            row.conference, row.position = conference, position
            row.save()


@transaction.atomic
def save_session(*, session: Session, parts: Sequence[tuple[Speaker, str]], pages: Iterable) -> Session:
    """Write a session, who takes part in which role, in this order, and the pages it is about.

    Its number of places counts at once; whoever waits and has one now is told. Raises ActionRefused for somebody named
    twice, and for fewer places than are taken.
    """
    if len({speaker.pk for speaker, _role in parts}) < len(parts):
        raise ActionRefused(_("Somebody is there twice. Give each person one part."), code="twice")
    if session.pk is None:
        session.save()
    else:
        # What is planned, and not how many have a place: that is changed while this form is open.
        session.save(update_fields=_PLANNED)
        session.places = places.change_number(session_id=session.pk, places=session.places).places
    session.parts.all().delete()
    inserted(
        Part,
        [
            Part(session=session, speaker=speaker, role=role, position=position)
            for position, (speaker, role) in enumerate(parts)
        ],
    )
    session.pages.set(pages)
    return session


@transaction.atomic
def place(*, session_id: int, starts_at: datetime | None, room: Room | None) -> Session:
    """Move a session to a time and a room, as long as it was (45 minutes where it had no time); None takes its time
    away."""
    session = Session.objects.select_for_update().get(pk=session_id)
    length = session.ends_at - session.starts_at if session.starts_at and session.ends_at else USUAL_LENGTH
    session.starts_at = starts_at
    session.ends_at = starts_at + length if starts_at else None
    session.room = room
    session.save(update_fields=["starts_at", "ends_at", "room", "updated_at"])
    return session


@transaction.atomic
def remove_session(*, session: Session) -> None:
    """Take a session out of the plan; it stays public until the next release. Those with a place are told now."""
    places.tell_taken_out(session)
    session.delete()


@transaction.atomic
def save_speaker(*, speaker: Speaker, consents: bool, now: datetime | None = None) -> Speaker:
    """Write somebody who takes part. The moment of a consent is kept; taking it back hides the name at once.

    Raises ActionRefused for a consent of somebody whose identity is protected: a programme is read by everybody.
    """
    if consents and get_user_model().objects.with_address(speaker.email).filter(is_protected=True).exists():
        raise ActionRefused(
            _("They cannot be named in a programme. Leave the box unticked: they take part without being named."),
            code="protected",
            field="consents",
        )
    if not consents:
        speaker.consent_at = None
    elif speaker.consent_at is None:
        speaker.consent_at = now or timezone.now()
    speaker.save()
    programme_changed.send(sender=Conference, conference=speaker.conference)
    return speaker


@transaction.atomic
def remove_speaker(*, speaker: Speaker) -> None:
    """Forget somebody: from the plan, and from every version that is out, where only an id is left."""
    conference = speaker.conference
    speaker.delete()
    programme_changed.send(sender=Conference, conference=conference)
