"""At the doors of sessions: who is in, by name and by code, with and without a network."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.conferences.models import Conference, SessionVisit
from portal.conferences.services import conferences, places, visits
from portal.core.services import ActionRefused
from portal.events.models import Attendance
from portal.municipalities.models import AuditEntry
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_session, conference_of, release
from tests.factories.events import TrainingEventFactory, sign_up


@pytest.fixture
def conference(cast):
    """On today, an hour from now, with sign-up."""
    soon = timezone.now() + timedelta(hours=1)
    event = TrainingEventFactory(
        municipality=cast.here, capacity=20, occasions=[(soon, soon + timedelta(hours=2))], title="Anmälan"
    )
    conference = conference_of(ConferencePageFactory(owner=cast.here))
    day = timezone.localtime(soon).date()
    Conference.objects.filter(pk=conference.pk).update(first_day=day, last_day=day)
    conference.refresh_from_db()
    return conferences.open_registration(conference=conference, event=event)


@pytest.fixture
def make(conference):
    """`make(title, …)`: a released session that begins in an hour."""

    def make(title: str, *, starts_at=None, **fields):
        session = add_session(conference, title, "", **fields)
        session.starts_at = starts_at or timezone.now() + timedelta(hours=1)
        session.ends_at = session.starts_at + timedelta(hours=1)
        session.save()
        release(conference, name=title)
        return session

    return make


@pytest.fixture
def open_session(make):
    return make("Öppet för alla")


def door(session, then: str = "") -> str:
    return f"/arbetsyta/konferenser/{session.conference.public_id}/dorrar/{session.public_id}/{then}"


def names(answer) -> list[tuple[str, bool, str]]:
    return [(str(row.entry.person), row.attendance, row.note) for row in answer.context["rows"]]


def test_everybody_with_a_seat_stands_at_a_door_where_no_place_is_booked(cast, client_of, conference, open_session):
    entry = sign_up(conference.registration, cast.staff_here)
    client = client_of("coordinator_here")

    assert names(client.get(door(open_session))) == [("staff_here Ek", False, "")]
    client.post(door(open_session), {"present": [entry.pk]})

    assert names(client.get(door(open_session))) == [("staff_here Ek", True, "")]
    assert visits.of_sign_up(conference, entry.pk) == {open_session.public_id}
    assert Attendance.objects.get().sign_up == entry, "whoever is in a session is there that day"
    client.post(door(open_session), {"present": []})
    assert (visits.here(open_session), Attendance.objects.count()) == (set(), 1)


def test_a_code_lets_somebody_in_and_says_when_no_place_is_booked(cast, client_of, conference, make):
    session = make("Med platser", places=1)
    booked, other = sign_up(conference.registration, cast.staff_here), sign_up(conference.registration, cast.manager)
    places.book(session_id=session.pk, sign_up_id=booked.pk)
    client = client_of("coordinator_here")
    assert names(client.get(door(session))) == [("staff_here Ek", False, "")]

    for entry in (booked, other):
        client.post(door(session, "en/"), {"code": entry.code.lower()})

    assert names(client.get(door(session))) == [
        ("manager Ek", True, "utan bokad plats här"),
        ("staff_here Ek", True, ""),
    ]
    wrong = client.post(door(session, "en/"), {"code": "ZZZZZZ"})
    assert (wrong.status_code, wrong.context["code_form"].errors["code"]) == (
        409,
        ["Den som har koden har ingen plats på det här tillfället."],
    )
    assert client.post(door(session, "en/"), {"code": ""}).status_code == 400


def test_the_phone_hears_who_is_here(cast, client_of, conference, open_session):
    entries = [sign_up(conference.registration, person) for person in (cast.staff_here, cast.manager)]
    client = client_of("coordinator_here")
    visits.decide(session_id=open_session.pk, sign_up_id=entries[1].pk, is_here=True, actor=cast.coordinator_here)

    answer = client.post(
        door(open_session, "en/"), {"sign_up": entries[0].pk, "present": "true"}, headers={"Accept": "application/json"}
    )
    bad = client.post(door(open_session, "en/"), {"sign_up": "x"}, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["present"]) == (200, sorted(entry.pk for entry in entries))
    assert (bad.status_code, "message" in bad.json()) == (400, True)


def test_of_two_decisions_the_later_holds_whichever_arrives_first(cast, conference, open_session):
    entry = sign_up(conference.registration, cast.staff_here)
    now = timezone.now()
    decision = {"session_id": open_session.pk, "sign_up_id": entry.pk, "actor": cast.coordinator_here, "now": now}

    assert visits.decide(is_here=False, at=now - timedelta(minutes=1), **decision) is False
    assert visits.decide(is_here=True, at=now - timedelta(minutes=5), **decision) is False
    assert visits.decide(is_here=True, at=now, **decision) is True
    assert SessionVisit.objects.count() == 1


def test_nobody_without_a_seat_is_checked_in_nor_long_before(cast, client_of, conference, make):
    session = make("I övermorgon", starts_at=timezone.now() + timedelta(days=2))
    soon = make("Strax")
    entry = sign_up(conference.registration, cast.staff_here)
    stranger = sign_up(TrainingEventFactory(municipality=cast.here))

    codes = []
    for asked, who in ((session, entry), (soon, stranger)):
        with pytest.raises(ActionRefused) as refusal:
            visits.decide(session_id=asked.pk, sign_up_id=who.pk, is_here=True, actor=cast.coordinator_here)
        codes.append(refusal.value.code)

    assert codes == ["too_early", "no_seat"]
    page = client_of("coordinator_here").get(door(session)).content.decode()
    assert ("Inte öppet än" in page, "data-door" in page) == (True, False)


def test_those_who_stand_at_doors_find_every_session_and_others_find_none(cast, client_of, conference, open_session):
    address = f"/arbetsyta/konferenser/{conference.public_id}/dorrar/"

    statuses = {name: client_of(name).get(address).status_code for name in cast.actors()}

    assert {name for name, status in statuses.items() if status == 200} == {"coordinator_here", "portal_admin"}
    assert "Öppet för alla" in client_of("coordinator_here").get(address).content.decode()
    day = client_of("coordinator_here").get(f"/arbetsyta/narvaro/{conference.registration.occasions.get().uid}/")
    assert f'href="{address}"' in day.content.decode()


def test_a_door_is_logged_once(cast, client_of, conference, open_session):
    entry = sign_up(conference.registration, cast.staff_here)
    client = client_of("coordinator_here")
    for present in ("true", "false", "true"):
        client.post(door(open_session, "en/"), {"sign_up": entry.pk, "present": present})

    assert AuditEntry.objects.filter(act="attendance_recorded", subject=conference.title).count() == 1
