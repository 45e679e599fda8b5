"""Wagtail's editor, seen by another municipality's coordinator: nothing of ours that we have not shared."""

import re

import pytest
from django.urls import reverse

from cms.models import CoursePage, MunicipalityPage, PortalImage
from portal.municipalities.enums import Visibility
from tests.factories.cms import CoursePageFactory

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
