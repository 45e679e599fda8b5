"""A programme as data: what is public, who is named, what changed, what clashes, and how a day lies in a table."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.conferences.enums import ClashKind, PartRole, SessionKind
from portal.conferences.models import Release, Session
from portal.conferences.services import changes, clashes, planning, programmes, releases
from portal.conferences.services.grids import grid_of
from portal.core.services import ActionRefused
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import AuditEntry
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import (
    add_room,
    add_session,
    add_speaker,
    add_track,
    at,
    conference_of,
    release,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference(cast):
    return conference_of(ConferencePageFactory(owner=cast.here, title="Dela skörden"))


def _shown(programme) -> list[tuple]:
    return [
        (
            session.title,
            f"{timezone.localtime(session.starts_at):%H:%M}" if session.starts_at else None,
            session.room.name if session.room else None,
            [part.speaker.name for part in session.parts],
        )
        for session in programme.sessions
    ]


def test_a_release_shows_what_was_planned_then_and_nothing_that_is_planned_since(conference, cast):
    hall = add_room(conference, "Stora salen", seats=180, directions="Rakt fram")
    track = add_track(conference)
    ylva = add_speaker(conference, "Ylva Berg", occupation="Kock", organisation="Trelleborg")
    session = add_session(conference, "Mindre matsvinn", room=hall, track=track, speakers=(ylva,))
    planned = programmes.draft(conference)
    made = release(conference, actor=cast.coordinator_here)

    planning.place(session_id=session.pk, starts_at=at(conference, "13:00"), room=None)
    add_session(conference, "Hemlig punkt", "15:00", "16:00")

    public = programmes.latest(conference)
    assert _shown(public) == [("Mindre matsvinn", "09:00", "Stora salen", ["Ylva Berg"])]
    # All that is stored comes back as it was planned.
    assert (public.rooms, public.tracks, public.sessions) == (planned.rooms, planned.tracks, planned.sessions)
    assert (public.number, public.name, public.released_at) == (1, "Ett program", made.at)
    entry = AuditEntry.objects.get(act=AuditAct.PROGRAMME_RELEASED)
    assert (entry.municipality, entry.actor, entry.subject) == (cast.here, cast.coordinator_here, "Dela skörden")


def test_somebody_is_named_while_they_say_yes_and_in_no_version_afterwards(conference):
    shy, open_one = add_speaker(conference, "Bo Tyst", consents=False), add_speaker(conference, "Ylva Berg")
    add_session(conference, speakers=(shy, open_one))
    first = release(conference)

    assert _shown(programmes.latest(conference))[0][3] == ["Ylva Berg"]
    assert "Bo Tyst" not in str(first.programme)
    assert "Ylva Berg" not in str(first.programme)

    planning.save_speaker(speaker=shy, consents=True)
    planning.save_speaker(speaker=open_one, consents=False)
    assert _shown(programmes.latest(conference))[0][3] == ["Bo Tyst"]

    planning.remove_speaker(speaker=shy)
    assert _shown(programmes.of_release(Release.objects.get()))[0][3] == []


def test_a_consent_keeps_the_moment_it_was_given(conference):
    then = timezone.now() - timedelta(days=3)
    speaker = add_speaker(conference)
    planning.save_speaker(speaker=speaker, consents=False)
    planning.save_speaker(speaker=speaker, consents=True, now=then)

    assert planning.save_speaker(speaker=speaker, consents=True).consent_at == then


def test_what_has_no_time_is_left_out_and_said_so(conference):
    add_session(conference, "Med tid")
    add_session(conference, "Utan tid", starts="")

    draft = programmes.draft(conference)
    release(conference)

    assert [s.title for s in draft.unscheduled] == ["Utan tid"]
    assert [clash.kind for clash in clashes.found_in(conference, draft)] == [ClashKind.NO_TIME]
    assert [s.title for s in programmes.latest(conference).sessions] == ["Med tid"]


def test_a_room_or_a_person_booked_twice_forbids_a_release(conference):
    hall, strand = add_room(conference, "Stora salen"), add_room(conference, "Sal Strand")
    ylva = add_speaker(conference)
    add_session(conference, "Ett", "09:00", "10:00", room=hall, speakers=(ylva,))
    other = add_session(conference, "Två", "09:30", "10:30", room=strand, speakers=(ylva,))

    with pytest.raises(ActionRefused) as refusal:
        release(conference)
    assert refusal.value.code == "double_booked"

    planning.save_session(session=other, parts=[], pages=[])
    other.room = hall
    planning.save_session(session=other, parts=[], pages=[])
    with pytest.raises(ActionRefused):
        release(conference)
    assert Release.objects.count() == 0

    # What ends when the other begins is no clash.
    other.room, other.starts_at, other.ends_at = hall, at(conference, "10:00"), at(conference, "10:30")
    planning.save_session(session=other, parts=[(ylva, PartRole.SPEAKER)], pages=[])
    assert release(conference).number == 1


def test_what_is_odd_is_told_what_is_refused_first(conference):
    hall, foyer = add_room(conference, "Stora salen"), add_room(conference, "Foajén")
    ylva, shy = add_speaker(conference, "Ylva Berg"), add_speaker(conference, "Bo Tyst", consents=False)
    add_session(conference, "Fika", "09:00", "10:00", kind=SessionKind.BREAK, room=foyer)
    add_session(conference, "Torg", "09:00", "10:00", kind=SessionKind.EXHIBITION, room=foyer)
    add_session(conference, "I salen", "09:30", "10:30", room=hall, speakers=(ylva,))
    add_session(conference, "Ute", "10:00", "11:00", speakers=(ylva, shy))
    add_session(conference, "Efteråt", "09:00", "10:00", day=2, room=hall)

    found = [
        (clash.kind, tuple(s.title for s in clash.sessions), clash.who)
        for clash in clashes.found_in(conference, programmes.draft(conference))
    ]

    # A break among the tables of an exhibition is as it should be.
    assert found == [
        (ClashKind.SPEAKER, ("I salen", "Ute"), "Ylva Berg"),
        (ClashKind.BREAK, ("Fika", "I salen"), ""),
        (ClashKind.OUTSIDE, ("Efteråt",), ""),
        (ClashKind.NO_ROOM, ("Ute",), ""),
        (ClashKind.NO_CONSENT, ("Ute",), "Bo Tyst"),
    ]


@pytest.mark.parametrize("what", ["empty", "nothing_new"])
def test_a_release_of_nothing_is_refused(conference, what):
    if what == "nothing_new":
        add_session(conference)
        release(conference)

    with pytest.raises(ActionRefused) as refusal:
        release(conference)

    assert refusal.value.code == what


def test_the_list_of_changes_says_what_is_new_moved_and_gone(conference):
    hall, strand = add_room(conference, "Stora salen"), add_room(conference, "Sal Strand")
    ylva = add_speaker(conference)
    moved = add_session(conference, "Flyttas", "09:00", "09:45", room=hall)
    gone = add_session(conference, "Utgår", "10:00", "10:45", room=hall)
    add_session(conference, "Stannar", "11:00", "11:45", room=hall)
    reworded = add_session(conference, "Ny text", "12:00", "12:45", room=hall)
    first = release(conference)
    assert [change["kinds"] for change in first.changes] == [["new"]] * 4

    planning.place(session_id=moved.pk, starts_at=at(conference, "13:00"), room=strand)
    planning.remove_session(session=gone)
    reworded.description = "Mer att läsa"
    planning.save_session(session=reworded, parts=[(ylva, PartRole.SPEAKER)], pages=[])
    add_session(conference, "Ny", "15:00", "15:45", room=hall)
    second = release(conference)

    found = changes.loaded(second.changes)
    assert [(change.title, change.kinds) for change in found] == [
        ("Ny text", ("people", "text")),
        ("Flyttas", ("time", "room")),
        ("Ny", ("new",)),
        ("Utgår", ("gone",)),
    ]
    assert (found[1].was["room"], found[1].now["room"]) == ("Stora salen", "Sal Strand")
    assert datetime.fromisoformat(found[1].now["starts_at"]) == at(conference, "13:00")
    assert [release.number for release in conference.releases.all()] == [2, 1]


def _told() -> list[str]:
    return sorted(OutboxMessage.objects.filter(message=releases.MESSAGE).values_list("to_email", flat=True))


def test_a_mail_goes_to_those_whose_own_slot_is_new_moved_or_gone_and_to_nobody_else(conference):
    hall = add_room(conference)
    people = {name: add_speaker(conference, name, email=f"{name}@example.org") for name in ("a", "b", "c", "d")}
    without = add_speaker(conference, "utan adress")
    moved = add_session(conference, "Flyttas", "09:00", "09:45", room=hall, speakers=(people["a"], without))
    add_session(conference, "Stannar", "10:00", "10:45", room=hall, speakers=(people["b"],))
    gone = add_session(conference, "Utgår", "11:00", "11:45", room=hall, speakers=(people["c"],))
    joined = add_session(conference, "Får en till", "12:00", "12:45", room=hall, speakers=(people["b"],))
    release(conference, tells_people=True)
    assert _told() == ["a@example.org", "b@example.org", "c@example.org"]
    OutboxMessage.objects.all().delete()

    planning.place(session_id=moved.pk, starts_at=at(conference, "15:00"), room=hall)
    planning.remove_session(session=gone)
    joined.description = "Bara ny text för den som redan är med"
    parts = [(people["b"], PartRole.SPEAKER), (people["d"], PartRole.PANELLIST)]
    planning.save_session(session=joined, parts=parts, pages=[])
    release(conference, tells_people=True)

    assert _told() == ["a@example.org", "c@example.org", "d@example.org"]


def test_a_mail_tells_of_the_version_that_is_public_when_it_is_sent(conference, mailoutbox):
    hall = add_room(conference, directions="Rakt fram")
    ylva = add_speaker(conference, "Ylva Berg", email="ylva@example.org")
    session = add_session(conference, "Mindre matsvinn", room=hall, speakers=(ylva,))
    release(conference, tells_people=True)
    planning.place(session_id=session.pk, starts_at=at(conference, "13:00"), room=hall)
    release(conference)

    outbox.send(OutboxMessage.objects.get(message=releases.MESSAGE).pk)

    mail = mailoutbox[0]
    assert mail.to == ["ylva@example.org"]
    assert mail.subject == "Din medverkan i Dela skörden"
    assert "Hej Ylva Berg!" in mail.body
    assert "13:00–13:45, Stora salen" in mail.body
    assert "09:00" not in mail.body


def test_a_mail_to_somebody_who_is_removed_meanwhile_is_not_sent(conference, mailoutbox):
    ylva = add_speaker(conference, "Ylva Berg", email="ylva@example.org")
    add_session(conference, speakers=(ylva,))
    release(conference, tells_people=True)
    planning.remove_speaker(speaker=ylva)

    outbox.send(OutboxMessage.objects.get(message=releases.MESSAGE).pk)

    assert mailoutbox == []


def test_rooms_and_tracks_that_are_taken_away_leave_their_sessions(conference):
    hall, strand = add_room(conference, "Stora salen"), add_room(conference, "Sal Strand")
    track = add_track(conference)
    session = add_session(conference, room=hall, track=track)

    planning.save_frame(conference=conference, rooms=[strand], tracks=[])

    session = Session.objects.get(pk=session.pk)
    assert (session.room, session.track) == (None, None)
    assert [room.name for room in conference.rooms.all()] == ["Sal Strand"]


def test_the_database_refuses_a_session_that_ends_before_it_starts(conference):
    session = add_session(conference)
    for wrong in ({"ends_at": session.starts_at}, {"ends_at": None}, {"starts_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Session.objects.filter(pk=session.pk).update(**wrong)


def test_a_day_in_a_table_puts_rooms_beside_each_other_and_what_is_alone_across(conference):
    hall, strand = add_room(conference, "Stora salen"), add_room(conference, "Sal Strand")
    add_room(conference, "Tom sal")
    add_session(conference, "Start", "09:00", "09:30", room=hall)
    add_session(conference, "Kort", "09:30", "10:00", room=hall)
    add_session(conference, "Lång", "09:30", "10:30", room=strand)
    add_session(conference, "Lunch", "12:00", "13:00", kind=SessionKind.BREAK)

    programme = programmes.draft(conference)
    grid = grid_of(programme.days[0], programme.rooms)

    assert [room.name for room in grid.columns] == ["Stora salen", "Sal Strand"]
    assert [
        (
            f"{timezone.localtime(row.starts_at):%H:%M}",
            [([s.title for s in cell.sessions], cell.rows, cell.columns) for cell in row.cells],
        )
        for row in grid.rows
    ] == [
        ("09:00", [(["Start"], 1, 2)]),
        ("09:30", [(["Kort"], 1, 1), (["Lång"], 2, 1)]),
        ("10:00", [([], 1, 1)]),
        # Nothing between half past ten and noon: no row.
        ("12:00", [(["Lunch"], 1, 2)]),
    ]


def test_a_table_has_every_session_of_the_day_once(conference):
    """Also what overlaps in one room, and what has none."""
    hall = add_room(conference, "Stora salen")
    titles = [f"Punkt {number}" for number in range(8)]
    for number, title in enumerate(titles):
        starts = f"{9 + number // 3:02}:{20 * (number % 3):02}"
        ends = f"{9 + (number + 2) // 3:02}:{20 * ((number + 2) % 3):02}"
        add_session(conference, title, starts, ends, room=hall if number % 2 else None)

    programme = programmes.draft(conference)
    grid = grid_of(programme.days[0], programme.rooms)

    shown = [s.title for row in grid.rows for cell in row.cells for s in cell.sessions]
    assert sorted(shown) == titles
    # Each row fills the table's width, what comes down from above counted in.
    height = [0] * len(grid.columns)
    for row in grid.rows:
        free = [column for column, rest in enumerate(height) if rest == 0]
        assert sum(cell.columns for cell in row.cells) == len(free)
        for column, cell in zip(free, row.cells, strict=False):
            height[column] = cell.rows
        height = [max(rest - 1, 0) for rest in height]


def test_now_and_next_are_of_the_same_day(conference):
    add_session(conference, "Nu", "09:00", "10:00")
    add_session(conference, "Sedan", "10:15", "11:00")
    add_session(conference, "Också sedan", "10:15", "11:30")
    add_session(conference, "I morgon", "09:00", "10:00", day=2)
    programme = programmes.draft(conference)

    def told(clock: str) -> tuple[list[str], list[str]]:
        now, following = programme.now_and_next(at(conference, clock))
        return [s.title for s in now], [s.title for s in following]

    assert told("08:00") == ([], ["Nu"])
    assert told("09:00") == (["Nu"], ["Sedan", "Också sedan"])
    assert told("10:00") == ([], ["Sedan", "Också sedan"])
    assert told("11:10") == (["Också sedan"], [])
    assert told("20:00") == ([], [])


def test_a_programme_asks_the_database_the_same_with_one_session_and_with_thirty(conference, django_assert_num_queries):
    hall, ylva = add_room(conference), add_speaker(conference)
    for number in range(30):
        starts = f"{8 + number // 4:02}:{15 * (number % 4):02}"
        ends = f"{8 + (number + 1) // 4:02}:{15 * ((number + 1) % 4):02}"
        add_session(conference, f"Punkt {number}", starts, ends, room=hall, speakers=(ylva,))
        if number in (0, 29):
            with django_assert_num_queries(6):
                programmes.draft(conference)
            release(conference)
            with django_assert_num_queries(2):
                programmes.latest(conference)
