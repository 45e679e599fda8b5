"""Which rows each actor gets for each thing they may do: the access module's scopes, row by row.

Everything exists here, there and in a third municipality, so that a scope that is too wide has something to give.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.utils import timezone
from wagtail.models import Page

from cms.models import HomePage, PortalDocument, PortalImage, SharedPage, StandardPage
from cms.permissions import may_take, pages_one_may_change, pages_one_may_choose
from portal.conferences.models import Conference, Session, SessionPlace, Speaker
from portal.conferences.services import conferences
from portal.conferences.services import places as session_places
from portal.events.enums import EventState
from portal.events.models import (
    CalendarFeed,
    CoOrganiser,
    EventOccasion,
    Interest,
    InvitationLink,
    SignUp,
    Team,
    TrainingEvent,
)
from portal.events.permissions import (
    is_open_to,
    may_manage,
    may_own,
    municipalities_it_is_open_to,
    municipalities_to_sign_up_for,
)
from portal.events.services import calendar_feeds, invitation_links, sign_ups, training_events
from portal.knowledge.models import Adoption, CoEditing, Handover
from portal.municipalities import permissions
from portal.municipalities.enums import AuditAct, Role, Visibility
from portal.municipalities.models import AuditEntry, Collaboration, Deputy, Invitation, Membership, Municipality, Unit
from portal.municipalities.permissions import (
    allowed,
    audience_of,
    forget_viewer,
    imagined_member,
    viewer_for,
    visible,
)
from portal.municipalities.services import audit, invitations
from search.models import AskedSearch, MissingContent, SavedSearch, Synonym
from tests.factories.cms import ConferencePageFactory, CoursePageFactory
from tests.factories.conferences import add_session, add_speaker, conference_of, release
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory, PersonFactory

TODAY = timezone.localdate()
COORDINATOR_HERE, COORDINATOR_THERE, PORTAL_ADMIN = "coordinator_here", "coordinator_there", "portal_admin"
STAFF_HERE = ("staff_here", "manager", "municipality_admin", "door_helper", "course_editor")


@dataclass
class World:
    actors: dict
    names: dict[tuple[type, int], str] = field(default_factory=dict)

    def call(self, name: str, thing):
        self.names[type(thing), thing.pk] = name
        return thing

    def named(self, model: type, rows) -> set[str]:
        """The names of `rows`; what has none (the cast's own memberships) is left out."""
        wanted = {(kind, pk): name for (kind, pk), name in self.names.items() if issubclass(kind, model)}
        pks = {pk: name for (_kind, pk), name in wanted.items()}
        return {pks[row.pk] for row in rows if row.pk in pks}


@pytest.fixture
def world(cast) -> World:
    third = MunicipalityFactory(name="Vellinge kommun", short_name="Vellinge", slug="vellinge")
    coordinator_third = PersonFactory(member_of=third, roles=[Role.COORDINATOR])
    door_helper = PersonFactory(member_of=cast.here, roles=[Role.DOOR_HELPER])
    course_editor = PersonFactory(member_of=cast.here, roles=[Role.COURSE_EDITOR])
    actors = {**cast.actors(), "door_helper": door_helper, "course_editor": course_editor}
    world = World({**actors, "coordinator_third": coordinator_third})
    places = {"here": cast.here, "there": cast.there, "third": third}
    coordinators = {"here": cast.coordinator_here, "there": cast.coordinator_there, "third": coordinator_third}
    following = {"here": "there", "there": "third", "third": "here"}
    for name, place in places.items():
        world.call(name, place)
        person = PersonFactory(member_of=place)
        event = world.call(f"event {name}", TrainingEventFactory(municipality=place))
        draft = world.call(f"draft {name}", TrainingEventFactory(municipality=place, published=False))
        world.call(f"date {name}", event.occasions.get())
        world.call(f"draft date {name}", draft.occasions.get())
        world.call(f"seat {name}", sign_up(event, person, municipality=place))
        sign_up(event, municipality=place)
        world.call(f"waiting {name}", sign_up(event, municipality=place))
        world.call(f"member {name}", Membership.objects.get(person=person))
        world.call(f"project {name}", CollaborationFactory(lead=place))
        world.call(f"course {name}", CoursePageFactory(owner=place, title=f"course {name}"))
        world.call(f"unpublished {name}", CoursePageFactory(owner=place, title=f"unpublished {name}", live=False))
        invitation = invitations.invite(
            email=f"ny@{place.slug}.example", municipality=place, roles=[], invited_by=coordinators[name]
        )
        world.call(f"invitation {name}", invitation)
        entry = audit.record(
            act=AuditAct.PARTICIPANTS_EXPORTED, municipality=place, actor=coordinators[name], subject=name
        )
        world.call(f"entry {name}", entry)
    for name, place in places.items():
        other = following[name]
        course = SharedPage.objects.get(title=f"course {name}")
        world.call(
            f"{other} uses {name}",
            Adoption.objects.create(
                municipality=places[other], source=course, source_municipality=place, source_title=course.title
            ),
        )
        world.call(
            f"{other} writes with {name}",
            CoEditing.objects.create(page=course, owner=place, municipality=places[other], until=TODAY),
        )
        world.call(
            f"{name} gives {other}", Handover.objects.create(from_municipality=place, to_municipality=places[other])
        )
    return world


def together(world: World, owner: str, other: str, *, ended: str = "") -> TrainingEvent:
    """An event of `owner` that `other` arranges with it, until today or until it was `ended` in one of two ways."""
    names = {name: pk for (kind, pk), name in world.names.items() if kind is Municipality}
    title = f"{owner} with {other}" + (f" {ended}" if ended else "")
    event = world.call(title, TrainingEventFactory(municipality_id=names[owner], title=title))
    row = CoOrganiser.objects.create(
        event=event,
        municipality_id=names[other],
        until=TODAY - timedelta(days=1) if ended == "long ago" else TODAY,
        revoked_at=timezone.now() if ended == "revoked" else None,
    )
    world.call(f"row of {title}", row)
    world.call(f"date of {title}", event.occasions.get())
    world.call(f"seat of {title}", sign_up(event, municipality=event.municipality))
    return event


def given(world: World, action: str, model: type) -> dict[str, set[str]]:
    """What each actor gets; those who get nothing are left out."""
    found = {name: world.named(model, allowed(actor, action, model)) for name, actor in world.actors.items()}
    return {name: rows for name, rows in found.items() if rows}


def all_three(what: str) -> set[str]:
    return {what.format(place) for place in ("here", "there", "third")}


def test_events_are_seen_by_readers_and_arranged_by_their_coordinators(world, cast):
    together(world, "there", "here")
    together(world, "there", "here", ended="revoked")
    together(world, "there", "here", ended="long ago")
    world.call("open", TrainingEventFactory(municipality=cast.there, visibility=Visibility.PUBLIC))
    there = {"event there", "there with here", "there with here revoked", "there with here long ago", "open"}
    everything = all_three("event {}") | all_three("draft {}") | there
    own_here, own_there, own_third = (
        {"event here", "draft here"},
        there | {"draft there"},
        {"event third", "draft third"},
    )

    assert given(world, "see", TrainingEvent) == {
        "anonymous": {"open"},
        "outsider": {"open"},
        **{name: {"event here", "open"} for name in STAFF_HERE},
        "staff_there": there,
        COORDINATOR_HERE: own_here | {"there with here", "open"},
        COORDINATOR_THERE: own_there,
        "coordinator_third": own_third | {"open"},
        PORTAL_ADMIN: everything,
    }
    own = {
        COORDINATOR_HERE: own_here,
        COORDINATOR_THERE: own_there,
        "coordinator_third": own_third,
        PORTAL_ADMIN: everything,
    }
    managed = own | {COORDINATOR_HERE: own_here | {"there with here"}}
    assert given(world, "own", TrainingEvent) == own
    assert given(world, "manage", TrainingEvent) == managed
    assert given(world, "record attendance", TrainingEvent) == {
        "door_helper": {"event here"},
        **{name: {row for row in rows if "draft" not in row} for name, rows in managed.items()},
    }
    for name, actor in world.actors.items():
        rows = TrainingEvent.objects.all()
        assert world.named(TrainingEvent, [e for e in rows if may_own(actor, e)]) == own.get(name, set())
        assert world.named(TrainingEvent, [e for e in rows if may_manage(actor, e)]) == managed.get(name, set())


def test_whoever_is_signed_up_sees_the_event_though_it_is_shared_no_more(world, cast):
    """One event of here for each state that a sign-up of somebody there may be in; then here keeps them to itself."""
    there = cast.staff_there
    shared = {"municipality": cast.here, "visibility": Visibility.SELECTED, "shared_with": [cast.there]}
    cases = {
        "seat": {},
        "waits": {"capacity": 1},
        "asked": {"approval": "approve"},
        "cancelled seat": {},
        "called off": {},
        "draft again": {},
        "not signed up": {},
    }
    events = {}
    for case, fields in cases.items():
        event = events[case] = world.call(case, TrainingEventFactory(**shared, **fields))
        if case == "waits":
            sign_up(event)
        if case != "not signed up":
            entry = sign_up(event, there, municipality=cast.there)
        if case == "cancelled seat":
            sign_ups.cancel(sign_up_id=entry.pk, actor=there)
        training_events.withdraw_sharing(event_id=event.pk, actor=cast.coordinator_here)
    training_events.cancel(event_id=events["called off"].pk, actor=cast.coordinator_here, reason="Vattenläcka.")
    TrainingEvent.objects.filter(pk=events["draft again"].pk).update(state=EventState.DRAFT)

    seen = given(world, "see", TrainingEvent)

    mine = set(cases)
    assert {name: rows & mine for name, rows in seen.items() if rows & mine} == {
        **{name: mine - {"draft again"} for name in STAFF_HERE},
        "staff_there": {"seat", "waits", "asked", "called off"},
        COORDINATOR_HERE: mine,
        PORTAL_ADMIN: mine,
    }
    for reader in (imagined_member(cast.there), imagined_member(None)):
        assert not visible(reader, TrainingEvent).filter(pk__in=[event.pk for event in events.values()]).exists()


def test_links_are_kept_by_those_who_arrange_the_event(world, cast):
    together(world, "there", "here")
    together(world, "there", "here", ended="revoked")
    for event in TrainingEvent.objects.all():
        name = world.names.get((TrainingEvent, event.pk))
        link = invitation_links.make(event_id=event.pk, label=str(name), actor=cast.coordinator_there)
        world.call(f"link of {name}", link)

    kept = {
        COORDINATOR_HERE: {"event here", "draft here", "there with here"},
        COORDINATOR_THERE: {"event there", "draft there", "there with here", "there with here revoked"},
        "coordinator_third": {"event third", "draft third"},
    }
    kept[PORTAL_ADMIN] = set().union(*kept.values())
    assert given(world, "manage", InvitationLink) == {
        name: {f"link of {event}" for event in events} for name, events in kept.items()
    }


def test_dates_seats_and_co_organisers_follow_their_events(world):
    together(world, "there", "here")
    seats_there = {"seat there", "seat of there with here"}
    at_the_door = {
        "door_helper": {"seat here"},
        COORDINATOR_HERE: {"seat here", "seat of there with here"},
        COORDINATOR_THERE: seats_there,
        "coordinator_third": {"seat third"},
        PORTAL_ADMIN: all_three("seat {}") | seats_there,
    }

    assert given(world, "record attendance", EventOccasion) == {
        name: {row.replace("seat", "date") for row in rows} for name, rows in at_the_door.items()
    }
    assert given(world, "record attendance", SignUp) == at_the_door
    # Whoever comes without a seat is told so at the same doors.
    assert given(world, "check in", SignUp) == {
        name: rows | {row.replace("seat", "waiting") for row in rows & all_three("seat {}")}
        for name, rows in at_the_door.items()
    }
    assert given(world, "manage", SignUp) == {
        COORDINATOR_HERE: at_the_door[COORDINATOR_HERE] | {"waiting here"},
        COORDINATOR_THERE: seats_there | {"waiting there"},
        "coordinator_third": {"seat third", "waiting third"},
        PORTAL_ADMIN: at_the_door[PORTAL_ADMIN] | all_three("waiting {}"),
    }
    assert given(world, "manage", CoOrganiser) == {
        COORDINATOR_THERE: {"row of there with here"},
        PORTAL_ADMIN: {"row of there with here"},
    }


@pytest.mark.parametrize("action", ["see", "answer", "tell needs"])
def test_a_sign_up_is_the_persons_own(world, action):
    entry = SignUp.objects.get(pk=next(pk for (_k, pk), name in world.names.items() if name == "seat here"))

    own = {name: allowed(actor, action, SignUp).count() for name, actor in world.actors.items()}

    assert set(own.values()) == {0}
    assert list(allowed(entry.person, action, SignUp)) == [entry]


@pytest.mark.parametrize(
    ("model", "action", "row"),
    [
        (Membership, "see", "member {}"),
        (Membership, "manage", "member {}"),
        (Invitation, "see", "invitation {}"),
        (Invitation, "manage", "invitation {}"),
        (AuditEntry, "see", "entry {}"),
        (Municipality, "administer", "{}"),
    ],
)
def test_an_administrator_keeps_the_own_municipalitys_people_and_log(world, model, action, row):
    assert given(world, action, model) == {
        "municipality_admin": {row.format("here")},
        PORTAL_ADMIN: all_three(row),
    }


@pytest.mark.parametrize(
    ("model", "action", "rows"),
    [
        (Collaboration, "see", ["project {}"]),
        (Collaboration, "manage", ["project {}"]),
        (Municipality, "write for", ["{}"]),
        (SharedPage, "keep", ["course {}", "unpublished {}"]),
    ],
)
def test_a_coordinator_keeps_the_own_municipalitys_pages_and_projects(world, model, action, rows):
    assert given(world, action, model) == {
        **{f"coordinator_{place}": {row.format(place) for row in rows} for place in ("here", "there", "third")},
        PORTAL_ADMIN: set().union(*(all_three(row) for row in rows)),
    }


def test_nobody_keeps_a_section_or_the_portals_own_pages(world):
    kept = {name: set(allowed(actor, "keep", SharedPage)) for name, actor in world.actors.items()}

    assert {type(page.specific).__name__ for pages in kept.values() for page in pages} == {"CoursePage"}


def test_a_person_sees_their_own_memberships(world):
    own = {name: allowed(actor, "see own", Membership).count() for name, actor in world.actors.items()}

    assert {name for name, count in own.items() if not count} == {"anonymous", "outsider", PORTAL_ADMIN}
    assert set(own.values()) == {0, 1}


@pytest.mark.parametrize("action", ["see", "manage"])
def test_only_the_portal_administrator_has_all_municipalities(world, action):
    assert given(world, action, Municipality) == {PORTAL_ADMIN: all_three("{}")}


def test_what_is_between_two_municipalities_is_for_the_side_it_is_for(world):
    def of(here, there, third):
        return {COORDINATOR_HERE: here, COORDINATOR_THERE: there, "coordinator_third": third}

    uses = {"there uses here", "third uses there", "here uses third"}
    writes = {row.replace("uses", "writes with") for row in uses}
    gives = {"here gives there", "there gives third", "third gives here"}

    assert given(world, "manage", Adoption) == {
        **of({"here uses third"}, {"there uses here"}, {"third uses there"}),
        PORTAL_ADMIN: uses,
    }
    assert given(world, "manage", CoEditing) == {
        **of({"there writes with here"}, {"third writes with there"}, {"here writes with third"}),
        PORTAL_ADMIN: writes,
    }
    assert given(world, "see", CoEditing) == {
        **of(*({row for row in writes if place in row.split()} for place in ("here", "there", "third"))),
        PORTAL_ADMIN: writes,
    }
    assert given(world, "see", Handover) == {
        **of(*({row for row in gives if place in row.split()} for place in ("here", "there", "third"))),
        PORTAL_ADMIN: gives,
    }
    assert given(world, "withdraw", Handover) == {
        **of({"here gives there"}, {"there gives third"}, {"third gives here"}),
        PORTAL_ADMIN: gives,
    }
    assert given(world, "answer", Handover) == {
        **of({"third gives here"}, {"here gives there"}, {"there gives third"}),
        PORTAL_ADMIN: gives,
    }


def test_pages_are_read_by_their_readers(world):
    expected = {
        **{name: {"course here"} for name in (*STAFF_HERE, COORDINATOR_HERE)},
        **{name: {"course there"} for name in ("staff_there", COORDINATOR_THERE)},
        "coordinator_third": {"course third"},
        PORTAL_ADMIN: all_three("course {}"),
    }

    assert given(world, "see", SharedPage) == expected
    assert given(world, "see", Page) == expected
    assert given(world, "link from event", Page) == expected
    assert given(world, "link from session", Page) == expected


def test_a_session_can_be_about_what_a_project_partner_shares_and_not_about_all_of_the_portal(world, cast):
    far = MunicipalityFactory()
    CollaborationFactory(lead=cast.there, partners=[cast.here])
    for name, owner in (("near", cast.there), ("far", far)):
        world.call(name, CoursePageFactory(owner=owner, visibility=Visibility.PUBLIC, title=name))
    for actor in world.actors.values():
        forget_viewer(actor)

    linkable = given(world, "link from session", Page)

    assert linkable[COORDINATOR_HERE] == {"course here", "near"}
    assert linkable[COORDINATOR_THERE] == {"course there", "near"}
    assert linkable["coordinator_third"] == {"course third"}
    assert linkable[PORTAL_ADMIN] == all_three("course {}") | {"near", "far"}


def test_programmes_are_planned_by_coordinators_and_read_by_the_readers_of_the_page(world, cast):
    places = {"here": cast.here, "there": cast.there}
    for name, place in places.items():
        conference = conference_of(ConferencePageFactory(owner=place))
        world.call(f"conference {name}", conference)
        world.call(f"speaker {name}", add_speaker(conference))
        world.call(f"session {name}", add_session(conference))
        world.call(f"draft {name}", conference_of(ConferencePageFactory(owner=place, live=False)))
    shared = ConferencePageFactory(owner=cast.here, visibility=Visibility.SELECTED, shared_with=[cast.there])
    world.call("shared", conference_of(shared))
    world.call("open", conference_of(ConferencePageFactory(owner=cast.there, visibility=Visibility.PUBLIC)))

    here, there = {"conference here", "draft here", "shared"}, {"conference there", "draft there", "open"}
    assert given(world, "manage", Conference) == {
        COORDINATOR_HERE: here,
        COORDINATOR_THERE: there,
        PORTAL_ADMIN: here | there,
    }
    for model, what in ((Session, "session"), (Speaker, "speaker")):
        assert given(world, "manage", model) == {
            COORDINATOR_HERE: {f"{what} here"},
            COORDINATOR_THERE: {f"{what} there"},
            PORTAL_ADMIN: {f"{what} here", f"{what} there"},
        }
    assert given(world, "see", Conference) == {
        **{name: {"open"} for name in ("anonymous", "outsider", "coordinator_third")},
        **{name: {"conference here", "shared", "open"} for name in (*STAFF_HERE, COORDINATOR_HERE)},
        **{name: {"conference there", "shared", "open"} for name in ("staff_there", COORDINATOR_THERE)},
        PORTAL_ADMIN: {"conference here", "conference there", "shared", "open"},
    }


def test_sessions_are_read_with_the_page_and_their_doors_are_the_events(world, cast):
    for name, place in {"here": cast.here, "there": cast.there}.items():
        conference = conference_of(ConferencePageFactory(owner=place))
        event = TrainingEvent.objects.get(
            pk=next(pk for (_k, pk), row in world.names.items() if row == f"event {name}")
        )
        conferences.open_registration(conference=conference, event=event)
        world.call(f"conference {name}", conference)
        world.call(f"session {name}", add_session(conference, places=1))
    world.call("without sign-up", conference_of(ConferencePageFactory(owner=cast.here)))
    session = Session.objects.get(conference__municipality=cast.here)
    entry = SignUp.objects.get(pk=next(pk for (_k, pk), row in world.names.items() if row == "seat here"))
    release(session.conference)
    place = session_places.book(session_id=session.pk, sign_up_id=entry.pk)

    assert given(world, "see", Session) == {
        **{name: {"session here"} for name in (*STAFF_HERE, COORDINATOR_HERE)},
        **{name: {"session there"} for name in ("staff_there", COORDINATOR_THERE)},
        PORTAL_ADMIN: {"session here", "session there"},
    }
    for model, what in ((Conference, "conference"), (Session, "session")):
        assert given(world, "record attendance", model) == {
            "door_helper": {f"{what} here"},
            COORDINATOR_HERE: {f"{what} here"},
            COORDINATOR_THERE: {f"{what} there"},
            PORTAL_ADMIN: {f"{what} here", f"{what} there"},
        }
    assert {name for name, actor in world.actors.items() if visible(actor, SessionPlace).exists()} == set()
    assert list(visible(entry.person, SessionPlace)) == [place]


def test_what_belongs_to_searching_is_for_those_whom_it_is_told(world, cast):
    coordinators = (COORDINATOR_HERE, COORDINATOR_THERE, "coordinator_third", PORTAL_ADMIN)
    for municipality in (*Municipality.objects.filter(slug__in=["trelleborg", "skurup", "vellinge"]), None):
        missing = MissingContent.objects.create(text="kanariefågel", municipality=municipality)
        world.call(f"missing {world.names[Municipality, municipality.pk] if municipality else 'everywhere'}", missing)
    world.call("asked", AskedSearch.objects.create(uid=uuid4(), day=TODAY, text="x", hits=0, milliseconds=1))
    world.call("synonym", Synonym.objects.create(words="a", also="b"))
    world.call("own", SavedSearch.objects.create(person=cast.staff_here, address="q=x"))

    assert given(world, "manage", MissingContent) == {
        COORDINATOR_HERE: {"missing here", "missing everywhere"},
        COORDINATOR_THERE: {"missing there", "missing everywhere"},
        "coordinator_third": {"missing third", "missing everywhere"},
        PORTAL_ADMIN: {*all_three("missing {}"), "missing everywhere"},
    }
    assert given(world, "see", AskedSearch) == {name: {"asked"} for name in coordinators}
    assert given(world, "manage", Synonym) == {PORTAL_ADMIN: {"synonym"}}
    assert given(world, "manage", SavedSearch) == {"staff_here": {"own"}}


def test_every_scope_stands_in_one_of_these_tables():
    assert set(permissions._scopes) == {
        *((TrainingEvent, action) for action in ("see", "manage", "own", "record attendance")),
        *(
            (SignUp, action)
            for action in ("see", "answer", "manage", "record attendance", "decide", "lead", "check in")
        ),
        (SignUp, "tell needs"),
        *((model, action) for model in (Membership, Invitation, Collaboration) for action in ("see", "manage")),
        *((Municipality, action) for action in ("see", "manage", "administer", "write for")),
        *((SharedPage, action) for action in ("see", "keep")),
        *((Page, action) for action in ("see", "link from event", "link from session")),
        *((Conference, action) for action in ("see", "manage", "record attendance")),
        *((Session, action) for action in ("see", "manage", "record attendance")),
        (SessionPlace, "see"),
        (PortalDocument, "link from session"),
        (PortalImage, "show with speaker"),
        (Speaker, "manage"),
        *((CoEditing, action) for action in ("see", "manage")),
        *((Handover, action) for action in ("see", "withdraw", "answer")),
        (EventOccasion, "record attendance"),
        (CoOrganiser, "manage"),
        (InvitationLink, "manage"),
        (CalendarFeed, "see"),
        (Membership, "see own"),
        (Membership, "reset second factor"),
        (Membership, "lead"),
        (Unit, "lead"),
        (Unit, "choose deputies for"),
        (Deputy, "manage"),
        (Team, "manage"),
        (Interest, "manage"),
        (AuditEntry, "see"),
        (Adoption, "manage"),
        *((model, "manage") for model in (MissingContent, SavedSearch, Synonym)),
        (AskedSearch, "see"),
    }


# --- What stands beside the scopes --------------------------------------------------------------------------------


def test_a_role_without_membership_lets_nobody_read(cast):
    person = PersonFactory()
    person.groups.add(Group.objects.get(role_group__municipality=cast.here, role_group__role=Role.COORDINATOR))
    forget_viewer(person)

    viewer = viewer_for(person)

    assert (viewer.is_member, viewer.municipality_ids, viewer.collaboration_ids) == (False, set(), set())


def test_what_belongs_to_nobody_has_nobody_as_its_audience_but_the_public(db):
    assert audience_of(HomePage.objects.first()) == {"public"}


def test_somebody_signs_up_for_the_municipalities_that_an_event_is_for(world, cast):
    third = Municipality.objects.get(slug="vellinge")
    led, partner = (
        CollaborationFactory(lead=cast.there, partners=[third]),
        CollaborationFactory(lead=third, partners=[cast.there]),
    )
    chosen = {
        "internal": {},
        "members": {"visibility": Visibility.MEMBERS},
        "selected": {"visibility": Visibility.SELECTED, "shared_with": [cast.there]},
        "led": {"visibility": Visibility.SELECTED, "shared_with_collaborations": [led]},
        "partner": {"visibility": Visibility.SELECTED, "shared_with_collaborations": [partner]},
        # What was chosen before it became internal again counts no more.
        "withdrawn": {"shared_with": [cast.there]},
    }
    outside = CollaborationFactory(lead=third, partners=[cast.here])
    chosen["without there"] = {"visibility": Visibility.SELECTED, "shared_with_collaborations": [outside]}

    for case, fields in chosen.items():
        event = TrainingEventFactory(municipality=cast.here, **fields)
        others = {pk for pk in (cast.there.pk, third.pk) if is_open_to(event, pk)}
        expected = {
            "internal": set(),
            "withdrawn": set(),
            "members": {cast.there.pk, third.pk},
            "selected": {cast.there.pk},
            "without there": {third.pk},
        }.get(case, {cast.there.pk, third.pk})
        assert (case, others) == (case, expected)
        assert {m.pk for m in municipalities_it_is_open_to(event)} == {cast.here.pk, *expected}
        assert is_open_to(event, cast.here.pk)

    open_to = {
        case: {
            place
            for place in ("here", "there")
            if municipalities_to_sign_up_for(
                world.actors[f"staff_{place}"], TrainingEventFactory(municipality=cast.here, **fields)
            )
            == [getattr(cast, place).pk]
        }
        for case, fields in chosen.items()
    }

    both = {"here", "there"}
    assert open_to == {
        **{"internal": {"here"}, "members": both, "selected": both, "led": both, "partner": both},
        **{"withdrawn": {"here"}, "without there": {"here"}},
    }


# --- The editor ---------------------------------------------------------------------------------------------------


def titles(pages) -> set[str]:
    return set(pages.values_list("title", flat=True))


@pytest.fixture
def pages(world, cast) -> World:
    """Of there: a page shared, and others below one that is being given a new title, one internal, one a draft."""
    shared = {"owner": cast.there, "visibility": Visibility.MEMBERS}
    CoursePageFactory(**shared, title="shared there")
    section = SharedPage.objects.get(title="shared there").get_parent()
    fields = {"summary": "Kort.", "visibility": Visibility.MEMBERS, "municipality": cast.there}
    renamed = section.add_child(instance=StandardPage(title="renamed there", **fields))
    renamed.add_child(instance=StandardPage(title="below renamed", **fields))
    closed = section.add_child(instance=StandardPage(title="closed there", **fields | {"visibility": "internal"}))
    closed.add_child(instance=StandardPage(title="below closed", **fields))
    draft = section.add_child(instance=StandardPage(title="draft there", **fields, live=False))
    draft.add_child(instance=StandardPage(title="below draft", **fields))
    renamed.title = "Secret new title"
    renamed.save_revision()
    return world


def test_an_editor_changes_the_own_section_and_what_is_written_together(pages, cast):
    changed = {name: titles(pages_one_may_change(actor)) for name, actor in pages.actors.items()}

    nothing = ("anonymous", "outsider", "staff_here", "staff_there", "manager", "municipality_admin", "door_helper")
    assert {name for name, found in changed.items() if not found} == set(nothing)
    own = {"course here", "unpublished here", "Trelleborgs kommun"}
    assert changed["course_editor"] == own
    # No role group of there has Wagtail's right on the page: the row alone, as a failed task would leave it.
    assert changed[COORDINATOR_HERE] == own
    assert changed[PORTAL_ADMIN] == titles(Page.objects.all())


def test_an_editor_links_to_what_they_may_change_or_read_unless_its_title_is_not_published(pages):
    choosable = {name: titles(pages_one_may_choose(actor)) for name, actor in pages.actors.items()}

    root, home = "Root", HomePage.objects.get().title
    readable_sections = titles(SharedPage.objects.readable_by(AnonymousUser()))
    assert {root, home} <= readable_sections | {root}
    everybody = readable_sections | {root}
    assert choosable["anonymous"] == everybody
    assert choosable[COORDINATOR_HERE] == everybody | {"course here", "unpublished here", "shared there"}
    assert choosable[COORDINATOR_THERE] == everybody | {
        *("course there", "unpublished there", "shared there", "renamed there", "below renamed"),
        *("closed there", "below closed", "draft there", "below draft"),
    }
    assert choosable[PORTAL_ADMIN] == titles(Page.objects.all())


def test_an_editor_takes_into_a_page_what_they_may_choose(pages, cast):
    by_title = {page.title: page.pk for page in Page.objects.all()}

    taken = {title for title, pk in by_title.items() if may_take(cast.coordinator_here, Page, pk)}

    assert taken == titles(pages_one_may_choose(cast.coordinator_here))
    assert may_take(cast.coordinator_here, SharedPage, by_title["course there"]) is False


def test_a_member_is_in_the_projects_that_their_municipality_leads_or_takes_part_in(world, cast):
    third = Municipality.objects.get(slug="vellinge")
    led, shared = CollaborationFactory(lead=cast.here), CollaborationFactory(lead=third, partners=[cast.here])
    CollaborationFactory(lead=third, partners=[cast.there])
    project_here = next(pk for (kind, pk), name in world.names.items() if name == "project here")

    assert viewer_for(cast.staff_here).collaboration_ids == {led.pk, shared.pk, project_here}
    assert viewer_for(cast.outsider).collaboration_ids == set()


def test_a_person_sees_their_own_calendars_address_only(world):
    feeds = {name: calendar_feeds.renew(actor) for name, actor in world.actors.items() if actor.is_authenticated}

    seen = {name: list(allowed(actor, "see", CalendarFeed)) for name, actor in world.actors.items()}

    assert seen == {"anonymous": [], **{name: [feed] for name, feed in feeds.items()}}


def test_a_unit_is_led_by_its_managers_and_today_by_their_deputies(world, cast):
    """With a request, a seat, a colleague and a deputy in two units here and one there."""
    managers = {"kitchen": cast.manager, "school": PersonFactory(member_of=cast.here, roles=[Role.MANAGER])}
    managers["depot"] = PersonFactory(member_of=cast.there, roles=[Role.MANAGER])
    world.actors |= {"manager_school": managers["school"], "manager_depot": managers["depot"]}
    places = {"kitchen": cast.here, "school": cast.here, "depot": cast.there}
    for name, place in places.items():
        unit = world.call(name, Unit.objects.create(municipality=place, name=name))
        Membership.objects.filter(person=managers[name]).update(unit=unit)
        person = PersonFactory(member_of=place, unit=unit)
        world.call(f"cook {name}", Membership.objects.get(person=person))
        asked = TrainingEventFactory(municipality=place, approval="approve")
        world.call(f"request {name}", sign_up(asked, person))
        world.call(f"seat {name}", sign_up(TrainingEventFactory(municipality=place), person))
        own = world.call(f"own request {name}", sign_up(asked, PersonFactory(member_of=place, unit=unit)))
        own.escalated_at = timezone.now()
        own.save()
        world.call(f"team {name}", Team.objects.create(event=asked, municipality=place, leader=managers[name]))
    kitchen = Unit.objects.get(name="kitchen")
    days = {"door_helper": (0, 0), "course_editor": (-3, -1), "municipality_admin": (1, 3), "outsider": (0, 0)}
    for name, (first, last) in days.items():
        deputy = Deputy.objects.create(
            unit=kitchen,
            person=world.actors[name],
            starts_on=TODAY + timedelta(days=first),
            ends_on=TODAY + timedelta(days=last),
        )
        world.call(f"deputy {name}", deputy)
    for actor in world.actors.values():
        forget_viewer(actor)

    led = {
        "manager": {"kitchen"},
        "door_helper": {"kitchen"},
        "manager_school": {"school"},
        "manager_depot": {"depot"},
    }
    assert given(world, "lead", Unit) == led
    own = {name: units for name, units in led.items() if name != "door_helper"}
    assert given(world, "choose deputies for", Unit) == own
    assert given(world, "lead", Membership) == {name: {f"cook {unit}" for unit in units} for name, units in led.items()}
    assert given(world, "manage", Deputy) == {"manager": {f"deputy {name}" for name in days}}
    assert given(world, "manage", Team) == {name: {f"team {unit}" for unit in units} for name, units in own.items()}
    assert given(world, "lead", SignUp) == {
        name: {f"{what} {unit}" for unit in units for what in ("request", "own request", "seat")}
        for name, units in led.items()
    }
    assert given(world, "decide", SignUp) == {
        **{
            name: {f"{what} {unit}" for unit in units for what in ("request", "own request")}
            for name, units in led.items()
        },
        COORDINATOR_HERE: {"own request kitchen", "own request school"},
        COORDINATOR_THERE: {"own request depot"},
    }


def test_a_place_in_a_courses_queue_is_the_persons_own(world):
    course = SharedPage.objects.get(title="course here")
    people = {name: actor for name, actor in world.actors.items() if actor.is_authenticated}
    for name, actor in people.items():
        municipality = Municipality.objects.first()
        world.call(f"of {name}", Interest.objects.create(course=course, person=actor, municipality=municipality))

    assert given(world, "manage", Interest) == {name: {f"of {name}"} for name in people}
