"""Who may do what, in plain words; and the log that nobody changes."""

import csv
import io

import pytest
from django.db import DatabaseError, transaction

from portal.core.services import ActionRefused
from portal.municipalities.enums import RIGHTS_OF_ROLE, AuditAct, Right, Role
from portal.municipalities.models import AuditEntry
from portal.municipalities.services import audit, memberships
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PersonFactory


def record(cast, **fields) -> AuditEntry:
    return audit.record(
        **{"municipality": cast.here, "actor": cast.coordinator_here, "act": AuditAct.PAGE_PUBLISHED, **fields}
    )


# --- Roles -------------------------------------------------------------------------------------------------------


def test_the_roles_page_says_for_each_member_what_they_may_do_and_who_can_change_it(cast, client_of):
    PersonFactory(member_of=cast.here, roles=[Role.DOOR_HELPER], first_name="Dora", last_name="Dörr")

    page = client_of("municipality_admin").get("/arbetsyta/kommuner/trelleborg/roller/")

    said = {str(member.person): list(rights) for member, rights in page.context["members"]}
    assert said["Dora Dörr"] == [Right.READ_INTERNAL, Right.RECORD_ATTENDANCE]
    of_coordinator = {Right.READ_INTERNAL, *RIGHTS_OF_ROLE[Role.COORDINATOR]}
    assert said["coordinator_here Ek"] == [right for right in Right if right in of_coordinator]
    assert [str(person) for person in page.context["administrators"]] == ["municipality_admin Ek"]
    assert "Pricka av vilka som kom till ett tillfälle" in page.content.decode()
    assert "staff_there" not in page.content.decode()


def test_every_right_has_a_sentence_of_its_own():
    labels = [str(right.label) for right in Right]

    assert len(set(labels)) == len(labels)
    assert {right for rights in RIGHTS_OF_ROLE.values() for right in rights} == set(Right)


def test_everybody_reads_what_they_may_do_themselves(cast, client_of):
    pages = {name: client_of(name).get("/mina-sidor/roller/") for name in ("staff_here", "manager", "outsider")}

    own = {
        name: [(m.municipality.slug, rights) for m, rights, _admins in page.context["memberships"]]
        for name, page in pages.items()
    }
    assert own == {
        "staff_here": [("trelleborg", [Right.READ_INTERNAL])],
        "manager": [("trelleborg", [Right.READ_INTERNAL, Right.LEAD_TEAM])],
        "outsider": [],
    }
    assert "municipality_admin@example.org" in pages["staff_here"].content.decode()


@pytest.mark.parametrize("how", ["set_roles", "leave"])
def test_the_last_coordinator_stays(cast, how):
    membership = cast.coordinator_here.memberships.get()

    arguments = {"roles": []} if how == "set_roles" else {}
    with pytest.raises(ActionRefused) as caught:
        getattr(memberships, how)(membership=membership, **arguments)

    assert (caught.value.code, caught.value.field) == ("last_coordinator", "roles")
    PersonFactory(member_of=cast.here, roles=[Role.COORDINATOR])
    memberships.set_roles(membership=membership, roles=[])
    assert membership.roles == [Role.STAFF]


def test_the_roles_page_costs_the_same_with_one_member_and_with_ten(cast, client_of, django_assert_num_queries):
    client = client_of("municipality_admin")
    for _number in range(2):
        client.get("/arbetsyta/kommuner/trelleborg/roller/")
        with django_assert_num_queries(10):
            client.get("/arbetsyta/kommuner/trelleborg/roller/")
        for _person in range(9):
            PersonFactory(member_of=cast.here, roles=[Role.DOOR_HELPER])


# --- The log -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["update", "delete", "save"])
def test_the_database_itself_refuses_to_change_or_delete_a_line(cast, change):
    entry = record(cast, subject="Sanningen")

    lines = AuditEntry.objects.filter(pk=entry.pk)
    entry.subject = "Lögnen"
    acts = {"update": lambda: lines.update(subject="Lögnen"), "delete": lines.delete, "save": entry.save}
    with pytest.raises(DatabaseError), transaction.atomic():
        acts[change]()

    assert AuditEntry.objects.get(pk=entry.pk).subject == "Sanningen"


def test_a_person_who_is_erased_leaves_the_line_without_a_name(cast):
    person = PersonFactory()
    entry = record(cast, actor=person, subject="Kursen")

    person.delete()

    entry.refresh_from_db()
    assert (entry.actor, entry.subject) == (None, "Kursen")


def test_roles_invitations_and_exports_are_written_with_who_did_them(cast, client_of):
    admin = client_of("municipality_admin")
    membership = cast.staff_here.memberships.get()
    admin.post("/arbetsyta/kommuner/trelleborg/medlemmar/bjud-in/", {"email": "ny@example.org", "roles": ["manager"]})
    admin.post(f"/arbetsyta/medlem/{membership.pk}/", {"roles": ["door_helper"], "save": "1"})
    event = TrainingEventFactory(municipality=cast.here, title="Verkstaden")
    sign_up(event, cast.staff_here)
    before = AuditEntry.objects.count()
    coordinator = client_of("coordinator_here")
    for _time in range(2):
        coordinator.get(f"/arbetsyta/tillfallen/{event.public_id}/")
    coordinator.get(f"/arbetsyta/tillfallen/{event.public_id}/deltagare.csv")

    lines = [
        (entry.act, entry.actor, entry.subject, entry.detail)
        for entry in audit.named(AuditEntry.objects.filter(municipality=cast.here).order_by("pk"))
        if entry.act in ("invited", "roles_changed", "participants_seen", "participants_exported")
    ]
    assert lines == [
        ("invited", cast.municipality_admin, "ny@example.org", "Chef"),
        ("roles_changed", cast.municipality_admin, "staff_here Ek", "Medarbetare, Dörrvärd"),
        ("participants_seen", cast.coordinator_here, "Verkstaden", ""),
        ("participants_exported", cast.coordinator_here, "Verkstaden", "csv, 1"),
    ]
    assert AuditEntry.objects.count() == before + 2


def test_the_log_is_searched_filtered_and_the_own_municipalitys_only(cast, client_of):
    record(cast, subject="Kursen om svinn", detail=["Publik"])
    record(cast, subject="Annat", act=AuditAct.RETIRED, actor=cast.portal_admin)
    record(cast, municipality=cast.there, subject="Kanariefågel")
    client = client_of("municipality_admin")

    def subjects(query: str) -> list[str]:
        page = client.get(f"/arbetsyta/kommuner/trelleborg/logg/{query}")
        assert page.status_code == 200
        entries = page.context["page_obj"]
        return [e.subject for e in entries if e.subject != "Trelleborgs kommun" and e.act != "joined"]

    assert subjects("") == ["Annat", "Kursen om svinn"]
    assert subjects("?q=SVINN") == ["Kursen om svinn"]
    assert subjects("?q=coordinator_here") == ["Kursen om svinn"]
    assert subjects("?act=retired") == ["Annat"]
    assert subjects("?q=kanariefågel") == []
    assert subjects("?act=påhitt&page=999") == ["Annat", "Kursen om svinn"]


def test_the_log_as_a_file_is_harmless_complete_and_logged_itself(cast, client_of):
    record(cast, subject="=1+1", detail=["@SUM(A1)"])
    record(cast, subject="Åsa")

    answer = client_of("municipality_admin").post("/arbetsyta/kommuner/trelleborg/logg.csv?act=page_published")

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["När", "Vem", "Vad som gjordes", "Vad det gällde", "Detaljer"]
    assert {row[2] for row in rows[1:]} == {"Publicerade en sida"}
    assert [(row[3], row[4]) for row in rows[1:3]] == [("Åsa", ""), ("'=1+1", "'@SUM(A1)")]
    assert AuditEntry.objects.filter(act="log_exported", actor=cast.municipality_admin).count() == 1


@pytest.mark.parametrize(
    "actor", ["anonymous", "staff_here", "manager", "coordinator_here", "coordinator_there", "outsider"]
)
def test_nobody_else_reads_or_fetches_the_log(cast, client_of, actor):
    record(cast, subject="Kanariefågel")

    answers = [
        client_of(actor).get("/arbetsyta/kommuner/trelleborg/logg/"),
        client_of(actor).post("/arbetsyta/kommuner/trelleborg/logg.csv"),
    ]

    assert ["Kanariefågel" in answer.content.decode() for answer in answers] == [False, False]
    assert {answer.status_code for answer in answers} <= {302, 404}
