"""What pages list of other pages and events. Each function asks a fixed number of questions, however much there is."""

from dataclasses import dataclass
from functools import cache as once
from itertools import groupby
from operator import attrgetter

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from cms.models import (
    CollaborationPage,
    ConferencePage,
    CoursePage,
    LessonPage,
    MethodPage,
    MunicipalityPage,
    SharedPage,
)
from portal.events.models import Interest, TrainingEvent
from portal.knowledge.models import Adoption, Topic
from portal.municipalities.models import Collaboration, Municipality
from portal.municipalities.permissions import allowed, viewer_for, visible

SHOWN = 6
LESSONS_SHOWN = 4  # of each topic


@dataclass(frozen=True)
class LessonsOfTopic:
    """A topic's newest lessons, and how many there are. `topic` is None for those that have none."""

    topic: Topic | None
    lessons: list[LessonPage]
    number: int


SECTION = ("courses", "methods", "lessons", "conferences", "projects", "events", "shown")


def section_content(user, municipality: Municipality) -> dict:
    """What `user` may read in a municipality's section, newest first, by the names in SECTION."""

    def newest(model):
        return (
            model.objects.readable_by(user)
            .in_language()
            .filter(municipality=municipality)
            .for_listing()
            .order_by("-first_published_at", "-pk")[:SHOWN]
        )

    return {
        "courses": newest(CoursePage),
        "methods": newest(MethodPage),
        "lessons": newest(LessonPage),
        "conferences": newest(ConferencePage),
        "projects": newest(CollaborationPage),
        "events": _coming_events(user).filter(municipality=municipality)[:SHOWN],
        "shown": shown_by(user, municipality),
    }


def shown_by(user, municipality: Municipality) -> list[tuple[SharedPage, str]]:
    """What a municipality shows of others that `user` may read, and the part of the address it has here."""
    slugs = dict(
        Adoption.objects.active()
        .shown()
        .filter(municipality=municipality, source__isnull=False)
        .order_by("-adopted_at")
        .values_list("source_id", "slug")
    )
    pages = SharedPage.objects.readable_by(user).filter(pk__in=slugs).for_listing().order_by("title", "pk")
    return [(page, slugs[page.pk]) for page in pages[:SHOWN]]


COLLABORATION = ("partner_pages", "courses", "methods", "lessons", "conferences")


def collaboration_content(user, collaboration: Collaboration) -> dict:
    """A collaboration's partners, and what came out of it that `user` may read, by the names in COLLABORATION."""

    def of_project(model):
        pages = model.objects.readable_by(user).in_language().filter(collaboration=collaboration)
        return pages.for_listing().order_by("title", "pk")

    return {
        "partner_pages": MunicipalityPage.objects.readable_by(user)
        .filter(
            Q(municipality=collaboration.lead_id) | Q(municipality__in=collaboration.partners.order_by().values("pk"))
        )
        .for_listing()
        .order_by("title", "pk"),
        "courses": of_project(CoursePage)[:SHOWN],
        "methods": of_project(MethodPage)[:SHOWN],
        "lessons": of_project(LessonPage)[:SHOWN],
        "conferences": of_project(ConferencePage)[:SHOWN],
    }


def course_content(user, course: CoursePage) -> dict:
    """The coming events of a course that `user` may see, and whether they are in its queue."""
    may_queue = viewer_for(user).is_member
    return {
        "events": once(lambda: _coming_events(user).filter(course=course.pk)[:SHOWN]),
        "may_queue": may_queue,
        "is_in_queue": once(
            lambda: may_queue and allowed(user, "manage", Interest).open().filter(course=course.pk).exists()
        ),
    }


def _coming_events(user):
    return visible(user, TrainingEvent).published().upcoming().for_listing()


def lessons_by_topic(user, each: int = LESSONS_SHOWN) -> list[LessonsOfTopic]:
    """What `user` may read of lessons, the newest `each` under each of their topics: a topic with many first."""
    lessons = LessonPage.objects.listed_for(user)
    newest = [F("sharedpage__first_published_at").desc(nulls_last=True), F("sharedpage_id").desc()]
    links = (
        SharedPage.topics.through.objects.filter(sharedpage__in=lessons.values("pk"))
        .annotate(
            place=Window(RowNumber(), partition_by="topic_id", order_by=newest),
            number=Window(Count("pk"), partition_by="topic_id"),
        )
        .filter(place__lte=each)
        .select_related("topic")
        .order_by("-number", *(f"topic__{name}" for name in Topic._meta.ordering or ()), "place")
    )
    shown = LessonPage.objects.for_listing().in_bulk({link.sharedpage_id for link in links})
    return [
        LessonsOfTopic(topic, [shown[link.sharedpage_id] for link in group], group[0].number)
        for topic, group in ((topic, list(group)) for topic, group in groupby(links, key=attrgetter("topic")))
    ]


def lessons_grouped(user) -> list[LessonsOfTopic]:
    """`lessons_by_topic`, and last those that have no topic."""
    others = _lessons_without_topic(user)
    return [*lessons_by_topic(user), *([others] if others else [])]


def _lessons_without_topic(user) -> LessonsOfTopic | None:
    """The newest of those that have no topic; None where each has one."""
    lessons = LessonPage.objects.listed_for(user).filter(topics=None)
    newest = list(lessons.for_listing().order_by("-first_published_at", "-pk")[:LESSONS_SHOWN])
    return LessonsOfTopic(None, newest, lessons.count()) if newest else None
