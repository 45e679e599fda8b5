"""Calendar files as a calendar program reads them."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from portal.events.models import SignUp
from portal.events.services import calendar_feeds, calendar_files, sign_ups, training_events
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.helpers.mails import written

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MEETING = "https://moten.example/rum/hemlig-kod"
IN_JANUARY = datetime(2030, 1, 7, tzinfo=UTC)
# Summer time begins on 31 March 2030.
BEFORE_SUMMER_TIME = (datetime(2030, 3, 29, 9, tzinfo=STOCKHOLM), datetime(2030, 3, 29, 12, tzinfo=STOCKHOLM))
IN_SUMMER_TIME = (datetime(2030, 4, 5, 9, tzinfo=STOCKHOLM), datetime(2030, 4, 5, 12, tzinfo=STOCKHOLM))


def entries(text: str) -> list:
    return Calendar.from_ical(text).walk("VEVENT")


def facts(text: str) -> dict:
    """What decides how a calendar takes the file: its method and, for each entry, id, sequence and status."""
    calendar = Calendar.from_ical(text)
    return {
        "method": str(calendar["METHOD"]),
        "entries": [(str(e["UID"]), int(e["SEQUENCE"]), str(e["STATUS"])) for e in calendar.walk("VEVENT")],
    }


def mailed_files(entry: SignUp) -> list[tuple[str, list[dict]]]:
    """The calendar files a person got, mail by mail."""
    rows = [row for row in written() if row.recipient_id == entry.person_id]
    return [(row.message, [facts(attachment["text"]) for attachment in row.attachments]) for row in rows]


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")


def test_a_seat_is_a_confirmed_entry_with_everything_one_needs(cast):
    event = TrainingEventFactory(
        municipality=cast.here,
        title="Laga mat på rester; steg 2, för kök",
        summary="Åk dit. Ät gott.\nÖva.",
        place="Köket på Östergatan",
        address="Östergatan 1, Trelleborg",
        contact_name="Åsa “Köket” Öberg; chef",
        contact_email="asa@trelleborg.example",
        occasions=[BEFORE_SUMMER_TIME],
    )
    entry = sign_up(event, now=IN_JANUARY)

    text = calendar_files.for_sign_up(entry, now=IN_JANUARY)

    calendar = Calendar.from_ical(text)
    [item] = entries(text)
    url = f"http://localhost:8000{event.get_absolute_url()}"
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert item["STATUS"] == "CONFIRMED"
    assert item["SUMMARY"] == "Laga mat på rester; steg 2, för kök"
    assert item["LOCATION"] == "Köket på Östergatan, Östergatan 1, Trelleborg"
    assert item["DESCRIPTION"] == f"Åk dit. Ät gott.\nÖva.\n\n{url}"
    assert item["URL"] == url
    assert item["ORGANIZER"] == "mailto:asa@trelleborg.example"
    assert item["ORGANIZER"].params["CN"] == "Åsa “Köket” Öberg; chef"
    assert item["DTSTAMP"].dt == IN_JANUARY


def test_times_are_swedish_clock_times_on_both_sides_of_summer_time(cast):
    event = TrainingEventFactory(municipality=cast.here, occasions=[BEFORE_SUMMER_TIME, IN_SUMMER_TIME])

    text = calendar_files.for_sign_up(sign_up(event, now=IN_JANUARY))

    assert re.findall(r"^DT(?:START|END);.*$", unfolded(text).replace("\r", ""), re.MULTILINE) == [
        "DTSTART;TZID=Europe/Stockholm:20300329T090000",
        "DTEND;TZID=Europe/Stockholm:20300329T120000",
        "DTSTART;TZID=Europe/Stockholm:20300405T090000",
        "DTEND;TZID=Europe/Stockholm:20300405T120000",
    ]
    assert [item["DTSTART"].dt.astimezone(UTC).hour for item in entries(text)] == [8, 7]


def test_the_file_carries_its_time_zone_with_both_offsets(cast):
    event = TrainingEventFactory(municipality=cast.here, occasions=[BEFORE_SUMMER_TIME, IN_SUMMER_TIME])

    text = calendar_files.for_sign_up(sign_up(event, now=IN_JANUARY))

    [zone] = Calendar.from_ical(text).walk("VTIMEZONE")
    # Read from the file alone, as a program without a time zone database does.
    read = zone.to_tz(lookup_tzid=False)
    assert zone["TZID"] == "Europe/Stockholm"
    for moment, hours in ((datetime(2030, 3, 29, 9), 1), (datetime(2030, 4, 5, 9), 2), (datetime(2030, 11, 5, 9), 1)):  # noqa: DTZ001
        assert read.utcoffset(moment).total_seconds() == hours * 3600


def test_every_occasion_is_an_entry_of_its_own(cast):
    event = TrainingEventFactory(municipality=cast.here, occasions=[a_morning(30), a_morning(37), a_morning(44)])

    items = entries(calendar_files.for_sign_up(sign_up(event)))

    assert [(item["DTSTART"].dt, item["DTEND"].dt) for item in items] == [a_morning(30), a_morning(37), a_morning(44)]
    assert len({item["UID"] for item in items}) == 3


def test_two_people_have_entries_of_their_own(cast):
    event = TrainingEventFactory(municipality=cast.here)

    items = [entries(calendar_files.for_sign_up(sign_up(event)))[0] for _number in range(2)]

    assert items[0]["UID"] != items[1]["UID"]


def test_the_same_entry_moves_and_goes_with_a_rising_sequence(cast):
    event = TrainingEventFactory(municipality=cast.here, occasions=[a_morning(30), a_morning(37)])
    entry = sign_up(event)
    written()
    uids = [uid for uid, _sequence, _status in facts(calendar_files.for_sign_up(entry))["entries"]]
    for days in (31, 32):
        event.refresh_from_db()
        training_events.save(event=event, occasions=[a_morning(days), a_morning(37)])
        written()
    sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)

    def of(method: str, sequence: int, status: str) -> list[dict]:
        return [{"method": method, "entries": [(uid, sequence, status) for uid in uids]}]

    assert mailed_files(entry) == [
        ("events/confirmed", of("PUBLISH", 0, "CONFIRMED")),
        ("events/changed", of("PUBLISH", 2, "CONFIRMED")),
        ("events/changed", of("PUBLISH", 4, "CONFIRMED")),
        ("events/cancelled", of("CANCEL", 5, "CANCELLED")),
    ]


def test_a_mail_says_its_files_method(cast):
    event = TrainingEventFactory(municipality=cast.here)
    entry = sign_up(event)
    written()
    sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)

    rows = written()

    assert [(a["type"], a["name"][-4:]) for row in rows for a in row.attachments] == [
        ("text/calendar; method=PUBLISH", ".ics"),
        ("text/calendar; method=CANCEL", ".ics"),
    ]


def test_a_cancelled_event_leaves_the_calendars_of_those_with_a_seat(cast):
    event = TrainingEventFactory(municipality=cast.here, capacity=1)
    with_seat, waiting = sign_up(event), sign_up(event)
    [(uid, _sequence, _status)] = facts(calendar_files.for_sign_up(with_seat))["entries"]

    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Kursledaren är sjuk.")

    assert mailed_files(with_seat)[-1] == (
        "events/event_cancelled",
        [{"method": "CANCEL", "entries": [(uid, 3, "CANCELLED")]}],
    )
    assert mailed_files(waiting) == [("events/waiting", []), ("events/event_cancelled", [])]


def test_a_change_that_concerns_no_calendar_leaves_the_sequence(cast):
    event = TrainingEventFactory(municipality=cast.here)
    entry = sign_up(event)
    event.refresh_from_db()
    event.description = "Ta med förkläde."

    training_events.save(event=event, occasions=[a_morning()])

    assert [message for message, _files in mailed_files(entry)] == ["events/confirmed"]
    entry.refresh_from_db()
    assert facts(calendar_files.for_sign_up(entry))["entries"][0][1:] == (0, "CONFIRMED")


def test_the_meeting_link_is_in_no_file_and_no_mail_but_the_way_to_it_is(cast):
    event = TrainingEventFactory(municipality=cast.here, capacity=1, format="online", place="", meeting_url=MEETING)
    with_seat, waiting = sign_up(event), sign_up(event)
    files = [unfolded(calendar_files.for_sign_up(entry)) for entry in (with_seat, waiting)]
    mails = [row.text + row.html + "".join(unfolded(a["text"]) for a in row.attachments) for row in written()]

    assert [MEETING in text for text in [*files, *mails]] == [False] * 4
    way = f"15 minuter före start: http://localhost:8000/mina-sidor/anmalan/{with_seat.uid}/"
    assert [way in text.replace("\\", "") for text in files] == [True, False]


@pytest.mark.parametrize("title", ["Åsa äter ärter på ön " * 5, "å" * 120, "Rad\\n; , : “citat” 😀"])
def test_long_and_odd_texts_are_folded_and_survive(cast, title):
    event = TrainingEventFactory(municipality=cast.here, title=title)

    text = calendar_files.for_sign_up(sign_up(event))

    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert all("\n" not in line for line in text.split("\r\n"))
    assert entries(text)[0]["SUMMARY"] == title.strip()


def test_a_person_downloads_the_own_file_and_nobody_elses(cast, client_of):
    entry = sign_up(TrainingEventFactory(municipality=cast.here, title="Laga mat på rester"), cast.staff_here)
    path = f"/mina-sidor/anmalan/{entry.uid}/kalender.ics"

    own = client_of("staff_here").get(path)
    foreign = [client_of(actor).get(path) for actor in ("manager", "coordinator_here", "staff_there")]

    assert own.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert own.headers["Content-Disposition"] == 'attachment; filename="laga-mat-pa-rester.ics"'
    assert facts(own.content.decode()) == facts(calendar_files.for_sign_up(entry))
    assert [answer.status_code for answer in foreign] == [404] * 3
    assert not any(b"VCALENDAR" in answer.content or b"rester" in answer.content for answer in foreign)


def read_by_another(text: str) -> tuple[str, list[tuple]]:
    """The file as another program of other people reads it: its method and what stands in each entry."""
    calendar = IcsCalendarStream.calendar_from_ics(text)
    rows = [
        (
            *(row.uid, row.sequence, str(row.status).rpartition(".")[2], row.summary, row.location, row.description),
            *(row.start.astimezone(UTC), row.end.astimezone(UTC), row.dtstamp.astimezone(UTC)),
        )
        for row in calendar.events
    ]
    return str(calendar.method or ""), sorted(rows, key=str)


def read_by_icalendar(text: str) -> tuple[str, list[tuple]]:
    calendar = Calendar.from_ical(text)
    rows = [
        (
            *(str(row["UID"]), int(row["SEQUENCE"]), str(row["STATUS"]), str(row["SUMMARY"]), str(row["LOCATION"])),
            str(row["DESCRIPTION"]),
            *(row[name].dt.astimezone(UTC) for name in ("DTSTART", "DTEND", "DTSTAMP")),
        )
        for row in calendar.walk("VEVENT")
    ]
    return str(calendar.get("METHOD", "")), sorted(rows, key=str)


def test_another_reader_reads_the_same_in_every_kind_of_file(cast):
    """A file that one library writes and reads may still be wrong: RFC 5545 read by another one says the same."""
    event = TrainingEventFactory(
        municipality=cast.here,
        title="Laga mat på rester; steg 2, för kök \\ köket",
        summary="Åk dit. Ät gott.\nÖva på “å, ä, ö” och 🍲 " + "så att raden blir lång nog för att brytas " * 5,
        place="Köket på Östergatan",
        address="Östergatan 1; vån 2, Trelleborg",
        contact_name="Åsa “Köket” Öberg; chef",
        contact_email="asa@trelleborg.example",
        meeting_url=MEETING,
        format="both",
        visibility="public",
        occasions=[BEFORE_SUMMER_TIME, IN_SUMMER_TIME],
    )
    seat, given_up = sign_up(event, cast.staff_here, now=IN_JANUARY), sign_up(event, now=IN_JANUARY)
    sign_ups.cancel(sign_up_id=given_up.pk, actor=given_up.person, now=IN_JANUARY)
    given_up.refresh_from_db()
    feed = calendar_feeds.renew(cast.staff_here)
    files = {
        "seat": calendar_files.for_sign_up(seat, now=IN_JANUARY),
        "given up": calendar_files.for_sign_up(given_up, now=IN_JANUARY),
        "own feed": calendar_feeds.for_person(feed, now=IN_JANUARY),
        "municipality": calendar_feeds.for_municipality(cast.here, now=IN_JANUARY),
    }

    methods = {}
    for name, text in files.items():
        ours, theirs = read_by_icalendar(text), read_by_another(text)
        assert theirs == ours, name
        assert len(theirs[1]) == 2, name
        methods[name] = theirs[0]
    assert methods == {"seat": "PUBLISH", "given up": "CANCEL", "own feed": "", "municipality": ""}
