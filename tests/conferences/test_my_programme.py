"""My programme: with an account, on a device without one, and both together."""

import pytest
from django.test import Client

from cms.services.starred import COOKIE
from portal.conferences.models import SessionStar
from portal.municipalities.enums import Visibility
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_session, conference_of, release

pytestmark = pytest.mark.django_db


@pytest.fixture
def sessions(cast):
    """Three sessions of a public conference, of which the first two overlap."""
    conference = conference_of(ConferencePageFactory(owner=cast.here, visibility=Visibility.PUBLIC))
    made = [
        add_session(conference, "Ett", "09:00", "10:00"),
        add_session(conference, "Två", "09:30", "10:30"),
        add_session(conference, "Tre", "11:00", "11:45"),
    ]
    release(conference)
    return made


def _path(session) -> str:
    return f"/konferenser/{session.conference.public_id}/mitt-program/"


def _shown(client, sessions) -> list[str]:
    response = client.get(_path(sessions[0]))
    return [session.title for session in response.context["mine"]]


def test_without_an_account_stars_are_kept_on_the_device_and_nowhere_else(client, sessions):
    one, _two, three = sessions
    assert client.get(_path(one)).cookies == {}

    for session in (three, one):
        response = client.post(_path(one), {"star": session.public_id})
        assert response.status_code == 302
    assert client.cookies[COOKIE].value == f"{three.public_id}.{one.public_id}"
    assert (client.cookies[COOKIE]["httponly"], client.cookies[COOKIE]["samesite"]) == (True, "Lax")
    assert _shown(client, sessions) == ["Ett", "Tre"]
    assert SessionStar.objects.count() == 0

    client.post(_path(one), {"star": one.public_id})
    assert _shown(client, sessions) == ["Tre"]
    client.post(_path(one), {"star": three.public_id})
    assert client.cookies[COOKIE].value == ""
    assert _shown(client, sessions) == []


def test_one_comes_back_to_where_one_was_and_never_to_another_site(client, sessions):
    one = sessions[0]
    here = f"/konferenser/{one.conference.public_id}/program/?by=room"

    assert client.post(_path(one), {"star": one.public_id, "next": here}).headers["Location"] == (
        f"{here}#star-{one.public_id}"
    )
    away = client.post(_path(one), {"star": one.public_id, "next": "https://elsewhere.example/"})
    assert away.headers["Location"].startswith(_path(one))


def test_with_an_account_stars_follow_the_person_and_take_along_what_the_device_has(client_of, cast, client, sessions):
    one, _two, three = sessions
    client.post(_path(one), {"star": one.public_id})
    client.force_login(cast.staff_there)

    assert _shown(client, sessions) == ["Ett"]
    client.post(_path(one), {"star": three.public_id})

    assert client.cookies[COOKIE].value == ""
    assert _shown(client_of("staff_there"), sessions) == ["Ett", "Tre"]
    assert _shown(client_of("staff_here"), sessions) == []
    client.post(_path(one), {"star": one.public_id})
    assert _shown(client_of("staff_there"), sessions) == ["Tre"]


def test_stars_of_another_conference_stay_on_the_device(client, cast, sessions):
    other = conference_of(ConferencePageFactory(owner=cast.there, visibility=Visibility.PUBLIC))
    elsewhere = add_session(other, "Annan konferens")
    release(other)
    for session in (elsewhere, sessions[0]):
        client.post(_path(session), {"star": session.public_id})
    client.force_login(cast.staff_here)

    client.post(_path(sessions[0]), {"star": sessions[2].public_id})

    assert client.cookies[COOKIE].value == elsewhere.public_id
    assert _shown(client, sessions) == ["Ett", "Tre"]


def test_what_overlaps_is_said(client, sessions):
    for session in sessions:
        client.post(_path(session), {"star": session.public_id})

    page = client.get(_path(sessions[0])).content.decode()

    assert "Några är samtidigt" in page
    assert "Ett – Två" in page
    assert "Två – Tre" not in page


@pytest.mark.parametrize("star", ["", "ingen", "0" * 12, "../../x"])
def test_what_is_no_session_is_not_found_and_keeps_nothing(client, sessions, star):
    response = client.post(_path(sessions[0]), {"star": star})

    assert (response.status_code, response.cookies) == (404, {})


@pytest.mark.parametrize("kept", ["<script>", "x" * 5000, "." * 300, "åäö"])
def test_a_cookie_of_nonsense_is_read_as_none(client, sessions, kept):
    client.cookies[COOKIE] = kept

    assert _shown(client, sessions) == []


def test_no_other_site_stars_for_somebody(cast, sessions):
    one = sessions[0]
    stranger = Client(enforce_csrf_checks=True)
    assert (
        stranger.post(_path(one), {"star": one.public_id}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    )
    assert stranger.post(_path(one), {"star": one.public_id}).status_code == 302

    member = Client(enforce_csrf_checks=True)
    member.force_login(cast.staff_here)
    assert member.post(_path(one), {"star": one.public_id}).status_code == 403
    assert SessionStar.objects.count() == 0


def test_a_star_on_a_programme_needs_no_cookie_until_one_is_given(client, sessions):
    page = client.get(f"/konferenser/{sessions[0].conference.public_id}/program/")

    assert page.content.decode().count("Till mitt program") == 3
    assert page.cookies == {}
