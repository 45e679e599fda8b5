"""Pages ask the database the same number of questions with one item and with thirty."""

import pytest

from cms.models import HomePage, MunicipalityPage
from portal.conferences.models import Session
from portal.events.models import SignUp
from portal.events.services import invitation_links
from portal.municipalities.enums import Visibility
from portal.municipalities.models import Collaboration
from tests.factories.cms import (
    CollaborationPageFactory,
    ConferencePageFactory,
    CoursePageFactory,
    LessonPageFactory,
    MethodPageFactory,
)
from tests.factories.conferences import (
    add_room,
    add_session,
    add_speaker,
    add_track,
    conference_of,
    release,
)
from tests.factories.events import TrainingEventFactory, sign_up

# Address → questions for somebody who is not signed in, and for a member, where nothing is kept in the cache.
COUNTS = {
    "/": (11, 17),
    "/kurser/": (6, 9),
    "/metoder/": (6, 9),
    "/lardomar/": (5, 8),
    "/konferenser/": (6, 9),
    "/tillfallen/": (6, 9),
    "/tillfallen/?view=month&month={month:%Y-%m}": (5, 8),
    "/tillfallen/{event}/": (15, 21),
    "/sok/?q=kanariefågel": (9, 12),
    "/trelleborg/": (14, 17),
    "/trelleborg/projektet/": (18, 21),
    "/trelleborg/kursen/": (22, 26),
    "/trelleborg/lardomen/": (20, 23),
    "/trelleborg/konferensen/": (15, 18),
    "/konferenser/{conference}/program/": (6, 10),
    "/konferenser/{conference}/program/?view=grid": (6, 10),
    "/konferenser/{conference}/program/?by=track": (6, 10),
    "/konferenser/{conference}/program/{session}/": (11, 15),
    "/konferenser/{conference}/medverkande/{speaker}/": (7, 10),
    "/konferenser/{conference}/andringar/": (5, 8),
    "/konferenser/{conference}/mitt-program/": (6, 10),
    "/konferenser/{conference}/inbaddat/": (6, 9),
    "/konferenser/{conference}/schema.json": (4, 7),
    "/konferenser/{conference}/program.ics": (4, 7),
    "/api/v1/konferenser/": (2, 5),
    "/api/v1/konferenser/{conference}/": (5, 8),
}
MEMBER_COUNTS = {"/mina-sidor/": 14}
COORDINATOR_COUNTS = {
    "/arbetsyta/": 19,
    "/arbetsyta/tillfallen/": 8,
    "/arbetsyta/tillfallen/{event}/": 19,
    "/arbetsyta/tillfallen/{event}/inbjudningar/": 8,
    "/arbetsyta/konferenser/": 7,
    "/arbetsyta/konferenser/{conference}/": 15,
    "/arbetsyta/konferenser/{conference}/?view=grid": 15,
    "/arbetsyta/konferenser/{conference}/rum/": 9,
    "/arbetsyta/konferenser/{conference}/slapp/": 33,
    "/arbetsyta/konferenser/{conference}/anmalan/": 8,
    "/arbetsyta/konferenser/{conference}/program/{session}/material/": 12,
    "/arbetsyta/konferenser/{conference}/program/{session}/": 17,
    "/arbetsyta/konferenser/{conference}/program/{session}/flytta/": 14,
    "/arbetsyta/konferenser/{conference}/medverkande/": 9,
}
# Of an event with somebody in each of its lists.
PARTICIPANTS_COUNTS = {"": 23, "?q=öberg": 24, "?list=waiting": 14, "?list=confirmed&print=1": 10}


def _add(cast, project: Collaboration, number: int) -> None:
    shared = {"owner": cast.here, "visibility": Visibility.PUBLIC, "title": f"Kanariefågel {number}"}
    for factory in (CoursePageFactory, MethodPageFactory, LessonPageFactory, ConferencePageFactory):
        factory(**shared, collaboration=project)
    # Related to the pages that are counted.
    LessonPageFactory(owner=cast.here, visibility=Visibility.PUBLIC, title=f"Kursen och lärdomen {number}")
    CollaborationPageFactory(**shared)
    sign_up(
        TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC, title=f"Kanariefågel {number}"),
        cast.staff_here,
    )


@pytest.fixture(params=[1, 30])
def portal_with(request, cast):
    """One item of everything, or thirty."""
    page = CollaborationPageFactory(owner=cast.here, visibility=Visibility.PUBLIC, title="Projektet")
    shared = {"owner": cast.here, "visibility": Visibility.PUBLIC}
    course = CoursePageFactory(**shared, title="Kursen", collaboration=page.collaboration)
    LessonPageFactory(**shared, title="Lärdomen", collaboration=page.collaboration)
    event = TrainingEventFactory(
        municipality=cast.here, visibility=Visibility.PUBLIC, title="Kursen", course=course.page_ptr, capacity=100
    )
    conference = conference_of(ConferencePageFactory(**shared, title="Konferensen"))
    speaker = add_speaker(conference)
    rooms, track = [add_room(conference, f"Sal {number}") for number in range(request.param)], add_track(conference)
    for number, room in enumerate(rooms):
        people = (speaker, add_speaker(conference, f"Nummer {number}")) if number == 0 else ()
        add_session(conference, f"Punkt {number}", room=room, track=track, pages=(course,), speakers=people)
    release(conference)
    for number in range(request.param):
        _add(cast, page.collaboration, number)
        sign_up(event)
        invitation_links.make(event_id=event.pk, label=f"Nummer {number}", actor=cast.coordinator_here)
    assert HomePage.objects.count() == 1
    assert MunicipalityPage.objects.count() == 2
    return event


def _filled(path: str, event) -> str:
    session = Session.objects.order_by("pk").first()
    speaker = session.parts.first().speaker
    return path.format(
        event=event.public_id,
        month=event.first_starts_at,
        conference=session.conference.public_id,
        session=session.public_id,
        speaker=speaker.public_id,
    )


def _count(client, path: str, django_assert_max_num_queries) -> int:
    client.get(path)
    with django_assert_max_num_queries(200) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


def test_pages_cost_the_same_with_one_item_and_with_thirty(portal_with, client_of, django_assert_max_num_queries):
    anonymous, member, coordinator = (client_of(actor) for actor in ("anonymous", "staff_here", "coordinator_here"))

    def count(client, path: str) -> int:
        return _count(client, _filled(path, portal_with), django_assert_max_num_queries)

    assert {path: (count(anonymous, path), count(member, path)) for path in COUNTS} == COUNTS
    assert {path: count(member, path) for path in MEMBER_COUNTS} == MEMBER_COUNTS
    assert {path: count(coordinator, path) for path in COORDINATOR_COUNTS} == COORDINATOR_COUNTS


# The same pages as people meet them, parts of them kept in the cache: for somebody whose pages are not kept whole, and
# for a member.
KEPT_COUNTS = {
    "/": (0, 6),
    "/kurser/": (0, 3),
    "/metoder/": (0, 3),
    "/lardomar/": (0, 3),
    "/konferenser/": (0, 3),
    "/tillfallen/": (0, 3),
    "/tillfallen/?view=month&month={month:%Y-%m}": (2, 5),
    "/tillfallen/{event}/": (3, 9),
    "/sok/?q=kanariefågel": (0, 3),
    "/trelleborg/": (2, 5),
    "/trelleborg/projektet/": (3, 6),
    "/trelleborg/kursen/": (2, 8),
    "/trelleborg/lardomen/": (2, 5),
    "/trelleborg/konferensen/": (2, 5),
    "/konferenser/{conference}/program/": (4, 8),
    "/konferenser/{conference}/program/?view=grid": (4, 8),
    "/konferenser/{conference}/program/?by=track": (4, 8),
    "/konferenser/{conference}/program/{session}/": (9, 13),
    "/konferenser/{conference}/medverkande/{speaker}/": (5, 8),
    "/konferenser/{conference}/andringar/": (3, 6),
    "/konferenser/{conference}/mitt-program/": (4, 8),
    "/konferenser/{conference}/inbaddat/": (4, 7),
    "/konferenser/{conference}/schema.json": (4, 7),
    "/konferenser/{conference}/program.ics": (4, 7),
    "/api/v1/konferenser/": (2, 5),
    "/api/v1/konferenser/{conference}/": (5, 8),
}


def test_pages_cost_the_same_with_one_item_and_with_thirty_where_parts_are_kept(
    in_committed_database, portal_with, client_of, django_assert_max_num_queries
):
    known, member = client_of("anonymous"), client_of("staff_here")
    known.cookies["reading"] = "text"

    counted = {}
    for path in KEPT_COUNTS:
        for client in (known, member):
            client.get(_filled(path, portal_with))
        counted[path] = tuple(
            _count(client, _filled(path, portal_with), django_assert_max_num_queries) for client in (known, member)
        )

    assert counted == KEPT_COUNTS


@pytest.mark.parametrize("number", [1, 30])
def test_the_lists_of_participants_cost_the_same_with_one_in_each_and_with_thirty(
    cast, client_of, django_assert_max_num_queries, number
):
    event = TrainingEventFactory(municipality=cast.here, capacity=200)
    for state in ("confirmed", "awaiting", "offered", "waiting", "cancelled"):
        for _number in range(number):
            entry = sign_up(event)
            SignUp.objects.filter(pk=entry.pk).update(
                state=state, answer_by=entry.created_at, queued_at=entry.created_at
            )
    client, path = client_of("coordinator_here"), f"/arbetsyta/tillfallen/{event.public_id}/"

    counted = {query: _count(client, path + query, django_assert_max_num_queries) for query in PARTICIPANTS_COUNTS}

    assert counted == PARTICIPANTS_COUNTS
