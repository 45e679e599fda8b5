"""The rule of who may read what, in its three forms, for the whole cast and every kind of thing."""

import itertools

import pytest

from cms.models import SharedPage
from portal.events.models import TrainingEvent
from portal.municipalities.enums import Visibility
from portal.municipalities.permissions import audience_of, may_read, tokens_of, visible_to
from tests.factories.cms import SECTION_PAGE_FACTORIES, CoursePageFactory
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory, PersonFactory

EVERYBODY = {
    "anonymous",
    "staff_here",
    "staff_there",
    "manager",
    "coordinator_here",
    "coordinator_there",
    "municipality_admin",
    "portal_admin",
    "outsider",
}
HERE = {"staff_here", "manager", "coordinator_here", "municipality_admin", "portal_admin"}
THERE = {"staff_there", "coordinator_there"}
READERS = {
    "internal": HERE,
    "selected for a third": HERE,
    "selected for there": HERE | THERE,
    "selected for a collaboration with there": HERE | THERE,
    "members": HERE | THERE,
    "public": EVERYBODY,
}


def _sharing(case: str, cast) -> dict:
    if case == "selected for a third":
        return {"visibility": Visibility.SELECTED, "shared_with": [MunicipalityFactory()]}
    if case == "selected for there":
        return {"visibility": Visibility.SELECTED, "shared_with": [cast.there]}
    if case == "selected for a collaboration with there":
        collaboration = CollaborationFactory(lead=cast.here, partners=[cast.there])
        return {"visibility": Visibility.SELECTED, "shared_with_collaborations": [collaboration]}
    return {"visibility": case}


def _readers_by_each_form(cast, item, rows) -> dict[str, set[str]]:
    actors = cast.actors()
    audience = audience_of(item)
    tokens = {name: tokens_of(actor) for name, actor in actors.items()}
    return {
        "may_read": {name for name, actor in actors.items() if may_read(actor, item)},
        "visible_to": {name for name, actor in actors.items() if visible_to(actor, rows).filter(pk=item.pk).exists()},
        "tokens": {name for name, held in tokens.items() if held is None or held & audience},
    }


@pytest.mark.parametrize("case", READERS)
def test_the_three_forms_of_the_rule_agree_for_events(cast, case):
    event = TrainingEventFactory(municipality=cast.here, **_sharing(case, cast))

    readers = _readers_by_each_form(cast, event, TrainingEvent.objects.all())

    assert readers == dict.fromkeys(("may_read", "visible_to", "tokens"), READERS[case])


@pytest.mark.parametrize(("case", "factory"), list(itertools.product(READERS, SECTION_PAGE_FACTORIES)))
def test_the_three_forms_of_the_rule_agree_for_every_page_type(cast, case, factory):
    page = factory(owner=cast.here, **_sharing(case, cast))

    readers = _readers_by_each_form(cast, page, SharedPage.objects.all())

    assert readers == dict.fromkeys(("may_read", "visible_to", "tokens"), READERS[case])


@pytest.mark.parametrize(("case", "factory"), list(itertools.product(READERS, SECTION_PAGE_FACTORIES)))
def test_a_page_is_served_to_its_readers_and_does_not_exist_for_others(cast, client_of, case, factory):
    page = factory(owner=cast.here, title="Hemligt svinn", **_sharing(case, cast))

    answers = {name: client_of(name).get(page.get_url()) for name in cast.actors()}

    assert {name for name, answer in answers.items() if answer.status_code == 200} == READERS[case]
    for name in EVERYBODY - READERS[case]:
        assert answers[name].status_code == 404
        assert "Hemligt svinn" not in answers[name].content.decode()


@pytest.mark.parametrize("case", READERS)
def test_an_event_is_shown_to_its_audience_and_does_not_exist_for_others(cast, client_of, case):
    event = TrainingEventFactory(municipality=cast.here, title="Hemligt tillfälle", **_sharing(case, cast))

    answers = {name: client_of(name).get(event.get_absolute_url()) for name in cast.actors()}

    assert {name for name, answer in answers.items() if answer.status_code == 200} == READERS[case]
    for name in EVERYBODY - READERS[case]:
        assert answers[name].status_code == 404
        assert "Hemligt tillfälle" not in answers[name].content.decode()


def test_something_shared_twice_with_the_same_reader_is_listed_once(cast):
    both = [CollaborationFactory(lead=cast.here, partners=[cast.there]) for _number in range(2)]
    page = CoursePageFactory(
        owner=cast.here,
        visibility=Visibility.SELECTED,
        shared_with=[cast.there],
        shared_with_collaborations=both,
    )

    assert list(visible_to(cast.staff_there, SharedPage.objects.filter(pk=page.pk))) == [page.sharedpage_ptr]


def test_a_person_of_two_municipalities_reads_what_is_internal_in_both(cast):
    person = PersonFactory(member_of=cast.here)
    from portal.municipalities.services import memberships

    memberships.join(person=person, municipality=cast.there)
    pages = [CoursePageFactory(owner=owner) for owner in (cast.here, cast.there)]

    assert [may_read(person, page) for page in pages] == [True, True]


def test_a_deactivated_member_reads_only_what_is_public(cast):
    internal = CoursePageFactory(owner=cast.here)
    public = CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC)
    cast.staff_here.is_active = False
    cast.staff_here.save()

    assert [may_read(cast.staff_here, page) for page in (internal, public)] == [False, True]


@pytest.mark.parametrize("case", READERS)
def test_lists_and_search_show_a_course_to_its_readers_only(cast, client_of, case):
    CoursePageFactory(owner=cast.here, title="Kanariefågel", **_sharing(case, cast))

    for path in ("/kurser/", "/", "/trelleborg/", "/sok/?q=kanariefågel"):
        shown = {name for name in cast.actors() if "Kanariefågel" in client_of(name).get(path).content.decode()}
        assert shown == READERS[case], path


@pytest.mark.parametrize("case", READERS)
def test_lists_and_search_show_an_event_to_its_audience_only(cast, client_of, case):
    TrainingEventFactory(municipality=cast.here, title="Kanariefågel", **_sharing(case, cast))

    for path in ("/tillfallen/", "/", "/trelleborg/", "/sok/?q=kanariefågel"):
        shown = {name for name in cast.actors() if "Kanariefågel" in client_of(name).get(path).content.decode()}
        assert shown == READERS[case], path
