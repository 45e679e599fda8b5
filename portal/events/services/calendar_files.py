"""Calendar files (RFC 5545, RFC 5546): one stable UID per sign-up and occasion, SEQUENCE rising with changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, vCalAddress

from portal.events.enums import SignUpState
from portal.events.models import SignUp

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def for_sign_up(sign_up: SignUp, *, now: datetime | None = None) -> str:
    """A calendar file with every occasion of the sign-up's event, times in Europe/Stockholm.

    METHOD:CANCEL when the seat is given up or the event cancelled, so that the entry leaves the calendar.
    The meeting link itself is in no file: the page of the sign-up shows it when it is time.
    """
    event = sign_up.event
    has_seat = sign_up.state == SignUpState.CONFIRMED
    calendar = Calendar()
    calendar.add("prodid", "-//Samlärande//SV")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH" if has_seat else "CANCEL")
    occasions = list(event.occasions.all())
    if occasions:
        calendar.add_component(
            Timezone.from_tzinfo(
                STOCKHOLM,
                first_date=occasions[0].starts_at.date().replace(month=1, day=1),
                last_date=occasions[-1].ends_at.date().replace(month=12, day=31),
            )
        )
    for occasion in occasions:
        entry = Event()
        entry.add("uid", f"{sign_up.uid}-{occasion.uid}@samlarande")
        entry.add("dtstamp", now or timezone.now())
        entry.add("dtstart", timezone.localtime(occasion.starts_at, STOCKHOLM))
        entry.add("dtend", timezone.localtime(occasion.ends_at, STOCKHOLM))
        # A cancellation must outrank the confirmation it follows, or calendars ignore it.
        entry.add("sequence", event.calendar_sequence * 2 + (0 if has_seat else 1))
        entry.add("status", "CONFIRMED" if has_seat else "CANCELLED")
        entry.add("summary", event.title)
        place = ", ".join(part for part in (event.place, event.address) if part)
        if place:
            entry.add("location", place)
        url = settings.BASE_URL + event.get_absolute_url()
        lines = [event.summary, url]
        if has_seat and event.meeting_url:
            # Calendars are shared with colleagues; the page asks who is there.
            own_page = settings.BASE_URL + sign_up.get_absolute_url()
            lines.insert(1, _("The meeting link is here from 15 minutes before the start: %(url)s") % {"url": own_page})
        entry.add("description", "\n\n".join(lines))
        entry.add("url", url)
        if event.contact_email:
            organizer = vCalAddress(f"mailto:{event.contact_email}")
            organizer.params["CN"] = event.contact_name or event.municipality.short_name
            entry["organizer"] = organizer
        calendar.add_component(entry)
    return calendar.to_ical().decode()
