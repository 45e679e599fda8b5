"""A guest reads, takes along and erases what the portal knows of them, by a link that is mailed to them alone."""

import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.services import legal_holds, personal_data
from portal.events.models import GuestRequest, SignUp
from portal.events.services import guests
from portal.municipalities.enums import Visibility
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory

ASK = "/utan-konto/mina-uppgifter/"
MEANT = {"understood": "on"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_log(settings, tmp_path) -> None:
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")


def sign_up_of(cast, first_name: str, email: str) -> SignUp:
    event = TrainingEventFactory(
        municipality=cast.here, title=f"Till {first_name}", visibility=Visibility.PUBLIC, takes_guests=True
    )
    guests.ask(event=event, first_name=first_name, last_name="Zqal", email=email)
    return guests.confirm(request=GuestRequest.objects.latest("pk"))


@pytest.fixture
def entry(cast) -> SignUp:
    return sign_up_of(cast, "Zqgoran", "zqgoran@utanfor.example")


@pytest.fixture
def browser(entry) -> Client:
    """The guest, who came by the link of the sign-up."""
    client = Client()
    client.post(guests.address_in_mails(entry))
    return client


def mailed() -> str:
    """The address in the last mail of its kind."""
    mail = OutboxMessage.objects.filter(message="events/guest_data").latest("pk")
    assert mail.is_secret
    return urlsplit(re.search(r"https?://\S+mina-uppgifter/\S+", mail.text)[0]).path


def test_the_way_goes_through_the_guests_mail(entry, browser):
    assert ASK in browser.get(entry.get_absolute_url()).content.decode()
    assert ASK in browser.get("/mina-sidor/").content.decode()
    asked = browser.get(ASK)
    assert (asked.status_code, OutboxMessage.objects.filter(message="events/guest_data").count()) == (200, 0)

    told = browser.post(ASK, follow=True).content.decode()

    mail = OutboxMessage.objects.get(message="events/guest_data")
    assert (mail.to_email, "på väg till zqgoran@utanfor.example" in told) == ("zqgoran@utanfor.example", True)
    # The page that asks gives no way in by itself.
    assert re.search(rf"{ASK}\d", told) is None


def test_everything_is_read_and_taken_along_by_the_mailed_link(cast, entry, browser):
    other = sign_up_of(cast, "Zqanna", "zqanna@utanfor.example")
    browser.post(ASK)
    way = mailed()
    elsewhere = Client()  # another browser, where nobody is signed in

    page = elsewhere.get(way)
    file = elsewhere.post(f"{way}fil/")

    text = page.content.decode()
    assert all(word in text for word in ("Zqgoran", "zqgoran@utanfor.example", entry.event.title))
    assert not any(word in text for word in ("Zqanna", other.event.title))
    entry.person.refresh_from_db()
    assert json.loads(file.content) == [
        {"key": part.key, "title": part.title, "rows": part.rows} for part in personal_data.export(entry.person)
    ]
    for answer in (page, file):
        assert "no-store" in answer["Cache-Control"]
        assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex", "same-origin")
    assert elsewhere.get("/mina-sidor/").status_code == 302  # it signs nobody in


def test_erasing_is_two_steps_and_the_link_is_worth_nothing_afterwards(cast, entry, browser):
    browser.post(ASK)
    way = mailed()

    shown = browser.get(f"{way}radera/")
    unticked = browser.post(f"{way}radera/", {})
    entry.refresh_from_db()
    assert (shown.status_code, unticked.status_code, entry.state) == (200, 400, "confirmed")
    done = browser.post(f"{way}radera/", MEANT).content.decode()

    entry.refresh_from_db()
    entry.person.refresh_from_db()
    assert "Dina uppgifter är raderade" in done
    assert (str(entry.person), entry.person.email, entry.state) == ("Raderad person", None, "cancelled")
    assert browser.get(ASK).status_code == 302  # signed out
    assert [browser.get(way).status_code, browser.post(f"{way}radera/", MEANT).status_code] == [410, 410]


def test_a_hold_is_told_of(cast, entry, browser):
    browser.post(ASK)
    way = mailed()
    legal_holds.place(person=entry.person, reason="Tvist", actor=cast.portal_admin)

    done = browser.post(f"{way}radera/", MEANT).content.decode()

    entry.person.refresh_from_db()
    assert ("Dina länkar är stängda" in done, entry.person.erased_at, entry.person.is_active) == (True, None, False)


def test_the_link_holds_for_an_hour_for_its_guest_alone(cast, entry, browser):
    other = sign_up_of(cast, "Zqanna", "zqanna@utanfor.example")
    browser.post(ASK)
    pk, until, key = mailed().removeprefix(ASK).strip("/").split("/")
    now = timezone.now()
    found = {"pk": int(pk), "until": int(until), "key": key}
    assert guests.find_by_data_link(**found) == entry.person
    assert guests.find_by_data_link(**found, now=now + timedelta(minutes=59)) == entry.person

    assert guests.find_by_data_link(**found, now=now + timedelta(minutes=61)) is None
    assert guests.find_by_data_link(**{**found, "pk": other.person_id}) is None
    assert guests.find_by_data_link(**{**found, "until": int(until) + 3600}) is None
    assert guests.find_by_data_link(**{**found, "key": "0" * 40}) is None
    entry.person.is_guest = False
    entry.person.save()
    assert guests.find_by_data_link(**found) is None
    for end in ("", "fil/", "radera/"):
        client = Client()
        answer = client.get if end == "" else client.post
        assert answer(f"{ASK}{pk}/{until}/{key}/{end}").status_code == 410


def test_a_link_to_a_sign_up_that_was_passed_on_opens_none_of_it(cast, entry, client_of):
    assert client_of("staff_here").get(ASK)["Location"] == "/konto/mina-uppgifter/"
    assert "/konto/login/" in Client().post(ASK)["Location"]
    signature = guests.address_in_mails(entry).strip("/").rpartition("/")[2]
    until = int((timezone.now() + timedelta(minutes=30)).timestamp())
    assert Client().get(f"{ASK}{entry.person_id}/{until}/{signature}/").status_code == 410


def test_nobody_is_sent_many_mails(entry, browser):
    answers = [browser.post(ASK).status_code for _number in range(30)]

    assert (answers[0], answers[-1]) == (302, 429)
    assert OutboxMessage.objects.filter(message="events/guest_data").count() == answers.count(302)
