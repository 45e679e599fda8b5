"""Ticking off who came: a door helper's small right."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.events.models import Attendance
from portal.events.services import attendance
from portal.municipalities.enums import Role
from portal.municipalities.models import AuditEntry
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PersonFactory


@pytest.fixture
def helper(cast):
    return PersonFactory(member_of=cast.here, roles=[Role.DOOR_HELPER])


@pytest.fixture
def event(cast):
    """Begins in an hour; two have a seat and one waits."""
    starts_at = timezone.now() + timedelta(hours=1)
    event = TrainingEventFactory(
        municipality=cast.here, title="Verkstaden", occasions=[(starts_at, starts_at + timedelta(hours=2))]
    )
    for person in (cast.staff_here, cast.manager, cast.municipality_admin):
        sign_up(event, person)
    return event


def came(event) -> list[str]:
    return sorted(a.sign_up.person.first_name for a in Attendance.objects.filter(occasion__event=event))


def path_of(event) -> str:
    return f"/arbetsyta/narvaro/{event.occasions.get().uid}/"


def test_a_door_helper_ticks_off_and_undoes(cast, client_of, helper, event):
    client, path = client_of(helper), path_of(event)
    ids = {entry.person.first_name: entry.pk for entry in event.sign_ups.all()}

    client.post(path, {"present": [ids["staff_here"], ids["manager"]]})
    assert came(event) == ["manager", "staff_here"]
    client.post(path, {"present": [ids["manager"]]})

    assert came(event) == ["manager"]
    entry = AuditEntry.objects.filter(act="attendance_recorded").first()
    assert (entry.actor, entry.subject, entry.detail) == (helper, "Verkstaden", "1/2")


def test_a_door_helper_sees_names_and_nothing_else(cast, client_of, helper, event):
    client = client_of(helper)
    base = f"/arbetsyta/tillfallen/{event.public_id}/"

    page = client.get(path_of(event)).content.decode()

    assert ("staff_here Ek" in page, "staff_here@example.org" in page, "municipality_admin Ek" in page) == (
        True,
        False,
        False,
    )
    answers = [client.get(base + rest).status_code for rest in ("", "andra/", "deltagare.csv", "stall-in/")]
    assert answers == [404, 404, 404, 404]
    assert client.get("/arbetsyta/narvaro/").context["now_open"].count() == 1


def test_whoever_has_no_seat_there_is_not_ticked_off(cast, client_of, helper, event):
    other = TrainingEventFactory(municipality=cast.there)
    foreign = sign_up(other, cast.staff_there)
    waiting = event.sign_ups.get(state="waiting")

    client_of(helper).post(path_of(event), {"present": [foreign.pk, waiting.pk, "999999999", "x", "-1", "9" * 30]})

    assert Attendance.objects.count() == 0


def test_too_early_is_told_and_writes_nothing(cast, client_of, helper):
    event = TrainingEventFactory(municipality=cast.here)
    entry = sign_up(event, cast.staff_here)

    answer = client_of(helper).post(path_of(event), {"present": [entry.pk]})

    assert (answer.status_code, Attendance.objects.count()) == (409, 0)


@pytest.mark.parametrize(
    "actor", ["anonymous", "staff_here", "manager", "municipality_admin", "coordinator_there", "outsider"]
)
def test_nobody_without_the_right_sees_or_ticks(cast, client_of, event, actor):
    entry = event.sign_ups.first()

    answers = [client_of(actor).get(path_of(event)), client_of(actor).post(path_of(event), {"present": [entry.pk]})]

    assert ["staff_here Ek" in answer.content.decode() for answer in answers] == [False, False]
    assert Attendance.objects.count() == 0


def test_the_same_tick_twice_is_one(cast, event):
    occasion, entry = event.occasions.get(), event.sign_ups.first()

    results = [attendance.record(occasion=occasion, present=[entry.pk], actor=cast.coordinator_here) for _ in range(2)]

    assert (results, Attendance.objects.count()) == ([(1, 1), (1, 1)], 1)
    assert AuditEntry.objects.filter(act="attendance_recorded").count() == 1


def test_a_door_helper_elsewhere_has_no_door(cast, client_of, event):
    elsewhere = PersonFactory(member_of=cast.there, roles=[Role.DOOR_HELPER])

    context = client_of(elsewhere).get("/arbetsyta/narvaro/").context

    assert (context["any"], list(context["now_open"]), list(context["coming"])) == (False, [], [])
