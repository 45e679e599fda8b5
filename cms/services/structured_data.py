"""What a page is, in the words of schema.org, for search engines that show courses and events as such."""

from typing import Any

from django.utils import timezone

from cms.models import (
    CollaborationPage,
    ConferencePage,
    CoursePage,
    HomePage,
    LessonPage,
    MethodPage,
    MunicipalityPage,
    SharedPage,
)
from portal.municipalities.services.structured_data import organisation

Described = dict[str, Any]


def describe(page: SharedPage, *, image: str = "") -> Described:
    """A schema.org object for `page`; `image` is the whole address of its picture.

    Holds only what stands on the page: whoever may read that may read this.
    """
    described = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "name": page.title,
        "description": page.search_description or page.summary,
        "url": page.own_address,
        "inLanguage": page.language,
    }
    if image:
        described["image"] = image
    for kind, further in _FURTHER.items():
        if isinstance(page, kind):
            described |= further(page)
    return described


def _home(page: HomePage) -> Described:
    return {"@type": "WebSite"}


def _course(page: CoursePage) -> Described:
    described: Described = {"@type": "Course", "provider": _owner(page), **_about(page)}
    if page.minutes:
        described["timeRequired"] = f"PT{page.minutes}M"
    if page.goal_list:
        described["teaches"] = page.goal_list
    return described


def _method(page: MethodPage) -> Described:
    steps = [{"@type": "HowToStep", "name": block.value["title"]} for block in page.steps]
    return {"@type": "HowTo", "step": steps, "author": _owner(page), **_about(page)}


def _lesson(page: LessonPage) -> Described:
    return {"@type": "Article", "headline": page.lesson, "author": _owner(page), **_dates(page), **_about(page)}


def _conference(page: ConferencePage) -> Described:
    place = {"@type": "Place", "name": page.place, "address": page.address or page.place}
    return {
        "@type": "Event",
        "startDate": page.start_date.isoformat(),
        "endDate": page.end_date.isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "location": place,
        "organizer": _owner(page),
    }


def _project(page: CollaborationPage) -> Described:
    project = page.collaboration
    described: Described = {"@type": "Project", "parentOrganization": _owner(page)}
    if project.diary_number:
        described["identifier"] = project.diary_number
    if project.is_esf_project:
        described["funder"] = {"@type": "Organization", "name": "Europeiska unionen"}
    return described


def _municipality(page: MunicipalityPage) -> Described:
    return _owner(page)


_FURTHER: dict[type, Any] = {
    HomePage: _home,
    CoursePage: _course,
    MethodPage: _method,
    LessonPage: _lesson,
    ConferencePage: _conference,
    CollaborationPage: _project,
    MunicipalityPage: _municipality,
}


def _owner(page: SharedPage) -> Described:
    return organisation(page.owning_municipality)


def _about(page: SharedPage) -> Described:
    topics = [topic.name for topic in page.topics_shown]
    return {"about": topics} if topics else {}


def _dates(page: SharedPage) -> Described:
    moments = {"datePublished": page.first_published_at, "dateModified": page.last_published_at}
    return {name: timezone.localtime(moment).isoformat() for name, moment in moments.items() if moment}
