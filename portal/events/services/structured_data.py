"""An event in the words of schema.org, for search engines that show events as such."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from portal.events.enums import EventFormat
from portal.events.models import TrainingEvent
from portal.municipalities.services.structured_data import organisation

_MODES = {
    EventFormat.ON_SITE: "OfflineEventAttendanceMode",
    EventFormat.ONLINE: "OnlineEventAttendanceMode",
    EventFormat.BOTH: "MixedEventAttendanceMode",
}


def describe(event: TrainingEvent, *, image: str = "") -> dict[str, Any]:
    """A schema.org Event; `image` is the whole address of its picture. Never the meeting link, which is for those
    who have a seat: whoever takes part from a distance begins on the event's page."""
    with override(settings.LANGUAGE_CODE):
        address = settings.BASE_URL + event.get_absolute_url()
    places: list[dict[str, Any]] = []
    if event.place:
        places.append({"@type": "Place", "name": event.place, "address": event.address or event.place})
    if event.format != EventFormat.ON_SITE:
        places.append({"@type": "VirtualLocation", "url": address})
    described = {
        "@context": "https://schema.org",
        "@type": "EducationEvent",
        "name": event.title,
        "description": event.summary,
        "url": address,
        "inLanguage": settings.LANGUAGE_CODE,
        "eventAttendanceMode": f"https://schema.org/{_MODES[EventFormat(event.format)]}",
        "eventStatus": f"https://schema.org/{'EventCancelled' if event.is_cancelled else 'EventScheduled'}",
        "location": places,
        "organizer": organisation(event.municipality),
    }
    if event.first_starts_at and event.last_ends_at:
        described["startDate"] = timezone.localtime(event.first_starts_at).isoformat()
        described["endDate"] = timezone.localtime(event.last_ends_at).isoformat()
    if image:
        described["image"] = image
    return described
