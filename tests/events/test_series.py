"""The same event given again on other days: making the series, one place in it each, and moving to another day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.enums import Approval
from portal.events.models import SignUp, TrainingEvent
from portal.events.services import bulk_acts, interests, needs, seat_checks, series, sign_ups, teams, training_events
from portal.municipalities.enums import Visibility
from portal.municipalities.models import Membership, Unit
from portal.notifications.models import OutboxMessage
from tests.factories.cms import CoursePageFactory
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.factories.municipalities import PersonFactory
from tests.helpers.mails import written


@pytest.fixture
def event(cast):
    return TrainingEventFactory(
        municipality=cast.here,
        title="Baka med rester",
        capacity=2,
        visibility=Visibility.SELECTED,
        shared_with=[cast.there],
        contact_email="a@b.example",
        occasions=[a_morning(30), a_morning(32)],
    )


@pytest.fixture
def path(event):
    return f"/arbetsyta/tillfallen/{event.public_id}/fler-dagar/"


def days_after(event, *days: int) -> list:
    first = timezone.localtime(event.first_starts_at).date()
    return [first + timedelta(days=number) for number in days]


def again(event, cast, *days: int, once: bool = True, publish: bool = True) -> list[TrainingEvent]:
    new = series.repeat(
        event_id=event.pk, days=days_after(event, *days), once=once, publish=publish, actor=cast.coordinator_here
    )
    event.refresh_from_db()
    return new


def states(person) -> list[tuple[str, str]]:
    rows = SignUp.objects.filter(person=person).order_by("pk").values_list("event__title", "state")
    return list(rows)


def posted(event, *days: int, **changes) -> dict:
    rows = {f"days-{number}-day": str(day) for number, day in enumerate(days_after(event, *days))}
    return {"days-TOTAL_FORMS": str(len(days)), "days-INITIAL_FORMS": "1", "once": "once", **rows, **changes}


# --- Making it ----------------------------------------------------------------------------------------------------


def test_each_day_becomes_an_event_of_its_own_with_all_that_is_the_same(cast, event, client_of, path):
    needs.ask(event_id=event.pk, food=True, access=False, questions=[(None, "Vilken storlek på förkläde?")])
    start = timezone.localtime(event.first_starts_at)
    TrainingEvent.objects.filter(pk=event.pk).update(sign_up_closes_at=start - timedelta(days=3), max_per_unit=2)
    sign_up(event, cast.staff_here)

    answer = client_of("coordinator_here").post(path, posted(event, 7, 150, publish="on"))

    assert answer.status_code == 302
    event.refresh_from_db()
    new = list(series.others(event))
    assert [timezone.localtime(one.first_starts_at).replace(tzinfo=None) for one in new] == [
        start.replace(tzinfo=None) + timedelta(days=number) for number in (7, 150)
    ]
    for one, later in zip(new, (7, 150), strict=True):
        closes = timezone.localtime(one.sign_up_closes_at).replace(tzinfo=None)
        assert closes == start.replace(tzinfo=None) + timedelta(days=later - 3)
        assert (one.title, one.capacity, one.max_per_unit, one.visibility, one.state) == (
            *("Baka med rester", 2, 2, "selected"),
            "published",
        )
        assert list(one.shared_with.all()) == [cast.there]
        assert (one.asks_food, [q.text for q in one.questions.all()]) == (True, ["Vilken storlek på förkläde?"])
        assert (one.occasions.count(), one.seats_taken, one.sign_ups.count()) == (2, 0, 0)
        assert (one.series, one.once_per_series) == (event.series, True)
    assert event.series is not None


def test_without_publishing_they_are_drafts_that_nobody_else_sees(cast, event, client_of, path):
    client_of("coordinator_here").post(path, posted(event, 7))

    event.refresh_from_db()
    (draft,) = series.others(event)
    page = client_of("staff_here").get(event.get_absolute_url()).content.decode()
    assert draft.state == "draft"
    assert draft.public_id not in page


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"days-0-day": "2020-01-01"}, "form"),
        ({"days-0-day": "i morgon"}, "days"),
        ({"days-0-day": ""}, "days"),
        ({"days-TOTAL_FORMS": "0"}, "days"),
        ({"once": "kanske"}, "form"),
        ({"once": ""}, "form"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(cast, event, client_of, path, changes, says):
    answer = client_of("coordinator_here").post(path, {**posted(event, 7), **changes})

    rows = answer.context["days"]
    found = {"form"} if answer.context["form"].errors else set()
    if any(rows.errors) or rows.non_form_errors():
        found.add("days")
    assert (answer.status_code, found) == (400, {says})
    assert TrainingEvent.objects.count() == 1
    assert TrainingEvent.objects.get().series is None


def test_no_day_is_taken_twice(cast, event):
    again(event, cast, 7)

    for days in ((7,), (0,), (14, 14)):
        with pytest.raises(ActionRefused) as caught:
            again(event, cast, *days)
        assert caught.value.code == "day_is_taken"
    assert TrainingEvent.objects.count() == 2


def test_one_more_day_goes_on_with_the_same_step(cast, event, client_of, path):
    answer = client_of("coordinator_here").post(path, posted(event, 7, 21, add_day="1"))

    assert [str(row["day"].value()) for row in answer.context["days"]] == [
        str(day) for day in days_after(event, 7, 21, 35)
    ]
    assert not TrainingEvent.objects.exclude(pk=event.pk).exists()


@pytest.mark.parametrize("who", ["staff_here", "manager", "coordinator_there"])
def test_only_its_owners_give_it_again(who, event, client_of, path):
    assert client_of(who).post(path, posted(event, 7)).status_code == 404
    assert TrainingEvent.objects.count() == 1


# --- One place in it ----------------------------------------------------------------------------------------------


def test_a_person_comes_to_one_of_them(cast, event):
    first = sign_up(event, cast.staff_here)  # before there was a series
    (other,) = again(event, cast, 7)

    with pytest.raises(ActionRefused) as caught:
        sign_up(other, cast.staff_here)
    assert caught.value.code == "signed_up_in_series"

    sign_ups.cancel(sign_up_id=first.pk, actor=cast.staff_here)
    assert sign_up(other, cast.staff_here).state == "confirmed"


def test_where_one_may_come_to_several_one_may(cast, event):
    (other,) = again(event, cast, 7, once=False)

    assert [sign_up(one, cast.staff_here).state for one in (event, other)] == ["confirmed", "confirmed"]


def test_the_database_knows_of_no_two_in_a_series(cast, event, monkeypatch):
    """What the check before it did not see, because it happened at the same moment."""
    (other,) = again(event, cast, 7)
    sign_up(event, cast.staff_here)
    monkeypatch.setattr(sign_ups, "_earlier", lambda *_arguments: None)

    with pytest.raises(ActionRefused) as caught:
        sign_up(other, cast.staff_here)

    assert caught.value.code == "signed_up_meanwhile"
    assert other.sign_ups.count() == 0
    assert seat_checks.find() == []


def test_a_team_is_told_who_comes_another_day(cast, event):
    (other,) = again(event, cast, 7)
    unit = Unit.objects.create(municipality=cast.here, name="Köket")
    mate = PersonFactory(member_of=cast.here)
    Membership.objects.filter(municipality=cast.here, person__in=[cast.staff_here, mate]).update(unit=unit)
    sign_up(event, mate)
    members = list(Membership.objects.filter(unit=unit).select_related("person", "municipality"))

    with pytest.raises(ActionRefused) as caught:
        teams.begin(event_id=other.pk, leader=cast.manager, memberships=members)

    assert (caught.value.code, str(mate) in caught.value.message) == ("already_signed_up", True)


def test_who_comes_another_day_is_not_asked_again_from_the_courses_queue(cast, event):
    course = CoursePageFactory(owner=cast.here, visibility=Visibility.PUBLIC)
    TrainingEvent.objects.filter(pk=event.pk).update(course=course)
    event.refresh_from_db()
    (other,) = again(event, cast, 7)
    for person in (cast.staff_here, cast.manager):
        interests.show(course=course, person=person)
    SignUp.objects.filter(pk=sign_up(event, cast.staff_here).pk).update(state="waiting", queued_at=timezone.now())

    assert [row.person for row in interests.interested_in(other)] == [cast.manager]


def test_an_undo_does_not_give_somebody_two_places(cast, event):
    (other,) = again(event, cast, 7)
    entry = sign_up(event, cast.staff_here)
    now = timezone.now()
    bulk_acts.cancel_sign_ups(
        event_id=event.pk, sign_up_ids=[entry.pk], actor=cast.coordinator_here, reason="Fel dag.", now=now
    )
    sign_up(other, cast.staff_here)

    with pytest.raises(ActionRefused) as caught:
        bulk_acts.undo(event_id=event.pk, at=now, actor=cast.coordinator_here)

    assert caught.value.code == "changed_since"


# --- Moving to another day ----------------------------------------------------------------------------------------


def test_moving_gives_the_seat_there_and_lets_the_old_one_go_on(cast, event, client_of):
    entry = sign_up(event, cast.staff_here)
    sign_up(event, cast.manager)
    waits = sign_up(event, cast.municipality_admin)
    (other,) = again(event, cast, 7)
    written()
    client = client_of("staff_here")
    page = client.get(other.get_absolute_url()).content.decode()
    assert "Byt till den här dagen" in page

    answer = client.post(f"/tillfallen/{other.public_id}/byt-hit/")

    moved = SignUp.objects.get(event=other)
    entry.refresh_from_db()
    waits.refresh_from_db()
    assert answer.headers["Location"] == moved.get_absolute_url()
    assert (entry.state, moved.state, moved.person, waits.state) == (
        *("cancelled", "confirmed"),
        cast.staff_here,
        "offered",
    )
    assert seat_checks.find() == []
    mails = [row for row in written() if row.recipient == cast.staff_here]
    assert [row.message for row in mails] == ["events/confirmed", "events/moved_away", "events/confirmed"]
    assert [("METHOD:CANCEL" in row.attachments[0]["text"]) for row in mails] == [False, True, False]


def test_when_no_seat_is_free_there_everything_stays(cast, event, client_of):
    entry = sign_up(event, cast.staff_here)
    (other,) = again(event, cast, 7)
    for _number in range(2):
        sign_up(other)
    queued = OutboxMessage.objects.count()

    answer = client_of("staff_here").post(f"/tillfallen/{other.public_id}/byt-hit/", follow=True)

    assert "Det finns ingen ledig plats den dagen" in answer.content.decode()
    assert states(cast.staff_here) == [("Baka med rester", "confirmed")]
    assert SignUp.objects.get(pk=entry.pk).state == "confirmed"
    assert OutboxMessage.objects.count() == queued


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "cancelled"}, "cancelled"),
        ({"sign_up_opens_at": timezone.now() + timedelta(days=1)}, "not_yet_open"),
        ({"approval": Approval.APPROVE}, "asks_manager"),
        ({"visibility": Visibility.INTERNAL}, "foreign_municipality"),
    ],
)
def test_one_moves_only_where_one_could_sign_up(cast, event, changes, code):
    entry = sign_up(event, cast.staff_there, municipality=cast.there)
    (other,) = again(event, cast, 7)
    TrainingEvent.objects.filter(pk=other.pk).update(**changes)

    with pytest.raises(ActionRefused) as caught:
        series.move(sign_up_id=entry.pk, to_event_id=other.pk, actor=cast.staff_there)

    assert caught.value.code == code
    assert SignUp.objects.get().state == "confirmed"


def test_one_does_not_move_to_an_event_that_is_something_else(cast, event):
    entry = sign_up(event, cast.staff_here)
    again(event, cast, 7)
    stranger = TrainingEventFactory(municipality=cast.here)

    with pytest.raises(ActionRefused) as caught:
        series.move(sign_up_id=entry.pk, to_event_id=stranger.pk, actor=cast.staff_here)

    assert caught.value.code == "nothing_to_move"


def test_nobody_moves_who_has_no_place_in_the_series(cast, event, client_of):
    (other,) = again(event, cast, 7)
    sign_up(event, cast.manager)

    assert client_of("staff_here").post(f"/tillfallen/{other.public_id}/byt-hit/").status_code == 404


def test_other_days_are_shown_to_whom_they_are_for(cast, event, client_of):
    (open_day, own_day) = again(event, cast, 7, 14)
    training_events.withdraw_sharing(event_id=own_day.pk, actor=cast.coordinator_here)

    shown = {
        who: [
            day.public_id in client_of(who).get(event.get_absolute_url()).content.decode()
            for day in (open_day, own_day)
        ]
        for who in ("staff_here", "staff_there")
    }

    assert shown == {"staff_here": [True, True], "staff_there": [True, False]}


def test_a_copy_asks_what_its_original_asks(cast, event, client_of):
    needs.ask(event_id=event.pk, food=True, access=True, questions=[(None, "Egen kniv?")])
    client = client_of("coordinator_here")
    starts_at, ends_at = a_morning(50)
    form = client.get(f"/arbetsyta/tillfallen/nytt/?copy={event.public_id}").context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}

    answer = client.post(
        f"/arbetsyta/tillfallen/nytt/?copy={event.public_id}",
        {
            **values,
            **{"dates-TOTAL_FORMS": "1", "dates-INITIAL_FORMS": "0", "dates-0-date": str(starts_at.date())},
            **{"dates-0-starts": f"{starts_at:%H:%M}", "dates-0-ends": f"{ends_at:%H:%M}", "save": "1"},
        },
    )

    assert answer.status_code == 302, answer.context["form"].errors
    copy = TrainingEvent.objects.exclude(pk=event.pk).get()
    assert (copy.asks_food, copy.asks_access, [q.text for q in copy.questions.all()]) == (True, True, ["Egen kniv?"])
    assert copy.series is None
