"""Wagtail's editor, seen by another municipality's coordinator: nothing of ours that we have not shared."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.views.pages.listing import PageFilterSet
from wagtail.models import GroupPagePermission

from cms.models import ApprovalTask, CoursePage, MunicipalityPage, PortalImage, StandardPage
from cms.permission_policies import page_policy
from cms.services import co_editing
from portal.knowledge.models import CoEditing
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.services import municipalities
from tests.factories.cms import CoursePageFactory, PictureFactory, StandardPageFactory
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory, PersonFactory

CANARY = "Kanariefågel"


@pytest.fixture
def secret(cast) -> CoursePage:
    """A published internal course and a draft, both here's own."""
    CoursePageFactory(owner=cast.here, title=f"{CANARY} utkast", live=False)
    return CoursePageFactory(owner=cast.here, title=f"{CANARY} intern")


def test_only_coordinators_and_portal_administrators_enter_the_editor(cast, client_of):
    inside = {name for name in cast.actors() if client_of(name).get(reverse("wagtailadmin_home")).status_code == 200}

    assert inside == {"coordinator_here", "coordinator_there", "portal_admin"}


def test_the_own_coordinator_edits_and_publishes(cast, client_of, secret):
    client = client_of("coordinator_here")

    assert client.get(reverse("wagtailadmin_pages:edit", args=[secret.pk])).status_code == 200
    assert CANARY in client.get(reverse("wagtailadmin_explore", args=[secret.get_parent().pk])).content.decode()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("wagtailadmin_home", []),
        ("wagtailadmin_explore_root", []),
        ("wagtailadmin_choose_page", []),
        ("wagtailadmin_choose_page_child", ["section"]),
        ("wagtailadmin_choose_page_search", []),
        ("wagtailadmin_pages:search", []),
        ("wagtailadmin_pages:edit", ["secret"]),
        ("wagtailadmin_pages:history", ["secret"]),
        ("wagtailadmin_pages:copy", ["secret"]),
        ("wagtailadmin_pages:move", ["secret"]),
        ("wagtailadmin_pages:delete", ["secret"]),
        ("wagtailadmin_pages:unpublish", ["secret"]),
        ("wagtailadmin_pages:usage", ["secret"]),
        ("wagtailadmin_pages:view_draft", ["secret"]),
        ("wagtailadmin_pages:convert_alias", ["secret"]),
        ("wagtailadmin_explore", ["section"]),
        ("wagtailadmin_pages:type_use", ["type"]),
        ("wagtailadmin_reports:site_history", []),
        ("wagtailadmin_reports:aging_pages", []),
        ("wagtailadmin_reports:page_types_usage", []),
        ("wagtailadmin_reports:locked_pages", []),
    ],
)
def test_another_coordinator_meets_no_title_of_ours(cast, client_of, secret, name, arguments):
    ids = {"secret": secret.pk, "section": secret.get_parent().pk}
    path = reverse(name, args=["cms", "coursepage"] if arguments == ["type"] else [ids[a] for a in arguments])

    answer = client_of("coordinator_there").get(f"{path}?q={CANARY}", follow=True)

    # What was asked for is said back in the box and the heading; the titles go on ("intern", "utkast").
    assert re.findall(f"{CANARY} (?:intern|utkast)", answer.content.decode()) == []


@pytest.mark.parametrize("action", ["delete", "move", "publish", "unpublish"])
def test_a_bulk_action_names_no_page_of_ours_to_another_coordinator(cast, client_of, secret, action):
    path = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])

    answer = client_of("coordinator_there").get(f"{path}?id={secret.pk}&next=/redaktion/", follow=True)

    assert CANARY not in answer.content.decode()


def test_a_bulk_action_on_a_listing_of_ours_or_on_our_pictures_names_nothing(cast, client_of, secret):
    section = MunicipalityPage.objects.get(municipality=cast.here)
    picture = PortalImage.objects.create(
        title=CANARY, file="original_images/x/kanariefagel.jpg", width=1, height=1, collection=section.collection
    )
    client = client_of("coordinator_there")
    paths = [
        reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id=all&childOf={section.pk}",
        reverse("wagtail_bulk_action", args=["cms", "portalimage", "delete"]) + f"?id={picture.pk}",
    ]

    assert [CANARY in client.get(path, follow=True).content.decode() for path in paths] == [False, False]


def test_a_bulk_action_on_ones_own_pages_works(cast, client_of, secret):
    path = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])

    assert client_of("coordinator_here").get(f"{path}?id={secret.pk}&next=/redaktion/").status_code == 200


def test_moving_names_no_page_of_ours_as_the_place(cast, client_of, secret):
    own = CoursePageFactory(owner=cast.there, title="Egen kurs")
    client = client_of("coordinator_there")
    paths = [
        reverse("wagtailadmin_pages:move_confirm", args=[own.pk, secret.pk]),
        reverse("wagtailadmin_pages:move_confirm", args=[secret.pk, own.get_parent().pk]),
        reverse("wagtailadmin_pages:copy", args=[own.pk]) + f"?new_parent_page={secret.pk}",
    ]

    named = [path for path in paths if CANARY in client.get(path, follow=True).content.decode()]

    assert named == []


def test_another_coordinator_changes_nothing_of_ours(cast, client_of, secret):
    client = client_of("coordinator_there")
    before = list(CoursePage.objects.order_by("pk").values())

    for name in ("edit", "copy", "delete", "unpublish"):
        client.post(reverse(f"wagtailadmin_pages:{name}", args=[secret.pk]), {"title": "Kapad", "new_title": "Kapad"})
    own = MunicipalityPage.objects.get(municipality=cast.there)
    client.post(reverse("wagtailadmin_pages:move_confirm", args=[secret.pk, own.pk]))
    section = MunicipalityPage.objects.get(municipality=cast.here)
    client.post(reverse("wagtailadmin_pages:add", args=["cms", "coursepage", section.pk]), {"title": "Kapad"})

    assert list(CoursePage.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("actor", ["coordinator_here", "portal_admin"])
def test_a_section_itself_is_neither_deleted_moved_nor_copied(cast, client_of, actor):
    section = MunicipalityPage.objects.get(municipality=cast.here)
    client = client_of(actor)

    for name in ("delete", "copy"):
        client.post(reverse(f"wagtailadmin_pages:{name}", args=[section.pk]), {"new_title": "X", "new_slug": "x"})
    client.post(reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id={section.pk}")

    assert MunicipalityPage.objects.count() == 2


def test_a_copied_page_belongs_to_the_section_it_stands_in(cast):
    page = CoursePageFactory(owner=cast.here, visibility=Visibility.INTERNAL)

    copy = page.copy(to=MunicipalityPage.objects.get(municipality=cast.there), update_attrs={"slug": "kopia"})

    assert (page.municipality, copy.municipality) == (cast.here, cast.there)


def test_a_moved_page_belongs_to_the_section_it_stands_in_and_changes_its_readers(cast, client_of):
    page = CoursePageFactory(owner=cast.here, title=CANARY, visibility=Visibility.INTERNAL)

    page.move(MunicipalityPage.objects.get(municipality=cast.there), pos="last-child")

    assert CoursePage.objects.get(pk=page.pk).municipality == cast.there
    found = {name for name in cast.actors() if "/skurup/" in client_of(name).get(f"/sok/?q={CANARY}").content.decode()}
    assert found == {"staff_there", "coordinator_there", "portal_admin"}


def test_pictures_of_another_municipality_cannot_be_chosen_or_changed(cast, client_of):
    section = MunicipalityPage.objects.get(municipality=cast.here)
    picture = PortalImage.objects.create(
        title=CANARY, file="original_images/x/kanariefagel.jpg", width=1, height=1, collection=section.collection
    )
    client = client_of("coordinator_there")

    pages = [
        client.get(reverse("wagtailimages:index")),
        client.get(reverse("wagtailimages_chooser:choose")),
        client.get(reverse("wagtailimages:edit", args=[picture.pk]), follow=True),
    ]

    assert [CANARY in page.content.decode() for page in pages] == [False, False, False]


def test_what_no_feature_uses_is_the_portal_administrators_only(cast, client_of):
    section = MunicipalityPage.objects.get(municipality=cast.here)
    paths = [
        reverse("wagtailadmin_api:documents:listing"),
        reverse("wagtailadmin_api:images:listing"),
        reverse("wagtailadmin_api:pages:find") + f"?id={section.pk}",
        reverse("wagtailadmin_collections:index"),
        reverse("wagtailadmin_pages:set_privacy", args=[section.pk]),
        reverse("wagtailadmin_reports:aging_pages"),
        reverse("wagtailadmin_tag_autocomplete"),
        reverse("wagtailadmin_workflows:index"),
        reverse("wagtailsettings:edit", args=["cms", "portalsettings"]),
        reverse("wagtailsites:index"),
        reverse("wagtailsnippets:index"),
        reverse("wagtailusers_groups:index"),
        reverse("wagtailusers_users:index"),
    ]

    met = {actor: {client_of(actor).get(path).status_code for path in paths} for actor in ("coordinator_here",)}
    of_admin = {path: client_of("portal_admin").get(path).status_code for path in paths}

    assert met == {"coordinator_here": {404}}
    assert {path for path, status in of_admin.items() if status not in (200, 302)} == set()


def test_the_menu_leads_a_coordinator_nowhere_else(cast, client_of):
    def leads(actor: str) -> set[str]:
        page = client_of(actor).get(reverse("wagtailadmin_home")).content.decode()
        return {word for word in ('"reports"', '"help"', '"explorer"') if word in page}

    assert leads("coordinator_here") == {'"explorer"'}
    assert leads("portal_admin") == {'"reports"', '"help"', '"explorer"'}


@pytest.mark.parametrize("name", ["delete", "copy", "move_confirm"])
def test_a_section_says_why_it_stays(cast, client_of, name):
    section = MunicipalityPage.objects.get(municipality=cast.here)
    arguments = [section.pk, section.get_parent().pk] if name == "move_confirm" else [section.pk]
    client = client_of("portal_admin")

    answer = client.post(reverse(f"wagtailadmin_pages:{name}", args=arguments), follow=True)

    assert answer.redirect_chain[0] == (reverse("wagtailadmin_explore", args=[section.pk]), 302)
    assert "En kommuns egen sida kan inte tas bort, flyttas eller kopieras." in answer.content.decode()


def test_a_page_in_the_section_is_deleted_and_copied(cast, client_of, secret):
    client = client_of("coordinator_here")
    copied = {"new_title": "Kopian", "new_slug": "kopian", "new_parent_page": secret.get_parent().pk}

    client.post(reverse("wagtailadmin_pages:copy", args=[secret.pk]), copied)
    client.post(reverse("wagtailadmin_pages:delete", args=[secret.pk]))

    assert set(CoursePage.objects.values_list("title", flat=True)) == {"Kopian", f"{CANARY} utkast"}


@pytest.mark.parametrize(
    ("action", "alias", "refused"),
    [("publish", True, True), ("publish", False, False), ("unpublish", True, False), ("unpublish", False, False)],
)
def test_a_page_that_mirrors_another_is_published_with_that_one_only(cast, client_of, secret, action, alias, refused):
    page = secret.create_alias(update_slug="spegling") if alias else secret
    path = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])

    answer = client_of("coordinator_here").post(f"{path}?id={page.pk}&next=/mina-sidor/", {})

    assert answer.headers["Location"] == (reverse("wagtailadmin_explore_root") if refused else "/mina-sidor/")


def test_what_waits_for_approval_is_previewed_by_those_who_may_only(cast, client_of, secret):
    municipalities.switch_approval(municipality=cast.here, needed=True, actor=cast.municipality_admin)
    municipalities.switch_approval(municipality=cast.there, needed=True, actor=cast.portal_admin)
    secret.get_workflow().start(secret, cast.coordinator_here)
    of_here, of_there = (ApprovalTask.objects.get(municipality=place) for place in (cast.here, cast.there))

    def status(actor: str, task: ApprovalTask) -> int:
        path = reverse("wagtailadmin_pages:workflow_preview", args=[secret.pk, task.pk])
        return client_of(actor).get(path).status_code

    assert status("portal_admin", of_here) == 200
    assert {status("coordinator_there", task) for task in (of_here, of_there)} == {404}
    assert status("portal_admin", of_there) == 404


@pytest.mark.parametrize(
    ("ids", "status"),
    [(["own"], 200), (["secret"], 404), (["own", "secret"], 404), (["x"], 400), (["²"], 400), (["9" * 5], 404)],
)
def test_only_what_one_may_choose_is_named_as_chosen(cast, client_of, secret, ids, status):
    pages = {"secret": secret.pk, "own": CoursePageFactory(owner=cast.there, title="Egen kurs").pk}
    path = reverse("wagtailadmin_choose_page_chosen_multiple")

    answer = client_of("coordinator_there").get(path, {"id": [pages.get(name, name) for name in ids]})

    assert (answer.status_code, CANARY in answer.content.decode()) == (status, False)


def test_the_chooser_browses_what_one_may_read(cast, client_of, secret):
    path = reverse("wagtailadmin_choose_page_child", args=[secret.get_parent().pk])

    assert {client_of(actor).get(path).status_code for actor in ("coordinator_here", "coordinator_there")} == {200}
    inner = reverse("wagtailadmin_choose_page_child", args=[secret.pk])
    assert [client_of(actor).get(inner).status_code for actor in ("coordinator_here", "coordinator_there")] == [
        200,
        404,
    ]


def test_a_link_out_needs_an_address(cast, client_of):
    client, path = client_of("coordinator_here"), reverse("wagtailadmin_choose_page_external_link")
    form = {"external-link-chooser-url": "https://skolmat.example/", "external-link-chooser-link_text": "Skolmat"}

    answers = [
        client.get(path),
        client.post(path, form),
        client.post(path, {**form, "external-link-chooser-url": ""}),
        client.post(path, {}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 400, 400]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("id={own}", 200),
        ("id={own}&childOf={root}", 200),
        ("id={own}&id={secret}", 404),
        ("id=x", 400),
        ("id=²", 400),
        ("id=9999999999999999999", 400),
        ("id=all&childOf={own_section}", 200),
        ("id=all&childOf={root}", 404),
        ("id=all&childOf={section}", 404),
        ("id=all&childOf=x", 400),
        ("id=all&childOf=9999999", 404),
        ("id=all&id={secret}&childOf={own_section}", 200),
        ("id=all", 200),
        ("id=all&q=kurs", 200),
        ("id=all&q=Kanariefågel", 404),
        ("id=all&q=Kanariefågel&childOf={section}", 404),
    ],
)
def test_a_bulk_action_takes_what_one_may_change_and_names_nothing_else(cast, client_of, secret, query, status):
    own = CoursePageFactory(owner=cast.there, title="Egen kurs")
    ids = {
        "own": own.pk,
        "secret": secret.pk,
        "root": 1,
        "section": secret.get_parent().pk,
        "own_section": own.get_parent().pk,
    }
    path = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])

    answer = client_of("coordinator_there").get(f"{path}?{query.format(**ids)}&next=/redaktion/")

    shown = answer.content.decode()
    assert (answer.status_code, "Egen kurs" in shown) == (status, status == 200)
    assert (f"{CANARY} intern" in shown, f"{CANARY} utkast" in shown) == (False, False)


def test_all_pictures_of_ones_own_collection_are_taken_at_once(cast, client_of):
    own, ours = (
        PictureFactory(owner=place, title=title) for place, title in ((cast.there, "Egen"), (cast.here, CANARY))
    )
    path = reverse("wagtail_bulk_action", args=["cms", "portalimage", "delete"])

    pages = {
        picture.title: client_of("coordinator_there").get(f"{path}?id=all&childOf={picture.collection_id}")
        for picture in (own, ours)
    }

    assert {title: page.status_code for title, page in pages.items()} == {"Egen": 200, CANARY: 404}
    assert ("Egen" in pages["Egen"].content.decode(), CANARY in pages[CANARY].content.decode()) == (True, False)


def test_pages_are_filtered_by_people_who_write_and_are_ones_own(cast):
    by = [(cast.here, cast.coordinator_here), (cast.there, cast.coordinator_there), (cast.there, cast.portal_admin)]
    for place, writer in by:
        CoursePage.objects.filter(pk=CoursePageFactory(owner=place).pk).update(owner=writer)
    request = RequestFactory().get("/redaktion/")

    offered = {}
    for actor in ("coordinator_here", "coordinator_there", "portal_admin"):
        request.user = getattr(cast, actor)
        offered[actor] = {person.first_name for person in PageFilterSet.declared_filters["owner"].queryset(request)}

    here, there = {"coordinator_here"}, {"coordinator_there"}
    assert offered == {"coordinator_here": here, "coordinator_there": there, "portal_admin": here | there | {"Portal"}}


def test_rights_on_a_section_are_those_of_its_own_role_groups_and_of_groups_beside_them(cast):
    """Rows that something else left behind give nothing; a group that the portal administrator made still does."""
    section = MunicipalityPage.objects.get(municipality=cast.here)
    page = CoursePageFactory(owner=cast.here, title="Kursen")
    editors = Group.objects.create(name="Redaktion i hela portalen")
    change = Permission.objects.get(content_type__app_label="wagtailcore", codename="change_page")
    of_there = Group.objects.get(role_group__municipality=cast.there, role_group__role=Role.COORDINATOR)
    for group, place in ((of_there, section), (of_there, page), (editors, page)):
        GroupPagePermission.objects.create(group=group, page=place, permission=change)
    editor = PersonFactory()
    editor.groups.add(editors)

    def may_change(user) -> bool:
        return page_policy.user_has_permission_for_instance(user, "change", page)

    assert (may_change(editor), may_change(cast.coordinator_there)) == (True, False)


@pytest.mark.parametrize("invited", ["this page", "another page", "a third municipality"])
def test_an_invitation_opens_the_one_page_for_the_one_municipality(cast, invited):
    third = MunicipalityFactory()
    page, other = (CoursePageFactory(owner=cast.here, title=title) for title in ("Kursen", "En annan"))
    change = Permission.objects.get(content_type__app_label="wagtailcore", codename="change_page")
    of_there = Group.objects.get(role_group__municipality=cast.there, role_group__role=Role.COORDINATOR)
    # The row that inviting writes, left behind by an invitation to this page that has ended.
    GroupPagePermission.objects.create(group=of_there, page=page, permission=change)
    CoEditing.objects.create(
        page=other if invited == "another page" else page,
        owner=cast.here,
        municipality=third if invited == "a third municipality" else cast.there,
        until=timezone.localdate(),
    )

    may = page_policy.user_has_permission_for_instance(cast.coordinator_there, "change", page)

    assert may is (invited == "this page")


def test_a_page_that_was_written_together_is_not_named_afterwards(cast, client_of):
    page = CoursePageFactory(owner=cast.here, title=CANARY)
    row = co_editing.invite(page=page, municipality=cast.there, until=timezone.localdate(), actor=cast.coordinator_here)
    CoEditing.objects.filter(pk=row.pk).update(until=timezone.localdate() - timedelta(days=1))
    path = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id={page.pk}"

    answer = client_of("coordinator_there").get(path, follow=True)

    assert CANARY not in answer.content.decode()


def test_a_link_to_a_page_of_ours_cannot_be_slipped_in(cast, client_of, secret):
    own = StandardPageFactory(owner=cast.there)
    client = client_of("coordinator_there")
    data = {"title": own.title, "slug": own.slug, "summary": "Kort.", "visibility": "internal"}
    data |= {"body-count": "1", "body-0-type": "paragraph", "body-0-order": "0", "body-0-deleted": ""}

    def linked_to(page) -> bool:
        ranges = {"entityRanges": [{"key": 0, "offset": 0, "length": 3}], "inlineStyleRanges": []}
        block = {"key": "a", "text": "Se här", "type": "unstyled", "depth": 0} | ranges
        entity = {"type": "LINK", "mutability": "MUTABLE", "data": {"id": page.pk}}
        text = json.dumps({"blocks": [block], "entityMap": {"0": entity}})
        client.post(reverse("wagtailadmin_pages:edit", args=[own.pk]), data | {"body-0-value": text})
        return (
            f'id="{page.pk}"'
            in json.loads(StandardPage.objects.get(pk=own.pk).get_latest_revision().content["body"])[0]["value"]
        )

    assert (linked_to(own), linked_to(secret)) == (True, False)


def test_an_editor_chooses_among_the_own_municipalitys_projects(cast, client_of):
    ours, theirs = CollaborationFactory(lead=cast.here), CollaborationFactory(lead=cast.there)
    common = CollaborationFactory(lead=cast.there, partners=[cast.here])
    page = CoursePageFactory(owner=cast.here)

    editor = client_of("coordinator_here").get(reverse("wagtailadmin_pages:edit", args=[page.pk]))

    offered = set(editor.context["form"].fields["collaboration"].queryset)
    assert (offered >= {ours, common}, theirs in offered) == (True, False)
