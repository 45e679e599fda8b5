"""A programme as a calendar (RFC 5545): one stable UID per session, SEQUENCE rising with each release."""

from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, Event

from portal.conferences.exports.addresses import Addresses
from portal.conferences.models import Conference
from portal.conferences.services.programmes import Programme, ProgrammeSession
from portal.events.services.calendar_files import STOCKHOLM, calendar_for


def calendar_file(
    conference: Conference, programme: Programme, addresses: Addresses, *, sessions: Sequence[ProgrammeSession]
) -> str:
    """`sessions` of a released programme as the text of a calendar file. There must be one at least."""
    return calendar_of(conference, programme, addresses, sessions=sessions).to_ical().decode()


@override(settings.LANGUAGE_CODE)
def calendar_of(
    conference: Conference, programme: Programme, addresses: Addresses, *, sessions: Sequence[ProgrammeSession]
) -> Calendar:
    """`sessions` of a released programme as a calendar, the same each time until the next release.

    Nothing in it tells when it was fetched, so whoever has it can be told that it is unchanged.
    """
    moments = [moment for s in sessions for moment in (s.starts_at, s.ends_at) if moment]
    calendar = calendar_for(moments, name=conference.title)
    for session in sessions:
        calendar.add_component(_entry(programme, addresses, session))
    return calendar


def _entry(programme: Programme, addresses: Addresses, session: ProgrammeSession) -> Event:
    entry = Event()
    entry.add("uid", f"{session.id}@samlarande")
    # Both are the release's, not this moment's: an unchanged programme is an unchanged file.
    entry.add("dtstamp", programme.released_at)
    entry.add("last-modified", programme.released_at)
    entry.add("sequence", programme.number)
    entry.add("dtstart", timezone.localtime(session.starts_at, STOCKHOLM))
    entry.add("dtend", timezone.localtime(session.ends_at, STOCKHOLM))
    entry.add("summary", session.title)
    if session.room:
        entry.add("location", session.room.name)
    if session.track:
        entry.add("categories", [session.track.name])
    address = addresses.session(session.id)
    named = ", ".join(part.speaker.name for part in session.parts)
    lines = [session.description, _("Taking part: %(names)s") % {"names": named} if named else "", address]
    entry.add("description", "\n\n".join(filter(None, lines)))
    entry.add("url", address)
    entry.add("status", "CONFIRMED")
    if session.is_break:
        # Nobody is busy because there is coffee.
        entry.add("transp", "TRANSPARENT")
    return entry
