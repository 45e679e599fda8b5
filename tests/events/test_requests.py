"""Managers: who is asked, who may answer, what becomes of a request; and who stands in."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import TrainingEvent
from portal.events.services import reminders, requests, sign_ups
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.models import Deputy, Membership, Unit
from portal.municipalities.services import units
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.factories.municipalities import PersonFactory
from tests.helpers.mails import written

NOW = timezone.now()
TODAY = timezone.localdate()


@pytest.fixture
def kitchen(cast) -> Unit:
    """The manager of the cast leads it, and staff_here works there."""
    unit = Unit.objects.create(municipality=cast.here, name="Köket på Öster")
    Membership.objects.filter(person__in=[cast.manager, cast.staff_here]).update(unit=unit)
    return unit


@pytest.fixture
def event(cast):
    """Two seats, a manager's yes, and a seat held meanwhile."""
    return TrainingEventFactory(
        municipality=cast.there, visibility=Visibility.MEMBERS, contact_email="a@b.example", approval="approve"
    )


@pytest.fixture
def request_(cast, kitchen, event):
    """staff_here has asked to take part."""
    return sign_up(event, cast.staff_here, municipality=cast.here)


def mails_since(number: int) -> list[tuple[str, str]]:
    return sorted((row.message.removeprefix("events/"), row.to_email.split("@")[0]) for row in written()[number:])


def state_of(entry) -> str:
    entry.refresh_from_db()
    return entry.state


def change(event, **fields) -> None:
    """Without touching what is counted on the event's row."""
    TrainingEvent.objects.filter(pk=event.pk).update(**fields)


def held(event) -> int:
    event.refresh_from_db()
    return event.seats_taken


def test_a_request_holds_its_seat_and_asks_the_units_manager(cast, request_, event):
    assert (request_.state, request_.answer_by, request_.escalated_at) == ("awaiting_seat", event.first_starts_at, None)
    assert held(event) == 1
    assert mails_since(0) == [("awaiting", "staff_here"), ("request", "manager")]
    to_manager = written()[-1]
    assert "staff_here Ek (Köket på Öster) vill delta" in to_manager.text
    assert f"/mina-sidor/min-enhet/{request_.uid}/" in to_manager.text
    assert "Under tiden hålls en plats." in to_manager.text


def test_no_seat_is_held_where_the_event_says_so_and_a_yes_gives_a_free_one(cast, kitchen, event):
    change(event, pending_holds_seat=False)
    entry = sign_up(event, cast.staff_here, municipality=cast.here)
    assert (entry.state, held(event)) == ("awaiting", 0)

    answered = requests.approve(sign_up_id=entry.pk, actor=cast.manager)

    assert (answered.state, held(event)) == ("confirmed", 1)


def test_a_yes_to_a_full_event_is_a_place_in_line_as_of_the_sign_up(cast, kitchen, event):
    entry = sign_up(event, cast.staff_here, municipality=cast.here, now=NOW)
    event.refresh_from_db()
    change(event, approval="none")
    sign_up(event, now=NOW + timedelta(minutes=1))
    later = sign_up(event, now=NOW + timedelta(minutes=2))
    change(event, approval="approve", pending_holds_seat=False)
    other = PersonFactory(member_of=cast.here, unit=kitchen)
    asked = sign_up(event, other, municipality=cast.here, now=NOW + timedelta(minutes=1, seconds=30))

    answered = requests.approve(sign_up_id=asked.pk, actor=cast.manager, now=NOW + timedelta(hours=1))

    assert (later.state, answered.state) == ("waiting", "waiting")
    assert [sign_ups.position_in_queue(row) for row in (answered, later)] == [1, 2]
    assert "Din chef har sagt ja." in written()[-1].text
    assert state_of(entry) == "awaiting_seat"


def test_more_seats_never_skip_the_managers_answer(cast, kitchen, event):
    change(event, pending_holds_seat=False)
    entry = sign_up(event, cast.staff_here, municipality=cast.here)

    sign_ups.lapse_offers(event_id=event.pk)

    assert state_of(entry) == "awaiting"


def test_a_no_is_said_with_its_reason_and_the_seat_goes_on(cast, request_, event):
    change(event, approval="none")
    sign_up(event)
    waiting = sign_up(event)
    sent = len(written())

    requests.refuse(sign_up_id=request_.pk, actor=cast.manager, why="Vi är bara två den dagen.")
    requests.refuse(sign_up_id=request_.pk, actor=cast.manager, why="Igen.")

    assert (state_of(request_), request_.refusal) == ("declined", "Vi är bara två den dagen.")
    assert state_of(waiting) == "offered"
    assert [row.message for row in written()[sent:]] == ["events/refused", "events/offered"]
    assert "Vi är bara två den dagen." in written()[sent].text


def test_a_no_without_a_reason_is_refused(cast, request_):
    with pytest.raises(ActionRefused) as caught:
        requests.refuse(sign_up_id=request_.pk, actor=cast.manager, why="  ")

    assert (caught.value.code, caught.value.field, state_of(request_)) == ("no_reason", "why", "awaiting_seat")


def test_a_manager_of_the_unit_asks_nobody_but_a_deputy_does(cast, kitchen, event):
    deputy = PersonFactory(member_of=cast.here, unit=kitchen)
    units.choose_deputy(unit=kitchen, person=deputy, starts_on=TODAY, ends_on=TODAY, actor=cast.manager)

    states = [sign_up(event, person, municipality=cast.here).state for person in (cast.manager, deputy)]

    assert states == ["confirmed", "awaiting_seat"]
    assert [row.to_email for row in written() if row.message == "events/request"] == [cast.manager.email]


def test_where_nobody_leads_the_coordinators_are_asked_at_once(cast, event):
    entry = sign_up(event, cast.staff_here, municipality=cast.here)

    assert entry.escalated_at is not None
    assert mails_since(0) == [("awaiting", "staff_here"), ("request", "coordinator_here")]


def test_a_manager_is_reminded_once_and_then_the_coordinators_may_answer(cast, kitchen):
    monday = timezone.make_aware(timezone.datetime(2027, 2, 1, 9))
    start = monday + timedelta(days=60)
    event = TrainingEventFactory(
        municipality=cast.here, approval="approve", occasions=[(start, start + timedelta(hours=2))]
    )
    entry = sign_up(event, cast.staff_here, now=monday)
    sent = len(written())

    def mails_at(days, hours=0):
        number = len(written())
        for _run in range(2):
            requests.remind_managers(now=monday + timedelta(days=days, hours=hours))
        return mails_since(number)

    assert mails_at(1, 23) == []
    assert mails_at(2) == [("request_reminder", "manager")]
    assert mails_at(3, 23) == []
    assert mails_at(4) == [("request_escalated", "coordinator_here")]
    assert mails_at(10) == []
    assert len(written()) == sent + 2
    assert state_of(entry) == "awaiting_seat"


def test_a_request_is_escalated_before_its_last_moment_and_not_within_the_hour(cast, kitchen, event):
    entry = sign_up(event, cast.staff_here, municipality=cast.here)
    latest = reminders.working_days_from(entry.answer_by, -2)
    entry.queued_at = latest - timedelta(days=1)
    assert requests.escalates_at(entry) == latest

    entry.queued_at = entry.answer_by - timedelta(hours=5)
    assert requests.escalates_at(entry) == entry.answer_by - timedelta(hours=1)


def test_a_request_nobody_answers_ends_at_its_last_moment(cast, request_, event):
    sent = len(written())

    sign_ups.lapse_offers(event_id=event.pk, now=request_.answer_by)

    assert (state_of(request_), held(event)) == ("lapsed", 0)
    assert mails_since(sent) == [("not_answered", "staff_here")]
    with pytest.raises(ActionRefused) as caught:
        requests.approve(sign_up_id=request_.pk, actor=cast.manager)
    assert caught.value.code == "not_asked"


def test_the_manager_hears_of_a_seat_where_the_event_informs(cast, kitchen):
    event = TrainingEventFactory(municipality=cast.here, approval="inform", capacity=1)

    first = sign_up(event, cast.staff_here)
    sign_up(event, PersonFactory(member_of=cast.here, unit=kitchen))

    assert first.state == "confirmed"
    assert [(row.message, row.to_email) for row in written()] == [
        ("events/confirmed", cast.staff_here.email),
        ("events/manager_informed", cast.manager.email),
        ("events/waiting", written()[-1].to_email),
    ]


def test_the_request_mail_is_not_sent_once_it_is_answered(cast, request_):
    from portal.notifications.services import outbox

    mail = next(row for row in written() if row.message == "events/request")

    requests.approve(sign_up_id=request_.pk, actor=cast.manager)

    assert outbox.send(mail.pk) == "withdrawn"


# --- Who may answer, in the browser -------------------------------------------------------------------------------


def answers(client_of, cast, entry, people: dict) -> dict[str, int]:
    url = reverse("request_answer", kwargs={"uid": entry.uid})
    return {name: client_of(person).get(url).status_code for name, person in people.items()}


def test_only_who_leads_the_unit_opens_a_request(cast, client_of, request_, kitchen):
    school = Unit.objects.create(municipality=cast.here, name="Skolan")
    people = {
        **cast.actors(),
        "manager_elsewhere": PersonFactory(member_of=cast.here, unit=school, roles=[Role.MANAGER]),
        "manager_there": PersonFactory(member_of=cast.there, roles=[Role.MANAGER]),
        "colleague": PersonFactory(member_of=cast.here, unit=kitchen),
        "deputy": PersonFactory(member_of=cast.here),
        "deputy_before": PersonFactory(member_of=cast.here),
        "deputy_after": PersonFactory(member_of=cast.here),
        "deputy_who_left": PersonFactory(),
    }
    for name, first, last in [("deputy", 0, 0), ("deputy_before", -9, -1), ("deputy_after", 1, 9)]:
        Deputy.objects.create(
            unit=kitchen,
            person=people[name],
            starts_on=TODAY + timedelta(days=first),
            ends_on=TODAY + timedelta(days=last),
        )
    Deputy.objects.create(unit=kitchen, person=people["deputy_who_left"], starts_on=TODAY, ends_on=TODAY)

    assert {name for name, status in answers(client_of, cast, request_, people).items() if status == 200} == {
        "manager",
        "deputy",
    }

    request_.escalated_at = NOW
    request_.save()

    assert {name for name, status in answers(client_of, cast, request_, people).items() if status == 200} == {
        "manager",
        "deputy",
        "coordinator_here",
    }


def test_looking_changes_nothing_and_a_button_answers(cast, client_of, request_):
    url = reverse("request_answer", kwargs={"uid": request_.uid})
    client = client_of("manager")

    page = client.get(url + "?answer=yes").content.decode()

    assert state_of(request_) == "awaiting_seat"
    assert "Får staff_here Ek delta?" in page
    assert client.post(url, {"answer": "no", "why": ""}).status_code == 409
    assert state_of(request_) == "awaiting_seat"
    assert client.post(url, {"answer": "yes"}).url == reverse("my_team")
    assert state_of(request_) == "confirmed"
    assert client.get(url).url == reverse("my_team")


def test_the_page_says_who_else_of_the_unit_is_away_that_day(cast, client_of, request_, kitchen, event):
    same_day = [(start.replace(hour=14), start.replace(hour=16)) for start, _end in [a_morning()]]
    others = {
        "same event": sign_up(
            event, PersonFactory(member_of=cast.here, unit=kitchen, first_name="Alva"), municipality=cast.here
        ),
        "same day": sign_up(
            TrainingEventFactory(municipality=cast.here, occasions=same_day),
            PersonFactory(member_of=cast.here, unit=kitchen, first_name="Bo"),
        ),
        "another day": sign_up(
            TrainingEventFactory(municipality=cast.here, occasions=[a_morning(31)]),
            PersonFactory(member_of=cast.here, unit=kitchen, first_name="Cilla"),
        ),
        "another unit": sign_up(
            TrainingEventFactory(municipality=cast.here, occasions=same_day),
            PersonFactory(member_of=cast.here, first_name="Dan"),
        ),
    }

    away = requests.away_then(request_)

    assert away == [others["same event"], others["same day"]]
    page = client_of("manager").get(reverse("request_answer", kwargs={"uid": request_.uid})).content.decode()
    # With the last name: three letters alone may stand in a form's token.
    names = ("Alva Öberg", "Bo Öberg", "Cilla Öberg", "Dan Öberg")
    assert [name in page for name in names] == [True, True, False, False]


def test_my_unit_shows_own_people_and_requests_and_nobody_elses(cast, client_of, request_, event, kitchen):
    elsewhere = PersonFactory(member_of=cast.here, first_name="Främling")
    sign_up(event, elsewhere, municipality=cast.here)

    pages = {
        name: client_of(person).get(reverse("my_team")) for name, person in cast.actors().items() if name != "anonymous"
    }

    assert {name for name, answer in pages.items() if answer.status_code == 200} == {
        "manager",
        "coordinator_here",
        "coordinator_there",
        "portal_admin",
    }
    shown = {name: "staff_here Ek" in answer.content.decode() for name, answer in pages.items()}
    assert [name for name, is_shown in shown.items() if is_shown] == ["manager"]
    assert "Främling" not in pages["manager"].content.decode()
    # Nobody leads that one's unit: the coordinator of their municipality answers.
    assert "Främling" in pages["coordinator_here"].content.decode()
    assert "Främling" not in pages["coordinator_there"].content.decode()


# --- Deputies -----------------------------------------------------------------------------------------------------


def post_deputy(client, unit, person, first=0, last=5):
    return client.post(
        reverse("my_team"),
        {
            "unit": unit.pk,
            "person": person.pk,
            "starts_on": (TODAY + timedelta(days=first)).isoformat(),
            "ends_on": (TODAY + timedelta(days=last)).isoformat(),
        },
    )


def test_a_manager_chooses_and_ends_a_deputy(cast, client_of, kitchen):
    client = client_of("manager")

    assert post_deputy(client, kitchen, cast.staff_here).status_code == 302
    deputy = Deputy.objects.get()
    assert (deputy.person, deputy.unit, deputy.chosen_by) == (cast.staff_here, kitchen, cast.manager)
    assert "staff_here Ek" in client.get(reverse("my_team")).content.decode()
    assert client.post(reverse("my_team"), {"end": deputy.pk}).status_code == 302
    assert not Deputy.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "code"), [(2, 1, "wrong_order"), (-5, -1, "past"), (3, 9, "twice")], ids=lambda part: str(part)
)
def test_impossible_days_of_a_deputy_are_refused(cast, kitchen, first, last, code):
    days = {"starts_on": TODAY + timedelta(days=first), "ends_on": TODAY + timedelta(days=last)}
    units.choose_deputy(
        unit=kitchen,
        person=cast.staff_here,
        starts_on=TODAY + timedelta(days=5),
        ends_on=TODAY + timedelta(days=6),
        actor=cast.manager,
    )

    with pytest.raises(ActionRefused) as caught:
        units.choose_deputy(unit=kitchen, person=cast.staff_here, actor=cast.manager, **days)

    assert caught.value.code == code


def test_nobody_outside_and_no_other_unit_can_be_chosen(cast, client_of, kitchen):
    school = Unit.objects.create(municipality=cast.here, name="Skolan")
    client = client_of("manager")

    answers = [
        post_deputy(client, kitchen, cast.staff_there),
        post_deputy(client, kitchen, cast.manager),
        post_deputy(client, school, cast.staff_here),
        post_deputy(client_of("coordinator_here"), kitchen, cast.staff_here),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 400]
    assert not Deputy.objects.exists()


def test_a_deputy_does_not_choose_the_next(cast, client_of, kitchen):
    Deputy.objects.create(unit=kitchen, person=cast.staff_here, starts_on=TODAY, ends_on=TODAY)
    own = Deputy.objects.create(unit=kitchen, person=cast.coordinator_here, starts_on=TODAY, ends_on=TODAY)
    client = client_of("staff_here")

    assert client.get(reverse("my_team")).status_code == 200
    assert post_deputy(client, kitchen, PersonFactory(member_of=cast.here, unit=kitchen)).status_code == 400
    assert client.post(reverse("my_team"), {"end": own.pk}).status_code == 404
    assert Deputy.objects.count() == 2


def test_the_event_page_says_beforehand_that_a_manager_decides(cast, client_of, kitchen, event):
    url = event.get_absolute_url()

    pages = {name: client_of(name).get(url).content.decode() for name in ("staff_here", "manager")}

    assert "Be om att få delta" in pages["staff_here"]
    assert "Under tiden håller vi en plats åt dig." in pages["staff_here"]
    assert "Anmäl mig" in pages["manager"]
    token = uuid.uuid4()
    client_of("staff_here").post(
        reverse("sign_up", kwargs={"public_id": event.public_id}), {"municipality": cast.here.pk, "form_token": token}
    )
    assert event.sign_ups.get().state == "awaiting_seat"


# --- Mails say who did it -----------------------------------------------------------------------------------------


def test_a_request_that_is_taken_back_is_no_place_in_a_waiting_list(cast, request_):
    sign_ups.cancel(sign_up_id=request_.pk, actor=cast.staff_here)

    mail = written()[-1]
    assert mail.message == "events/cancelled"
    assert "Förfrågan är tillbakatagen" in mail.text
    assert "reservlistan" not in mail.text + mail.html


def test_a_deputy_does_not_answer_their_own_request(cast, client_of, kitchen, event):
    units.choose_deputy(unit=kitchen, person=cast.staff_here, starts_on=TODAY, ends_on=TODAY, actor=cast.manager)
    own = sign_up(event, cast.staff_here, municipality=cast.here)
    path = reverse("request_answer", kwargs={"uid": own.uid})

    client_of("staff_here").post(path, {"answer": "yes"})
    assert state_of(own) == "awaiting_seat"
    assert str(own.uid) not in client_of("staff_here").get(reverse("my_team")).content.decode()

    client_of("manager").post(path, {"answer": "yes"})
    assert state_of(own) == "confirmed"
