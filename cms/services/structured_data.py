"""What a page is, in the words of schema.org, for search engines that show courses and events as such."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

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
from portal.conferences.models import Conference
from portal.conferences.services.programmes import ProgrammeRoom, ProgrammeSession, ProgrammeSpeaker
from portal.municipalities.services.structured_data import organisation

Described = dict[str, Any]
# How much of a programme its conference tells of: search engines read no more, and the page should not weigh it twice.
_SESSIONS_AT_MOST = 50


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
    described = {
        **_conference_in_short(page),
        "eventStatus": "https://schema.org/EventScheduled",
        "location": _venue(page),
        "organizer": _owner(page),
    }
    if page.programme and page.conference:
        sessions = page.programme.scheduled[:_SESSIONS_AT_MOST]
        described["subEvent"] = [_session(page, page.conference, session) for session in sessions]
    return described


def describe_session(page: ConferencePage, conference: Conference, session: ProgrammeSession) -> Described:
    """A schema.org object for one session of a released programme, as part of its conference."""
    described = {
        "@context": "https://schema.org",
        **_session(page, conference, session),
        "eventStatus": "https://schema.org/EventScheduled",
        "inLanguage": page.language,
        "organizer": _owner(page),
        "superEvent": {
            **_conference_in_short(page),
            "name": page.title,
            "url": page.own_address,
            "location": _venue(page),
        },
    }
    if session.description:
        described["description"] = session.description
    return described


def _conference_in_short(page: ConferencePage) -> Described:
    return {"@type": "Event", "startDate": page.start_date.isoformat(), "endDate": page.end_date.isoformat()}


def _session(page: ConferencePage, conference: Conference, session: ProgrammeSession) -> Described:
    with override(page.language):
        address = settings.BASE_URL + reverse(
            "programme_session", kwargs={"public_id": conference.public_id, "session_id": session.id}
        )
    described: Described = {
        "@type": "Event",
        "name": session.title,
        "url": address,
        "startDate": timezone.localtime(session.starts_at).isoformat(),
        "endDate": timezone.localtime(session.ends_at).isoformat(),
        "location": _room(page, session.room, address),
    }
    if session.parts:
        described["performer"] = [_person(part.speaker) for part in session.parts]
    return described


def _venue(page: ConferencePage) -> Described:
    return {"@type": "Place", "name": page.place, "address": page.address or page.place}


def _room(page: ConferencePage, room: ProgrammeRoom | None, address: str) -> Described:
    if room is None:
        return _venue(page)
    if room.is_digital:
        return {"@type": "VirtualLocation", "name": room.name, "url": address}
    return {**_venue(page), "name": f"{room.name}, {page.place}"}


def _person(speaker: ProgrammeSpeaker) -> Described:
    described: Described = {"@type": "Person", "name": speaker.name}
    if speaker.occupation:
        described["jobTitle"] = speaker.occupation
    if speaker.organisation:
        described["affiliation"] = {"@type": "Organization", "name": speaker.organisation}
    return described


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
