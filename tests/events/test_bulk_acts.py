"""What organisers do with several sign-ups at once, and take back."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from portal.core.services import ActionRefused
from portal.events import exports
from portal.events.models import SignUp, SignUpChange, TrainingEvent
from portal.events.services import bulk_acts, requests, seat_checks, sign_ups, teams, training_events
from portal.events.templatetags.events import what_happens_next
from portal.municipalities.enums import Visibility
from portal.municipalities.models import AuditEntry, Membership, Unit
from portal.municipalities.services import audit
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.factories.municipalities import PersonFactory
from tests.helpers.mails import written

NOW = timezone.now()
LATER = NOW + timedelta(minutes=9)
WHY = "Gruppen har fått en egen kurs."


@pytest.fixture
def event(cast) -> TrainingEvent:
    """Two seats, for members everywhere."""
    return TrainingEventFactory(
        municipality=cast.here,
        visibility=Visibility.MEMBERS,
        contact_name="Åsa Öberg",
        contact_email="asa@trelleborg.example",
    )


def states(event) -> list[str]:
    return list(SignUp.objects.filter(event=event).order_by("pk").values_list("state", flat=True))


def queue(event) -> list[int]:
    return list(SignUp.objects.filter(event=event, state="waiting").in_queue_order().values_list("pk", flat=True))


def problems(event) -> list[str]:
    return [problem.code for problem in seat_checks.find(event_ids=[event.pk])]


def mails(entry) -> list[str]:
    return [row.message.removeprefix("events/") for row in written() if row.recipient_id == entry.person_id]


def cancelled(event, cast, *entries, now=NOW, **how) -> int:
    arguments = {"actor": cast.coordinator_here, "reason": WHY, **how}
    return bulk_acts.cancel_sign_ups(event_id=event.pk, sign_up_ids=[e.pk for e in entries], now=now, **arguments)


def given_seats(event, cast, *entries, asked_already=True, now=NOW) -> int:
    return sign_ups.give_seats(
        event_id=event.pk,
        sign_up_ids=[entry.pk for entry in entries],
        actor=cast.coordinator_here,
        reason="Håller i passet.",
        asked_already=asked_already,
        now=now,
    )


def undone(event, cast, *, at=NOW, actor=None, now=LATER) -> int:
    return bulk_acts.undo(event_id=event.pk, at=at, actor=actor or cast.coordinator_here, now=now)


def refusal(action, *arguments, **how) -> str:
    with pytest.raises(ActionRefused) as caught, transaction.atomic():
        action(*arguments, **how)
    return caught.value.code


def change(event, **fields) -> None:
    TrainingEvent.objects.filter(pk=event.pk).update(**fields)


# --- Cancelling ---------------------------------------------------------------------------------------------------


def test_cancelling_ends_all_of_them_and_offers_the_freed_seats_on(cast, event):
    first, second, third, fourth, fifth = [sign_up(event) for _number in range(5)]

    number = cancelled(event, cast, first, second, third)

    assert number == 3
    assert states(event) == ["cancelled", "cancelled", "cancelled", "offered", "offered"]
    assert mails(first) == ["confirmed", "cancelled_by_organiser"]
    assert mails(third) == ["waiting", "cancelled_by_organiser"]
    assert [mails(entry) for entry in (fourth, fifth)] == [["waiting", "offered"]] * 2
    rows = SignUpChange.objects.filter(event=event, to_state="cancelled").order_by("pk")
    assert set(rows.values_list("at", "actor", "reason", "note")) == {
        (NOW, cast.coordinator_here.pk, "cancelled_by_organiser", WHY)
    }
    [entry] = audit.named(AuditEntry.objects.filter(act="sign_up_ended"))
    names = ", ".join(str(one.person) for one in (first, second, third))
    assert (entry.municipality, entry.actor, entry.subject, entry.detail) == (
        cast.here,
        cast.coordinator_here,
        event.title,
        f"{names}, {WHY}",
    )
    assert problems(event) == []


def test_somebody_alone_who_waits_and_is_cancelled_promotes_nobody(cast, event):
    event.capacity = 1
    event.save()
    entries = [sign_up(event) for _number in range(3)]
    change(event, capacity=2)

    cancelled(event, cast, entries[1])

    assert states(event) == ["confirmed", "cancelled", "waiting"]


def test_the_mail_says_why_and_whom_to_ask_and_takes_the_date_out_of_the_calendar(cast, event):
    with_seat, _other, waiting = [sign_up(event) for _number in range(3)]

    cancelled(event, cast, with_seat, waiting, reason="Du & <jag>\nses i mars.")

    told = {row.recipient_id: row for row in written() if row.message == "events/cancelled_by_organiser"}
    mail = told[with_seat.person_id]
    assert "Du & <jag>\nses i mars." in mail.text
    assert "Du &amp; &lt;jag&gt;" in mail.html
    assert "Åsa Öberg, asa@trelleborg.example" in mail.text
    assert [attachment["type"] for attachment in mail.attachments] == ["text/calendar; method=CANCEL"]
    assert told[waiting.person_id].attachments == []


@pytest.mark.parametrize("by_organiser", [True, False])
def test_pages_and_files_say_who_cancelled(cast, client_of, event, by_organiser):
    entry = sign_up(event, cast.staff_here)
    if by_organiser:
        cancelled(event, cast, entry)
    else:
        sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)
    entry.refresh_from_db()

    page = client_of("staff_here").get(entry.get_absolute_url()).content.decode()

    theirs, own = _("Cancelled by the organiser"), str(_("Cancelled by you"))
    assert entry.get_state_display() == (theirs if by_organiser else own)
    assert exports.participant_state(entry) == (theirs if by_organiser else _("Has cancelled"))
    assert (theirs in page, own in page, WHY in page) == (by_organiser, not by_organiser, by_organiser)
    assert WHY in what_happens_next(entry) if by_organiser else WHY not in what_happens_next(entry)


@pytest.mark.parametrize("reason", ["", " \n "])
def test_nobody_is_cancelled_without_a_reason(cast, event, reason):
    entry = sign_up(event)

    assert refusal(cancelled, event, cast, entry, reason=reason) == "no_reason"
    assert states(event) == ["confirmed"]


def test_nobody_is_cancelled_when_one_of_them_is_not_signed_up_here_any_more(cast, event):
    one, other = sign_up(event), sign_up(event)
    elsewhere = sign_up(TrainingEventFactory(municipality=cast.here))
    sign_ups.cancel(sign_up_id=other.pk, actor=other.person)

    codes = [refusal(cancelled, event, cast, *who) for who in ([one, other], [one, elsewhere], [])]

    assert codes == ["not_active"] * 3
    assert (states(event), elsewhere.is_active) == (["confirmed", "cancelled"], True)


def test_nobody_is_cancelled_once_the_event_has_started_or_is_called_off(cast, event):
    entry = sign_up(event)

    assert refusal(cancelled, event, cast, entry, now=event.first_starts_at) == "has_started"
    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Sjuk.")
    assert refusal(cancelled, event, cast, entry) == "not_published"


# --- Undoing it ---------------------------------------------------------------------------------------------------


def test_undone_cancelling_gives_the_seats_and_the_places_in_line_back(cast, event):
    entries = [sign_up(event) for _number in range(5)]
    before = queue(event)
    cancelled(event, cast, entries[2], entries[3])

    number = undone(event, cast)

    assert number == 2
    assert states(event) == ["confirmed", "confirmed", "waiting", "waiting", "waiting"]
    assert queue(event) == before
    assert [sign_ups.position_in_queue(SignUp.objects.get(pk=entry.pk)) for entry in entries[2:]] == [1, 2, 3]
    assert mails(entries[2]) == ["waiting", "cancelled_by_organiser", "undone"]
    rows = SignUpChange.objects.filter(event=event, reason="undone").values_list("at", "actor", "from_state", "note")
    assert set(rows) == {(LATER, cast.coordinator_here.pk, "cancelled", "")}
    details = [line.detail for line in audit.named(AuditEntry.objects.filter(act="sign_up_ended").order_by("pk"))]
    names = f"{entries[2].person}, {entries[3].person}"
    assert details == [f"{names}, {WHY}", f"{_('taken back')}, {names}"]
    assert problems(event) == []


def test_a_seat_that_is_had_again_outranks_its_cancellation_in_the_calendar(cast, event):
    entry = sign_up(event)
    written()
    cancelled(event, cast, entry)
    written()
    undone(event, cast)
    written()
    cancelled(event, cast, entry, now=LATER)

    files = [
        Calendar.from_ical(attachment["text"])
        for row in written()
        if row.recipient_id == entry.person_id
        for attachment in row.attachments
    ]

    assert [(file["METHOD"], int(file.walk("VEVENT")[0]["SEQUENCE"])) for file in files] == [
        ("PUBLISH", 0),
        ("CANCEL", 1),
        ("PUBLISH", 2),
        ("CANCEL", 3),
    ]


def test_an_offer_and_a_request_come_back_with_their_own_deadlines(cast, event):
    unit = Unit.objects.create(municipality=cast.here, name="Köket")
    Membership.objects.filter(person__in=[cast.manager, cast.staff_here]).update(unit=unit)
    first, _second, offered = [sign_up(event, now=NOW - timedelta(hours=1)) for _number in range(3)]
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person, now=NOW - timedelta(minutes=30))
    change(event, approval="approve", capacity=3)
    asked = sign_up(event, cast.staff_here, now=NOW - timedelta(minutes=20))
    before = list(event.sign_ups.order_by("pk").values_list("state", "answer_by", "queued_at", "escalated_at"))
    assert [row[0] for row in before] == ["cancelled", "confirmed", "offered", "awaiting_seat"]

    cancelled(event, cast, offered, asked)
    undone(event, cast)

    assert list(event.sign_ups.order_by("pk").values_list("state", "answer_by", "queued_at", "escalated_at")) == before
    assert sign_ups.accept_offer(sign_up_id=offered.pk, actor=offered.person, now=LATER).state == "confirmed"
    assert requests.approve(sign_up_id=asked.pk, actor=cast.manager, now=LATER).state == "confirmed"
    assert problems(event) == []


def test_managers_are_not_told_a_second_time_of_a_seat_that_is_had_again(cast, event):
    unit = Unit.objects.create(municipality=cast.here, name="Köket")
    Membership.objects.filter(person__in=[cast.manager, cast.staff_here]).update(unit=unit)
    change(event, approval="inform")
    entry = sign_up(event, cast.staff_here)
    cancelled(event, cast, entry)

    undone(event, cast)

    assert [row.message for row in written() if row.recipient_id == cast.manager.pk] == ["events/manager_informed"]


def test_seats_that_have_gone_to_others_stay_with_them_and_nobody_is_restored(cast, event):
    entries = [sign_up(event) for _number in range(4)]
    cancelled(event, cast, entries[0], entries[3])

    assert refusal(undone, event, cast) == "seats_gone"
    assert states(event) == ["cancelled", "confirmed", "offered", "cancelled"]
    assert problems(event) == []


def test_seats_kept_for_another_municipality_are_not_taken_back(cast, event):
    entry = sign_up(event)
    cancelled(event, cast, entry)
    training_events.keep_seats(
        event_id=event.pk, kept={cast.there.pk: 2}, until=event.first_starts_at, actor=cast.coordinator_here
    )

    assert refusal(undone, event, cast) == "seats_gone"


def _answers(cast, event, entry):
    sign_ups.accept_offer(sign_up_id=entry.pk, actor=entry.person)


def _signs_up_again(cast, event, entry):
    sign_up(event, entry.person)


def _closes_the_account(cast, event, entry):
    entry.person.is_active = False
    entry.person.save()


@pytest.mark.parametrize("happens", [_signs_up_again, _closes_the_account])
def test_nothing_is_undone_for_somebody_who_has_done_something_since(cast, event, happens):
    entries = [sign_up(event) for _number in range(2)]
    cancelled(event, cast, *entries)
    happens(cast, event, entries[1])
    before = states(event)

    assert refusal(undone, event, cast) == "changed_since"
    assert (states(event), problems(event)) == (before, [])


def test_an_act_is_undone_once(cast, event):
    entry = sign_up(event)
    cancelled(event, cast, entry)
    undone(event, cast)

    assert refusal(undone, event, cast) == "changed_since"
    assert refusal(undone, event, cast, at=LATER) == "nothing_to_undo"
    assert states(event) == ["confirmed"]


def test_only_who_did_it_can_undo_it_at_its_event_and_within_ten_minutes(cast, event):
    other = TrainingEventFactory(municipality=cast.here)
    entry = sign_up(event)
    cancelled(event, cast, entry)

    codes = [
        refusal(undone, event, cast, actor=cast.portal_admin),
        refusal(undone, other, cast),
        refusal(undone, event, cast, at=NOW + timedelta(microseconds=1)),
        refusal(undone, event, cast, now=NOW + timedelta(minutes=10)),
    ]

    assert codes == ["nothing_to_undo"] * 3 + ["too_late"]
    assert undone(event, cast, now=NOW + timedelta(minutes=10, microseconds=-1)) == 1


def test_what_a_person_did_alone_is_no_act_to_undo(cast, event):
    entry = sign_up(event, cast.coordinator_here)
    sign_ups.cancel(sign_up_id=entry.pk, actor=cast.coordinator_here, now=NOW)

    assert refusal(undone, event, cast) == "nothing_to_undo"
    assert bulk_acts.latest_to_undo(event, actor=cast.coordinator_here, now=LATER) is None


def test_nothing_is_undone_once_the_event_has_started(cast, event):
    entry = sign_up(event)
    at = event.first_starts_at - timedelta(minutes=1)
    cancelled(event, cast, entry, now=at)

    assert refusal(undone, event, cast, at=at, now=event.first_starts_at) == "has_started"


# --- Undoing seats that were given --------------------------------------------------------------------------------


@pytest.fixture
def close(cast) -> TrainingEvent:
    """Tomorrow morning: nobody is asked in turn any more, and a seat is free while two wait."""
    event = TrainingEventFactory(
        municipality=cast.here,
        visibility=Visibility.MEMBERS,
        capacity=1,
        occasions=[(NOW + timedelta(hours=10), NOW + timedelta(hours=12))],
    )
    first, *_waiting = [sign_up(event) for _number in range(3)]
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    assert states(event) == ["cancelled", "waiting", "waiting"]
    return event


@pytest.mark.parametrize(("asked_already", "state"), [(True, "confirmed"), (False, "offered")])
def test_a_seat_that_was_given_or_offered_is_taken_back(cast, close, asked_already, state):
    last = close.sign_ups.order_by("pk").last()
    before = queue(close)
    given_seats(close, cast, last, asked_already=asked_already)
    assert states(close) == ["cancelled", "waiting", state]

    assert undone(close, cast) == 1

    assert (states(close), queue(close)) == (["cancelled", "waiting", "waiting"], before)
    assert mails(last)[-1] == "undone"
    details = [line.detail for line in audit.named(AuditEntry.objects.filter(act="seat_given").order_by("pk"))]
    assert details == [f"{last.person}, Håller i passet.", f"{_('taken back')}, {last.person}"]
    assert problems(close) == []


def test_an_offer_that_was_answered_cannot_be_undone(cast, close):
    last = close.sign_ups.order_by("pk").last()
    given_seats(close, cast, last, asked_already=False)
    _answers(cast, close, last)

    assert refusal(undone, close, cast) == "changed_since"
    assert states(close) == ["cancelled", "waiting", "confirmed"]


def test_a_seat_that_is_free_again_goes_to_whoever_takes_it_without_being_asked(cast, close):
    first, last = close.sign_ups.filter(state="waiting").order_by("pk")
    given_seats(close, cast, last)
    sign_ups.choose_at_once(sign_up_id=first.pk, at_once=True)

    undone(close, cast)

    assert states(close) == ["cancelled", "confirmed", "waiting"]
    assert problems(close) == []


def _team(cast, event, number: int, now=None):
    people = [PersonFactory(member_of=cast.here) for _number in range(number)]
    memberships = list(Membership.objects.filter(person__in=people).select_related("municipality"))
    team = teams.begin(event_id=event.pk, leader=cast.manager, memberships=memberships, now=now)
    return teams.sign_up(team_id=team.pk, actor=cast.manager, now=now)


def test_a_teams_offer_is_undone_for_all_of_it(cast, close):
    team = _team(cast, close, 2)
    change(close, capacity=2)
    given_seats(close, cast, team.sign_ups.first(), asked_already=False)
    assert states(close) == ["cancelled", "waiting", "waiting", "offered", "offered"]

    assert undone(close, cast) == 2

    assert states(close) == ["cancelled", "waiting", "waiting", "waiting", "waiting"]
    assert problems(close) == []


def test_nobody_comes_back_to_a_team_that_has_got_seats_meanwhile(cast, event):
    sign_up(event)
    team = _team(cast, event, 2)
    assert states(event) == ["confirmed", "waiting", "waiting"]
    cancelled(event, cast, team.sign_ups.first())
    assert states(event) == ["confirmed", "cancelled", "offered"]

    assert refusal(undone, event, cast) == "team_elsewhere"
    assert (states(event), problems(event)) == (["confirmed", "cancelled", "offered"], [])


# --- Whatever the situation ---------------------------------------------------------------------------------------


@contextmanager
def _taken_back():
    """What is written inside is not written afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _everything(event) -> dict:
    event.refresh_from_db()
    return {
        "sign-ups": list(event.sign_ups.order_by("pk").values_list("pk", "state", "queued_at", "refusal")),
        "queue": queue(event),
        "deadlines": list(
            event.sign_ups.filter(state__in=["offered", "awaiting", "awaiting_seat"])
            .order_by("pk")
            .values_list("pk", "answer_by")
        ),
        "counters": (event.seats_taken, event.waiting_count, event.held_seats, event.seats_kept),
    }


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_act_and_its_undoing_leave_everything_as_it_was_or_are_refused(cast, data):
    with _taken_back():
        starts_in = timedelta(hours=data.draw(st.sampled_from([10, 24 * 20]), "starts in"))
        event = TrainingEventFactory(
            municipality=cast.here,
            visibility=Visibility.MEMBERS,
            capacity=data.draw(st.integers(1, 4), "seats"),
            occasions=[(NOW + starts_in, NOW + starts_in + timedelta(hours=3))],
        )
        places = [cast.here, cast.there]
        for number, kind in enumerate(data.draw(st.lists(st.sampled_from("aabt"), min_size=2, max_size=6), "who")):
            then = NOW - timedelta(hours=1) + timedelta(seconds=number)
            if kind == "t":
                _team(cast, event, 2, now=then)
            else:
                sign_up(event, municipality=places["ab".index(kind)], now=then)
        active = list(event.sign_ups.active().order_by("pk"))
        for entry in data.draw(st.lists(st.sampled_from(active), max_size=2, unique=True), "leave by themselves"):
            sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person, now=NOW - timedelta(minutes=5))
        before = _everything(event)
        rows = {entry.pk: entry for entry in event.sign_ups.active()}
        if not rows:
            return
        chosen = data.draw(st.sets(st.sampled_from(sorted(rows)), min_size=1, max_size=3), "chosen")
        entries = [rows[pk] for pk in sorted(chosen)]
        gives = all(entry.state == "waiting" for entry in entries) and data.draw(st.booleans(), "gives")
        try:
            if gives:
                given_seats(event, cast, *entries, asked_already=data.draw(st.booleans(), "asked already"))
            else:
                cancelled(event, cast, *entries)
        except ActionRefused:
            return  # there are not so many free seats
        after, promoted = _everything(event), SignUpChange.objects.filter(event=event, at=NOW, actor=None).exists()

        code = ""
        try:
            with transaction.atomic():
                undone(event, cast)
        except ActionRefused as refused:
            code = refused.code

        if code:
            assert (code in ("seats_gone", "team_elsewhere"), promoted) == (True, True)
        assert _everything(event) == (after if code else before)
        assert problems(event) == []


# --- On the page --------------------------------------------------------------------------------------------------


def path_of(event, name: str = "event_participants") -> str:
    return reverse(name, kwargs={"public_id": event.public_id})


def test_a_coordinator_cancels_from_a_list_and_undoes_it(cast, client_of, event):
    entries = [sign_up(event) for _number in range(2)]
    client = client_of("coordinator_here")
    data = {"in": "confirmed", "chosen": [entry.pk for entry in entries], "why": "Ny\r\n  kurs."}

    url = path_of(event, "event_cancel_sign_ups") + "?list=confirmed&q=ö&page=2&x=1"

    first = client.post(url, data)
    assert (first.status_code, first.context["rehearsal"].number, states(event)) == (200, 2, ["confirmed"] * 2)
    assert "Ny kurs." in first.context["rehearsal"].mail.text
    assert not OutboxMessage.objects.filter(message="events/cancelled_by_organiser").exists()
    answer = client.post(url, {**dict(first.context["posted"]), "chosen": data["chosen"], "send": "1"})

    assert answer.headers["Location"] == path_of(event) + "?list=confirmed&q=%C3%B6"
    assert states(event) == ["cancelled", "cancelled"]
    assert set(SignUp.objects.values_list("refusal", flat=True)) == {"Ny kurs."}
    page = client.get(path_of(event))
    act = page.context["to_undo"]
    assert (act.reason, act.number) == ("cancelled_by_organiser", 2)
    assert f'name="at" value="{act.at.isoformat()}"' in page.content.decode()

    answer = client.post(path_of(event, "event_undo"), {"at": act.at.isoformat()})

    assert answer.headers["Location"] == path_of(event)
    assert states(event) == ["confirmed", "confirmed"]
    page = client.get(path_of(event))
    assert page.context["to_undo"] is None
    assert 'name="at"' not in page.content.decode()


def test_what_can_be_undone_is_shown_to_whoever_did_it_while_it_is_possible(cast, client_of, event):
    older, newer = sign_up(event), sign_up(event)
    cancelled(event, cast, older)
    cancelled(event, cast, newer, now=LATER)

    def latest(actor=cast.coordinator_here, now=LATER):
        act = bulk_acts.latest_to_undo(event, actor=actor, now=now)
        return act and (act.at, act.reason, act.number)

    assert latest() == (LATER, "cancelled_by_organiser", 1)
    assert latest(actor=cast.portal_admin) is None
    assert latest(now=LATER + timedelta(minutes=10)) is None
    undone(event, cast, at=LATER, now=LATER)
    assert latest() == (NOW, "cancelled_by_organiser", 1)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, ["chosen", "why"]),
        ({"chosen": "own", "why": " "}, ["why"]),
        ({"chosen": "own", "why": "x" * 201}, ["why"]),
        ({"why": WHY}, ["chosen"]),
        ({"chosen": "foreign", "why": WHY}, ["chosen"]),
        ({"chosen": "x", "why": WHY}, ["chosen"]),
        ({"chosen": "9" * 30, "why": WHY}, ["chosen"]),
        ({"chosen": "own", "why": "\0"}, ["why"]),
    ],
)
@pytest.mark.parametrize("of_list", ["confirmed", "waiting", "x"])
def test_a_bad_form_is_answered_at_its_list_and_cancels_nobody(cast, client_of, event, data, fields, of_list):
    own, foreign = sign_up(event), sign_up(TrainingEventFactory(municipality=cast.there))
    ids = {"own": own.pk, "foreign": foreign.pk}
    data = {**data, "in": of_list}
    if "chosen" in data:
        data["chosen"] = ids.get(data["chosen"], data["chosen"])

    answer = client_of("coordinator_here").post(path_of(event, "event_cancel_sign_ups"), data)

    assert answer.status_code == 400
    if of_list == "confirmed":
        form = answer.context["lists"]["confirmed"].cancel_form
        assert list(form.errors) == fields
        assert f'id="{form["why"].id_for_label}"' in answer.content.decode()
    else:
        assert answer.context["error"]
    assert (states(event), foreign.is_active) == (["confirmed"], True)
    assert SignUpChange.objects.filter(to_state="cancelled").count() == 0


@pytest.mark.parametrize(
    "at", ["", "x", "2026-13-45", "2026-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_that_is_none_undoes_nothing(cast, client_of, event, at):
    entry = sign_up(event)
    cancelled(event, cast, entry, now=timezone.now())

    answer = client_of("coordinator_here").post(path_of(event, "event_undo"), {"at": at})

    assert (answer.status_code, bool(answer.context["error"])) == (400, True)
    assert states(event) == ["cancelled"]


def test_what_cannot_be_undone_is_said_on_the_page(cast, client_of, event):
    entries = [sign_up(event) for _number in range(3)]
    at = timezone.now()
    cancelled(event, cast, entries[0], now=at)

    answer = client_of("coordinator_here").post(path_of(event, "event_undo"), {"at": at.isoformat()})

    assert answer.status_code == 409
    assert answer.context["error"] in answer.content.decode()
    assert states(event) == ["cancelled", "confirmed", "offered"]


@pytest.mark.parametrize(
    ("actor", "status"),
    [
        ("anonymous", 302),
        ("staff_here", 404),
        ("manager", 404),
        ("municipality_admin", 404),
        ("coordinator_there", 404),
        ("outsider", 404),
    ],
)
def test_nobody_else_cancels_or_undoes(cast, client_of, event, actor, status):
    entry, other = sign_up(event), sign_up(event)
    at = timezone.now()
    cancelled(event, cast, other, now=at)
    client = client_of(actor)

    answers = [
        client.post(path_of(event, "event_cancel_sign_ups"), {"in": "confirmed", "chosen": [entry.pk], "why": WHY}),
        client.post(path_of(event, "event_undo"), {"at": at.isoformat()}),
    ]

    assert [answer.status_code for answer in answers] == [status] * 2
    assert states(event) == ["confirmed", "cancelled"]


def test_nobody_can_be_chosen_once_the_event_has_started(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, occasions=[a_morning(2)])
    sign_up(event)
    past = datetime(2026, 1, 1, tzinfo=UTC)
    event.occasions.update(starts_at=past, ends_at=past + timedelta(hours=1))
    change(event, first_starts_at=past, last_ends_at=past + timedelta(hours=1))

    page = client_of("coordinator_here").get(path_of(event)).content.decode()

    assert 'name="chosen"' not in page
