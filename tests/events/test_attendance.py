"""Ticking off who came: a door helper's small right."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.events import exports
from portal.events.models import CODE_ALPHABET, Attendance, SignUp
from portal.events.services import attendance, sign_ups
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


# --- One person at a time, by code or by row ------------------------------------------------------------------------


def one(event) -> str:
    return f"{path_of(event)}en/"


def seat_of(event, name: str) -> SignUp:
    return event.sign_ups.get(person__first_name=name)


def ms(moment) -> int:
    return int(moment.timestamp() * 1000)


JSON = {"HTTP_ACCEPT": "application/json"}


def test_each_sign_up_has_a_code_of_its_own_that_cannot_be_misread(event):
    codes = list(event.sign_ups.values_list("code", flat=True))

    assert len(set(codes)) == 3
    assert all(len(code) == 6 and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert not set(CODE_ALPHABET) & set("0O1ILUVZSB")


def test_a_typed_code_checks_in_however_it_is_written(cast, client_of, helper, event):
    client, entry = client_of(helper), seat_of(event, "staff_here")
    SignUp.objects.filter(pk=entry.pk).update(code="AC2D58")

    for typed in ("ac2d58", " AC2 D58 ", "ac-2d-58", "acZdsb", f"http://x.example/arbetsyta/incheckning/{entry.uid}/"):
        Attendance.objects.all().delete()
        answer = client.post(one(event), {"code": typed})
        assert (answer.status_code, answer["Location"], came(event)) == (302, path_of(event), ["staff_here"]), typed

    row = Attendance.objects.get()
    assert (row.recorded_by, row.minutes) == (helper, None)


def test_a_code_without_a_seat_here_is_told_at_the_field_and_writes_nothing(cast, client_of, helper, event):
    now = timezone.now() + timedelta(minutes=30)
    elsewhere = sign_up(TrainingEventFactory(municipality=cast.here, occasions=[(now, now + timedelta(hours=1))]))
    cancelled = sign_ups.cancel(sign_up_id=seat_of(event, "manager").pk, actor=cast.manager)
    waiting = seat_of(event, "municipality_admin")
    client = client_of(helper)
    codes = [elsewhere.code, str(elsewhere.uid), cancelled.code, str(cancelled.uid), waiting.code, "ÅÄÖ", "x" * 290]

    answers = [client.post(one(event), {"code": code}) for code in codes]

    assert [answer.status_code for answer in answers] == [409] * len(codes)
    errors = {str(answer.context["code_form"].errors["code"][0]) for answer in answers}
    assert errors == {_("Whoever has this code has no seat at this event.")}
    assert Attendance.objects.count() == 0
    empty, long = client.post(one(event), {"code": " "}), client.post(one(event), {"code": "x" * 301})
    assert (empty.status_code, long.status_code) == (400, 400)


def test_the_script_gets_json_with_everybody_who_is_here(cast, client_of, helper, event):
    client = client_of(helper)
    first, second = seat_of(event, "staff_here"), seat_of(event, "manager")
    attendance.check_in(occasion=event.occasions.get(), sign_up_id=second.pk, actor=cast.coordinator_here)

    into = client.post(one(event), {"sign_up": first.pk, "present": "true"}, **JSON)
    out = client.post(one(event), {"sign_up": second.pk, "present": "false"}, **JSON)
    wrong = client.post(one(event), {"code": "222222"}, **JSON)

    assert (into.status_code, into.json()["present"]) == (200, sorted([first.pk, second.pk]))
    assert (out.status_code, out.json()["present"]) == (200, [first.pk])
    assert (wrong.status_code, set(wrong.json())) == (409, {"message"})


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"sign_up": "x", "present": "true"},
        {"sign_up": "9" * 30, "present": "true"},
        {"sign_up": "1", "present": "kanske"},
        {"sign_up": "1", "present": "true", "at": "igår"},
        {"sign_up": "1", "present": "true", "minutes": "tre"},
    ],
)
def test_what_cannot_be_read_is_answered_with_400(client_of, helper, event, data):
    client = client_of(helper)

    answers = [client.post(one(event), data), client.post(one(event), data, **JSON)]

    assert ([answer.status_code for answer in answers], Attendance.objects.count()) == ([400, 400], 0)


def test_an_older_decision_that_arrives_later_changes_nothing(cast, event):
    occasion, entry, now = event.occasions.get(), seat_of(event, "staff_here"), timezone.now()
    act = {"occasion": occasion, "sign_up_id": entry.pk, "actor": cast.coordinator_here, "now": now}
    early, middle, late = (now - timedelta(minutes=minutes) for minutes in (30, 20, 10))

    answers = [
        attendance.check_in(**act, at=middle),
        attendance.undo(**act, at=early),
        attendance.check_in(**act, at=middle),
        attendance.undo(**act, at=late),
        attendance.check_in(**act, at=middle),
        attendance.undo(**act, at=late),
        attendance.check_in(**act, at=now),
    ]

    assert answers == [True, True, True, False, False, False, True]
    assert list(Attendance.objects.values_list("sign_up", "recorded_at")) == [(entry.pk, now)]


def test_an_undo_older_than_the_latest_check_in_does_not_take_it_back(cast, event):
    """Two phones: the second check-in is later than the undo between them, which arrives last."""
    occasion, entry, now = event.occasions.get(), seat_of(event, "staff_here"), timezone.now()
    act = {"occasion": occasion, "sign_up_id": entry.pk, "actor": cast.coordinator_here, "now": now}

    attendance.check_in(**act, at=now - timedelta(minutes=9))
    attendance.check_in(**act, at=now - timedelta(minutes=1))
    attendance.undo(**act, at=now - timedelta(minutes=5))

    assert came(event) == ["staff_here"]


def test_unticking_in_the_list_is_a_decision_too(cast, event):
    occasion, entry, now = event.occasions.get(), seat_of(event, "staff_here"), timezone.now()
    attendance.record(occasion=occasion, present=[entry.pk], actor=cast.coordinator_here, now=now)
    attendance.record(occasion=occasion, present=[], actor=cast.coordinator_here, now=now)

    earlier = now - timedelta(minutes=5)
    attendance.check_in(occasion=occasion, sign_up_id=entry.pk, actor=cast.coordinator_here, at=earlier, now=now)

    assert came(event) == []


def test_a_tap_holds_from_the_moment_it_was_made(cast, client_of, helper, event):
    """In the server's clock, which the page tells the phone: a phone whose own is wrong counts on from that."""
    client, entry = client_of(helper), seat_of(event, "staff_here")
    before = ms(timezone.now())
    told = client.get(path_of(event)).context["now_ms"]
    after = ms(timezone.now())
    tapped = told - 10 * 60_000

    client.post(one(event), {"sign_up": entry.pk, "present": "true", "at": tapped})

    assert before <= told <= after
    assert round(Attendance.objects.get().recorded_at.timestamp() * 1000) == tapped


def test_a_moment_to_come_counts_as_now(cast, event):
    occasion, entry, now = event.occasions.get(), seat_of(event, "staff_here"), timezone.now()
    act = {"occasion": occasion, "sign_up_id": entry.pk, "actor": cast.coordinator_here}

    attendance.check_in(**act, at=now + timedelta(days=9), now=now)
    attendance.undo(**act, now=now + timedelta(minutes=1))

    assert came(event) == []


@pytest.mark.parametrize("act", [{"code": "code"}, {"sign_up": "pk", "present": "true"}])
def test_nobody_is_checked_in_too_early(cast, client_of, helper, act):
    early = TrainingEventFactory(municipality=cast.here)
    entry = sign_up(early, cast.staff_here)

    answer = client_of(helper).post(one(early), {key: getattr(entry, value, value) for key, value in act.items()})

    assert (answer.status_code, Attendance.objects.count()) == (409, 0)


@pytest.mark.parametrize("actor", ["anonymous", "staff_here", "manager", "coordinator_there", "outsider"])
def test_nobody_without_the_right_checks_in(client_of, event, actor):
    entry, client = seat_of(event, "staff_here"), client_of(actor)
    page = f"/arbetsyta/incheckning/{entry.uid}/"

    answers = [
        client.post(one(event), {"code": entry.code}),
        client.post(one(event), {"sign_up": entry.pk, "present": "true"}, **JSON),
        client.get(page),
        client.post(page),
    ]

    expected = [302] * 4 if actor == "anonymous" else [404] * 4
    assert ([answer.status_code for answer in answers], Attendance.objects.count()) == (expected, 0)


def test_a_door_with_thirty_people_asks_as_much_as_a_door_with_one(
    cast, client_of, helper, django_assert_max_num_queries
):
    starts_at, client, counts = timezone.now(), client_of(helper), []
    event = TrainingEventFactory(
        municipality=cast.here, capacity=40, occasions=[(starts_at, starts_at + timedelta(hours=2))]
    )
    early = timezone.now() - timedelta(days=1)
    sign_up(event, now=early)
    client.get(path_of(event))

    for more in (0, 29):
        for _number in range(more):
            sign_up(event, now=early)
        with django_assert_max_num_queries(60) as captured:
            assert client.get(path_of(event)).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


# --- The check-in page a QR code leads to ---------------------------------------------------------------------------


def test_the_page_of_a_qr_code_checks_in_only_when_the_button_is_pressed(cast, client_of, helper, event):
    client, page = client_of(helper), f"/arbetsyta/incheckning/{seat_of(event, 'staff_here').uid}/"

    shown = client.get(page)
    after_get = came(event)
    client.post(page)
    after_post, is_here = came(event), client.get(page).context["is_here"]
    client.post(page, {"undo": "1"})

    text = shown.content.decode()
    assert all(word in text for word in ("staff_here Ek", "Trelleborg", "Verkstaden"))
    assert "@example.org" not in text
    assert (after_get, after_post, is_here, came(event)) == ([], ["staff_here"], True, [])


def test_the_page_of_somebody_without_a_seat_says_so_and_names_nobody(cast, client_of, helper, event):
    cancelled = sign_ups.cancel(sign_up_id=seat_of(event, "manager").pk, actor=cast.manager)
    client, page = client_of(helper), f"/arbetsyta/incheckning/{cancelled.uid}/"

    answers = [client.get(page), client.post(page)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert all(_("Whoever has this code has no seat at this event.") in a.content.decode() for a in answers)
    assert not any("manager Ek" in answer.content.decode() for answer in answers)
    assert Attendance.objects.count() == 0


def test_a_code_is_for_the_date_that_is_on(cast, client_of, helper):
    now = timezone.now()
    dates = [(now + timedelta(days=day), now + timedelta(days=day, hours=2)) for day in (-7, 0, 7)]
    event = TrainingEventFactory(municipality=cast.here, occasions=dates)
    entry = sign_up(event, cast.staff_here, now=now - timedelta(days=9))

    client_of(helper).post(f"/arbetsyta/incheckning/{entry.uid}/")

    assert Attendance.objects.get().occasion == event.occasions.all()[1]


def test_the_person_has_a_picture_and_a_code_to_show(cast, client_of, event):
    entry = seat_of(event, "staff_here")

    page = client_of("staff_here").get(entry.get_absolute_url())

    assert page.context["shows_code"]
    text = page.content.decode()
    assert 'class="qr" role="img"' in text
    assert f"{entry.code[:3]} {entry.code[3:]}" in text


def test_nothing_is_shown_to_somebody_who_waits_or_when_it_is_over(cast, client_of, event):
    waiting, seated = seat_of(event, "municipality_admin"), seat_of(event, "staff_here")
    waits = client_of("municipality_admin").get(waiting.get_absolute_url())
    event.last_ends_at = timezone.now() - timedelta(minutes=1)
    event.save()
    over = client_of("staff_here").get(seated.get_absolute_url())

    assert [page.context["shows_code"] for page in (waits, over)] == [False, False]
    assert not any(entry.code in page.content.decode() for entry, page in ((waiting, waits), (seated, over)))


# --- For how long, and who did not come -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"), [("90", 90), ("1", 1), ("120", None), ("", None), ("0", "no"), ("121", "no"), ("-5", "no")]
)
def test_somebody_may_have_come_for_a_part(client_of, helper, event, given, kept):
    data = {"sign_up": seat_of(event, "staff_here").pk, "present": "true", "minutes": given}

    answer = client_of(helper).post(one(event), data)

    assert answer.status_code == (400 if kept == "no" else 302)
    assert list(Attendance.objects.values_list("minutes", flat=True)) == ([] if kept == "no" else [kept])


@pytest.fixture
def over(cast):
    """Two dates that are over, of two hours each, and four people with a seat."""
    now = timezone.now()
    dates = [(now - timedelta(days=day), now - timedelta(days=day, hours=-2)) for day in (9, 2)]
    event = TrainingEventFactory(municipality=cast.here, capacity=4, occasions=dates)
    entries = [sign_up(event, now=now - timedelta(days=20)) for _number in range(4)]
    first, second = event.occasions.all()
    act = {"actor": cast.coordinator_here}
    for occasion in (first, second):
        attendance.check_in(occasion=occasion, sign_up_id=entries[0].pk, **act)
    attendance.check_in(occasion=first, sign_up_id=entries[1].pk, **act)
    attendance.check_in(occasion=first, sign_up_id=entries[2].pk, **act)
    attendance.stay_for(occasion=second, sign_up_id=entries[2].pk, minutes=95, **act)
    return event, entries


def test_afterwards_it_says_who_came_and_for_how_long(over):
    _event, entries = over

    cells = [row[6:] for row in exports.rows(entries)]

    assert cells == [
        [_("Came"), "4 h"],
        [_("Came for a part"), "2 h"],
        [_("Came for a part"), "3 h 35 min"],
        [_("Did not come"), "0 min"],
    ]


def test_the_participants_page_tells_it_and_the_door_sums_it_up(cast, client_of, over):
    event, _entries = over
    client = client_of("coordinator_here")

    page = client.get(f"/arbetsyta/tillfallen/{event.public_id}/")
    door = client.get(f"/arbetsyta/narvaro/{event.occasions.all()[1].uid}/")

    assert [p.came for p in page.context["presences"].values()] == [True, True, True, False]
    assert _("Did not come") in page.content.decode()
    assert (door.context["here"], door.context["missing"], door.context["is_over"]) == (2, 2, True)


def test_where_nobody_was_ticked_off_nobody_is_said_to_have_stayed_away(cast):
    now = timezone.now()
    event = TrainingEventFactory(
        municipality=cast.here, occasions=[(now - timedelta(days=2), now - timedelta(days=2, hours=-2))]
    )
    entry = sign_up(event, now=now - timedelta(days=9))

    assert (attendance.presences([entry]), exports.rows([entry])[0][6:]) == ({}, ["", ""])


def test_a_date_that_is_going_on_says_nothing_yet(event, cast):
    entry = seat_of(event, "staff_here")
    attendance.check_in(occasion=event.occasions.get(), sign_up_id=entry.pk, actor=cast.coordinator_here)

    assert attendance.presences(list(event.sign_ups.all())) == {}


# --- Online, with the code of the day -------------------------------------------------------------------------------


@pytest.fixture
def meeting(cast):
    starts_at = timezone.now() + timedelta(minutes=10)
    event = TrainingEventFactory(
        municipality=cast.here, format="online", place="", occasions=[(starts_at, starts_at + timedelta(hours=1))]
    )
    sign_up(event, cast.staff_here)
    return event


def type_code(client, event, code: str):
    return client.post(seat_of(event, "staff_here").get_absolute_url(), {"act": "here", "code": code})


def test_who_types_the_code_of_the_day_was_there(cast, client_of, meeting):
    code = meeting.occasions.get().code

    answer = type_code(client_of("staff_here"), meeting, f"{code[:3]} {code[3:]}")

    row = Attendance.objects.get()
    assert (answer.status_code, row.sign_up.person, row.recorded_by) == (302, cast.staff_here, cast.staff_here)


def test_a_wrong_code_is_told_at_the_field(client_of, meeting):
    code = meeting.occasions.get().code
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    answers = [type_code(client_of("staff_here"), meeting, typed) for typed in (wrong, "", "x" * 50, "åäö")]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert all(answer.context["day_code"].errors["code"] for answer in answers)
    assert Attendance.objects.count() == 0


def test_after_ten_guesses_the_right_code_does_not_help(client_of, meeting):
    client, code = client_of("staff_here"), meeting.occasions.get().code
    for number in range(10):
        type_code(client, meeting, f"{(int(code) + number + 1) % 10**6:06d}")

    answer = type_code(client, meeting, code)

    assert (answer.status_code, Attendance.objects.count()) == (400, 0)


@pytest.mark.parametrize("minutes", [-16, 61])
def test_the_code_holds_from_a_quarter_before_until_the_end(cast, meeting, minutes):
    occasion, entry = meeting.occasions.get(), seat_of(meeting, "staff_here")
    now = occasion.starts_at + timedelta(minutes=minutes)

    with pytest.raises(ActionRefused) as refused:
        attendance.check_oneself_in(sign_up_id=entry.pk, code=occasion.code, actor=cast.staff_here, now=now)

    assert (refused.value.code, Attendance.objects.count()) == ("not_now", 0)


def test_only_the_door_shows_the_code_of_the_day(client_of, meeting, event):
    code = meeting.occasions.get().code
    spaced = f"{code[:3]} {code[3:]}"

    pages = {
        "door": client_of("coordinator_here").get(path_of(meeting)),
        "own": client_of("staff_here").get(seat_of(meeting, "staff_here").get_absolute_url()),
        "public": client_of("staff_here").get(meeting.get_absolute_url()),
        "on site": client_of("coordinator_here").get(path_of(event)),
    }

    assert [name for name, page in pages.items() if spaced in page.content.decode()] == ["door"]
    assert event.occasions.get().code not in pages["on site"].content.decode()
