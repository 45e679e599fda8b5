"""From a training event to its search entry."""

from wagtail.models import Page

from portal.events.enums import EventState
from portal.events.models import TrainingEvent
from portal.municipalities.permissions import audience_of
from search.entries.base import EntryContent, plain


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
        topic_ids=_topics_of_course(event),
        ends_at=event.last_ends_at,
    )


def _topics_of_course(event: TrainingEvent) -> list[int]:
    if event.course_id is None:
        return []
    course = Page.objects.get(pk=event.course_id).specific
    return [topic.pk for topic in course.topics.all()]
