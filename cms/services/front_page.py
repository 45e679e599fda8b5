from typing import Any

from django.utils import timezone

from cms.models import CollaborationPage, ConferencePage, CoursePage, LessonPage, MunicipalityPage
from portal.events.enums import EventState
from portal.events.models import TrainingEvent
from portal.municipalities.permissions import listed_for, visible


def front_page_content(user) -> dict:
    """What the front page shows to `user`: next events, newest lessons and courses, conferences, who takes part."""
    newest = "-first_published_at", "-pk"
    return {
        "events": _published_events(user).upcoming().for_listing()[:3],
        "lessons": LessonPage.objects.listed_for(user).for_listing().order_by(*newest)[:6],
        "courses": CoursePage.objects.listed_for(user).for_listing().order_by(*newest)[:3],
        "conferences": ConferencePage.objects.listed_for(user)
        .filter(end_date__gte=timezone.localdate())
        .for_listing()
        .order_by("start_date")[:2],
        "projects": CollaborationPage.objects.listed_for(user).for_listing().order_by("title")[:4],
        "sections": MunicipalityPage.objects.listed_for(user).for_listing().order_by("title"),
    }


def _published_events(user) -> Any:
    """Any, since the queryset keeps its own class, which the access module cannot know."""
    return listed_for(user, visible(user, TrainingEvent).filter(state=EventState.PUBLISHED))
