"""Who will see it, what sharing asks for, "view as", withdrawing, and hiding what one does not want."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from cms.models import CoursePage, HomePage, MethodPage, MunicipalityPage, SharedPage, StandardPage
from cms.services import sharing
from cms.services.front_page import front_page_content
from cms.services.listings import collaboration_content
from portal.core.services import ActionRefused
from portal.events.services import sign_ups
from portal.knowledge.models import Topic
from portal.municipalities.enums import Visibility
from portal.municipalities.models import AuditEntry
from portal.municipalities.permissions import may_read
from portal.municipalities.services.audiences import sentences
from tests.factories.cms import (
    SECTION_PAGE_FACTORIES,
    CoursePageFactory,
    MethodPageFactory,
    PictureFactory,
    StandardPageFactory,
)
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory, PersonFactory

CANARY = "Kanariefågel"


def form_data(client, page, **changes) -> dict:
    """What the editor's form holds for `page`, with changes, as a browser would send it."""
    form = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).context["form"]
    data = {}
    for bound in form:
        value = bound.value()
        if value not in (None, False) and not hasattr(value, "stream_block"):
            data[bound.html_name] = value
    for stream in ("body", "modules", "steps"):
        data.update({f"{stream}-count": "0"})
    data.update({"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"})
    return {**data, **changes}


def save(client, page, *, publish: bool, **changes):
    data = form_data(client, page, **changes)
    if publish:
        data["action-publish"] = "1"
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)


# --- Who will see it ---------------------------------------------------------------------------------------------


def test_each_choice_says_who_and_how_many_will_see_it(cast):
    vellinge = MunicipalityFactory(name="Vellinge kommun", short_name="Vellinge", slug="vellinge")
    for _number in range(3):
        PersonFactory(member_of=vellinge)
    PersonFactory(member_of=vellinge, is_active=False)
    project = CollaborationFactory(lead=cast.here, partners=[vellinge])

    said = sentences(cast.here, [cast.there.pk], [project.pk])

    assert said == {
        "internal": "4 personer i Trelleborg.",
        "selected": "9 personer i Trelleborg, Skurup och Vellinge.",
        "members": "9 personer med konto, i alla kommuner och organisationer i portalen.",
        "public": "Alla, även den som inte har konto. Sökmotorer hittar det.",
    }


def test_a_person_of_two_municipalities_is_counted_once(cast):
    from portal.municipalities.services import memberships

    memberships.join(person=cast.staff_here, municipality=cast.there)

    assert sentences(cast.here, [cast.there.pk])["selected"] == "6 personer i Trelleborg och Skurup."


def test_thousands_are_written_as_people_write_them(cast, monkeypatch):
    from portal.municipalities.services import audiences

    assert audiences._number(1240) == "1\xa0240"


def test_many_places_are_named_up_to_six(cast):
    others = [MunicipalityFactory(short_name=f"Ort {number}") for number in range(8)]

    said = sentences(cast.here, [other.pk for other in others])["selected"]

    assert said.endswith("i Trelleborg, Ort 0, Ort 1, Ort 2, Ort 3 och 4 till.")


def test_the_editor_shows_the_sentences_and_asks_again_while_one_ticks(cast, client_of):
    page = CoursePageFactory(owner=cast.here)
    client = client_of("coordinator_here")

    editor = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    asked = client.get("/arbetsyta/lasare/", {"owner": cast.here.pk, "shared_with": [cast.there.pk]})

    assert "4 personer i Trelleborg." in editor
    assert "js/audience.js" in editor
    assert asked.json()["selected"] == "6 personer i Trelleborg och Skurup."


@pytest.mark.parametrize(
    "query", [{}, {"owner": "x"}, {"owner": "999999"}, {"owner": "1", "shared_with": "x"}, {"owner": "9" * 40}]
)
def test_a_malformed_question_is_not_found(client_of, query):
    assert client_of("coordinator_here").get("/arbetsyta/lasare/", query).status_code == 404


# --- What sharing asks for ---------------------------------------------------------------------------------------


def test_sharing_says_what_is_missing_at_each_field(cast, client_of):
    page = MethodPageFactory(owner=cast.here, image=PictureFactory(owner=cast.here, title="Vågen"), contact_email="")

    answer = save(client_of("coordinator_here"), page, publish=True, visibility="public", summary="")

    errors = answer.context["form"].errors
    assert list(errors["contact_email"]) == ["Innan du delar: skriv vem man kan fråga, med en e-postadress."]
    assert list(errors["image"]) == ["Innan du delar: bilden ”Vågen” behöver en beskrivning."]
    assert "summary" in errors
    assert MethodPage.objects.get(pk=page.pk).visibility == Visibility.INTERNAL


def test_a_draft_may_be_unfinished_and_an_internal_page_too(cast, client_of):
    page = MethodPageFactory(owner=cast.here, contact_email="")
    client = client_of("coordinator_here")

    draft = save(client, page, publish=False, visibility="public")
    assert (draft.status_code, MethodPage.objects.get(pk=page.pk).visibility) == (302, Visibility.INTERNAL)
    internal = save(client, page, publish=True, visibility="internal", title="Ny titel")

    assert (internal.status_code, MethodPage.objects.get(pk=page.pk).title) == (302, "Ny titel")


def test_what_has_everything_is_shared(cast, client_of):
    page = MethodPageFactory(owner=cast.here, image=PictureFactory(owner=cast.here, description="En våg"))

    save(
        client_of("coordinator_here"),
        page,
        publish=True,
        visibility="selected",
        shared_with=[cast.there.pk],
        contact_email="johan@trelleborg.example",
    )

    assert may_read(cast.staff_there, SharedPage.objects.get(pk=page.pk))


def test_publishing_in_bulk_does_not_share_what_lacks_something(cast, client_of):
    page = MethodPageFactory(owner=cast.here, live=False, visibility=Visibility.PUBLIC, contact_email="")
    path = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])

    client_of("coordinator_here").post(f"{path}?id={page.pk}&next=/redaktion/")

    assert MethodPage.objects.get(pk=page.pk).live is False


def test_an_event_is_shared_only_with_somebody_to_ask(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)
    client = client_of("coordinator_here")
    path = f"/arbetsyta/tillfallen/{event.public_id}/andra/"
    form = client.get(path).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value()}
    day = event.first_starts_at.date()
    data.update(
        {
            "visibility": "public",
            "contact_email": "",
            "dates-TOTAL_FORMS": "1",
            "dates-INITIAL_FORMS": "1",
            "dates-0-date": day.isoformat(),
            "dates-0-starts": "09:00",
            "dates-0-ends": "12:00",
        }
    )

    answer = client.post(path, data)

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["contact_email"])


# --- View as -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [
        ("internal", {""}),
        ("selected", {"", "member:there"}),
        ("members", {"", "member", "member:there"}),
        ("public", {"", "member", "member:there", "public"}),
    ],
)
def test_the_preview_shows_each_audience_what_it_would_meet(cast, client_of, visibility, seen):
    page = CoursePageFactory(owner=cast.here, title=CANARY, visibility=visibility, shared_with=[cast.there])
    client = client_of("coordinator_here")
    modes = {"": "", "member": "member", "member:there": f"member:{cast.there.pk}", "public": "public"}

    shown = set()
    for name, mode in modes.items():
        path = reverse("wagtailadmin_pages:view_draft", args=[page.pk])
        answer = client.get(path, {"mode": mode})
        if answer.status_code == 200 and "Väg svinnet." in answer.content.decode():
            shown.add(name)

    assert shown == seen
    offered = dict(CoursePage.objects.get(pk=page.pk).preview_modes)
    assert set(offered) == {"", f"member:{cast.there.pk}", "member", "public"}


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [
        ("internal", set()),
        ("selected", {"member:there"}),
        ("members", {"member", "member:there"}),
        ("public", {"member", "member:there", "public"}),
    ],
)
@pytest.mark.parametrize("published", [True, False])
def test_an_event_is_seen_as_each_audience_would_meet_it(cast, client_of, visibility, seen, published):
    from tests.factories.events import sign_up

    event = TrainingEventFactory(
        municipality=cast.here,
        title=CANARY,
        published=published,
        visibility=visibility,
        shared_with=[cast.there],
        max_per_unit=2,
    )
    client = client_of("coordinator_here")
    if published:
        sign_up(event, cast.coordinator_here)
    modes = {"member": "member", "member:there": f"member:{cast.there.pk}", "public": "public"}

    shown = set()
    for name, mode in modes.items():
        answer = client.get(f"/arbetsyta/tillfallen/{event.public_id}/sett-av/", {"reader": mode})
        assert answer.status_code == 200
        if f"<h1>{CANARY}</h1>" in answer.content.decode():
            shown.add(name)
            # What only the coordinator has is not shown as if the reader had it.
            assert "/mina-sidor/anmalan/" not in answer.content.decode()

    assert shown == seen


@pytest.mark.parametrize("mode", ["", "admin", "member:x", "member:99999", "public:1"])
def test_an_unknown_reader_is_refused_or_the_first_one(cast, client_of, mode):
    event = TrainingEventFactory(municipality=cast.here, title=CANARY, visibility="internal", shared_with=[cast.there])

    answer = client_of("coordinator_here").get(f"/arbetsyta/tillfallen/{event.public_id}/sett-av/", {"reader": mode})

    assert (answer.status_code, f"<h1>{CANARY}</h1>" in answer.content.decode()) == (404 if mode else 200, False)


# --- Withdrawing -------------------------------------------------------------------------------------------------


def test_a_withdrawn_page_is_gone_from_every_surface_at_once(cast, client_of):
    page = CoursePageFactory(owner=cast.here, title=CANARY, visibility=Visibility.SELECTED, shared_with=[cast.there])
    surfaces = [page.get_url(), "/", "/kurser/", "/trelleborg/", f"/sok/?q={CANARY}"]
    reader = client_of("staff_there")
    before = [CANARY in reader.get(path).content.decode().replace(f'value="{CANARY}"', "") for path in surfaces]
    assert before == [True] * 5

    client_of("coordinator_here").post(f"/arbetsyta/delat/sida/{page.pk}/dra-tillbaka/")

    after = [f"{CANARY}</a>" in reader.get(path).content.decode() for path in surfaces]
    assert after == [False] * 5
    assert reader.get(page.get_url()).status_code == 404
    entry = AuditEntry.objects.get(act="share_withdrawn")
    assert (entry.municipality, entry.actor, entry.subject, entry.detail) == (
        cast.here,
        cast.coordinator_here,
        CANARY,
        "Utvalda: Skurup",
    )


def test_publishing_an_earlier_draft_does_not_share_again(cast):
    page = CoursePageFactory(owner=cast.here, visibility=Visibility.SELECTED, shared_with=[cast.there])
    draft = CoursePage.objects.get(pk=page.pk)
    draft.goals = "Mer"
    draft.save_revision()

    sharing.withdraw(page=page, actor=cast.coordinator_here)
    CoursePage.objects.get(pk=page.pk).get_latest_revision().publish()

    page = CoursePage.objects.get(pk=page.pk)
    assert (page.goals, page.visibility, list(page.shared_with.all())) == ("Mer", Visibility.INTERNAL, [])


def test_an_events_share_is_withdrawn_and_those_signed_up_keep_their_seats(cast, client_of):
    from tests.factories.events import sign_up

    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.SELECTED, shared_with=[cast.there])
    entry = sign_up(event, cast.staff_there, municipality=cast.there)

    client_of("coordinator_here").post(f"/arbetsyta/delat/tillfalle/{event.pk}/dra-tillbaka/")

    colleague = client_of(PersonFactory(member_of=cast.there))
    # Whoever has a seat must be able to read where to go; nobody else there finds the event any more.
    assert colleague.get(event.get_absolute_url()).status_code == 404
    assert [client_of("staff_there").get(x.get_absolute_url()).status_code for x in (event, entry)] == [200, 200]
    entry.refresh_from_db()
    assert entry.state == "confirmed"
    sign_ups.cancel(sign_up_id=entry.pk, actor=cast.staff_there)
    assert client_of("staff_there").get(event.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("actor", ["anonymous", "staff_here", "coordinator_there", "municipality_admin", "outsider"])
def test_nobody_but_the_owners_coordinator_withdraws(cast, client_of, actor):
    page = CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC)

    client_of(actor).post(f"/arbetsyta/delat/sida/{page.pk}/dra-tillbaka/")

    assert CoursePage.objects.get(pk=page.pk).visibility == Visibility.PUBLIC


# --- Hiding ------------------------------------------------------------------------------------------------------


def test_what_a_municipality_hides_leaves_its_lists_only(cast, client_of):
    page = CoursePageFactory(owner=cast.here, title=CANARY, visibility=Visibility.MEMBERS)
    event = TrainingEventFactory(municipality=cast.here, title=f"{CANARY} tillfälle", visibility=Visibility.MEMBERS)
    client = client_of("coordinator_there")
    for kind, pk in (("sida", page.pk), ("tillfalle", event.pk)):
        client.post(f"/arbetsyta/delat/{kind}/{pk}/dolj/", {"municipality": "skurup"})

    lists = {
        name: [CANARY in client_of(name).get(path).content.decode() for path in ("/", "/kurser/", "/tillfallen/")]
        for name in ("staff_there", "coordinator_there", "staff_here")
    }

    assert lists == {
        "staff_there": [False, False, False],
        "coordinator_there": [False, False, False],
        "staff_here": [True, True, True],
    }
    reader = client_of("staff_there")
    assert reader.get(page.get_url()).status_code == 200
    assert f'href="{page.get_url()}"' in reader.get(f"/sok/?q={CANARY}").content.decode()

    client.post(f"/arbetsyta/delat/sida/{page.pk}/dolj/", {"municipality": "skurup", "unhide": "1"})

    assert CANARY in reader.get("/kurser/").content.decode()


def test_a_person_of_two_municipalities_misses_only_what_both_have_hidden(cast, client_of):
    from portal.municipalities.services import memberships

    third = MunicipalityFactory()
    memberships.join(person=cast.staff_there, municipality=third)
    page = CoursePageFactory(owner=cast.here, title=CANARY, visibility=Visibility.MEMBERS)
    shown = []

    for municipality in (cast.there, third):
        sharing.hide(item=page, municipality=municipality, actor=cast.portal_admin)
        shown.append(CANARY in client_of("staff_there").get("/kurser/").content.decode())

    assert shown == [True, False]


def test_only_what_others_share_with_us_can_be_hidden(cast):
    own = CoursePageFactory(owner=cast.there, visibility=Visibility.PUBLIC)
    secret = CoursePageFactory(owner=cast.here)

    for page in (own, secret):
        with pytest.raises(ActionRefused):
            sharing.hide(item=page, municipality=cast.there, actor=cast.coordinator_there)

    assert SharedPage.hidden_in.through.objects.count() == 0


def test_nobody_hides_for_another_municipality(cast, client_of):
    page = CoursePageFactory(owner=cast.there, visibility=Visibility.PUBLIC)

    answer = client_of("coordinator_there").post(
        f"/arbetsyta/delat/sida/{page.pk}/dolj/", {"municipality": "trelleborg"}
    )

    assert (answer.status_code, SharedPage.hidden_in.through.objects.count()) == (404, 0)


def test_the_overview_lists_what_we_share_and_what_others_share_with_us(cast, client_of):
    CoursePageFactory(owner=cast.here, title="Delad av oss", visibility=Visibility.PUBLIC)
    CoursePageFactory(owner=cast.here, title="Bara vår")
    CoursePageFactory(owner=cast.there, title="Delad av dem", visibility=Visibility.SELECTED, shared_with=[cast.here])
    CoursePageFactory(owner=cast.there, title=CANARY)
    client = client_of("coordinator_here")

    ours, theirs = [client.get(f"/arbetsyta/delat/{query}").content.decode() for query in ("", "?vy=fran-andra")]

    titles = ("Delad av oss", "Bara vår", "Delad av dem", CANARY)
    assert [escape(title) in ours for title in titles] == [True, False, False, False]
    assert [escape(title) in theirs for title in titles] == [False, False, True, False]
    assert MunicipalityPage.objects.count() == 2


def test_the_overview_lists_neither_sections_nor_the_portals_own_pages_nor_other_peoples_things(cast, client_of):
    home = HomePage.objects.get()
    about = home.add_child(instance=StandardPage(title="Om portalen", summary="Kort.", visibility=Visibility.PUBLIC))
    about.add_child(instance=StandardPage(title="Mer om portalen", summary="Kort.", visibility=Visibility.PUBLIC))
    shared = {"visibility": Visibility.MEMBERS}
    CoursePageFactory(owner=cast.here, title="Delad av oss", **shared)
    CoursePageFactory(owner=cast.there, title="Delad av dem", **shared)
    TrainingEventFactory(municipality=cast.here, title="Vårt tillfälle", **shared)
    TrainingEventFactory(municipality=cast.there, title="Deras tillfälle", **shared)
    client = client_of("coordinator_here")

    listed = {}
    for view in ("", "?vy=fran-andra"):
        context = client.get(f"/arbetsyta/delat/{view}").context
        listed[view] = [row[0].title for row in context["rows"]], [row[0].title for row in context["events"]]

    assert listed == {
        "": (["Delad av oss"], ["Vårt tillfälle"]),
        "?vy=fran-andra": (["Delad av dem"], ["Deras tillfälle"]),
    }


@pytest.mark.parametrize("kind", ["sida", "tillfalle"])
def test_what_one_may_not_read_is_neither_hidden_nor_named(cast, client_of, kind):
    make = CoursePageFactory if kind == "sida" else TrainingEventFactory
    item = make(**{"owner" if kind == "sida" else "municipality": cast.here}, title=CANARY)

    answer = client_of("coordinator_there").post(
        f"/arbetsyta/delat/{kind}/{item.pk}/dolj/", {"municipality": "skurup"}, follow=True
    )

    assert (answer.status_code, CANARY in answer.content.decode(), item.hidden_in.count()) == (404, False, 0)


@pytest.mark.parametrize("actor", ["anonymous", "staff_here", "coordinator_there", "municipality_admin", "outsider"])
def test_nobody_but_the_owners_coordinator_withdraws_an_event(cast, client_of, actor):
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC)

    client_of(actor).post(f"/arbetsyta/delat/tillfalle/{event.pk}/dra-tillbaka/")

    event.refresh_from_db()
    assert event.visibility == Visibility.PUBLIC


@pytest.mark.parametrize("factory", SECTION_PAGE_FACTORIES)
def test_whatever_is_hidden_is_not_on_the_front_page(cast, client_of, factory):
    topic = Topic.objects.create(name="Maten", slug="maten")
    page = factory(owner=cast.here, title=CANARY, visibility=Visibility.MEMBERS, topics=[topic])

    def who_sees_it() -> set[str]:
        people = ("anonymous", "staff_here", "staff_there")
        return {name for name in people if CANARY in client_of(name).get("/").content.decode()}

    before = who_sees_it()
    sharing.hide(item=page, municipality=cast.there, actor=cast.coordinator_there)

    # Methods of others, and pages about a municipality itself, have no place there at all.
    of_all_kinds = {"staff_here", "staff_there"} - ({"staff_there"} if factory is MethodPageFactory else set())
    assert before == (set() if factory is StandardPageFactory else of_all_kinds)
    assert who_sees_it() == before - {"staff_there"}


def test_a_section_that_is_hidden_is_not_on_the_front_page(cast):
    section = MunicipalityPage.objects.get(municipality=cast.here)
    section.hidden_in.add(cast.there)

    assert section in front_page_content(cast.staff_here)["sections"]()
    assert section not in front_page_content(cast.staff_there)["sections"]()


def test_the_way_down_to_a_page_names_nothing_that_the_reader_may_not_open(cast, client_of):
    section = MunicipalityPage.objects.get(municipality=cast.here)
    above = section.add_child(instance=StandardPage(title=CANARY, summary="Kort.", municipality=cast.here))
    page = above.add_child(
        instance=StandardPage(title="Underst", summary="Kort.", visibility=Visibility.PUBLIC, municipality=cast.here)
    )

    named = {name for name in cast.actors() if CANARY in client_of(name).get(page.get_url()).content.decode()}

    assert named == {"staff_here", "manager", "coordinator_here", "municipality_admin", "portal_admin"}


@pytest.mark.parametrize("visibility", ["public", "members"])
def test_only_what_everybody_reads_and_nobody_signed_in_asked_for_may_be_kept_by_caches(cast, client_of, visibility):
    page = CoursePageFactory(owner=cast.here, visibility=visibility)

    answers = {name: client_of(name).get(page.get_url()) for name in ("anonymous", "staff_here", "coordinator_there")}

    kept = {name for name, answer in answers.items() if "no-store" not in answer.headers.get("Cache-Control", "")}
    assert {answer.status_code for name, answer in answers.items() if name != "anonymous"} == {200}
    assert kept == {"anonymous"}
    assert answers["anonymous"].status_code == (200 if visibility == "public" else 404)


def test_a_project_shows_of_its_partners_and_results_what_the_reader_may_open(cast):
    project = CollaborationFactory(lead=cast.here, partners=[cast.there])
    MunicipalityPage.objects.filter(municipality=cast.there).update(visibility=Visibility.INTERNAL)
    for title, visibility in ((CANARY, Visibility.INTERNAL), ("Öppen", Visibility.PUBLIC)):
        CoursePageFactory(owner=cast.here, title=title, collaboration=project, visibility=visibility)

    def shown(user) -> tuple[list[str], list[str]]:
        content = collaboration_content(user, project)
        return [page.municipality.slug for page in content["partner_pages"]], [p.title for p in content["courses"]]

    assert shown(cast.anonymous) == (["trelleborg"], ["Öppen"])
    assert shown(cast.staff_here) == (["trelleborg"], [CANARY, "Öppen"])
    assert shown(cast.staff_there) == (["skurup", "trelleborg"], ["Öppen"])
