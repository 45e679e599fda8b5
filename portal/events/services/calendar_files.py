"""Calendar files (RFC 5545, RFC 5546): one stable UID per sign-up and occasion, SEQUENCE rising with changes."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, Event, Timezone, vCalAddress, vDuration, vText

from portal.events.enums import SignUpState
from portal.events.models import EventOccasion, SignUp, TrainingEvent

STOCKHOLM = ZoneInfo("Europe/Stockholm")
REFRESHED_EACH = timedelta(hours=4)


@override(settings.LANGUAGE_CODE)
def for_sign_up(sign_up: SignUp, *, now: datetime | None = None) -> str:
    """A calendar file with every date that the person comes to, times in Europe/Stockholm.

    A date that was chosen once and is not any more stands in it as cancelled, so that it leaves the calendar.
    METHOD:CANCEL when the seat is given up or the event cancelled, so that the entry leaves the calendar.
    The meeting link itself is in no file: the page of the sign-up shows it when it is time.
    """
    has_seat = sign_up.state == SignUpState.CONFIRMED
    comes_to = sign_up.dates
    occasions = list(sign_up.event.occasions.all()) if sign_up.times_chosen > 1 else comes_to
    calendar = _calendar(occasions, method="PUBLISH" if has_seat else "CANCEL")
    seats_lost = SignUp.objects.with_seats_lost().get(pk=sign_up.pk).seats_lost
    for occasion in occasions:
        entry = _own_entry(
            sign_up, occasion, seats_lost, now or timezone.now(), comes=has_seat and occasion in comes_to
        )
        calendar.add_component(entry)
    return calendar.to_ical().decode()


@override(settings.LANGUAGE_CODE)
def feed_of_person(sign_ups: Sequence[SignUp], *, now: datetime) -> str:
    """A calendar to subscribe to: every date of these sign-ups, as their files have them.

    They come with event, occasions, chosen dates and `with_seats_lost()`.
    """
    rows = [(entry, occasion) for entry in sign_ups for occasion in entry.dates]
    calendar = _calendar([occasion for _entry, occasion in rows], name=_("My training events"))
    for entry, occasion in rows:
        lost = entry.seats_lost  # type: ignore[attr-defined]
        calendar.add_component(_own_entry(entry, occasion, lost, now, comes=entry.state == SignUpState.CONFIRMED))
    return calendar.to_ical().decode()


@override(settings.LANGUAGE_CODE)
def feed_of_events(events: Sequence[TrainingEvent], *, name: str, now: datetime) -> str:
    """A calendar to subscribe to with every date of these events, and nothing about anybody who comes."""
    occasions = [occasion for event in events for occasion in event.occasions.all()]
    calendar = _calendar(occasions, name=name)
    for event in events:
        for occasion in event.occasions.all():
            entry = _entry(event, occasion, now, [event.summary, settings.BASE_URL + event.get_absolute_url()])
            entry.add("uid", f"{occasion.uid}@samlarande")
            entry.add("sequence", event.calendar_sequence)
            entry.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
            calendar.add_component(entry)
    return calendar.to_ical().decode()


def calendar_for(moments: Iterable[datetime], *, method: str = "", name: str = "") -> Calendar:
    """An empty calendar for entries that start and end at `moments` (aware), with the Swedish time zone they need.

    With a `name` it is one to subscribe to. Events and programmes of conferences are written into the same.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Samlärande//SV")
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    if name:
        # RFC 7986 and what older programs read instead. The library knows neither type, and would escape nothing.
        calendar.add("name", vText(name))
        calendar.add("x-wr-calname", vText(name))
        calendar.add("refresh-interval", REFRESHED_EACH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(REFRESHED_EACH))
    days = [moment.date() for moment in moments]
    if days:
        calendar.add_component(
            Timezone.from_tzinfo(
                STOCKHOLM,
                first_date=min(days).replace(month=1, day=1),
                last_date=max(days).replace(month=12, day=31),
            )
        )
    return calendar


def _calendar(occasions: Sequence[EventOccasion], *, method: str = "", name: str = "") -> Calendar:
    moments = [moment for occasion in occasions for moment in (occasion.starts_at, occasion.ends_at)]
    return calendar_for(moments, method=method, name=name)


def _own_entry(sign_up: SignUp, occasion: EventOccasion, seats_lost: int, now: datetime, *, comes: bool) -> Event:
    event = sign_up.event
    lines = [event.summary, settings.BASE_URL + event.get_absolute_url()]
    if comes and event.meeting_url:
        # Calendars are shared with colleagues; the page asks who is there.
        own_page = settings.BASE_URL + sign_up.get_absolute_url()
        lines.insert(1, _("The meeting link is here from 15 minutes before the start: %(url)s") % {"url": own_page})
    entry = _entry(event, occasion, now, lines)
    entry.add("uid", f"{sign_up.uid}-{occasion.uid}@samlarande")
    # A cancellation must outrank the confirmation it follows, and a seat or date that is had again the cancellation,
    # or calendars ignore it (RFC 5546, 2.1.4).
    times = event.calendar_sequence + sign_up.times_chosen + seats_lost
    if comes:
        sequence = times * 2
    elif sign_up.state == SignUpState.CONFIRMED:
        sequence = times * 2 + 1  # another date is chosen instead
    else:
        sequence = max(times, event.calendar_sequence + 1) * 2 - 1
    entry.add("sequence", sequence)
    entry.add("status", "CONFIRMED" if comes else "CANCELLED")
    return entry


def _entry(event: TrainingEvent, occasion: EventOccasion, now: datetime, lines: Sequence[str]) -> Event:
    entry = Event()
    entry.add("dtstamp", now)
    entry.add("dtstart", timezone.localtime(occasion.starts_at, STOCKHOLM))
    entry.add("dtend", timezone.localtime(occasion.ends_at, STOCKHOLM))
    entry.add("summary", event.title)
    if place := ", ".join(part for part in (event.place, event.address) if part):
        entry.add("location", place)
    entry.add("description", "\n\n".join(lines))
    entry.add("url", settings.BASE_URL + event.get_absolute_url())
    if event.contact_email:
        organizer = vCalAddress(f"mailto:{event.contact_email}")
        organizer.params["CN"] = event.contact_name or event.municipality.short_name
        entry["organizer"] = organizer
    return entry
