"""Several people in one act: together with a seat, together in line, or not at all."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import Team, TrainingEvent
from portal.events.permissions import people_to_sign_up
from portal.events.services import seat_checks, sign_ups, teams, training_events
from portal.municipalities.enums import AuditAct, Role, Visibility
from portal.municipalities.models import AuditEntry, Membership, Unit
from portal.municipalities.permissions import viewer_for
from portal.municipalities.services import audit
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.factories.municipalities import PersonFactory
from tests.helpers.mails import written

NOW = timezone.now()


@pytest.fixture
def event(cast):
    return TrainingEventFactory(
        municipality=cast.there, visibility=Visibility.MEMBERS, capacity=4, contact_email="a@b.example"
    )


@pytest.fixture
def kitchen(cast) -> Unit:
    """The manager of the cast leads it; three cooks work there."""
    unit = Unit.objects.create(municipality=cast.here, name="Köket på Öster")
    Membership.objects.filter(person=cast.manager).update(unit=unit)
    for name in ("Alva", "Bo", "Cilla"):
        PersonFactory(member_of=cast.here, unit=unit, first_name=name, last_name="Ek")
    return unit


def cooks(kitchen) -> list[Membership]:
    found = Membership.objects.filter(unit=kitchen, person__last_name="Ek").exclude(person__first_name="manager")
    return list(found.select_related("municipality", "person").order_by("pk"))


def begin(event, cast, memberships, **how) -> Team:
    return teams.begin(event_id=event.pk, leader=cast.manager, memberships=memberships, **how)


def signed_up(event, cast, memberships, *, now=None, **how) -> Team:
    team = begin(event, cast, memberships, now=now)
    return teams.sign_up(team_id=team.pk, actor=cast.manager, now=now, **how)


def states(team) -> list[str]:
    return list(team.sign_ups.order_by("pk").values_list("state", flat=True))


def free(event) -> int:
    event.refresh_from_db()
    return event.seats_free


def test_a_team_has_its_seats_in_one_act_and_each_gets_a_mail(cast, event, kitchen):
    team = signed_up(event, cast, cooks(kitchen))

    assert (states(team), free(event)) == (["confirmed"] * 3, 1)
    mails = written()
    assert [row.message for row in mails] == ["events/confirmed"] * 3
    assert all("manager Ek har anmält dig." in row.text for row in mails)
    assert teams.sign_up(team_id=team.pk, actor=cast.manager).pk == team.pk
    assert event.sign_ups.count() == 3
    [entry] = audit.named(AuditEntry.objects.filter(act=AuditAct.SIGNED_UP_FOR))
    assert (entry.municipality, entry.detail) == (cast.here, "Alva Ek, Bo Ek, Cilla Ek")


def test_seats_are_held_while_the_form_is_open_and_go_back_when_it_is_closed(cast, event, kitchen):
    team = begin(event, cast, cooks(kitchen))
    assert team.held_until is not None
    assert free(event) == 1
    assert sign_up(event).state == "confirmed"
    waiting = sign_up(event)
    assert waiting.state == "waiting"

    teams.give_up(team_id=team.pk)

    waiting.refresh_from_db()
    assert (waiting.state, free(event), Team.objects.count()) == ("offered", 2, 0)


def test_a_hold_ends_by_itself_and_the_seats_go_to_those_who_wait(cast, event, kitchen):
    team = begin(event, cast, cooks(kitchen), now=NOW)
    sign_up(event, now=NOW)
    waiting = sign_up(event, now=NOW)
    later = NOW + teams.HELD_FOR

    assert sign_ups.events_with_expired_offers(later - timedelta(seconds=1)) == []
    assert sign_ups.events_with_expired_offers(later) == [event.pk]
    sign_ups.lapse_offers(event_id=event.pk, now=later)

    waiting.refresh_from_db()
    assert waiting.state == "offered"
    # Two seats are left for three people.
    after = teams.sign_up(team_id=team.pk, actor=cast.manager, now=later)
    assert states(after) == ["waiting"] * 3


def test_whoever_waits_comes_first_where_the_task_that_ends_a_hold_has_not_run(cast, event, kitchen):
    team = begin(event, cast, cooks(kitchen))
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=3)
    waits = sign_up(event)
    sign_ups.choose_at_once(sign_up_id=waits.pk, at_once=True)
    waits.refresh_from_db()
    assert (waits.state, team.held_until is not None) == ("waiting", True)

    entry = sign_ups.take_free_seat(sign_up_id=waits.pk, actor=waits.person, now=team.held_until + timedelta(minutes=1))

    assert entry.state == "confirmed"
    assert seat_checks.find() == []


def test_more_time_holds_the_seats_from_now_as_often_as_one_likes(cast, event, kitchen):
    team = begin(event, cast, cooks(kitchen), now=NOW)
    now = NOW
    for _time in range(12):
        now += timedelta(minutes=9)
        team = teams.extend(team_id=team.pk, now=now)
        assert team.held_until == now + teams.HELD_FOR

    assert states(teams.sign_up(team_id=team.pk, actor=cast.manager, now=now)) == ["confirmed"] * 3


def test_held_seats_are_the_teams_own_though_others_wait(cast, event, kitchen):
    team = begin(event, cast, cooks(kitchen))
    sign_up(event)
    waiting = [sign_up(event) for _number in range(2)]

    assert states(teams.sign_up(team_id=team.pk, actor=cast.manager)) == ["confirmed"] * 3
    assert [row.state for row in waiting] == ["waiting", "waiting"]


def test_a_team_waits_together_and_smaller_parties_that_fit_go_before_it(cast, event, kitchen):
    seats = [sign_up(event, now=NOW) for _number in range(4)]
    team = signed_up(event, cast, cooks(kitchen), now=NOW + timedelta(minutes=1))
    alone = sign_up(event, now=NOW + timedelta(minutes=2))
    assert states(team) == ["waiting"] * 3
    assert [sign_ups.position_in_queue(row) for row in (*team.sign_ups.order_by("pk"), alone)] == [1, 1, 1, 4]

    sign_ups.cancel(sign_up_id=seats[0].pk, actor=seats[0].person)

    alone.refresh_from_db()
    assert (states(team), alone.state) == (["waiting"] * 3, "offered")
    for entry in seats[1:4]:
        sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)
    assert states(team) == ["offered"] * 3
    assert seat_checks.find() == []


def test_one_answers_for_all_and_whoever_declines_leaves_alone(cast, event, kitchen):
    seats = [sign_up(event, now=NOW) for _number in range(4)]
    team = signed_up(event, cast, cooks(kitchen))
    for entry in seats[:3]:
        sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)
    first, second, _third = team.sign_ups.order_by("pk")

    sign_ups.decline_offer(sign_up_id=first.pk, actor=first.person)
    assert states(team) == ["declined", "offered", "offered"]
    answered = sign_ups.accept_offer(sign_up_id=second.pk, actor=second.person)

    assert answered.state == "confirmed"
    assert states(team) == ["declined", "confirmed", "confirmed"]


def test_mails_say_who_answered_and_who_cancelled(cast, event, kitchen):
    seats = [sign_up(event) for _number in range(4)]
    team = signed_up(event, cast, cooks(kitchen)[:2])
    for entry in seats[:2]:
        sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)
    first, second = team.sign_ups.order_by("pk")
    sign_ups.accept_offer(sign_up_id=first.pk, actor=first.person)
    sign_ups.cancel(sign_up_id=second.pk, actor=cast.manager)
    texts = {(row.to_email, row.message): row.text for row in written()}

    assert "Alva Ek har svarat åt dig." in texts[second.person.email, "events/confirmed"]
    assert "har svarat åt dig" not in texts[first.person.email, "events/confirmed"]
    assert "manager Ek har avbokat dig." in texts[second.person.email, "events/cancelled"]


def test_a_leader_declines_for_all_and_each_is_told_who(cast, event, kitchen):
    seats = [sign_up(event) for _number in range(4)]
    team = signed_up(event, cast, cooks(kitchen)[:2])
    for entry in seats[:2]:
        sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)

    assert teams.decline_offer(team_id=team.pk, actor=cast.manager) == 2

    assert states(team) == ["declined", "declined"]
    told = [row.text for row in written() if row.message == "events/declined"]
    assert ["manager Ek har svarat åt dig." in text for text in told] == [True, True]


def test_a_team_that_waits_and_gets_smaller_is_offered_what_fits_now(cast, event, kitchen):
    seats = [sign_up(event) for _number in range(4)]
    team = signed_up(event, cast, cooks(kitchen))
    for entry in seats[:2]:
        sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)
    assert states(team) == ["waiting"] * 3

    leaving = team.sign_ups.order_by("pk").last()
    sign_ups.cancel(sign_up_id=leaving.pk, actor=leaving.person)

    assert states(team) == ["offered", "offered", "cancelled"]


def test_an_organiser_gives_a_whole_team_its_turn(cast, event, kitchen):
    for _number in range(4):
        sign_up(event)
    team = signed_up(event, cast, cooks(kitchen))
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=8)
    one = team.sign_ups.first()

    number = sign_ups.give_seats(
        event_id=event.pk, sign_up_ids=[one.pk], actor=cast.coordinator_there, reason="De håller i passet."
    )

    assert (number, states(team)) == (3, ["offered"] * 3)


def test_the_limit_of_a_unit_counts_for_a_team(cast, event, kitchen):
    event.max_per_unit = 2
    event.save()

    assert states(signed_up(event, cast, cooks(kitchen))) == ["waiting"] * 3
    assert states(signed_up(event, cast, _others(cast, 3))) == ["confirmed"] * 3


def _others(cast, number: int) -> list[Membership]:
    people = [PersonFactory(member_of=cast.here) for _number in range(number)]
    return list(Membership.objects.filter(person__in=people).select_related("municipality"))


def test_a_teams_leader_is_not_asked_for_a_managers_yes(cast, event, kitchen):
    event.approval = "approve"
    event.save()

    assert states(signed_up(event, cast, cooks(kitchen))) == ["confirmed"] * 3


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        (lambda here, there: [], "nobody"),
        (lambda here, there: [*here, there], "several_municipalities"),
        (lambda here, there: here * 15, "too_many"),
    ],
    ids=["nobody", "two municipalities", "too many"],
)
def test_what_is_no_team_is_refused(cast, event, kitchen, chosen, code):
    there = Membership.objects.select_related("municipality").get(person=cast.staff_there)

    with pytest.raises(ActionRefused) as caught:
        begin(event, cast, chosen(cooks(kitchen), there))

    assert (caught.value.code, caught.value.field, Team.objects.count()) == (code, "people", 0)


def test_nobody_is_signed_up_when_one_of_them_is_already(cast, event, kitchen):
    team = begin(event, cast, cooks(kitchen))
    person = cooks(kitchen)[1].person
    sign_up(event, person, municipality=cast.here)

    with pytest.raises(ActionRefused) as caught:
        teams.sign_up(team_id=team.pk, actor=cast.manager)

    assert (caught.value.code, str(caught.value)) == (
        "already_signed_up",
        "Bo Ek är redan anmäld. Välj utan den personen.",
    )
    assert event.sign_ups.count() == 1


def test_drafts_are_forgotten_after_a_day_and_signed_up_teams_are_not(cast, event, kitchen):
    begin(event, cast, cooks(kitchen)[:1])
    kept = signed_up(event, cast, cooks(kitchen)[1:])

    assert teams.forget_drafts(now=NOW + timedelta(hours=23)) == 0
    assert teams.forget_drafts(now=timezone.now() + timedelta(days=1)) == 1
    assert list(Team.objects.all()) == [kept]


# --- Who may, and in the browser ----------------------------------------------------------------------------------


def test_managers_sign_up_their_unit_and_coordinators_their_municipality(cast, event, kitchen):
    manager_there = PersonFactory(member_of=cast.there, roles=[Role.MANAGER])
    people = {**cast.actors(), "manager_there": manager_there}

    found = {
        name: sorted(row.person.first_name for row in people_to_sign_up(person, event))
        for name, person in people.items()
    }

    assert found.pop("manager") == ["Alva", "Bo", "Cilla", "manager"]
    assert {"Alva", "staff_here", "coordinator_here"} <= set(found.pop("coordinator_here"))
    there = found.pop("coordinator_there")
    assert "staff_there" in there
    assert "Alva" not in there
    assert all(rows == [] for rows in found.values())


def test_an_event_that_is_not_open_to_them_signs_nobody_up(cast, client_of, kitchen):
    internal = TrainingEventFactory(municipality=cast.there)

    assert not people_to_sign_up(cast.manager, internal).exists()
    answer = client_of("manager").get(reverse("team_begin", kwargs={"public_id": internal.public_id}))
    assert answer.status_code == 404


def test_a_manager_signs_two_cooks_up_in_the_browser(cast, client_of, event, kitchen):
    client = client_of("manager")
    url = reverse("team_begin", kwargs={"public_id": event.public_id})
    chosen = [row.pk for row in cooks(kitchen)[:2]]
    assert "Alva Ek" in client.get(url).content.decode()
    assert client.post(url, {"people": []}).status_code == 400

    team_url = client.post(url, {"people": chosen}).url
    form = client.get(team_url).content.decode()
    assert "Anmäl 2 personer" in form
    assert "Platserna hålls till" in form
    assert client.post(team_url, {"act": "more_time"}).url == team_url
    assert client.post(team_url, {}).status_code == 409
    assert client.post(team_url, {"act": "sign_up"}).url == team_url

    assert list(event.sign_ups.values_list("person__first_name", "state")) == [
        ("Alva", "confirmed"),
        ("Bo", "confirmed"),
    ]
    result = client.get(team_url).content.decode()
    assert "Så går det för var och en" in result
    entry = event.sign_ups.first()
    client.post(team_url, {"act": "cancel", "entry": entry.pk})
    entry.refresh_from_db()
    assert entry.state == "cancelled"
    assert event.title in client.get(reverse("my_pages")).content.decode()


def test_somebody_of_another_unit_cannot_be_chosen_or_cancelled(cast, client_of, event, kitchen):
    stranger = Membership.objects.get(person=cast.staff_here)
    theirs = sign_up(event, cast.staff_here, municipality=cast.here)
    team = signed_up(event, cast, cooks(kitchen)[:1])
    client = client_of("manager")

    begun = client.post(reverse("team_begin", kwargs={"public_id": event.public_id}), {"people": [stranger.pk]})
    cancelled = client.post(team.get_absolute_url(), {"act": "cancel", "entry": theirs.pk})

    assert (begun.status_code, cancelled.status_code) == (400, 409)
    theirs.refresh_from_db()
    assert theirs.state == "confirmed"
    assert {
        name: client_of(person).get(team.get_absolute_url()).status_code
        for name, person in cast.actors().items()
        if name not in ("manager", "anonymous")
    } == dict.fromkeys(set(cast.actors()) - {"manager", "anonymous"}, 404)


def test_whoever_leads_the_unit_no_more_does_not_sign_it_up(cast, client_of, event, kitchen):
    client = client_of("manager")
    url = reverse("team_begin", kwargs={"public_id": event.public_id})
    team_url = client.post(url, {"people": [row.pk for row in cooks(kitchen)]}).url
    Membership.objects.filter(person=cast.manager).update(unit=None)

    answer = client.post(team_url, {"act": "sign_up"})

    assert (answer.status_code, event.sign_ups.count()) == (409, 0)
    assert "Någon du valde hör inte till dem du kan anmäla." in answer.content.decode()


def test_searching_keeps_who_is_chosen(cast, client_of, event, kitchen):
    alva, bo, _cilla = cooks(kitchen)

    page = (
        client_of("manager")
        .get(reverse("team_begin", kwargs={"public_id": event.public_id}), {"q": "Bo", "people": [alva.pk]})
        .content.decode()
    )

    assert f'value="{alva.pk}" checked' in page
    assert f'value="{bo.pk}"' in page
    assert "Cilla" not in page


def test_a_leader_is_told_who_of_them_is_busy_then_and_at_what_where_they_may_read_it(cast, client_of, event, kitchen):
    alva, bo, cilla = (membership.person for membership in cooks(kitchen))
    starts_at, ends_at = a_morning()
    same_time = [(starts_at - timedelta(days=3), ends_at - timedelta(days=3)), (starts_at, ends_at)]
    known = TrainingEventFactory(municipality=cast.here, title="Känt", occasions=same_time, capacity=1)
    sign_up(known)
    waiting = sign_up(known, alva)
    foreign = {"municipality": cast.there, "visibility": Visibility.SELECTED, "shared_with": [cast.here]}
    secret = TrainingEventFactory(**foreign, title="Hemligt")
    sign_up(secret, bo, municipality=cast.here)
    training_events.withdraw_sharing(event_id=secret.pk, actor=cast.coordinator_there)
    for other in ({"occasions": [(ends_at, ends_at + timedelta(hours=1))]}, {"occasions": [a_morning(29)]}):
        sign_up(TrainingEventFactory(municipality=cast.here, title="Inte då", **other), cilla)
    left = sign_up(TrainingEventFactory(municipality=cast.here, title="Lämnat"), cilla)
    sign_ups.cancel(sign_up_id=left.pk, actor=cilla)
    team = begin(event, cast, cooks(kitchen))
    client = client_of("manager")

    answer = client.get(team.get_absolute_url())

    assert [(entry.person, entry.event, entry.clashes_at, entry.is_told) for entry in answer.context["clashes"]] == [
        (alva, known, starts_at, True),
        (bo, secret, starts_at, False),
    ]
    html = answer.content.decode()
    assert [title in html for title in ("Känt", "Hemligt", "Inte då", "Lämnat")] == [True, False, False, False]
    assert waiting.state == "waiting"
    client.post(team.get_absolute_url(), {"act": "sign_up"})
    assert states(team) == ["confirmed"] * 3
    assert "Känt" not in client.get(team.get_absolute_url()).content.decode()


def test_who_is_busy_is_asked_in_one_question_for_all(cast, client_of, event, kitchen, django_assert_num_queries):
    people = [membership.person for membership in cooks(kitchen)]
    team = begin(event, cast, cooks(kitchen))

    for busy in (0, 1, 3):
        for person in people[:busy]:
            sign_up(TrainingEventFactory(municipality=cast.here), person)
        reader = get_user_model().objects.get(pk=cast.manager.pk)
        viewer_for(reader)
        with django_assert_num_queries(1):
            found = sign_ups.clashes_among(team.event, team.people, reader=reader)
            told = [(str(entry.person), entry.event.title) for entry in found]
        assert len({name for name, _title in told}) == busy


def test_a_member_reads_with_whom_they_are_signed_up(cast, client_of, event, kitchen):
    team = signed_up(event, cast, cooks(kitchen))
    entry = team.sign_ups.order_by("pk").first()

    page = client_of(entry.person).get(entry.get_absolute_url()).content.decode()

    assert "Anmäld tillsammans med Bo Ek, Cilla Ek" in page


# --- Somebody without an e-mail address ---------------------------------------------------------------------------


def post_person(client, event, **data):
    url = reverse("team_begin", kwargs={"public_id": event.public_id})
    return client.post(url, {"add_person": "1", "first_name": "Gun", "last_name": "Holm", **data})


def test_a_coordinator_signs_up_somebody_without_an_address(cast, client_of, event, kitchen):
    client = client_of("coordinator_here")
    alva = cooks(kitchen)[0]

    added = post_person(client, event, municipality=cast.here.pk, unit=kitchen.pk, people=[alva.pk])

    gun = Membership.objects.select_related("person").get(person__first_name="Gun")
    assert (gun.municipality, gun.unit, gun.person.email) == (cast.here, kitchen, None)
    assert not gun.person.has_usable_password()
    assert (
        added.url == f"{reverse('team_begin', kwargs={'public_id': event.public_id})}?people={alva.pk}&people={gun.pk}"
    )
    page = client.get(added.url).content.decode()
    assert f'value="{gun.pk}" checked' in page
    team_url = client.post(added.url, {"people": [alva.pk, gun.pk]}).url
    client.post(team_url, {"act": "sign_up"})
    assert set(event.sign_ups.values_list("person__first_name", "state")) == {
        ("Gun", "confirmed"),
        ("Alva", "confirmed"),
    }
    assert [row.to_email for row in written()] == [alva.person.email]


def test_a_slip_says_when_where_and_the_doors_code_for_each_with_a_seat(cast, client_of, event, kitchen):
    event.place, event.address, event.directions = "Köket", "Storgatan 1", "Ingång från gården."
    event.save(update_fields=["place", "address", "directions"])
    team = signed_up(event, cast, cooks(kitchen))
    left = team.sign_ups.order_by("pk").last()
    sign_ups.cancel(sign_up_id=left.pk, actor=left.person)
    url = reverse("my_team_slips", kwargs={"uid": team.uid})

    page = client_of("manager").get(url).content.decode()

    for entry in team.sign_ups.filter(state="confirmed"):
        assert str(entry.person) in page
        assert entry.code[:3] in page
    assert "Cilla" not in page
    assert "Köket, Storgatan 1" in page
    assert "Ingång från gården." in page
    assert client_of("coordinator_here").get(url).status_code == 404


def test_a_poster_leads_to_the_event(cast, client_of, event):
    url = reverse("event_poster", kwargs={"public_id": event.public_id})

    page = client_of("coordinator_there").get(url).content.decode()

    assert event.title in page
    assert 'aria-label="QR-kod som leder till tillfällets sida"' in page
    assert client_of("coordinator_here").get(url).status_code == 404


def test_two_people_may_be_without_an_address_but_not_twice_of_one_name(cast, client_of, event, kitchen):
    client = client_of("coordinator_here")

    answers = [
        post_person(client, event, municipality=cast.here.pk),
        post_person(client, event, municipality=cast.here.pk, first_name="Per"),
        post_person(client, event, municipality=cast.here.pk, first_name="gun"),
        post_person(client, event, municipality=cast.here.pk, first_name=" "),
        post_person(client, event, municipality=cast.there.pk, first_name="Ulla"),
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 400, 400, 400]
    found = Membership.objects.filter(person__email=None).values_list("person__first_name", flat=True)
    assert sorted(found) == ["Gun", "Per"]


def test_a_manager_adds_nobody(cast, client_of, event, kitchen):
    assert post_person(client_of("manager"), event, municipality=cast.here.pk).status_code == 400
    assert not Membership.objects.filter(person__email=None).exists()


# --- Ids that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["²", "9" * 30, "-1", "x", "1 OR 1=1", ""])
def test_an_id_that_is_none_is_said_kindly_or_left_out(cast, client_of, event, kitchen, wrong):
    client, url = client_of("manager"), reverse("team_begin", kwargs={"public_id": event.public_id})
    team = signed_up(event, cast, cooks(kitchen)[:1])

    assert client.get(url, {"people": wrong, "q": "Alva"}).status_code == 200
    assert client.post(url, {"people": wrong}).status_code == 400
    assert client.post(team.get_absolute_url(), {"act": "cancel", "entry": wrong}).status_code == 409
    assert client.post(reverse("my_team"), {"unit": wrong, "person": wrong}).status_code == 400
    assert client.post(reverse("my_team"), {"end": wrong}).status_code == 404
    assert states(team) == ["confirmed"]
