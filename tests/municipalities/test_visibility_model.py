"""Who reads what, asked of the product and of a second telling of the rule that shares no code with it.

The second telling is plain sets, written from the domain's sentences. Where the two differ, one of them is wrong.
"""

from dataclasses import dataclass

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.models import SharedPage
from portal.events.models import TrainingEvent
from portal.municipalities.enums import Role
from portal.municipalities.models import Collaboration
from portal.municipalities.permissions import (
    audience_of,
    imagined_member,
    listed_for,
    may_read,
    shared_with_members_of,
    tokens_of,
    visible_to,
)
from portal.municipalities.services.role_groups import group_of
from tests.factories.cms import SECTION_PAGE_FACTORIES
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory, PersonFactory

# --- The rule, told a second time -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Project:
    lead: int
    partners: frozenset[int]

    @property
    def members(self) -> frozenset[int]:
        return self.partners | {self.lead}


@dataclass(frozen=True)
class Person:
    """`roles` says for each municipality somebody belongs to what they are there beside staff."""

    roles: dict[int, frozenset[Role]]
    is_active: bool = True
    is_portal_administrator: bool = False

    @property
    def places(self) -> frozenset[int]:
        """Where they belong: an account that is switched off belongs nowhere. Roles open nothing more to read."""
        return frozenset(self.roles) if self.is_active else frozenset()


@dataclass(frozen=True)
class Item:
    """`owner` is None for what belongs to the portal, such as its front page."""

    owner: int | None
    visibility: str
    shared_with: frozenset[int]
    projects: frozenset[int]
    hidden_in: frozenset[int]

    def readers(self, everywhere: frozenset[int], projects: list[Project]) -> frozenset[int]:
        """The municipalities whose people read it."""
        chosen = self.shared_with.union(*(projects[number].members for number in self.projects))
        beside = {"internal": frozenset(), "selected": chosen, "members": everywhere, "public": everywhere}
        own = frozenset() if self.owner is None else frozenset({self.owner})
        return own | beside[self.visibility]

    def is_read_by(self, person: Person, everywhere: frozenset[int], projects: list[Project]) -> bool:
        sees_all = person.is_active and person.is_portal_administrator
        return sees_all or self.visibility == "public" or bool(person.places & self.readers(everywhere, projects))

    def is_hidden_from(self, person: Person) -> bool:
        """Out of one's lists when each of one's municipalities has hidden it; what one's own owns never is."""
        return bool(person.places) and person.places <= self.hidden_in and self.owner not in person.places


@dataclass(frozen=True)
class Case:
    projects: list[Project]
    people: list[Person]
    items: list[Item]


# --- Worlds -----------------------------------------------------------------------------------------------------

PLACES, PROJECTS, PEOPLE = 4, 3, 4
# One page of each kind, and two events.
KINDS = len(SECTION_PAGE_FACTORIES) + 2
EVERYWHERE = frozenset(range(PLACES))
NOBODY = Person(roles={}, is_active=False)


def some_of(numbers: range) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.sampled_from(numbers), max_size=len(numbers))


def cases() -> st.SearchStrategy[Case]:
    place = st.sampled_from(range(PLACES))
    roles = st.frozensets(st.sampled_from([role for role in Role if role != Role.STAFF]), max_size=2)
    person = st.builds(
        Person,
        roles=st.dictionaries(place, roles, max_size=3),
        is_active=st.sampled_from([True, True, True, False]),
        is_portal_administrator=st.sampled_from([False, False, False, True]),
    )

    def item(owner) -> st.SearchStrategy[Item]:
        return st.builds(
            Item,
            owner=owner,
            # Twice "selected": most of the rule is about it.
            visibility=st.sampled_from(["selected", "internal", "members", "public", "selected"]),
            shared_with=some_of(range(PLACES)),
            projects=some_of(range(PROJECTS)),
            hidden_in=some_of(range(PLACES)),
        )

    pages = [item(st.one_of(place, place, st.none())) for _kind in SECTION_PAGE_FACTORIES]
    events = [item(place) for _number in range(KINDS - len(pages))]
    return st.builds(
        Case,
        projects=st.lists(
            st.builds(Project, lead=place, partners=some_of(range(PLACES))), min_size=PROJECTS, max_size=PROJECTS
        ),
        people=st.lists(person, min_size=PEOPLE, max_size=PEOPLE),
        items=st.tuples(*pages, *events).map(list),
    )


class World:
    """Real objects, made once; a case only rewrites who belongs where and who is shared with what."""

    def __init__(self):
        self.places = [MunicipalityFactory() for _number in range(PLACES)]
        self.projects = [CollaborationFactory(lead=self.places[0]) for _number in range(PROJECTS)]
        self.people = [PersonFactory() for _number in range(PEOPLE)]
        self.groups = [{role: group_of(place, role) for role in Role} for place in self.places]
        pages = [factory(owner=self.places[0]) for factory in SECTION_PAGE_FACTORIES]
        events = [TrainingEventFactory(municipality=self.places[0]) for _number in range(KINDS - len(pages))]
        self.rows = [*((SharedPage, page.pk) for page in pages), *((TrainingEvent, event.pk) for event in events)]

    def write(self, case: Case) -> None:
        User = get_user_model()
        for row, project in zip(self.projects, case.projects, strict=True):
            Collaboration.objects.filter(pk=row.pk).update(lead=self.places[project.lead])
        links(Collaboration, "partners", self.projects, [p.partners for p in case.projects], self.places)
        held = []
        for row, person in zip(self.people, case.people, strict=True):
            User.objects.filter(pk=row.pk).update(
                is_active=person.is_active, is_superuser=person.is_portal_administrator
            )
            for place, roles in person.roles.items():
                held += [User.groups.through(user=row, group=self.groups[place][role]) for role in roles | {Role.STAFF}]
        User.groups.through.objects.bulk_create(held)
        for model in (SharedPage, TrainingEvent):
            items = [(pk, item) for (kind, pk), item in zip(self.rows, case.items, strict=True) if kind is model]
            for pk, item in items:
                owner = None if item.owner is None else self.places[item.owner]
                model.objects.filter(pk=pk).update(municipality=owner, visibility=item.visibility)
            rows = [model(pk=pk) for pk, _item in items]
            links(model, "shared_with", rows, [item.shared_with for _pk, item in items], self.places)
            links(model, "shared_with_collaborations", rows, [item.projects for _pk, item in items], self.projects)
            links(model, "hidden_in", rows, [item.hidden_in for _pk, item in items], self.places)

    def read_anew(self) -> tuple[list, list]:
        """People and items as the next request finds them."""
        people = get_user_model().objects.in_bulk([person.pk for person in self.people])
        pages = {page.pk: page for page in self.all_of(SharedPage).specific()}
        events = self.all_of(TrainingEvent).in_bulk()
        items = [pages[pk] if model is SharedPage else events[pk] for model, pk in self.rows]
        return [people[person.pk] for person in self.people], items

    def all_of(self, model):
        return model.objects.filter(pk__in=[pk for kind, pk in self.rows if kind is model])

    def numbers(self, found_in) -> set[int]:
        """Which items `found_in(rows)` gives, asked once for pages and once for events."""
        found = {
            (model, pk)
            for model in (SharedPage, TrainingEvent)
            for pk in found_in(self.all_of(model)).values_list("pk", flat=True)
        }
        return {number for number, row in enumerate(self.rows) if row in found}


def links(model, name: str, rows: list, chosen: list[frozenset[int]], targets: list) -> None:
    field = model._meta.get_field(name)
    through = field.remote_field.through
    through.objects.bulk_create(
        through(**{f"{field.m2m_field_name()}_id": row.pk, f"{field.m2m_reverse_field_name()}_id": targets[number].pk})
        for row, numbers in zip(rows, chosen, strict=True)
        for number in numbers
    )


@pytest.fixture
def world(db) -> World:
    return World()


# Each example writes into the same world and is rolled back, so one world for all of them is meant.
in_one_world = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(case=cases())
@in_one_world
def test_every_form_of_the_rule_gives_what_the_sentences_say(world, case):
    with transaction.atomic():
        world.write(case)
        users, items = world.read_anew()
        audiences = [audience_of(item) for item in items]
        for user, person in [*zip(users, case.people, strict=True), (AnonymousUser(), NOBODY)]:
            readable = {n for n, item in enumerate(case.items) if item.is_read_by(person, EVERYWHERE, case.projects)}
            tokens = tokens_of(user)

            assert {
                "may_read": {number for number, item in enumerate(items) if may_read(user, item)},
                "visible_to": world.numbers(lambda rows, user=user: visible_to(user, rows)),
                "tokens": {n for n, audience in enumerate(audiences) if tokens is None or tokens & audience},
            } == dict.fromkeys(("may_read", "visible_to", "tokens"), readable)
        transaction.set_rollback(True)


@given(case=cases())
@in_one_world
def test_hiding_takes_out_of_lists_only_what_all_of_ones_own_have_hidden(world, case):
    with transaction.atomic():
        world.write(case)
        users, _items = world.read_anew()
        for user, person in [*zip(users, case.people, strict=True), (AnonymousUser(), NOBODY)]:
            listed = {number for number, item in enumerate(case.items) if not item.is_hidden_from(person)}

            assert world.numbers(lambda rows, user=user: listed_for(user, rows)) == listed
        transaction.set_rollback(True)


@given(case=cases())
@in_one_world
def test_what_a_municipality_receives_is_what_its_plainest_member_reads_of_others(world, case):
    with transaction.atomic():
        world.write(case)
        _users, items = world.read_anew()
        for number, place in enumerate(world.places):
            member = Person(roles={number: frozenset()})
            readable = {n for n, item in enumerate(case.items) if item.is_read_by(member, EVERYWHERE, case.projects)}
            received = {n for n in readable if case.items[n].owner != number}

            assert {n for n, item in enumerate(items) if may_read(imagined_member(place), item)} == readable
            assert world.numbers(lambda rows, place=place: shared_with_members_of(place, rows)) == received
        transaction.set_rollback(True)
