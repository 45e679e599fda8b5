"""What readers meet: the released programme, filtered and grouped, sessions, people, versions, materials, results."""

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from cms.models import ConferencePage
from cms.models.images import PeopleShown
from portal.conferences.enums import MaterialKind, SessionKind
from portal.conferences.models import Conference, Release, Session, SessionMaterial
from portal.conferences.services import conferences, materials, planning
from portal.conferences.services.materials import Film, film_of
from portal.municipalities.enums import Visibility
from tests.factories.cms import (
    ConferencePageFactory,
    CoursePageFactory,
    DocumentFactory,
    LessonPageFactory,
    PictureFactory,
)
from tests.factories.conferences import (
    add_room,
    add_session,
    add_speaker,
    add_track,
    conference_of,
    release,
)
from tests.factories.events import TrainingEventFactory, a_morning, sign_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(cast):
    today = timezone.localdate()
    return ConferencePageFactory(
        owner=cast.here,
        title="Dela skörden",
        visibility=Visibility.PUBLIC,
        start_date=today + timedelta(days=40),
        end_date=today + timedelta(days=41),
    )


@pytest.fixture
def conference(page):
    """Two days, two rooms, two tracks, four sessions and a break; released."""
    conference = conference_of(page)
    hall, strand = add_room(conference, "Stora salen"), add_room(conference, "Sal Strand")
    kitchen, language = add_track(conference, "Kök"), add_track(conference, "Språk", "purple")
    ylva = add_speaker(conference, "Ylva Berg", occupation="Kock", about="Lagar skolmat.")
    add_session(conference, "Matsvinn", "09:00", "10:00", room=hall, track=kitchen, speakers=(ylva,))
    add_session(conference, "Bildkort", "09:00", "10:00", room=strand, track=language, kind=SessionKind.WORKSHOP)
    add_session(conference, "Fika", "10:00", "10:30", kind=SessionKind.BREAK)
    add_session(conference, "Panelen", "09:00", "10:00", day=2, room=hall, kind=SessionKind.PANEL)
    release(conference)
    return conference


def _titles(client, conference, query: str = "") -> list[str]:
    response = client.get(f"/konferenser/{conference.public_id}/program/?{query}")
    assert response.status_code == 200
    return re.findall(r'class="programme__title"[^>]*><a[^>]*>([^<]+)<', response.content.decode())


def test_the_programme_is_narrowed_by_day_track_room_and_kind_without_javascript(client, conference):
    everything = ["Matsvinn", "Bildkort", "Fika", "Panelen"]
    hall, track = conference.rooms.first().public_id, conference.tracks.last().public_id
    second = conference.last_day.isoformat()

    assert _titles(client, conference) == everything
    assert _titles(client, conference, f"day={second}") == ["Panelen"]
    assert _titles(client, conference, f"room={hall}") == ["Matsvinn", "Panelen"]
    assert _titles(client, conference, f"track={track}") == ["Bildkort"]
    assert _titles(client, conference, "kind=workshop") == ["Bildkort"]
    assert _titles(client, conference, f"kind=workshop&room={hall}") == []
    # What is no choice narrows nothing.
    assert _titles(client, conference, "kind=fest&room=ingen&day=igår&by=colour&view=cube") == everything


def test_the_programme_by_track_and_by_room_has_every_session_once(client, conference):
    assert _titles(client, conference, "by=track") == ["Matsvinn", "Bildkort", "Fika", "Panelen"]
    assert _titles(client, conference, "by=room") == ["Matsvinn", "Panelen", "Bildkort", "Fika"]


def test_nothing_of_the_plan_is_public_before_a_release(client, page):
    conference = conference_of(page)
    session = add_session(conference, "Hemlig punkt", speakers=(add_speaker(conference, "Ylva Berg"),))
    speaker = conference.speakers.get()
    base = f"/konferenser/{conference.public_id}"

    shown = client.get(f"{base}/program/").content.decode() + client.get(page.url).content.decode()

    assert "Hemlig punkt" not in shown
    assert "Programmet är inte klart än" in shown
    assert client.get(f"{base}/program/{session.public_id}/").status_code == 404
    assert client.get(f"{base}/medverkande/{speaker.public_id}/").status_code == 404
    assert client.get(f"{base}/program/version/1/").status_code == 404
    assert client.get(f"{base}/andringar/").status_code == 200


def test_an_earlier_version_can_be_read_and_says_that_it_is_one(client, conference):
    session = Session.objects.get(title="Fika")
    planning.remove_session(session=session)
    release(conference, name="Utan fika")
    base = f"/konferenser/{conference.public_id}/program/version"

    first, second = (client.get(f"{base}/{number}/").content.decode() for number in (1, 2))

    assert ("Fika" in first, "Det här är en tidigare version" in first) == (True, True)
    assert ("Fika" in second, "Det här är en tidigare version" in second) == (False, False)
    assert _titles(client, conference) == ["Matsvinn", "Bildkort", "Panelen"]


def test_changes_are_listed_and_can_be_followed(client, conference):
    fika = Session.objects.get(title="Fika")
    planning.remove_session(session=fika)
    release(conference, name="Utan fika")
    base = f"/konferenser/{conference.public_id}/andringar/"

    page = client.get(base).content.decode()
    feed = client.get(f"{base}flode/")

    assert page.index("Utan fika") < page.index("Borttagen") < page.index("Ett program")
    assert feed.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert re.findall(r"<title>([^<]+)</title>", feed.content.decode()) == [
        "Ändringar i programmet: Dela skörden",
        "Utan fika",
        "Ett program",
    ]
    assert "Fika: Borttagen" in feed.content.decode()


def test_somebody_who_takes_back_their_yes_has_no_page_and_is_named_on_none(client, conference, page):
    ylva = conference.speakers.get()
    path = f"/konferenser/{conference.public_id}/medverkande/{ylva.public_id}/"
    everywhere = [
        page.url,
        f"/konferenser/{conference.public_id}/program/",
        f"/konferenser/{conference.public_id}/program/?view=grid",
        f"/konferenser/{conference.public_id}/program/version/1/",
        f"/konferenser/{conference.public_id}/program/{Session.objects.get(title='Matsvinn').public_id}/",
        f"/konferenser/{conference.public_id}/andringar/flode/",
        "/sok/?q=Ylva",
    ]
    assert "Lagar skolmat." in client.get(path).content.decode()
    assert sum("Ylva Berg" in client.get(address).content.decode() for address in everywhere) >= 4

    planning.save_speaker(speaker=ylva, consents=False)

    assert client.get(path).status_code == 404
    assert [address for address in everywhere if "Ylva Berg" in client.get(address).content.decode()] == []


def test_a_session_leads_to_what_it_is_about_of_that_which_the_reader_may_read(client, client_of, cast, page):
    conference = conference_of(page)
    public = CoursePageFactory(owner=cast.here, title="Öppen kurs", visibility=Visibility.PUBLIC)
    internal = CoursePageFactory(owner=cast.here, title="Intern kurs")
    session = add_session(conference, pages=(public, internal))
    release(conference)
    path = f"/konferenser/{conference.public_id}/program/{session.public_id}/"

    visitor, member = client.get(path).content.decode(), client_of("staff_here").get(path).content.decode()

    assert ("Öppen kurs" in visitor, "Intern kurs" in visitor) == (True, False)
    assert ("Öppen kurs" in member, "Intern kurs" in member) == (True, True)


def test_a_conference_follows_its_page_and_so_do_its_readers(client, client_of, conference, page):
    path = f"/konferenser/{conference.public_id}/program/"
    page.title, page.visibility = "Dela allt", Visibility.INTERNAL
    page.save_revision().publish()

    assert Conference.objects.get().title == "Dela allt"
    assert client.get(path).status_code == 404
    assert client_of("staff_there").get(path).status_code == 404
    assert client_of("staff_here").get(path).status_code == 200
    page.unpublish()
    assert client_of("staff_here").get(path).status_code == 404


def test_a_draft_of_the_page_tells_nothing_to_those_who_read_the_programme(client, conference, page):
    page.title, page.start_date = "Hemlig rubrik", page.start_date - timedelta(days=3)
    page.save_revision()

    kept = Conference.objects.get()
    assert (kept.title, kept.first_day) == ("Dela skörden", conference.first_day)
    for name in ("schema.json", "program.ics", "program/", "inbaddat/"):
        assert "Hemlig rubrik" not in client.get(f"/konferenser/{conference.public_id}/{name}").content.decode()
    page.get_latest_revision().publish()
    assert Conference.objects.get().title == "Hemlig rubrik"


def test_what_is_on_now_stands_first_on_the_day(client, cast):
    today = timezone.localdate()
    page = ConferencePageFactory(
        owner=cast.here,
        title="I dag",
        visibility=Visibility.PUBLIC,
        start_date=today,
        end_date=today,
        live_url="https://example.org/live",
    )
    conference = conference_of(page)
    session = add_session(conference, "Pågår", "00:00", "23:59")
    add_session(conference, "I går", "09:00", "10:00", day=0)
    release(conference)

    for path in (page.url, f"/konferenser/{conference.public_id}/program/"):
        shown = client.get(path).content.decode()
        assert "Nu och härnäst" in shown
        assert session.title in shown
    assert "https://example.org/live" in client.get(page.url).content.decode()

    ConferencePage.objects.filter(pk=page.pk).update(
        start_date=today + timedelta(days=1), end_date=today + timedelta(days=1)
    )
    assert "https://example.org/live" not in client.get(page.url).content.decode()


# --- what sessions leave behind --------------------------------------------------------------------------------------


def _leave(session, **fields) -> SessionMaterial:
    materials.save(session=session, transcript="", materials=[SessionMaterial(title="Bilderna", **fields)])
    return session.materials.get()


def test_a_file_of_a_session_is_for_its_readers_from_the_start_on(client, client_of, cast, page):
    conference = conference_of(page)
    document = DocumentFactory(owner=cast.here)
    session = add_session(conference)
    _leave(session, document=document, waits=True)
    path, file = f"/konferenser/{conference.public_id}/program/{session.public_id}/", document.url

    assert client.get(file).status_code == 404
    release(conference)
    assert ("Bilderna" in client.get(path).content.decode(), client.get(file).status_code) == (False, 404)

    # Moved in the plan only: the public start is still to come.
    Session.objects.filter(pk=session.pk).update(
        starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1)
    )
    assert client.get(file).status_code == 404
    release(conference)
    assert ("Bilderna" in client.get(path).content.decode(), client.get(file).status_code) == (True, 200)

    page.visibility = Visibility.INTERNAL
    page.save_revision().publish()
    assert [client.get(file).status_code, client_of("staff_there").get(file).status_code] == [404, 404]
    assert client_of("staff_here").get(file).status_code == 200


FILM = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 40


def _film(owner, name: str = "film.mp4", content: bytes = FILM):
    return DocumentFactory(owner=owner, title="Filmen", file=ContentFile(content, name=name), file_size=len(content))


def test_a_film_of_the_portal_plays_on_the_page_with_its_captions(client, cast, page):
    conference = conference_of(page)
    session = add_session(conference)
    film, captions = _film(cast.here), _film(cast.here, "text.vtt", b"WEBVTT\n\n00:00.000 --> 00:02.000\nHej")
    _leave(session, kind=MaterialKind.RECORDING, document=film, captions=captions)
    release(conference)

    html = client.get(f"/konferenser/{conference.public_id}/program/{session.public_id}/").content.decode()

    video = re.search(r"<video.*?</video>", html, re.DOTALL)[0]
    assert f'src="{film.url}"' in video
    assert 'preload="none"' in video, "nothing is fetched before somebody presses play"
    assert f'<track kind="captions" src="{captions.url}" srclang="sv"' in video
    assert [client.get(file.url)["Content-Type"] for file in (film, captions)] == [
        "video/mp4",
        "text/vtt; charset=utf-8",
    ]


@pytest.mark.parametrize(
    ("wanted", "status", "first", "last"),
    [
        ("bytes=0-", 206, 0, len(FILM) - 1),
        ("bytes=0-1", 206, 0, 1),
        ("bytes=100-199", 206, 100, 199),
        ("bytes=-10", 206, len(FILM) - 10, len(FILM) - 1),
        (f"bytes=10-{10**14}", 206, 10, len(FILM) - 1),
        # What is no single range is answered with the whole (RFC 9110, 14.2).
        ("bytes=-", 200, 0, len(FILM) - 1),
        ("bytes=0-1,5-6", 200, 0, len(FILM) - 1),
        ("pages=1-2", 200, 0, len(FILM) - 1),
        ("", 200, 0, len(FILM) - 1),
    ],
)
def test_a_film_is_sent_in_the_parts_that_the_browser_asks_for(client, cast, page, wanted, status, first, last):
    conference = conference_of(page)
    film = _film(cast.here)
    _leave(add_session(conference), kind=MaterialKind.RECORDING, document=film)
    release(conference)

    answer = client.get(film.url, headers={"range": wanted} if wanted else {})

    assert (answer.status_code, answer.getvalue()) == (status, FILM[first : last + 1])
    assert (answer["Accept-Ranges"], int(answer["Content-Length"])) == ("bytes", last - first + 1)
    assert answer.headers.get("Content-Range") == (f"bytes {first}-{last}/{len(FILM)}" if status == 206 else None)


@pytest.mark.parametrize("wanted", [f"bytes={len(FILM)}-", "bytes=5-4"])
def test_a_part_that_is_not_there_is_told_so(client, cast, page, wanted):
    conference = conference_of(page)
    film = _film(cast.here)
    _leave(add_session(conference), kind=MaterialKind.RECORDING, document=film)
    release(conference)

    answer = client.get(film.url, headers={"range": wanted})

    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(FILM)}")


def test_parts_of_a_hidden_film_are_as_hidden_as_the_whole(client, cast, page):
    conference = conference_of(page)
    film = _film(cast.here)
    _leave(add_session(conference), kind=MaterialKind.RECORDING, document=film, waits=True)
    release(conference)

    assert client.get(film.url, headers={"range": "bytes=0-3"}).status_code == 404


def test_captions_belong_to_a_film_and_are_captions(client_of, cast, page):
    conference = conference_of(page)
    session = add_session(conference)
    film, captions = _film(cast.here), _film(cast.here, "text.vtt", b"WEBVTT\n")
    path = f"/arbetsyta/konferenser/{conference.public_id}/program/{session.public_id}/material/"

    def post(**fields):
        row = {"kind": "recording", "title": "Filmen", "url": "", **fields}
        data = {f"materials-0-{name}": value for name, value in row.items()}
        forms = {"materials-TOTAL_FORMS": 1, "materials-INITIAL_FORMS": 0, "transcript": ""}
        return client_of("coordinator_here").post(path, data | forms)

    for wrong in (
        {"url": "https://youtu.be/abc", "captions": captions.pk},
        {"document": DocumentFactory(owner=cast.here).pk, "captions": captions.pk},
        {"document": film.pk, "captions": film.pk},
        {"document": film.pk, "captions": _film(cast.there, "text.vtt", b"WEBVTT\n").pk},
    ):
        answer = post(**wrong)
        assert (answer.status_code, list(answer.context["materials"].errors[0])) == (400, ["captions"]), wrong
    assert post(document=film.pk, captions=captions.pk).status_code == 302
    assert session.materials.get().captions_id == captions.pk


def test_a_conference_is_shared_when_it_is_said_who_can_be_recognised_in_its_pictures(cast, client_of):
    cover, inside = (
        PictureFactory(owner=cast.here, people="", title="Omslag"),
        PictureFactory(owner=cast.here, people=""),
    )
    page = ConferencePageFactory(owner=cast.here, image=cover, body=[("picture", inside), ("picture", cover)])
    page.visibility = Visibility.PUBLIC

    def asked() -> list[bool]:
        return ["Omslag" in sentence for sentence in page.lacks_for_sharing if "kännas igen" in sentence]

    assert asked() == [True, False, True], "of the cover, and of both in the text"
    for picture in (cover, inside):
        picture.people = PeopleShown.CONSENT
        picture.save()
    page = ConferencePage.objects.get(pk=page.pk)
    assert asked() == []


def test_a_picture_of_somebody_is_shown_while_they_say_yes_and_take_part(client, client_of, cast, page):
    conference = conference_of(page)
    picture = PictureFactory(owner=cast.here)
    theirs = PictureFactory(owner=cast.there)
    ylva = add_speaker(conference, "Ylva Berg")
    add_session(conference, speakers=(ylva,))
    form = f"/arbetsyta/konferenser/{conference.public_id}/medverkande/{ylva.public_id}/"
    data = {"name": "Ylva Berg", "consents": "on"}
    assert client_of("coordinator_here").post(form, data | {"picture": theirs.pk}).status_code == 400
    assert client_of("coordinator_here").post(form, data | {"picture": picture.pk}).status_code == 302
    file = f"/media/{picture.file.name}"

    assert client.get(file).status_code == 404
    release(conference)
    shown = client.get(f"/konferenser/{conference.public_id}/medverkande/{ylva.public_id}/").content.decode()
    rendition = re.search(r'src="(/media/images/[^"]+)"', shown)[1]
    assert [client.get(path).status_code for path in (file, rendition)] == [200, 200]

    ylva.refresh_from_db()
    planning.save_speaker(speaker=ylva, consents=False)
    assert [client.get(path).status_code for path in (file, rendition)] == [404, 404]


@pytest.mark.parametrize(
    ("url", "film"),
    [
        (
            "https://www.youtube.com/watch?v=abc_DEF-123",
            Film("YouTube", "https://www.youtube-nocookie.com/embed/abc_DEF-123"),
        ),
        ("https://youtu.be/abc123?t=4", Film("YouTube", "https://www.youtube-nocookie.com/embed/abc123")),
        ("https://vimeo.com/76979871", Film("Vimeo", "https://player.vimeo.com/video/76979871?dnt=1")),
        ("https://vimeo.com/upload", None),
        ("https://youtube.com.example.org/watch?v=abc", None),
        ("https://www.youtube.com/watch?v=%22%3E%3Cscript%3E", None),
        ("https://example.org/film.mp4", None),
        ("https://youtube.com/", None),
    ],
)
def test_only_films_of_known_services_are_framed_and_only_by_their_number(url, film):
    assert film_of(SessionMaterial(kind=MaterialKind.RECORDING, url=url)) == film


def test_a_film_is_fetched_only_when_somebody_presses_play(client, page):
    conference = conference_of(page)
    session = add_session(conference)
    film = _leave(session, kind=MaterialKind.RECORDING, url="https://youtu.be/abc123")
    release(conference)
    path = f"/konferenser/{conference.public_id}/program/{session.public_id}/"

    before, other, playing = client.get(path), client.get(f"{path}?film=0"), client.get(f"{path}?film={film.pk}")

    for response in (before, other):
        assert "<iframe" not in response.content.decode()
        assert "youtube" not in response.headers["Content-Security-Policy"]
    assert "När du spelar filmen får YouTube veta att du ser den." in before.content.decode()
    assert 'src="https://www.youtube-nocookie.com/embed/abc123"' in playing.content.decode()
    assert "frame-src https://www.youtube-nocookie.com" in playing.headers["Content-Security-Policy"]


def test_materials_are_written_in_the_workspace_and_half_a_row_is_refused(client_of, cast, page):
    conference = conference_of(page)
    session = add_session(conference)
    ours, theirs = DocumentFactory(owner=cast.here), DocumentFactory(owner=cast.there)
    path = f"/arbetsyta/konferenser/{conference.public_id}/program/{session.public_id}/material/"
    client = client_of("coordinator_here")

    def post(**fields):
        row = {"kind": "slides", "title": "Bilderna", "url": "", "document": "", **fields}
        data = {f"materials-0-{name}": value for name, value in row.items()}
        forms = {"materials-TOTAL_FORMS": 1, "materials-INITIAL_FORMS": 0, "transcript": "Det vi sa."}
        return client.post(path, data | forms)

    for wrong in (
        {},
        {"url": "https://example.org/", "document": ours.pk},
        {"url": "http://example.org/"},
        {"document": theirs.pk},
        {"url": "javascript:alert(1)"},
        {"title": "", "url": "https://example.org/"},
    ):
        assert (post(**wrong).status_code, SessionMaterial.objects.count()) == (400, 0), wrong
    assert Session.objects.get(pk=session.pk).transcript == ""

    assert post(document=ours.pk, waits="on").status_code == 302
    material = SessionMaterial.objects.get()
    assert (material.document_id, material.url, material.waits) == (ours.pk, "", True)
    assert Session.objects.get(pk=session.pk).transcript == "Det vi sa."


def test_a_conference_that_is_over_shows_first_what_it_left_behind(client, cast):
    today = timezone.localdate()
    page = ConferencePageFactory(
        owner=cast.here,
        title="Förbi",
        visibility=Visibility.PUBLIC,
        start_date=today - timedelta(days=9),
        end_date=today - timedelta(days=9),
        learned="Det som fick en ägare lever.",
        next_steps="Vi ses i höst.",
    )
    conference = conference_of(page)
    ylva = add_speaker(conference, "Ylva Berg", organisation="Trelleborgs kommun")
    shy = add_speaker(conference, "Bo Tyst", organisation="Hemliga kontoret", consents=False)
    lesson = LessonPageFactory(owner=cast.here, title="Lärdomen", visibility=Visibility.PUBLIC)
    hidden = LessonPageFactory(owner=cast.here, title="Intern lärdom")
    course = CoursePageFactory(owner=cast.here, title="Kursen", visibility=Visibility.PUBLIC)
    session = add_session(conference, speakers=(ylva, shy), pages=(lesson, hidden, course))
    add_session(conference, "Fika", "10:00", "10:30", kind=SessionKind.BREAK)
    _leave(session, kind=MaterialKind.RECORDING, url="https://youtu.be/abc123")
    release(conference)

    shown = client.get(page.url).content.decode()

    order = [
        "Det som fick en ägare lever.",
        "Lärdomar från konferensen",
        "Filmer",
        "Använd det där du arbetar",
        "Konferensen i siffror",
        "Vi ses i höst.",
        "När och var",
    ]
    assert sorted(order, key=shown.index) == order
    assert "1 person som medverkade i programmet" in shown
    assert "1 programpunkt" in shown
    for hidden_text in ("Hemliga kontoret", "Bo Tyst", "Intern lärdom"):
        assert hidden_text not in shown


def test_before_it_is_over_a_conference_shows_no_results(client, conference, page):
    ConferencePage.objects.filter(pk=page.pk).update(learned="För tidigt.")

    shown = client.get(page.url).content.decode()

    assert "För tidigt." not in shown
    assert "Konferensen i siffror" not in shown
    assert Release.objects.count() == 1


# --- signing up -----------------------------------------------------------------------------------------------------


def test_one_signs_up_through_an_event_of_ours_which_the_page_leads_to(client, client_of, cast, page):
    conference = conference_of(page)
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.MEMBERS, capacity=1, title="Anmälan")
    path = f"/arbetsyta/konferenser/{conference.public_id}/anmalan/"

    assert client_of("coordinator_here").post(path, {"registration": event.pk}).status_code == 302

    member, visitor = client_of("staff_there").get(page.url).content.decode(), client.get(page.url).content.decode()
    assert (event.get_absolute_url() in member, "Få platser kvar" in member) == (True, True)
    # Whoever may not read the event is not led to it.
    assert event.get_absolute_url() not in visitor
    sign_up(event)
    assert "Fullt" in client_of("staff_there").get(page.url).content.decode()

    client_of("coordinator_here").post(path, {"registration": ""})
    assert event.get_absolute_url() not in client_of("staff_there").get(page.url).content.decode()
    assert event.sign_ups.count() == 1


def test_only_own_events_to_come_that_are_no_other_conferences_are_a_sign_up(client_of, cast, page):
    conference = conference_of(page)
    other = conference_of(ConferencePageFactory(owner=cast.here))
    taken = TrainingEventFactory(municipality=cast.here, title="Upptagen")
    conferences.open_registration(conference=other, event=taken)
    over = TrainingEventFactory(municipality=cast.here, title="Förbi", occasions=[a_morning(-3)])
    theirs = TrainingEventFactory(municipality=cast.there, title="Deras", visibility=Visibility.PUBLIC)
    path = f"/arbetsyta/konferenser/{conference.public_id}/anmalan/"

    for event in (taken, over, theirs):
        response = client_of("coordinator_here").post(path, {"registration": event.pk})
        assert response.status_code == 400, event
    assert Conference.objects.get(pk=conference.pk).registration is None
