"""What a person may ask the portal for by themselves: to read, to take along, and to erase; what everybody may read."""

import json

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from portal.accounts.services import legal_holds, personal_data, processing
from portal.core.retention import Retention
from portal.events.enums import SignUpState
from portal.events.models import SignUp
from portal.municipalities.enums import Visibility
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_room, add_session, conference_of, release
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PASSWORD, PersonFactory

MINE, FILE, ERASE = "/konto/mina-uppgifter/", "/konto/mina-uppgifter/fil/", "/konto/radera/"
MEANT = {"understood": "on"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim(cast):
    return PersonFactory(first_name="Zqkim", last_name="Zqek", email="zqkim@example.org", member_of=cast.here)


@pytest.fixture
def browser(kim) -> Client:
    """Somebody who has just given their password."""
    client = Client()
    client.post("/konto/login/", {"login": kim.email, "password": PASSWORD})
    client.post("/konto/reauthenticate/", {"password": PASSWORD})
    return client


def test_everything_is_read_and_taken_along_by_oneself_alone(cast, kim, browser):
    event = TrainingEventFactory(municipality=cast.here, title="Zqtillfälle")
    sign_up(event, kim)
    sign_up(event, cast.staff_here)

    page = browser.get(MINE)
    file = browser.post(FILE)

    kim.refresh_from_db()
    text = page.content.decode()
    assert [word in text for word in ("Zqkim", "zqkim@example.org", "Zqtillfälle")] == [True, True, True]
    assert cast.staff_here.email not in text
    assert file["Content-Disposition"] == 'attachment; filename="samlarande-mina-uppgifter.json"'
    assert json.loads(file.content) == [
        {"key": section.key, "title": section.title, "rows": section.rows} for section in personal_data.export(kim)
    ]
    assert cast.staff_here.email not in file.content.decode()
    for answer in (page, file):
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("address", [MINE, FILE, ERASE])
def test_a_guest_by_a_mailed_link_is_led_to_their_sign_ups(client, address):
    guest = PersonFactory(is_guest=True)
    client.force_login(guest, backend=settings.AUTHENTICATION_BACKENDS[0])

    answer = client.post(address, MEANT)

    assert (answer.status_code, answer["Location"]) == (302, "/mina-sidor/")
    assert get_user_model().objects.get(pk=guest.pk).erased_at is None


def test_the_seat_goes_to_the_next_and_the_person_is_erased_and_signed_out(cast, kim, browser):
    event = TrainingEventFactory(municipality=cast.here, capacity=1)
    sign_up(event, kim)
    next_in_line = sign_up(event, cast.staff_here)

    asked = browser.get(ERASE)
    answer = browser.post(ERASE, MEANT)

    assert "inte kan återskapas" in asked.content.decode()
    assert "Ditt konto är raderat" in answer.content.decode()
    kim.refresh_from_db()
    assert kim.erased_at is not None
    assert (kim.first_name, kim.email, kim.is_active) == ("", None, False)
    assert browser.get(MINE).status_code == 302
    assert SignUp.objects.get(pk=next_in_line.pk).state in (SignUpState.OFFERED, SignUpState.CONFIRMED)


def test_nothing_is_erased_without_the_box(kim, browser):
    answer = browser.post(ERASE, {})

    assert answer.status_code == 400
    assert "Kryssa i rutan" in answer.content.decode()
    kim.refresh_from_db()
    assert (kim.erased_at, kim.is_active) == (None, True)


def test_nothing_is_erased_in_a_browser_that_was_left_open(kim, client):
    client.force_login(kim, backend=settings.AUTHENTICATION_BACKENDS[0])

    answer = client.post(ERASE, MEANT)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/konto/reauthenticate/")
    kim.refresh_from_db()
    assert kim.erased_at is None


def test_whom_others_cannot_do_without_is_told_so(db):
    get_user_model().objects.filter(is_superuser=True).update(is_superuser=False)
    only = PersonFactory(is_superuser=True, email="only@example.org")
    client = Client()
    client.post("/konto/login/", {"login": only.email, "password": PASSWORD})
    client.post("/konto/reauthenticate/", {"password": PASSWORD})

    answer = client.post(ERASE, MEANT)

    assert answer.status_code == 400
    assert "portaladministratör" in answer.content.decode()
    only.refresh_from_db()
    assert (only.erased_at, only.is_active) == (None, True)


def test_who_is_held_is_closed_now_and_erased_later(kim, browser):
    legal_holds.place(person=kim, reason="Revision", actor=None)

    answer = browser.post(ERASE, MEANT)

    assert "Ditt konto är stängt" in answer.content.decode()
    kim.refresh_from_db()
    assert (kim.is_active, kim.erased_at, kim.erasure_asked_at is None) == (False, None, False)


# --- What everybody may read -------------------------------------------------------------------------------------


def test_each_class_of_retention_stands_in_the_register(client):
    told = {kept for one in processing.REGISTER for kept in one.kept}
    text = client.get("/behandling-av-personuppgifter/").content.decode()

    assert set(Retention) - told == {Retention.NOBODY}
    assert [one.key for one in processing.REGISTER if f'id="{one.key}"' not in text] == []


def test_each_cookie_that_is_set_stands_in_the_list(cast, kim, browser, client):
    page = ConferencePageFactory(owner=cast.here, visibility=Visibility.PUBLIC)
    conference = conference_of(page)
    session = add_session(conference, "En punkt", room=add_room(conference, "Salen"))
    release(conference)
    choices = {"size": "larger", "spacing": "normal", "lines": "normal", "font": "normal", "calm": "normal"}
    client.get("/konto/login/")
    client.post("/lasinstallningar/", {**choices, "next": "/"})
    client.post(f"/konferenser/{conference.public_id}/mitt-program/", {"star": session.public_id, "next": "/"})
    for address in ("/", page.get_url(), "/kurser/", "/sok/?q=svinn", "/tillganglighet/", MINE):
        client.get(address)
        browser.get(address)
    found = set(client.cookies) | set(browser.cookies)

    assert found == {one.name for one in processing.COOKIES}
    text = client.get("/kakor/").content.decode()
    assert [one.name for one in processing.COOKIES if one.name not in text] == []
