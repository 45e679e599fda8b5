"""Handing pages and events to a new owner, with files and history; and what is left to do when a project ends."""

import pytest
from django.utils import timezone

from cms.models import CoursePage, MunicipalityPage, PortalImage
from cms.services import handovers
from portal.core.services import ActionRefused
from portal.events.models import SignUpChange, TrainingEvent
from portal.knowledge.models import Handover
from portal.municipalities.enums import Visibility
from portal.municipalities.models import AuditEntry
from portal.notifications.models import OutboxMessage
from tests.factories.cms import CoursePageFactory, LessonPageFactory, MethodPageFactory, PictureFactory
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory

CANARY = "Kanariefågel"


@pytest.fixture
def page(cast) -> CoursePage:
    page = CoursePageFactory(
        owner=cast.here,
        title="Kursen",
        visibility=Visibility.PUBLIC,
        image=PictureFactory(owner=cast.here, title="Bara här"),
    )
    page.goals = "Andra versionen"
    page.save_revision(user=cast.coordinator_here).publish()
    return CoursePage.objects.get(pk=page.pk)


@pytest.fixture
def event(cast) -> TrainingEvent:
    event = TrainingEventFactory(municipality=cast.here, title="Tillfället")
    sign_up(event, cast.staff_here)
    return event


def offer(cast, *, pages=(), events=(), **fields) -> Handover:
    return handovers.offer(
        from_municipality=cast.here,
        to_municipality=cast.there,
        pages=list(pages),
        events=list(events),
        actor=cast.coordinator_here,
        **fields,
    )


def test_nothing_moves_before_the_new_owner_says_yes(cast, page, event):
    handover = offer(cast, pages=[page], events=[event], note="Våningen ovanför vet mer.")

    page.refresh_from_db()
    event.refresh_from_db()
    assert (page.municipality, event.municipality, handover.state) == (cast.here, cast.here, "offered")
    mail = OutboxMessage.objects.get(message="knowledge/handover")
    assert mail.to_email == cast.coordinator_there.email
    assert f"/arbetsyta/overlamna/{handover.public_id}/" in mail.text


def test_accepting_moves_text_versions_files_event_and_everybody_signed_up(cast, client_of, page, event):
    shared_picture = PictureFactory(owner=cast.here, title="På två sidor")
    MethodPageFactory(owner=cast.here, image=shared_picture)
    both = MethodPageFactory(owner=cast.here, image=shared_picture, title="Metoden")
    versions, changes = page.revisions.count(), SignUpChange.objects.count()
    handover = offer(cast, pages=[page, both], events=[event])

    answer = client_of("coordinator_there").post(f"/arbetsyta/overlamna/{handover.public_id}/", {"accept": "1"})

    assert answer.status_code == 302
    moved, event = CoursePage.objects.get(pk=page.pk), TrainingEvent.objects.get(pk=event.pk)
    there = MunicipalityPage.objects.get(municipality=cast.there)
    assert (moved.municipality, moved.get_parent().pk, event.municipality) == (cast.there, there.pk, cast.there)
    assert (moved.goals, moved.revisions.count(), moved.live) == ("Andra versionen", versions, True)
    assert (event.seats_taken, SignUpChange.objects.count()) == (1, changes)
    homes = {image.title: image.collection for image in PortalImage.objects.select_related("collection")}
    assert (homes["Bara här"], homes["På två sidor"] == there.collection) == (there.collection, False)
    logged = AuditEntry.objects.filter(act="handover_accepted").values_list("municipality", "detail")
    things = "Kursen, Metoden, Tillfället"
    assert set(logged) == {(cast.here.pk, things), (cast.there.pk, things)}


def test_the_old_owner_loses_and_the_new_one_gets_the_right_to_change(cast, client_of, page, event):
    handovers.accept(handover=offer(cast, pages=[page], events=[event]), actor=cast.coordinator_there)

    statuses = {
        name: (
            client_of(name).get(f"/redaktion/pages/{page.pk}/edit/").status_code == 200,
            client_of(name).get(f"/arbetsyta/tillfallen/{event.public_id}/").status_code,
        )
        for name in ("coordinator_here", "coordinator_there")
    }

    assert statuses == {"coordinator_here": (False, 404), "coordinator_there": (True, 200)}


def test_an_old_address_leads_on_for_those_who_may_read(cast, client_of, page):
    secret = CoursePageFactory(owner=cast.here, title=CANARY)
    handovers.accept(handover=offer(cast, pages=[page, secret]), actor=cast.coordinator_there)

    public = client_of("anonymous").get("/trelleborg/kursen/")
    hidden = {name: client_of(name).get("/trelleborg/kanariefagel/") for name in cast.actors()}

    assert (public.status_code, public.headers["Location"]) == (302, "/skurup/kursen/")
    led_on = {name for name, answer in hidden.items() if answer.status_code == 302}
    assert led_on == {"staff_there", "coordinator_there", "portal_admin"}
    assert [CANARY.lower() in str(hidden["anonymous"].headers).lower(), hidden["anonymous"].status_code] == [False, 404]


def test_a_page_whose_address_is_taken_at_the_new_owner_gets_another(cast, page):
    CoursePageFactory(owner=cast.there, title="Kursen")

    handovers.accept(handover=offer(cast, pages=[page]), actor=cast.coordinator_there)

    assert CoursePage.objects.get(pk=page.pk).get_url() == "/skurup/kursen-2/"


@pytest.mark.parametrize(
    ("act", "actor", "state"),
    [("decline", "coordinator_there", "declined"), ("withdraw", "coordinator_here", "withdrawn")],
)
def test_saying_no_or_taking_back_moves_nothing(cast, client_of, page, act, actor, state):
    handover = offer(cast, pages=[page])

    client_of(actor).post(f"/arbetsyta/overlamna/{handover.public_id}/", {act: "1"})

    handover.refresh_from_db()
    assert (handover.state, CoursePage.objects.get(pk=page.pk).municipality) == (state, cast.here)
    with pytest.raises(ActionRefused):
        handovers.accept(handover=handover, actor=cast.coordinator_there)


@pytest.mark.parametrize(
    ("actor", "act"),
    [
        ("coordinator_here", "accept"),
        ("coordinator_here", "decline"),
        ("coordinator_there", "withdraw"),
        ("staff_there", "accept"),
        ("municipality_admin", "withdraw"),
        ("anonymous", "accept"),
    ],
)
def test_nobody_answers_or_takes_back_for_the_other_side(cast, client_of, page, actor, act):
    handover = offer(cast, pages=[page])

    client_of(actor).post(f"/arbetsyta/overlamna/{handover.public_id}/", {act: "1"})

    handover.refresh_from_db()
    assert (handover.state, CoursePage.objects.get(pk=page.pk).municipality) == ("offered", cast.here)


def test_only_ones_own_is_handed_over_and_only_once(cast, page):
    foreign = CoursePageFactory(owner=cast.there, visibility=Visibility.PUBLIC)
    section = MunicipalityPage.objects.get(municipality=cast.here)
    offer(cast, pages=[page])

    codes = {}
    for name, things in {"foreign": [foreign], "section": [section], "again": [page], "nothing": []}.items():
        with pytest.raises(ActionRefused) as caught:
            offer(cast, pages=things)
        codes[name] = caught.value.code

    assert codes == {
        "foreign": "not_own",
        "section": "not_own",
        "again": "offered_already",
        "nothing": "nothing_chosen",
    }
    assert Handover.objects.count() == 1


def test_the_form_offers_only_ones_own_things(cast, client_of, page):
    CoursePageFactory(owner=cast.there, title=CANARY, visibility=Visibility.PUBLIC)
    foreign = CoursePageFactory(owner=cast.there, title="Främmande", visibility=Visibility.PUBLIC)
    client = client_of("coordinator_here")

    shown = client.get("/arbetsyta/overlamna/nytt/").content.decode()
    refused = client.post("/arbetsyta/overlamna/nytt/", {"to_municipality": cast.there.pk, "pages": [foreign.pk]})
    empty = client.post("/arbetsyta/overlamna/nytt/", {"to_municipality": cast.there.pk})

    assert ("Kursen" in shown, CANARY in shown) == (True, False)
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["pages"])
    assert (empty.status_code, Handover.objects.count()) == (400, 0)


def test_the_guide_lists_what_is_left_to_do_before_a_project_ends(cast, client_of):
    project = CollaborationFactory(lead=cast.here, title="Projektet", period_end=timezone.localdate())
    CoursePageFactory(owner=cast.here, title="Ett utkast", collaboration=project, live=False)
    CoursePageFactory(owner=cast.here, title="Bara för oss", collaboration=project, contact_email="a@b.example")
    CoursePageFactory(owner=cast.here, title=CANARY)
    TrainingEventFactory(municipality=cast.here, title="Sista träffen", collaboration=project)
    path = f"/arbetsyta/projekt/{project.slug}/avsluta/"

    left = client_of("coordinator_here").get(path).context["left"]

    assert [page.draft_title for page in left.drafts] == ["Ett utkast"]
    assert [page.title for page in left.internal] == ["Bara för oss"]
    assert [event.title for event in left.coming_events] == ["Sista träffen"]
    assert (left.lessons, left.without_contact, left.to_hand_over) == ([], [], 3)

    LessonPageFactory(owner=cast.here, title="Vad vi lärde", collaboration=project, visibility=Visibility.PUBLIC)

    page = client_of("coordinator_here").get(path)
    assert [lesson.title for lesson in page.context["left"].lessons] == ["Vad vi lärde"]
    assert CANARY not in page.content.decode()
    assert client_of("coordinator_there").get(path).status_code == 404


def test_an_offer_that_was_answered_is_no_offer_any_more(cast, page, event):
    for thing in ({"pages": [page]}, {"events": [event]}):
        first = offer(cast, **thing)
        with pytest.raises(ActionRefused, match="Ta tillbaka det erbjudandet först"):
            offer(cast, **thing)
        handovers.decline(handover=first, actor=cast.coordinator_there)
        offer(cast, **thing)

    other = CoursePageFactory(owner=cast.here)
    assert offer(cast, pages=[other]).items.count() == 1


def test_the_list_shows_what_ones_own_municipality_gave_and_was_given(cast, client_of, page):
    third = MunicipalityFactory()
    handovers.decline(handover=offer(cast, pages=[page]), actor=cast.coordinator_there)
    Handover.objects.create(from_municipality=third, to_municipality=cast.there, state="declined")
    Handover.objects.create(from_municipality=third, to_municipality=cast.there)

    def listed(actor: str) -> dict[str, int]:
        context = client_of(actor).get("/arbetsyta/overlamna/").context
        return {name: len(context[name]) for name in ("to_answer", "offered", "answered")}

    assert listed("coordinator_here") == {"to_answer": 0, "offered": 0, "answered": 1}
    assert listed("coordinator_there") == {"to_answer": 1, "offered": 0, "answered": 2}
