"""Showing another municipality's page, making an own version, and hearing what is new in the original."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import Page
from wagtail.rich_text import RichText

from cms.models import CoursePage, MethodPage, MunicipalityPage, PortalImage
from cms.services import adoptions, sharing
from portal.core.services import ActionRefused
from portal.knowledge.enums import StillInUse
from portal.knowledge.models import Adoption
from portal.municipalities.enums import Visibility
from portal.municipalities.models import AuditEntry
from portal.notifications.models import OutboxMessage
from tests.factories.cms import CoursePageFactory, LessonPageFactory, MethodPageFactory, StandardPageFactory
from tests.factories.municipalities import MunicipalityFactory, PersonFactory

CANARY = "Kanariefågel"


def module(title: str, text: str) -> dict:
    """A new module, as the editor stores it."""
    value = {"title": title, "minutes": 20, "summary": "", "text": f"<p>{text}</p>", "exercise": ""}
    return {"type": "module", "value": value, "id": str(uuid.uuid4())}


def as_before(block) -> dict:
    """The same block again, with its id."""
    return {"type": block.block_type, "value": block.block.get_prep_value(block.value), "id": block.id}


@pytest.fixture
def course(cast) -> CoursePage:
    """A course of here's, shared with there."""
    return CoursePageFactory(
        owner=cast.here,
        title="Mindre svinn",
        goals="Väga",
        visibility=Visibility.SELECTED,
        shared_with=[cast.there],
        modules=[module("Väg", "Väg svinnet."), module("Räkna", "Räkna portioner.")],
    )


def adapt(cast, page, **fields) -> Adoption:
    return adoptions.adapt(page=page, municipality=cast.there, actor=cast.coordinator_there, **fields)


def copy_of(adoption: Adoption):
    return Page.objects.get(pk=Adoption.objects.get(pk=adoption.pk).copy_id).specific.get_latest_revision_as_object()


def publish(page, **changes):
    page = type(page).objects.get(pk=page.pk)
    for name, value in changes.items():
        setattr(page, name, value)
    page.save_revision().publish()
    return type(page).objects.get(pk=page.pk)


# --- Visa hos oss ------------------------------------------------------------------------------------------------


def test_a_shown_page_stands_in_the_section_with_its_owners_text(cast, client_of, course):
    adoptions.show(page=course, municipality=cast.there, actor=cast.coordinator_there)

    answers = {name: client_of(name).get("/skurup/mindre-svinn/") for name in cast.actors()}

    readers = {name for name, answer in answers.items() if answer.status_code == 200}
    assert readers == set(cast.actors()) - {"anonymous", "outsider"}
    page = answers["staff_there"].content.decode()
    assert "Väg svinnet." in page
    assert f'<link rel="canonical" href="{course.own_address}">' in page
    assert 'href="/skurup/mindre-svinn/"' in client_of("staff_there").get("/skurup/").content.decode()

    publish(course, title="Mindre svinn, ny text")

    assert "Mindre svinn, ny text" in client_of("staff_there").get("/skurup/mindre-svinn/").content.decode()


@pytest.mark.parametrize("how", ["withdrawn", "unpublished", "deleted", "ended"])
def test_a_shown_page_is_gone_with_the_share(cast, client_of, course, how):
    adoption = adoptions.show(page=course, municipality=cast.there, actor=cast.coordinator_there)

    if how == "withdrawn":
        sharing.withdraw(page=course, actor=cast.coordinator_here)
    elif how == "unpublished":
        course.unpublish()
    elif how == "deleted":
        course.delete()
    else:
        adoptions.end(adoption=adoption, reason="Passade inte.", actor=cast.coordinator_there)

    client = client_of("staff_there")
    assert client.get("/skurup/mindre-svinn/").status_code == 404
    assert "Mindre svinn" not in client.get("/skurup/").content.decode()


def test_showing_gives_nobody_a_right_to_read(cast, client_of):
    """The portal administrator shows an internal page by mistake; its guard still answers."""
    secret = CoursePageFactory(owner=cast.here, title=CANARY)
    Adoption.objects.create(
        way="shown", municipality=cast.there, source_id=secret.pk, source_title=CANARY, slug="hemlig"
    )

    for name in ("anonymous", "staff_there", "coordinator_there"):
        assert client_of(name).get("/skurup/hemlig/").status_code == 404
        assert CANARY not in client_of(name).get("/skurup/").content.decode()


def test_a_shown_page_takes_an_address_that_is_free(cast, course):
    CoursePageFactory(owner=cast.there, title="Mindre svinn")

    adoption = adoptions.show(page=course, municipality=cast.there, actor=cast.coordinator_there)

    assert adoption.slug == "mindre-svinn-2"


# --- Använd hos oss ----------------------------------------------------------------------------------------------


def test_an_own_version_is_an_internal_draft_that_remembers_where_it_came_from(cast, course):
    adoption = adapt(cast, course, what_changed="Kortare.", why="Vi är färre.")

    copy = Page.objects.get(pk=adoption.copy_id).specific
    assert (copy.municipality, copy.live, copy.visibility, copy.contact_email) == (
        cast.there,
        False,
        Visibility.INTERNAL,
        cast.coordinator_there.email,
    )
    assert (copy.title, copy.goals, [m.value["title"] for m in copy.modules]) == (
        "Mindre svinn",
        "Väga",
        ["Väg", "Räkna"],
    )
    assert [m.id for m in copy.modules] == [m.id for m in CoursePage.objects.get(pk=course.pk).modules]
    assert list(copy.shared_with.all()) == []
    assert (adoption.source_municipality, adoption.source_title, adoption.base_version_at) == (
        cast.here,
        "Mindre svinn",
        CoursePage.objects.get(pk=course.pk).last_published_at,
    )
    assert {(e.municipality_id, e.act) for e in AuditEntry.objects.filter(act="adapted")} == {
        (cast.here.pk, "adapted"),
        (cast.there.pk, "adapted"),
    }


def test_only_what_is_published_is_taken_over(cast, course):
    draft = CoursePage.objects.get(pk=course.pk)
    draft.goals = CANARY
    draft.save_revision()

    adoption = adapt(cast, course)

    assert CANARY not in copy_of(adoption).goals
    assert CANARY not in str(adoption.base)


def test_an_own_version_has_pictures_of_its_own(cast):
    from tests.factories.cms import PictureFactory

    photo = PictureFactory(owner=cast.here, title="Vågen")
    page = MethodPageFactory(
        owner=cast.here,
        visibility=Visibility.MEMBERS,
        image=photo,
        body=[("picture", {"image": photo, "alt_text": "En våg", "decorative": False})],
    )

    adoption = adapt(cast, page)
    photo.delete()

    copy = MethodPage.objects.get(pk=adoption.copy_id)
    there = MunicipalityPage.objects.get(municipality=cast.there).collection
    assert copy.image.collection == there
    assert copy.body[0].value.collection == there
    assert copy.body[0].value.contextual_alt_text == "En våg"
    assert PortalImage.objects.get(pk=copy.image_id).file.storage.exists(copy.image.file.name)


@pytest.mark.parametrize("act", [adoptions.show, adoptions.adapt])
def test_what_is_not_shared_with_the_municipality_cannot_be_used(cast, act):
    third = MunicipalityFactory()
    refused = {
        "internal": CoursePageFactory(owner=cast.here),
        "for a third": CoursePageFactory(owner=cast.here, visibility=Visibility.SELECTED, shared_with=[third]),
        "draft": CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC, live=False),
        "own": CoursePageFactory(owner=cast.there, visibility=Visibility.PUBLIC),
        "other kind": StandardPageFactory(owner=cast.here, visibility=Visibility.PUBLIC),
    }

    codes = {}
    for name, page in refused.items():
        with pytest.raises(ActionRefused) as caught:
            act(page=page, municipality=cast.there, actor=cast.coordinator_there)
        codes[name] = caught.value.code

    assert codes == {
        "internal": "not_shared",
        "for a third": "not_shared",
        "draft": "not_shared",
        "own": "own",
        "other kind": "other_kind",
    }
    assert Adoption.objects.count() == 0


def test_using_the_same_page_twice_in_the_same_way_is_refused_and_leaves_nothing_behind(cast, course):
    adapt(cast, course)
    pages = CoursePage.objects.count()

    with pytest.raises(ActionRefused) as caught:
        adapt(cast, course)

    assert (caught.value.code, CoursePage.objects.count()) == ("already", pages)


@pytest.mark.parametrize(
    "actor", ["anonymous", "staff_here", "staff_there", "manager", "municipality_admin", "outsider"]
)
def test_only_coordinators_use_what_others_share(cast, client_of, course, actor):
    answer = client_of(actor).post(
        f"/arbetsyta/sidor/{course.pk}/anvand/", {"municipality": cast.there.pk, "act": "adapt"}
    )

    assert answer.status_code in (302, 403, 404)
    assert Adoption.objects.count() == 0


def test_a_coordinator_adapts_in_the_browser_for_the_own_municipality_only(cast, client_of, course):
    client = client_of("coordinator_there")
    path = f"/arbetsyta/sidor/{course.pk}/anvand/"

    assert client.post(path, {"municipality": cast.here.pk, "act": "adapt"}).status_code == 400
    assert client.post(path, {"municipality": cast.there.pk, "act": "ta över"}).status_code == 400
    answer = client.post(path, {"municipality": cast.there.pk, "act": "adapt", "why": "Färre."}, follow=True)

    adoption = Adoption.objects.get()
    assert (adoption.municipality, adoption.why) == (cast.there, "Färre.")
    assert answer.redirect_chain[-1][0] == f"/arbetsyta/vi-anvander/{adoption.public_id}/"


# --- Nytt sedan vi anpassade -------------------------------------------------------------------------------------


def test_what_is_new_is_shown_part_by_part_with_what_we_changed_ourselves(cast, course):
    adoption = adapt(cast, course)
    own = copy_of(adoption)
    own.goals = "Väga på vårt sätt"
    own.save_revision()
    first, second = CoursePage.objects.get(pk=course.pk).modules
    first.value["text"] = RichText("<p>Väg svinnet varje dag.</p>")
    page = CoursePage.objects.get(pk=course.pk)
    page.modules = [as_before(first), as_before(second), module("Fira", "Ät tårta.")]
    page.goals = "Väga och fira"
    page.save_revision().publish()

    news = adoptions.news_for(adoption)

    assert [(d.label, d.is_new, d.is_removed, d.changed_by_us) for d in news.differences] == [
        ("Det här lär du dig", False, False, True),
        ("Moduler: Väg", False, False, False),
        ("Moduler: Fira", True, False, False),
    ]
    assert "".join(text for text, _differs in news.differences[0].theirs).strip() == "Väga och fira"
    assert "".join(text for text, _differs in news.differences[0].ours).strip() == "Väga på vårt sätt"


def test_each_part_is_taken_kept_or_left_for_later(cast, course):
    adoption = adapt(cast, course)
    page = CoursePage.objects.get(pk=course.pk)
    kept, dropped = page.modules
    page.modules = [as_before(kept), module("Fira", "Ät tårta.")]
    page.goals, page.audience, page.title = "Nya mål", "Alla", "Nytt namn"
    page.save_revision().publish()
    page.refresh_from_db()
    new_module = f"modules:{CoursePage.objects.get(pk=course.pk).modules[1].id}"

    taken = adoptions.take_over(
        adoption=adoption,
        decisions={"goals": "theirs", "audience": "ours", new_module: "theirs", f"modules:{dropped.id}": "theirs"},
        actor=cast.coordinator_there,
        version_at=page.last_published_at,
    )

    own = copy_of(adoption)
    assert taken == 3
    assert (own.goals, own.audience, own.title) == ("Nya mål", "", "Mindre svinn")
    assert [m.value["title"] for m in own.modules] == ["Väg", "Fira"]
    assert Page.objects.get(pk=adoption.copy_id).live is False
    left = adoptions.news_for(Adoption.objects.get(pk=adoption.pk)).differences
    assert [d.key for d in left] == ["title"]
    assert Adoption.objects.with_newer_source().filter(pk=adoption.pk).exists()

    adoptions.take_over(
        adoption=adoption,
        decisions={"title": "ours"},
        actor=cast.coordinator_there,
        version_at=page.last_published_at,
    )

    assert not Adoption.objects.with_newer_source().filter(pk=adoption.pk).exists()


def test_a_published_own_version_is_never_changed_by_itself(cast, course):
    adoption = adapt(cast, course)
    Page.objects.get(pk=adoption.copy_id).specific.save_revision().publish()
    page = publish(course, goals="Nya mål")

    adoptions.take_over(
        adoption=adoption,
        decisions={"goals": "theirs"},
        actor=cast.coordinator_there,
        version_at=page.last_published_at,
    )

    live = CoursePage.objects.get(pk=adoption.copy_id)
    assert (live.goals, live.has_unpublished_changes) == ("Väga", True)
    assert copy_of(adoption).goals == "Nya mål"


def test_a_version_that_came_while_reading_is_not_taken_over_unseen(cast, course):
    adoption = adapt(cast, course)
    seen = publish(course, goals="Sett").last_published_at
    publish(course, goals="Osett")

    with pytest.raises(ActionRefused) as caught:
        adoptions.take_over(
            adoption=adoption, decisions={"goals": "theirs"}, actor=cast.coordinator_there, version_at=seen
        )

    assert (caught.value.code, copy_of(adoption).goals) == ("changed", "Väga")


@pytest.mark.parametrize("how", ["withdrawn", "unpublished", "deleted"])
def test_nothing_that_was_published_after_a_withdrawal_is_shown_and_the_copy_survives(cast, client_of, course, how):
    adoption = adapt(cast, course)
    if how == "withdrawn":
        sharing.withdraw(page=course, actor=cast.coordinator_here)
        publish(course, goals=CANARY, title=CANARY)
    elif how == "unpublished":
        publish(course, goals=CANARY, title=CANARY)
        CoursePage.objects.get(pk=course.pk).unpublish()
    else:
        publish(course, goals=CANARY, title=CANARY)
        CoursePage.objects.get(pk=course.pk).delete()
    client = client_of("coordinator_there")
    paths = ["", "nytt/", "hur-gick-det/"]

    pages = [client.get(f"/arbetsyta/vi-anvander/{adoption.public_id}/{path}") for path in paths]
    refused = client.post(f"/arbetsyta/vi-anvander/{adoption.public_id}/nytt/", {"part-goals": "theirs"})

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert [CANARY in page.content.decode() for page in [*pages, refused]] == [False] * 4
    assert refused.status_code == 409
    assert copy_of(adoption).goals == "Väga"
    mails = OutboxMessage.objects.filter(message="knowledge/news")
    assert [CANARY in mail.text for mail in mails if how == "withdrawn"] == []


def test_adopters_hear_of_news_once_until_they_have_looked(cast, course):
    adoption = adapt(cast, course)
    publish(course, goals="Ett")
    publish(course, goals="Två")

    mails = OutboxMessage.objects.filter(message="knowledge/news")
    assert [mail.to_email for mail in mails] == [cast.coordinator_there.email]
    assert f"/arbetsyta/vi-anvander/{adoption.public_id}/nytt/" in mails[0].text


def test_a_new_version_that_changes_nothing_we_took_over_is_no_news(cast, course):
    adoption = adapt(cast, course)

    publish(course, contact_name="Någon ny", contact_email="ny@trelleborg.example")

    assert OutboxMessage.objects.filter(message="knowledge/news").count() == 0
    assert not Adoption.objects.with_newer_source().filter(pk=adoption.pk).exists()


def test_another_municipalitys_adoption_does_not_exist(cast, client_of, course):
    adoption = adapt(cast, course)
    publish(course, goals="Nytt")

    for actor in ("coordinator_here", "staff_there", "municipality_admin"):
        for path in ("", "nytt/", "hur-gick-det/"):
            address = f"/arbetsyta/vi-anvander/{adoption.public_id}/{path}"
            assert [client_of(actor).get(address).status_code, client_of(actor).post(address).status_code] == [404, 404]


# --- Six months later --------------------------------------------------------------------------------------------


def test_adopters_are_asked_once_after_six_months(cast, course):
    now = timezone.now()
    old = adapt(cast, course, now=now - timedelta(days=183))
    young = adoptions.show(
        page=course, municipality=cast.there, actor=cast.coordinator_there, now=now - timedelta(days=181)
    )

    asked = [adoptions.ask_adopters(now=now), adoptions.ask_adopters(now=now)]

    assert asked == [1, 0]
    mails = OutboxMessage.objects.filter(message="knowledge/still_in_use")
    assert [mail.to_email for mail in mails] == [cast.coordinator_there.email]
    assert f"/arbetsyta/vi-anvander/{old.public_id}/hur-gick-det/" in mails[0].text
    assert Adoption.objects.get(pk=young.pk).asked_at is None


def test_the_answer_is_read_beside_the_original(cast, client_of, course):
    adoption = adapt(cast, course, what_changed="Två hinkar.", why="Litet kök.")
    path = f"/arbetsyta/vi-anvander/{adoption.public_id}/hur-gick-det/"

    opened = client_of("coordinator_there").get(path)
    assert opened.status_code == 200
    assert Adoption.objects.get(pk=adoption.pk).answered_at is None
    client_of("coordinator_there").post(path, {"still_in_use": "yes", "outcome": "En hink lättare."})

    page = client_of("staff_here").get(course.get_url()).content.decode()
    assert [text in page for text in ("Skurup", "Två hinkar.", "Litet kök.", "En hink lättare.")] == [True] * 4
    assert cast.coordinator_there.first_name not in page


def test_no_longer_in_use_needs_a_reason_and_ends_it(cast, client_of, course):
    adoption = adapt(cast, course)
    path = f"/arbetsyta/vi-anvander/{adoption.public_id}/hur-gick-det/"

    refused = client_of("coordinator_there").post(path, {"still_in_use": "no", "outcome": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["outcome"])
    assert Adoption.objects.get(pk=adoption.pk).answered_at is None

    client_of("coordinator_there").post(path, {"still_in_use": "no", "outcome": "Köket lades ned."})

    ended = Adoption.objects.get(pk=adoption.pk)
    assert (ended.is_active, ended.ended_reason, ended.still_in_use) == (False, "Köket lades ned.", StillInUse.NO)
    assert "Köket lades ned." in client_of("staff_here").get(course.get_url()).content.decode()


# --- Lineage -----------------------------------------------------------------------------------------------------


def names(node) -> tuple:
    return (node.municipality.short_name, node.title, [names(child) for child in node.children])


def test_the_lineage_names_what_the_reader_may_open_and_nothing_behind_what_they_may_not(cast):
    third = MunicipalityFactory(name="Vellinge kommun", short_name="Vellinge", slug="vellinge")
    coordinator = PersonFactory(member_of=third, roles=["coordinator"])
    root = MethodPageFactory(owner=cast.here, title="Väg", visibility=Visibility.PUBLIC)
    middle = Page.objects.get(pk=adapt(cast, root).copy_id).specific
    middle.title, middle.visibility, middle.shared_with = "Väg mindre", Visibility.SELECTED, [third]
    middle.save_revision().publish()
    last = adoptions.adapt(page=middle, municipality=third, actor=coordinator)
    leaf = publish(MethodPage.objects.get(pk=last.copy_id), title="Väg minst", visibility=Visibility.PUBLIC)
    member = PersonFactory(member_of=third)

    assert names(adoptions.lineage(root, member)) == (
        "Trelleborg",
        "Väg",
        [("Skurup", "Väg mindre", [("Vellinge", "Väg minst", [])])],
    )
    assert names(adoptions.lineage(root, cast.anonymous)) == ("Trelleborg", "Väg", [("Skurup", "", [])])
    assert names(adoptions.lineage(leaf, cast.anonymous)) == ("Vellinge", "Väg minst", [])
    assert names(adoptions.lineage(leaf, member))[:2] == ("Trelleborg", "Väg")


def test_an_own_version_names_its_original_only_to_those_who_may_read_it(cast, client_of):
    source = LessonPageFactory(owner=cast.here, title=CANARY, visibility=Visibility.SELECTED, shared_with=[cast.there])
    adoption = adapt(cast, source)
    copy = Page.objects.get(pk=adoption.copy_id).specific
    copy.title, copy.slug, copy.visibility = "Vår lärdom", "var-lardom", Visibility.PUBLIC
    copy.save_revision().publish()

    told = {name: CANARY in client_of(name).get("/skurup/var-lardom/").content.decode() for name in cast.actors()}

    assert {name for name, named in told.items() if not named} == {"anonymous", "outsider"}
    assert "Trelleborgs kommun" in client_of("anonymous").get("/skurup/var-lardom/").content.decode()


def test_a_page_costs_the_same_with_one_adopter_and_with_ten(cast, client_of, django_assert_max_num_queries):
    page = MethodPageFactory(owner=cast.here, visibility=Visibility.PUBLIC)

    def count() -> int:
        client_of("anonymous").get(page.get_url())
        with django_assert_max_num_queries(100) as captured:
            client_of("anonymous").get(page.get_url())
        return len(captured)

    counts = []
    for _number in range(10):
        municipality = MunicipalityFactory()
        actor = PersonFactory(member_of=municipality, roles=["coordinator"])
        adoption = adoptions.adapt(page=page, municipality=municipality, actor=actor)
        copy = Page.objects.get(pk=adoption.copy_id).specific
        copy.visibility = Visibility.PUBLIC
        copy.save_revision().publish()
        counts.append(count())

    assert counts[0] == counts[-1] == 24


# --- What is offered to whom -------------------------------------------------------------------------------------


def test_the_ways_to_use_a_page_are_offered_to_coordinators_elsewhere_and_its_care_to_its_own(cast, client_of, course):
    course = publish(course, visibility=Visibility.PUBLIC)
    editor = PersonFactory(member_of=cast.there, roles=["course_editor"])
    people = {**cast.actors(), "editor there": editor}

    content = {name: adoptions.ways_to_use(course, actor) for name, actor in people.items()}

    assert {name for name, shown in content.items() if shown["may_use"]} == {"coordinator_there", "portal_admin"}
    assert {name for name, shown in content.items() if shown["may_keep"]} == {"coordinator_here", "portal_admin"}


def test_a_page_that_is_no_longer_published_is_not_offered(cast, course):
    course.unpublish()

    assert adoptions.ways_to_use(CoursePage.objects.get(pk=course.pk), cast.coordinator_there)["may_use"] is False


def test_the_source_that_was_deleted_is_no_source(cast, course):
    adoption = adapt(cast, course)
    course.delete()

    assert adoptions.source_of(Adoption.objects.get(pk=adoption.pk)) is None
