"""What is left to do before a project ends: its pages and events, and what each still needs."""

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from cms.models import CollaborationPage, ConferencePage, CoursePage, LessonPage, MethodPage, SharedPage
from portal.events.enums import EventState
from portal.events.models import TrainingEvent
from portal.municipalities.enums import Visibility
from portal.municipalities.models import Collaboration, Municipality

PROJECT_KINDS = (CoursePage, MethodPage, LessonPage, ConferencePage, CollaborationPage)


@dataclass(frozen=True)
class LeftToDo:
    """The things of a project, in the order a coordinator takes them; an empty list is a step that is done."""

    lessons: list[SharedPage] = field(default_factory=list)
    drafts: list[SharedPage] = field(default_factory=list)
    internal: list[SharedPage] = field(default_factory=list)
    without_contact: list[SharedPage] = field(default_factory=list)
    coming_events: list[TrainingEvent] = field(default_factory=list)
    draft_events: list[TrainingEvent] = field(default_factory=list)
    to_hand_over: int = 0


def pages_of(collaboration: Collaboration | None, owner: Municipality):
    """The pages of `owner` that belong to the project; all of its pages but its own section's for None."""
    pages = SharedPage.objects.filter(municipality=owner)
    if collaboration is None:
        return pages.filter(depth__gt=3).order_by("title")
    of_project = Q()
    for model in PROJECT_KINDS:
        of_project |= Q(pk__in=model.objects.filter(collaboration=collaboration).values("pk"))
    return pages.filter(of_project).order_by("title")


def events_of(collaboration: Collaboration | None, owner: Municipality):
    events = TrainingEvent.objects.filter(municipality=owner)
    return events.filter(collaboration=collaboration) if collaboration is not None else events


def left_to_do(collaboration: Collaboration) -> LeftToDo:
    """What the lead owner still has to see to. A fixed number of queries, however much there is."""
    owner = collaboration.lead
    pages = list(pages_of(collaboration, owner).select_related("content_type"))
    events = list(events_of(collaboration, owner).prefetch_related("occasions"))
    lesson_ids = set(LessonPage.objects.filter(collaboration=collaboration).values_list("pk", flat=True))
    now = timezone.now()
    live = [page for page in pages if page.live]
    return LeftToDo(
        lessons=[page for page in live if page.pk in lesson_ids],
        drafts=[page for page in pages if page.has_unpublished_changes],
        internal=[page for page in live if page.visibility == Visibility.INTERNAL],
        without_contact=[page for page in live if not page.contact_email],
        coming_events=[
            event
            for event in events
            if event.state == EventState.PUBLISHED and event.last_ends_at and event.last_ends_at > now
        ],
        draft_events=[event for event in events if event.state == EventState.DRAFT],
        to_hand_over=len(pages) + len(events),
    )
