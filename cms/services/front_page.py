"""What the front page shows. A fixed number of questions, however much there is."""

from dataclasses import dataclass
from functools import cache as once
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from cms.models import (
    CollaborationPage,
    ConferencePage,
    CoursePage,
    LessonPage,
    MethodPage,
    MunicipalityPage,
    SharedPage,
)
from cms.services.listings import lessons_by_topic
from portal.core.kept import when_shown
from portal.events.models import SignUp, TrainingEvent
from portal.municipalities.enums import Visibility
from portal.municipalities.permissions import listed_for, viewer_for, visible

_NEWS = (CoursePage, MethodPage, LessonPage, ConferencePage, CollaborationPage)
_OPEN = {
    CoursePage: (
        "course_list",
        ngettext_lazy("%(number)s course", "%(number)s courses", "number"),
        _("to read at your own pace"),
    ),
    MethodPage: (
        "method_list",
        ngettext_lazy("%(number)s method", "%(number)s methods", "number"),
        _("to use where you are"),
    ),
    LessonPage: (
        "lesson_list",
        ngettext_lazy("%(number)s lesson learned", "%(number)s lessons learned", "number"),
        _("also about what did not work"),
    ),
}
TOPICS_SHOWN, LESSONS_OF_EACH = 3, 2


@dataclass(frozen=True)
class OpenToAll:
    """How many pages of a kind anybody may read, and where they are listed."""

    label: str
    use: str
    href: str


def front_page_content(user) -> dict:
    """What the front page shows to `user`: a member's own next date and news first, then what can be joined, lessons
    by topic, courses, conferences, projects, and what is open to everybody.

    Asked for where it is shown: a part that is kept ready asks for nothing."""
    viewer = viewer_for(user)
    return {
        "next_sign_up": _next_sign_up(user) if viewer.is_member else None,
        "news": once(lambda: _news(user, viewer.municipality_ids)) if viewer.is_member else [],
        **when_shown(_FOR_ALL, lambda: _for_all(user)),
    }


_FOR_ALL = ("events", "topics", "further_topics", "courses", "conferences", "projects", "sections", "open_to_all")


def _for_all(user) -> dict[str, Any]:
    """What everybody with the same rights is shown, by the names in _FOR_ALL."""
    newest = "-first_published_at", "-pk"
    topics = lessons_by_topic(user, each=LESSONS_OF_EACH)
    return {
        "events": _published_events(user).with_free_seats().for_listing()[:3],
        "topics": topics[:TOPICS_SHOWN],
        "further_topics": topics[TOPICS_SHOWN:],
        "courses": CoursePage.objects.listed_for(user).for_listing().order_by(*newest)[:3],
        "conferences": ConferencePage.objects.listed_for(user)
        .filter(end_date__gte=timezone.localdate())
        .for_listing()
        .order_by("start_date", "pk")[:2],
        "projects": CollaborationPage.objects.listed_for(user).for_listing().order_by("title", "pk")[:4],
        "sections": MunicipalityPage.objects.listed_for(user).for_listing().order_by("title", "pk"),
        "open_to_all": _open_to_all(),
    }


def _published_events(user) -> Any:
    """Any, since the queryset keeps its own class, which the access module cannot know."""
    return listed_for(user, visible(user, TrainingEvent))


def _next_sign_up(user) -> SignUp | None:
    """The seat, or the place in a queue, that comes first."""
    return (
        visible(user, SignUp)
        .active()
        .filter(event__last_ends_at__gte=timezone.now())
        .select_related("event__municipality")
        .prefetch_related("event__occasions")
        .order_by("event__first_starts_at", "pk")
        .first()
    )


def _news(user, municipality_ids: frozenset[int]) -> list[SharedPage]:
    """The newest pages of the user's own municipalities, whatever their kind."""
    kinds = ContentType.objects.get_for_models(*_NEWS).values()
    pages = SharedPage.objects.listed_for(user).filter(municipality__in=municipality_ids, content_type__in=kinds)
    return list(pages.select_related("municipality").order_by("-first_published_at", "-pk")[:5])


def _open_to_all() -> list[OpenToAll]:
    kinds = ContentType.objects.get_for_models(*_OPEN)
    pages = SharedPage.objects.live().in_language()
    public = pages.filter(visibility=Visibility.PUBLIC, content_type__in=kinds.values())
    numbers = dict(public.order_by().values_list("content_type").annotate(number=Count("pk")))
    return [
        OpenToAll(label % {"number": number}, str(use), reverse(address))
        for model, (address, label, use) in _OPEN.items()
        if (number := numbers.get(kinds[model].pk, 0))
    ]
