"""The workspace of a conference: filled in, refused, moved, released."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.conferences.models import Release, Room, Session, Speaker, Track
from portal.conferences.services import releases
from portal.notifications.models import OutboxMessage
from tests.factories.cms import ConferencePageFactory, CoursePageFactory
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


def _path(name: str, conference, **arguments) -> str:
    return reverse(name, kwargs={"public_id": conference.public_id, **arguments})


def _rows(prefix: str, rows: list[dict], initial: int = 0) -> dict:
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    return data | {f"{prefix}-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()}


def _session(**fields) -> dict:
    return {
        "title": "Mindre matsvinn",
        "kind": "lecture",
        "day": "",
        "starts": "",
        "ends": "",
        **_rows("parts", []),
    } | fields


def test_rooms_and_tracks_are_written_together_and_what_is_wrong_is_said_at_once(conference, client_of):
    client, path = client_of("coordinator_here"), _path("programme_frame", conference)
    rooms = [
        {"name": "Stora salen", "kind": "on_site", "seats": "180"},
        {"name": "stora  salen", "kind": "digital"},
        {"name": "", "kind": "on_site"},
    ]
    tracks = [{"name": "Kök och måltid", "colour": "green"}, {"name": "Lära", "colour": "svart"}]

    response = client.post(path, _rows("rooms", rooms) | _rows("tracks", tracks))

    assert response.status_code == 400
    assert "Det finns redan en med det namnet." in response.content.decode()
    assert (Room.objects.count(), Track.objects.count()) == (0, 0)

    rooms[1]["name"], tracks[1]["colour"] = "Länken", "blue"
    assert client.post(path, _rows("rooms", rooms) | _rows("tracks", tracks)).status_code == 302
    assert list(conference.rooms.values_list("name", "kind", "seats")) == [
        ("Stora salen", "on_site", 180),
        ("Länken", "digital", None),
    ]
    assert list(conference.tracks.values_list("name", "colour")) == [("Kök och måltid", "green"), ("Lära", "blue")]


def test_one_more_row_keeps_what_was_written_and_checks_nothing_yet(conference, client_of):
    data = _rows("rooms", [{"name": "", "kind": "on_site", "seats": "många"}]) | _rows("tracks", [])

    response = client_of("coordinator_here").post(_path("programme_frame", conference), data | {"add_rooms": "1"})

    page = response.content.decode()
    assert response.status_code == 200
    assert 'name="rooms-1-name"' in page
    assert 'value="många"' in page
    assert "aria-invalid" not in page


def test_a_room_of_another_conference_cannot_be_taken_over(conference, cast, client_of):
    theirs = add_room(conference_of(ConferencePageFactory(owner=cast.there)), "Deras sal")
    rooms = [{"id": theirs.pk, "name": "Vår sal", "kind": "on_site"}]

    client_of("coordinator_here").post(
        _path("programme_frame", conference), _rows("rooms", rooms, initial=1) | _rows("tracks", [])
    )

    theirs.refresh_from_db()
    assert theirs.name == "Deras sal"
    assert theirs not in conference.rooms.all()


def test_a_session_is_written_with_its_people_and_what_it_is_about(conference, cast, client_of):
    hall, track, ylva = add_room(conference), add_track(conference), add_speaker(conference)
    course = CoursePageFactory(owner=cast.here, title="Kursen")
    data = _session(
        day=str(conference.first_day),
        starts="09:00",
        ends="09:45",
        room=hall.pk,
        track=track.pk,
        pages=[course.pk],
        **_rows("parts", [{"speaker": ylva.pk, "role": "moderator"}, {"speaker": "", "role": "speaker"}]),
    )

    response = client_of("coordinator_here").post(_path("session_create", conference), data)

    session = Session.objects.get()
    assert response.headers["Location"].endswith(f"#session-{session.public_id}")
    assert (session.starts_at, session.ends_at) == (at(conference, "09:00"), at(conference, "09:45"))
    assert (session.room, session.track) == (hall, track)
    assert list(session.parts.values_list("speaker__name", "role")) == [("Ylva Berg", "moderator")]
    assert [page.pk for page in session.pages.all()] == [course.pk]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "Fyll i det här fältet."),
        ({"starts": "09:00"}, "Ange dag, från och till, eller lämna tiderna tomma tills vidare."),
        ({"day": "2031-01-01", "starts": "10:00", "ends": "09:00"}, "Sluttiden måste vara efter starttiden."),
        ({"day": "31 februari", "starts": "10:00", "ends": "11:00"}, "datum"),
        ({"kind": "fest"}, "fest"),
        ({"room": "999999999999999999999"}, "Välj"),
        ({"pages": ["999999999999999999999"]}, "giltigt"),
        ({"title": "x" * 161}, "160"),
    ],
)
def test_a_session_that_is_wrong_is_refused_at_the_field_and_nothing_is_written(
    conference, cast, client_of, fields, sentence
):
    add_room(conference)
    CoursePageFactory(owner=cast.here)

    response = client_of("coordinator_here").post(_path("session_create", conference), _session(**fields))

    assert response.status_code == 400
    assert "aria-invalid" in response.content.decode()
    assert sentence in response.content.decode()
    assert Session.objects.count() == 0


def test_somebody_twice_in_a_session_is_refused_and_what_was_there_stays(conference, client_of):
    ylva, bo = add_speaker(conference), add_speaker(conference, "Bo")
    session = add_session(conference, speakers=(bo,))
    rows = [{"speaker": ylva.pk, "role": "speaker"}, {"speaker": ylva.pk, "role": "moderator"}]

    response = client_of("coordinator_here").post(
        _path("session_edit", conference, session_id=session.public_id), _session(**_rows("parts", rows))
    )

    assert response.status_code == 400
    assert "Någon står med två gånger." in response.content.decode()
    assert [part.speaker for part in session.parts.all()] == [bo]


def test_somebody_of_another_conference_cannot_be_put_into_a_session(conference, cast, client_of):
    theirs = add_speaker(conference_of(ConferencePageFactory(owner=cast.there)), "Deras talare")

    response = client_of("coordinator_here").post(
        _path("session_create", conference), _session(**_rows("parts", [{"speaker": theirs.pk, "role": "speaker"}]))
    )

    assert response.status_code == 400
    assert "Deras talare" not in response.content.decode()
    assert Session.objects.count() == 0


def test_a_session_is_moved_to_a_free_place_and_what_is_taken_is_no_button(conference, client_of):
    hall, strand = add_room(conference, "Stora salen"), add_room(conference, "Sal Strand")
    session = add_session(conference, "Flyttas", "09:00", "10:30", room=hall)
    add_session(conference, "Stannar", "13:00", "14:00", room=strand)
    client, path = client_of("coordinator_here"), _path("session_place", conference, session_id=session.public_id)

    page = client.get(path).content.decode()
    day = conference.first_day.isoformat()
    # An hour and a half fits before one o'clock, and not in between.
    assert f'value="{day}T11:30 {strand.public_id}"' in page
    assert f'value="{day}T11:45 {strand.public_id}"' not in page
    assert f'value="{day}T14:00 {strand.public_id}"' in page
    assert f'value="{day}T09:15 {hall.public_id}"' in page

    assert client.post(path, {"place": f"{day}T14:00 {strand.public_id}"}).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at) == (at(conference, "14:00"), at(conference, "15:30"))
    assert session.room == strand


@pytest.mark.parametrize("place", ["", "i morgon", "2031-13-01T09:00 {room}", "{day}T09:00 ingen", "{day}T09:00"])
def test_a_place_that_is_none_moves_nothing(conference, client_of, place):
    hall = add_room(conference)
    session = add_session(conference, room=hall)
    value = place.format(day=conference.first_day.isoformat(), room=hall.public_id)

    response = client_of("coordinator_here").post(
        _path("session_place", conference, session_id=session.public_id), {"place": value}
    )

    session.refresh_from_db()
    assert (response.status_code, session.starts_at) == (400, at(conference, "09:00"))


def test_somebody_is_written_down_with_their_yes_and_removed(conference, client_of):
    client = client_of("coordinator_here")
    data = {"name": "Ylva Berg", "occupation": "Kock", "email": "ylva@example.org", "consents": "on"}

    assert client.post(_path("speaker_create", conference), data | {"email": "fel"}).status_code == 400
    client.post(_path("speaker_create", conference), data)
    ylva = Speaker.objects.get()
    assert (ylva.name, ylva.email, ylva.conference) == ("Ylva Berg", "ylva@example.org", conference)
    assert timezone.now() - ylva.consent_at < timedelta(minutes=1)

    path = _path("speaker_edit", conference, speaker_id=ylva.public_id)
    client.post(path, {"name": "Ylva Berg", "email": ""})
    ylva.refresh_from_db()
    assert ylva.consent_at is None

    client.post(path, {"remove": "1"})
    assert Speaker.objects.count() == 0


def test_before_a_release_one_sees_what_is_new_and_the_mail_and_nothing_has_happened(conference, client_of):
    hall = add_room(conference)
    ylva = add_speaker(conference, "Ylva Berg", email="ylva@example.org")
    add_session(conference, "Mindre matsvinn", room=hall, speakers=(ylva,))

    page = client_of("coordinator_here").get(_path("programme_release", conference)).content.decode()

    assert "Det är den första versionen, med 1 programpunkt." in page
    assert "Din medverkan i Dela skörden" in page
    assert (Release.objects.count(), OutboxMessage.objects.count()) == (0, 0)


@pytest.mark.parametrize("tells", [True, False])
def test_a_release_mails_only_when_it_is_ticked(conference, client_of, tells):
    add_session(conference, speakers=(add_speaker(conference, email="ylva@example.org"),))
    data = {"name": "Första programmet", "comment": "Äntligen!"} | ({"tells_people": "on"} if tells else {})

    client_of("coordinator_here").post(_path("programme_release", conference), data)

    made = Release.objects.get()
    assert (made.name, made.comment, made.number) == ("Första programmet", "Äntligen!", 1)
    assert OutboxMessage.objects.filter(message=releases.MESSAGE).count() == int(tells)


def test_a_release_with_a_double_booking_is_refused_with_what_clashes(conference, client_of):
    hall = add_room(conference)
    add_session(conference, "Ett", room=hall)
    add_session(conference, "Två", room=hall)

    response = client_of("coordinator_here").post(_path("programme_release", conference), {"name": "Första"})

    page = response.content.decode()
    assert response.status_code == 400
    assert "En lokal eller en person är dubbelbokad." in page
    assert "Två saker i samma lokal samtidigt: Stora salen" in page
    assert Release.objects.count() == 0


def test_the_plan_says_what_is_public_and_whether_something_is_changed_since(conference, client_of):
    client, path = client_of("coordinator_here"), _path("programme_plan", conference)

    assert "Programmet är tomt" in client.get(path).content.decode()
    session = add_session(conference, "Mindre matsvinn")
    assert "Inget är publicerat än." in client.get(path).content.decode()
    release(conference)
    assert "Inget har ändrats sedan dess." in client.get(path).content.decode()
    Session.objects.filter(pk=session.pk).update(title="Mindre matsvinn i år")
    page = client.get(path).content.decode()
    assert "Du har ändrat saker sedan dess" in page
    assert "Mindre matsvinn i år" in page


def test_the_workspace_leads_to_coming_conferences_and_to_past_ones(cast, client_of):
    today = timezone.localdate()
    ConferencePageFactory(owner=cast.here, title="Kommande")
    ConferencePageFactory(
        owner=cast.here, title="Förbi", start_date=today - timedelta(days=9), end_date=today - timedelta(days=8)
    )
    ConferencePageFactory(owner=cast.there, title="Andras")
    client = client_of("coordinator_here")

    start, everything = (
        client.get("/arbetsyta/").content.decode(),
        client.get("/arbetsyta/konferenser/").content.decode(),
    )

    assert ("Kommande" in start, "Förbi" in start, "Andras" in start) == (True, False, False)
    assert ("Kommande" in everything, "Förbi" in everything, "Andras" in everything) == (True, True, False)
