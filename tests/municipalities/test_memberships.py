"""Joining, leaving, roles, and what a municipality consists of when it is new."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from guardian.models import GroupObjectPermission, UserObjectPermission
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

from cms.models import HomePage, MunicipalityPage, StandardPage
from portal.core.services import ActionRefused
from portal.municipalities.enums import Right, Role
from portal.municipalities.models import (
    Invitation,
    Membership,
    Municipality,
    MunicipalityGroupRight,
    OccupationalGroup,
    RoleGroup,
    Unit,
)
from portal.municipalities.permissions import has_right
from portal.municipalities.services import invitations, memberships, municipalities
from portal.notifications.models import OutboxMessage
from tests.factories.municipalities import MunicipalityFactory, PersonFactory

RIGHTS = {
    "staff": {"read_internal"},
    "manager": {"lead_team"},
    "door_helper": {"record_attendance"},
    "course_editor": {"write_content"},
    "approver": {"approve_content"},
    "coordinator": {
        "write_content",
        "edit_content",
        "approve_content",
        "manage_events",
        "record_attendance",
        "manage_collaborations",
    },
    "administrator": {"manage_members"},
}


def roles_of(person, municipality: Municipality) -> list[str]:
    return sorted(
        Group.objects.filter(user=person, role_group__municipality=municipality).values_list(
            "role_group__role", flat=True
        )
    )


def rights_of(person, municipality: Municipality) -> set[str]:
    """The rights as the next request reads them."""
    person = get_user_model().objects.get(pk=person.pk)
    return {
        right for rights in RIGHTS.values() for right in rights if has_right(person, _right(right), municipality.pk)
    }


def _right(codename: str):
    from portal.municipalities.enums import Right

    return Right(codename)


def refusal(action, **arguments) -> tuple[str, str]:
    with pytest.raises(ActionRefused) as caught:
        action(**arguments)
    return caught.value.code, caught.value.field


# --- Joining and leaving -------------------------------------------------------------------------------------


def test_who_joins_becomes_staff_and_nothing_more(cast):
    membership = memberships.join(person=cast.outsider, municipality=cast.here)

    assert roles_of(cast.outsider, cast.here) == ["staff"]
    assert rights_of(cast.outsider, cast.here) == {"read_internal"}
    assert rights_of(cast.outsider, cast.there) == set()
    assert membership.roles == [Role.STAFF]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_brings_its_rights_and_no_others(cast, role):
    memberships.join(person=cast.outsider, municipality=cast.here, roles=[role])

    assert roles_of(cast.outsider, cast.here) == sorted({"staff", role.value})
    assert rights_of(cast.outsider, cast.here) == RIGHTS["staff"] | RIGHTS[role.value]
    assert rights_of(cast.outsider, cast.there) == set()


def test_joining_twice_is_one_membership_and_takes_no_role_away(cast):
    first = memberships.join(person=cast.outsider, municipality=cast.here, roles=[Role.MANAGER])

    second = memberships.join(person=cast.outsider, municipality=cast.here)

    assert first == second
    assert Membership.objects.filter(person=cast.outsider).count() == 1
    assert roles_of(cast.outsider, cast.here) == ["manager", "staff"]


def test_leaving_ends_all_roles_here_and_none_elsewhere(cast):
    membership = memberships.join(person=cast.staff_here, municipality=cast.here, roles=[Role.COORDINATOR])
    memberships.join(person=cast.staff_here, municipality=cast.there, roles=[Role.MANAGER])

    memberships.leave(membership=membership)

    assert roles_of(cast.staff_here, cast.here) == []
    assert rights_of(cast.staff_here, cast.here) == set()
    assert roles_of(cast.staff_here, cast.there) == ["manager", "staff"]
    assert [m.municipality for m in cast.staff_here.memberships.all()] == [cast.there]


def test_set_roles_gives_exactly_these_beside_staff(cast):
    membership = memberships.join(person=cast.staff_here, municipality=cast.here, roles=[Role.COORDINATOR])
    memberships.join(person=cast.staff_here, municipality=cast.there, roles=[Role.COORDINATOR])

    memberships.set_roles(membership=membership, roles=[Role.MANAGER])

    assert roles_of(cast.staff_here, cast.here) == ["manager", "staff"]
    assert roles_of(cast.staff_here, cast.there) == ["coordinator", "staff"]


def test_a_unit_of_another_municipality_is_refused_and_nothing_written(cast):
    foreign = Unit.objects.create(municipality=cast.there, name="Köket i Skurup")
    membership = cast.staff_here.memberships.get()

    refusals = [
        refusal(memberships.join, person=cast.outsider, municipality=cast.here, unit=foreign),
        refusal(memberships.change, membership=membership, roles=[Role.MANAGER], unit=foreign, occupational_group=None),
    ]

    assert refusals == [("foreign_unit", "unit")] * 2
    assert not cast.outsider.memberships.exists()
    assert roles_of(cast.outsider, cast.here) == []
    assert roles_of(cast.staff_here, cast.here) == ["staff"]


# --- Rights count from the next request ----------------------------------------------------------------------


def test_a_given_and_a_taken_role_count_from_the_next_request(cast, client_of):
    client = client_of("staff_here")
    membership = cast.staff_here.memberships.get()
    answers = [client.get("/arbetsyta/tillfallen/").status_code]

    memberships.set_roles(membership=membership, roles=[Role.COORDINATOR])
    answers.append(client.get("/arbetsyta/tillfallen/").status_code)
    memberships.set_roles(membership=membership, roles=[])
    answers.append(client.get("/arbetsyta/tillfallen/").status_code)

    assert answers == [403, 200, 403]


def test_who_left_reads_nothing_internal_from_the_next_request(cast, client_of):
    section = MunicipalityPage.objects.get(municipality=cast.here)
    section.visibility = "internal"
    section.save_revision().publish()
    client = client_of("staff_here")
    before = client.get("/trelleborg/").status_code

    memberships.leave(membership=cast.staff_here.memberships.get())

    assert (before, client.get("/trelleborg/").status_code) == (200, 404)


def test_rights_are_up_to_date_on_the_same_object_after_a_change(cast):
    before = has_right(cast.staff_here, Right.MANAGE_EVENTS, cast.here.pk)

    membership = Membership.objects.get(person=cast.staff_here)
    membership.person = cast.staff_here
    memberships.set_roles(membership=membership, roles=[Role.COORDINATOR])

    assert (before, has_right(cast.staff_here, Right.MANAGE_EVENTS, cast.here.pk)) == (False, True)


# --- The last administrator ----------------------------------------------------------------------------------


def test_the_last_administrator_can_neither_leave_nor_lose_the_role(cast):
    membership = cast.municipality_admin.memberships.get()

    refusals = [
        refusal(memberships.leave, membership=membership),
        refusal(memberships.set_roles, membership=membership, roles=[Role.MANAGER]),
        refusal(memberships.change, membership=membership, roles=[], unit=None, occupational_group=None),
    ]

    assert refusals == [("last_administrator", "roles")] * 3
    assert roles_of(cast.municipality_admin, cast.here) == ["administrator", "staff"]
    assert Membership.objects.filter(pk=membership.pk).exists()


def test_a_deactivated_administrator_does_not_count(cast):
    PersonFactory(member_of=cast.here, roles=[Role.ADMINISTRATOR], is_active=False)

    code, _field = refusal(memberships.leave, membership=cast.municipality_admin.memberships.get())

    assert code == "last_administrator"


def test_an_administrator_elsewhere_does_not_count(cast):
    PersonFactory(member_of=cast.there, roles=[Role.ADMINISTRATOR])

    code, _field = refusal(memberships.leave, membership=cast.municipality_admin.memberships.get())

    assert code == "last_administrator"


def test_one_of_two_administrators_may_leave(cast):
    other = PersonFactory(member_of=cast.here, roles=[Role.ADMINISTRATOR])

    memberships.leave(membership=cast.municipality_admin.memberships.get())

    assert roles_of(cast.municipality_admin, cast.here) == []
    assert refusal(memberships.leave, membership=other.memberships.get())[0] == "last_administrator"


@pytest.mark.parametrize(
    "sent", [{"roles": ["manager"], "save": "1"}, {"save": "1"}, {"leave": "1"}], ids=["roles", "no roles", "leave"]
)
def test_the_page_says_at_the_field_why_the_last_administrator_stays(cast, client_of, sent):
    membership = cast.municipality_admin.memberships.get()

    answer = client_of("municipality_admin").post(f"/arbetsyta/medlem/{membership.pk}/", sent)

    [sentence] = answer.context["form"].errors["roles"]
    assert answer.status_code == 400
    assert "municipality_admin Ek" in sentence
    assert "Trelleborg" in sentence
    assert sentence in answer.content.decode()
    assert roles_of(cast.municipality_admin, cast.here) == ["administrator", "staff"]
    assert Membership.objects.filter(pk=membership.pk).exists()


# --- The page for one member ---------------------------------------------------------------------------------


def test_an_administrator_changes_roles_unit_and_group_of_a_member(cast, client_of):
    kitchen = Unit.objects.create(municipality=cast.here, name="Köket")
    cook, _created = OccupationalGroup.objects.get_or_create(name="Kock", slug="kock")
    membership = cast.staff_here.memberships.get()

    answer = client_of("municipality_admin").post(
        f"/arbetsyta/medlem/{membership.pk}/",
        {"roles": ["manager", "coordinator"], "unit": kitchen.pk, "occupational_group": cook.pk, "save": "1"},
    )

    membership.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/arbetsyta/kommuner/trelleborg/medlemmar/")
    assert roles_of(cast.staff_here, cast.here) == ["coordinator", "manager", "staff"]
    assert (membership.unit, membership.occupational_group) == (kitchen, cook)


def test_an_administrator_ends_a_membership(cast, client_of):
    membership = cast.staff_here.memberships.get()

    client_of("municipality_admin").post(f"/arbetsyta/medlem/{membership.pk}/", {"leave": "1"})

    assert not cast.staff_here.memberships.exists()
    assert roles_of(cast.staff_here, cast.here) == []
    assert get_user_model().objects.filter(pk=cast.staff_here.pk, is_active=True).exists()


def test_a_foreign_unit_and_an_unknown_role_are_refused_at_their_fields(cast, client_of):
    foreign = Unit.objects.create(municipality=cast.there, name="Kanarieköket")
    membership = cast.staff_here.memberships.get()

    answer = client_of("municipality_admin").post(
        f"/arbetsyta/medlem/{membership.pk}/", {"roles": ["superuser"], "unit": foreign.pk, "save": "1"}
    )

    membership.refresh_from_db()
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"roles", "unit"}
    assert "Kanarieköket" not in answer.content.decode()
    assert membership.unit is None
    assert roles_of(cast.staff_here, cast.here) == ["staff"]


# --- Here cannot touch there ---------------------------------------------------------------------------------


def test_an_administrator_of_here_finds_nothing_of_there(cast, client_of):
    there_admin = PersonFactory(
        first_name="Kanarie", email="kanarie@skurup.example", member_of=cast.there, roles=[Role.ADMINISTRATOR]
    )
    Unit.objects.create(municipality=cast.there, name="Kanarieköket")
    invitation = invitations.invite(
        municipality=cast.there, email="kanarie2@skurup.example", roles=[], invited_by=there_admin
    )
    membership = cast.staff_there.memberships.get()
    before = _fingerprint()
    client = client_of("municipality_admin")

    answers = [
        client.get(f"/arbetsyta/medlem/{membership.pk}/"),
        client.post(f"/arbetsyta/medlem/{membership.pk}/", {"roles": ["administrator"], "save": "1"}),
        client.post(f"/arbetsyta/medlem/{membership.pk}/", {"leave": "1"}),
        client.get("/arbetsyta/kommuner/skurup/medlemmar/"),
        client.post("/arbetsyta/kommuner/skurup/medlemmar/bjud-in/", {"email": "ny@skurup.example"}),
        client.post("/arbetsyta/kommuner/skurup/enheter/", {"name": "Vårt kök"}),
        client.post(f"/arbetsyta/inbjudan/{invitation.pk}/ta-tillbaka/"),
        client.get("/arbetsyta/kommuner/skurup/"),
        client.post("/arbetsyta/kommuner/skurup/", {"name": "Taget"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert not any("anarie" in answer.content.decode() for answer in answers)
    assert _fingerprint() == before


def _fingerprint() -> dict:
    return {
        "groups": sorted(Group.objects.values_list("name", "user")),
        "memberships": sorted(Membership.objects.values_list("pk", "person", "municipality", "unit")),
        "invitations": sorted(Invitation.objects.values_list("pk", "email", "withdrawn_at")),
        "units": sorted(Unit.objects.values_list("municipality", "name")),
        "municipalities": sorted(Municipality.objects.values_list("pk", "name")),
        "mails": OutboxMessage.objects.count(),
    }


def test_the_member_list_shows_own_members_only(cast, client_of):
    both = PersonFactory(first_name="Båda", last_name="Ek", member_of=cast.here)
    memberships.join(person=both, municipality=cast.there, roles=[Role.ADMINISTRATOR])

    answer = client_of("municipality_admin").get("/arbetsyta/kommuner/trelleborg/medlemmar/")

    shown = {str(m.person): [role.value for role in m.roles] for m in answer.context["memberships"]}
    assert shown == {
        "staff_here Ek": ["staff"],
        "manager Ek": ["staff", "manager"],
        "coordinator_here Ek": ["staff", "coordinator"],
        "municipality_admin Ek": ["staff", "administrator"],
        "Båda Ek": ["staff"],
    }
    assert "staff_there" not in answer.content.decode()


@pytest.fixture
def address_taken_by_a_page(cast) -> StandardPage:
    return HomePage.objects.get().add_child(instance=StandardPage(title="Om", slug="vellinge", summary="Om."))


# --- A new municipality --------------------------------------------------------------------------------------


def guardian_rights(municipality: Municipality) -> dict[str, set[str]]:
    rows = MunicipalityGroupRight.objects.filter(content_object=municipality)
    rights: dict[str, set[str]] = {}
    for role, codename in rows.values_list("group__role_group__role", "permission__codename"):
        rights.setdefault(role, set()).add(codename)
    return rights


def test_a_new_municipality_has_role_groups_with_guardian_rights(cast):
    municipality = MunicipalityFactory(name="Vellinge kommun", short_name="Vellinge", slug="vellinge")

    groups = RoleGroup.objects.filter(municipality=municipality)
    assert set(groups.values_list("role", "group__name")) == {(role.value, f"vellinge: {role.value}") for role in Role}
    assert guardian_rights(municipality) == RIGHTS
    assert not get_user_model().objects.filter(groups__role_group__municipality=municipality).exists()


def test_a_new_municipality_has_a_section_and_a_collection_for_its_coordinators_alone(cast):
    municipality = MunicipalityFactory(name="Vellinge kommun", short_name="Vellinge", slug="vellinge")

    section = MunicipalityPage.objects.get(municipality=municipality)
    coordinators = Group.objects.get(name="vellinge: coordinator")
    assert (section.title, section.slug, section.live, section.visibility) == (
        "Vellinge kommun",
        "vellinge",
        True,
        "public",
    )
    assert section.get_parent().specific == HomePage.objects.get()
    assert section.collection.name == "Vellinge kommun"
    assert section.collection.get_parent() == Collection.get_first_root_node()
    rights = GroupPagePermission.objects.filter(page_id=section.pk).values_list(
        "group__role_group__role", "permission__codename"
    )
    assert set(rights) == {
        *(("coordinator", name) for name in ("add_page", "change_page", "publish_page")),
        *(("course_editor", name) for name in ("add_page", "change_page")),
    }
    assert set(
        GroupCollectionPermission.objects.filter(collection=section.collection).values_list(
            "group__role_group__role", "permission__codename"
        )
    ) == {
        (role, name)
        for role in ("coordinator", "course_editor")
        for name in (
            *("add_image", "change_image", "choose_image"),
            *("add_document", "change_document", "choose_document"),
        )
    }
    assert GroupPagePermission.objects.filter(group=coordinators).count() == 3
    assert GroupCollectionPermission.objects.filter(group=coordinators).count() == 6


def test_the_portal_administrator_creates_a_municipality(cast, client_of):
    answer = client_of("portal_admin").post(
        "/arbetsyta/kommuner/ny/",
        {
            "kind": "organisation",
            "name": "Stiftelsen Fryshuset",
            "short_name": "Fryshuset",
            "slug": "fryshuset",
            "email_domains": "@Fryshuset.se\nfryshuset.example",
            "accent_colour": "#123456",
        },
    )

    made = Municipality.objects.get(slug="fryshuset")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/arbetsyta/kommuner/fryshuset/medlemmar/")
    assert (made.kind, made.municipality_code, made.email_domains) == (
        "organisation",
        "",
        ["fryshuset.example", "fryshuset.se"],
    )
    assert guardian_rights(made) == RIGHTS
    assert MunicipalityPage.objects.filter(municipality=made, live=True).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Skurups kommun"),
        ("slug", "skurup"),
        ("slug", "två ord"),
        ("accent_colour", "red;}body{display:none"),
        ("organisation_number", "212000"),
        ("municipality_code", "12"),
        ("email_domains", "inte en domän"),
    ],
)
def test_a_wrong_municipality_is_explained_at_the_field_and_not_made(cast, client_of, field, value):
    right = {
        "kind": "municipality",
        "name": "Vellinge kommun",
        "short_name": "Vellinge",
        "slug": "vellinge",
        "accent_colour": "#123456",
    }
    before = _fingerprint()

    answer = client_of("portal_admin").post("/arbetsyta/kommuner/ny/", {**right, field: value})

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert _fingerprint() == before
    assert not MunicipalityPage.objects.filter(slug="vellinge").exists()


def test_creating_a_municipality_is_all_or_nothing(cast, address_taken_by_a_page):
    before = _fingerprint()

    with pytest.raises(ValidationError):
        municipalities.create(name="Vellinge kommun", short_name="Vellinge", slug="vellinge")

    assert _fingerprint() == before
    assert not Group.objects.filter(name__startswith="vellinge").exists()


def test_an_address_that_a_page_has_is_explained_at_the_field(cast, client_of, address_taken_by_a_page):
    before = _fingerprint()

    answer = client_of("portal_admin").post(
        "/arbetsyta/kommuner/ny/",
        {
            "kind": "municipality",
            "name": "Vellinge kommun",
            "short_name": "Vellinge",
            "slug": "vellinge",
            "accent_colour": "#123456",
        },
    )

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["slug"]
    assert _fingerprint() == before


# --- Grants go to groups, on municipalities ------------------------------------------------------------------


def test_guardian_rights_are_held_by_role_groups_only(cast):
    MunicipalityFactory()

    assert not MunicipalityGroupRight.objects.filter(group__role_group__isnull=True).exists()
    for group in RoleGroup.objects.select_related("municipality"):
        held = MunicipalityGroupRight.objects.filter(group=group.group)
        assert {right.content_object_id for right in held} == {group.municipality_id}
        assert {right.permission.codename for right in held} == RIGHTS[group.role]


def test_nobody_has_rights_of_their_own(cast):
    assert not UserObjectPermission.objects.exists()
    assert not GroupObjectPermission.objects.exists()
    assert not get_user_model().user_permissions.through.objects.exists()
    assert list(get_user_model().objects.filter(is_superuser=True)) == [cast.portal_admin]


def test_role_groups_have_no_right_over_everything_but_the_editors_door(cast):
    held = {
        (group.role_group.role, permission.content_type.app_label, permission.codename)
        for group in Group.objects.filter(role_group__isnull=False)
        for permission in group.permissions.select_related("content_type")
    }

    assert held == {(role, "wagtailadmin", "access_admin") for role in ("coordinator", "course_editor", "approver")}
    assert Permission.objects.filter(codename="access_admin").count() == 1


def test_everybody_is_in_role_groups_of_their_memberships_and_in_no_other(cast):
    held = set(Group.objects.exclude(user=None).values_list("user", "role_group__municipality"))

    assert held == set(Membership.objects.values_list("person", "municipality"))
