"""From a training event to its search entry."""

from django.utils import timezone
from wagtail.models import Page

from portal.events.enums import EventState
from portal.events.models import TrainingEvent
from portal.municipalities.permissions import audience_of
from search.entries.base import EntryContent, facets, plain


def entry_for_event(event: TrainingEvent) -> EntryContent | None:
    """None for a draft and for what is cancelled: nobody looks for an event they cannot go to."""
    if event.state != EventState.PUBLISHED:
        return None
    return EntryContent(
        kind="event",
        object_id=event.pk,
        title=event.title,
        url=event.get_absolute_url(),
        body=plain(event.summary, event.description, event.place, event.address),
        audience=audience_of(event),
        municipality_id=event.municipality_id,
        facets=[
            *facets(kind="event", municipality=event.municipality_id, format=event.format, year=_year(event)),
            *_facets_of_course(event),
        ],
        dated_at=event.first_starts_at or event.created_at,
        ends_at=event.last_ends_at,
        joinable_until=event.closes_at,
    )


def _year(event: TrainingEvent) -> int | None:
    return timezone.localtime(event.first_starts_at).year if event.first_starts_at else None


def _facets_of_course(event: TrainingEvent) -> list[str]:
    if event.course_id is None:
        return []
    course = Page.objects.get(pk=event.course_id).specific
    return facets(topic=_ids(course.topics), group=_ids(course.occupational_groups))


def _ids(related) -> list[int]:
    return [item.pk for item in related.all()]
