"""Where each person comes to some of the dates: choosing, full dates, and what hangs on the choice."""

from datetime import timedelta

import icalendar
import pytest
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import DateChoice, EventOccasion, SignUp, TrainingEvent
from portal.events.services import (
    attendance,
    calendar_feeds,
    calendar_files,
    date_choices,
    reminders,
    seat_checks,
    sign_ups,
)
from portal.events.services.reminders import remind_at
from portal.municipalities.enums import Visibility
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.helpers.mails import written


@pytest.fixture
def event(cast):
    """Three dates of which one chooses two; the last has a single chair."""
    event = TrainingEventFactory(
        municipality=cast.here,
        capacity=3,
        visibility=Visibility.MEMBERS,
        contact_email="a@b.example",
        occasions=[a_morning(30), a_morning(37), a_morning(44)],
    )
    TrainingEvent.objects.filter(pk=event.pk).update(dates_to_choose=2)
    EventOccasion.objects.filter(event=event, starts_at=a_morning(44)[0]).update(capacity=1)
    event.refresh_from_db()
    return event


@pytest.fixture
def entry(event, cast):
    return sign_up(event, cast.staff_here)


def ids(event) -> list[int]:
    return list(event.occasions.values_list("pk", flat=True))


def choose(entry, *occasions: int, now=None) -> SignUp:
    return date_choices.choose(sign_up_id=entry.pk, occasion_ids=occasions, actor=entry.person, now=now)


def chosen(entry) -> list[int]:
    return sorted(entry.date_choices.values_list("occasion", flat=True))


def refused(*arguments, **more) -> str:
    with pytest.raises(ActionRefused) as caught:
        choose(*arguments, **more)
    return caught.value.code


def entries_of(text: str) -> dict[str, tuple[int, str]]:
    """Sequence and status by day of each entry in a calendar file."""
    calendar = icalendar.Calendar.from_ical(text)
    return {
        str(row["DTSTART"].dt.date()): (int(row["SEQUENCE"]), str(row["STATUS"])) for row in calendar.walk("VEVENT")
    }


def test_two_taps_choose_and_a_mail_puts_them_in_the_calendar(cast, event, entry, client_of):
    client, path = client_of("staff_here"), f"/mina-sidor/anmalan/{entry.uid}/datum/"
    first, _second, third = ids(event)
    written()
    own_page = client.get(entry.get_absolute_url()).content.decode()
    assert path in own_page
    assert "Välj vilka 2 av datumen du kommer till." in own_page
    assert "kalender.ics" not in own_page

    answer = client.post(path, {"dates": [first, third]})

    assert answer.headers["Location"] == entry.get_absolute_url()
    assert chosen(entry) == [first, third]
    mails = [row for row in written() if row.recipient == cast.staff_here]
    assert [(row.message, len(row.attachments)) for row in mails] == [
        ("events/confirmed", 0),
        ("events/dates_chosen", 1),
    ]
    assert list(entries_of(mails[1].attachments[0]["text"])) == [str(a_morning(d)[0].date()) for d in (30, 44)]
    assert f"{a_morning(37)[0]:%-d} " not in mails[1].text.split("kl.")[0]
    assert "kalender.ics" in client.get(entry.get_absolute_url()).content.decode()
    assert seat_checks.find() == []


def test_the_confirmation_says_that_dates_are_to_be_chosen(entry):
    (mail,) = written()

    assert "Välj vilka 2 av datumen" in mail.text
    assert "kalenderfil" not in mail.text.lower()


def test_a_full_date_is_nobody_elses(cast, event, entry, client_of):
    first, second, third = ids(event)
    choose(entry, first, third)
    other = sign_up(event, cast.manager)
    client, path = client_of("manager"), f"/mina-sidor/anmalan/{other.uid}/datum/"
    page = client.get(path)
    assert [(row["free"], row["is_chosen"]) for row in page.context["rows"]] == [(2, False), (3, False), (0, False)]

    answer = client.post(path, {"dates": [second, third]})

    assert (answer.status_code, "är fullt" in answer.content.decode(), chosen(other)) == (409, True, [])
    # Given back with the seat, it is free again.
    sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)
    choose(other, second, third)
    assert chosen(other) == [second, third]


def test_what_cannot_be_chosen(cast, event, entry):
    first, second, third = ids(event)
    foreign = TrainingEventFactory(municipality=cast.here).occasions.get().pk
    waits = [sign_up(event) for _number in range(3)][-1]

    assert refused(entry, first) == "number_of_dates"
    assert refused(entry, first, second, third) == "number_of_dates"
    assert refused(entry, first, foreign) == "unknown_date"
    assert refused(waits, first, second) == "nothing_to_choose"
    assert DateChoice.objects.count() == 0
    assert not OutboxMessage.objects.filter(message="events/dates_chosen").exists()


def test_nothing_is_to_choose_where_everybody_comes_to_all(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, occasions=[a_morning(30), a_morning(37)])
    entry = sign_up(event, cast.staff_here)

    assert refused(entry, ids(event)[0]) == "nothing_to_choose"
    assert client_of("staff_here").get(f"/mina-sidor/anmalan/{entry.uid}/datum/").status_code == 404
    assert entry.dates == list(event.occasions.all())


def test_what_has_been_is_neither_chosen_nor_left(event, entry):
    first, second, third = ids(event)
    choose(entry, first, second)
    later = a_morning(31)[0]

    assert refused(entry, second, third, now=later) == "date_is_over"
    choose(entry, first, third, now=later)
    assert chosen(entry) == [first, third]


def test_a_date_that_is_left_leaves_the_calendar_and_may_come_back(event, entry):
    first, second, third = ids(event)
    days = [str(a_morning(number)[0].date()) for number in (30, 37, 44)]
    choose(entry, first, second)
    before = entries_of(calendar_files.for_sign_up(SignUp.objects.get()))
    choose(entry, second, third)
    changed = entries_of(calendar_files.for_sign_up(SignUp.objects.get()))
    choose(entry, first, second)
    back = entries_of(calendar_files.for_sign_up(SignUp.objects.get()))

    assert [changed[day][1] for day in days] == ["CANCELLED", "CONFIRMED", "CONFIRMED"]
    assert [back[day][1] for day in days] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert before[days[0]][0] < changed[days[0]][0] < back[days[0]][0]
    assert changed[days[2]][0] < back[days[2]][0]


def test_choosing_the_same_again_mails_nobody(event, entry):
    first, second, _third = ids(event)
    for _press in range(2):
        choose(entry, first, second)

    assert OutboxMessage.objects.filter(message="events/dates_chosen").count() == 1
    assert SignUp.objects.get().times_chosen == 1


def test_a_personal_calendar_has_the_chosen_dates_only(cast, event, entry):
    feed = calendar_feeds.renew(cast.staff_here)
    assert entries_of(calendar_feeds.for_person(feed)) == {}
    choose(entry, *ids(event)[:2])

    assert list(entries_of(calendar_feeds.for_person(feed))) == [str(a_morning(d)[0].date()) for d in (30, 37)]


def test_one_is_reminded_of_what_one_has_chosen(cast, event, entry):
    others = [sign_up(event, person) for person in (cast.manager, cast.municipality_admin)]
    choose(entry, *ids(event)[:2])
    choose(others[0], *ids(event)[1:])
    SignUp.objects.update(updated_at=timezone.now() - timedelta(days=90))

    reminders.remind_participants(now=remind_at(a_morning(30)[0], 2) + timedelta(minutes=1))

    # Who has chosen nothing yet may come to any of them.
    told = OutboxMessage.objects.filter(message="events/reminder").order_by("pk").values_list("recipient", flat=True)
    assert set(told) == {cast.staff_here.pk, cast.municipality_admin.pk}


def test_the_door_expects_those_who_chose_the_date(cast, event, entry, client_of):
    other = sign_up(event, cast.manager)
    choose(entry, *ids(event)[:2])
    choose(other, *ids(event)[1:])
    first = event.occasions.all()[0]
    TrainingEvent.objects.filter(pk=event.pk).update(state="published")

    page = client_of("coordinator_here").get(f"/arbetsyta/narvaro/{first.uid}/")

    assert [row.entry for row in page.context["rows"]] == [entry]


def test_nobody_stayed_away_from_what_they_had_not_chosen(cast, event, entry):
    other = sign_up(event, cast.manager)
    choose(entry, *ids(event)[:2])
    choose(other, *ids(event)[1:])
    first, second, _third = event.occasions.all()
    for date, person in ((first, entry), (second, entry), (second, other)):
        attendance.check_in(occasion=date, sign_up_id=person.pk, actor=cast.coordinator_here, now=date.starts_at)

    found = attendance.presences([entry, other], now=a_morning(40)[1])

    assert {pk: (presence.dates, presence.of, presence.is_whole) for pk, presence in found.items()} == {
        entry.pk: (2, 2, True),
        other.pk: (1, 1, True),
    }


def test_a_leader_chooses_for_somebody_without_an_address_and_nobody_else_does(cast, event, entry, client_of):
    path = f"/mina-sidor/anmalan/{entry.uid}/datum/"

    answers = {
        who: client_of(who).post(path, {"dates": ids(event)[:2]}).status_code
        for who in ("manager", "coordinator_here", "staff_there")
    }

    assert answers == {"manager": 404, "coordinator_here": 404, "staff_there": 404}
    assert chosen(entry) == []


@pytest.mark.parametrize("given", [["x"], ["9" * 30], [], ["-1", "0"]])
def test_bad_input_is_a_sentence_and_changes_nothing(event, entry, client_of, given):
    answer = client_of("staff_here").post(f"/mina-sidor/anmalan/{entry.uid}/datum/", {"dates": given})

    assert answer.status_code == 409
    assert chosen(entry) == []


# --- The organiser's form -----------------------------------------------------------------------------------------


def form_of(event, *seats, **changes) -> dict:
    rows = {}
    for number, (days, of_date) in enumerate(zip((30, 37, 44), seats, strict=True)):
        starts_at, ends_at = a_morning(days)
        rows |= {
            f"dates-{number}-date": str(starts_at.date()),
            f"dates-{number}-starts": f"{starts_at:%H:%M}",
            f"dates-{number}-ends": f"{ends_at:%H:%M}",
            f"dates-{number}-seats": of_date,
        }
    return {
        **{"approval": "none", "title": event.title, "summary": event.summary, "format": "on_site"},
        **{"place": event.place, "capacity": "3", "visibility": "members", "contact_email": "a@b.example"},
        **{"offer_hours": "48", "offers_stop_hours": "24", "remind_days": "2", "dates_to_choose": "2"},
        **{"dates-TOTAL_FORMS": "3", "dates-INITIAL_FORMS": "3", **rows, "save": "1", **changes},
    }


def test_an_organiser_says_how_many_and_how_many_seats_each_date_has(event, client_of):
    path = f"/arbetsyta/tillfallen/{event.public_id}/andra/"
    shown = client_of("coordinator_here").get(path).context
    assert shown["form"]["dates_to_choose"].value() == 2
    assert [row["seats"].value() for row in shown["dates"]] == [None, None, 1]

    answer = client_of("coordinator_here").post(path, form_of(event, "", "2", "2", dates_to_choose="1"))

    assert answer.status_code == 302
    event.refresh_from_db()
    assert event.dates_to_choose == 1
    assert list(event.occasions.values_list("capacity", flat=True)) == [None, 2, 2]


@pytest.mark.parametrize(
    ("seats", "changes"),
    [
        (("", "", ""), {"dates_to_choose": "3"}),
        (("1", "1", "1"), {}),
        (("", "", ""), {"dates_to_choose": "0"}),
        (("", "", ""), {"dates_to_choose": "många"}),
    ],
)
def test_numbers_that_cannot_be_are_said_at_the_field(event, client_of, seats, changes):
    answer = client_of("coordinator_here").post(
        f"/arbetsyta/tillfallen/{event.public_id}/andra/", form_of(event, *seats, **changes)
    )

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["dates_to_choose"])
    event.refresh_from_db()
    assert (event.dates_to_choose, [row.capacity for row in event.occasions.all()]) == (2, [None, None, 1])


def test_a_date_keeps_seats_for_those_who_chose_it(cast, event, entry, client_of):
    other = sign_up(event, cast.manager)
    for one in (entry, other):
        choose(one, *ids(event)[:2])

    answer = client_of("coordinator_here").post(
        f"/arbetsyta/tillfallen/{event.public_id}/andra/", form_of(event, "1", "", "")
    )

    assert (answer.status_code, "2 personer har redan valt" in answer.content.decode()) == (400, True)


def test_the_organiser_sees_how_many_have_chosen_each(event, entry, client_of):
    choose(entry, *ids(event)[:2])

    page = client_of("coordinator_here").get(f"/arbetsyta/tillfallen/{event.public_id}/")

    assert [row.chosen for row in page.context["occasions"]] == [1, 1, 0]


def test_the_organisers_file_says_who_comes_when(cast, event, entry, client_of):
    sign_up(event, cast.manager)
    choose(entry, *ids(event)[:2])

    text = client_of("coordinator_here").get(f"/arbetsyta/tillfallen/{event.public_id}/deltagare.csv").content.decode()

    rows = [line.rpartition(";")[2].strip('"') for line in text.strip().splitlines()]
    days = [str(a_morning(number)[0].date()) for number in (30, 37)]
    assert sorted(rows) == sorted(["Datum", ", ".join(days), ""])
