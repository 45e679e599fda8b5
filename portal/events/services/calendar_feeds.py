"""Calendars to subscribe to: a person's own behind a secret address, and each municipality's public events."""

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import links
from portal.events.enums import SignUpState
from portal.events.models import CalendarFeed, SignUp, TrainingEvent
from portal.events.services import calendar_files
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import visible

# What has been stays in the calendar for a while.
KEPT = timedelta(days=90)
_PURPOSE = "portal.events.calendar_feed"


def token_of(feed: CalendarFeed) -> str:
    """The secret part of a feed's address: 160 bits, and nothing stored would be enough to make it."""
    return f"{feed.pk}-{links.signature(_PURPOSE, _signed(feed))}"


def find(token: str) -> CalendarFeed | None:
    """The feed with this token, of somebody whose account is open; None for any other."""
    pk, _dash, given = token.partition("-")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    feed = CalendarFeed.objects.select_related("person").filter(pk=pk, person__is_active=True).first()
    return feed if feed is not None and links.is_signature(_PURPOSE, _signed(feed), given) else None


@transaction.atomic
def renew(person) -> CalendarFeed:
    """A new secret address for the person's calendar; the old one is not found any more."""
    feed, _created = CalendarFeed.objects.update_or_create(person=person, defaults={"key": uuid.uuid4()})
    return feed


def for_person(feed: CalendarFeed, *, now: datetime | None = None) -> str:
    """Every date of the events where the person has a seat, three months back and all that come."""
    now = now or timezone.now()
    entries = SignUp.objects.filter(
        person=feed.person, state=SignUpState.CONFIRMED, event__last_ends_at__gte=now - KEPT
    )
    entries = (
        entries.with_seats_lost()
        .select_related("event__municipality")
        .prefetch_related("event__occasions", "date_choices")
    )
    return calendar_files.feed_of_person(list(entries.order_by("event__first_starts_at", "pk")), now=now)


def for_municipality(municipality: Municipality, *, now: datetime | None = None) -> str:
    """Every date of the municipality's public events, cancelled ones marked so."""
    now = now or timezone.now()
    events = (
        visible(AnonymousUser(), TrainingEvent)
        .filter(municipality=municipality, last_ends_at__gte=now - KEPT)
        .for_listing()
        .order_by("first_starts_at", "pk")
    )
    name = _("Training events of %(place)s") % {"place": municipality.short_name}
    return calendar_files.feed_of_events(list(events), name=name, now=now)


def _signed(feed: CalendarFeed) -> str:
    return f"{feed.pk}:{feed.key}"
