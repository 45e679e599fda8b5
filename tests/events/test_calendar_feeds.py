"""Calendars to subscribe to: one's own behind a secret address, and a municipality's public events."""

from datetime import timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar

from portal.events.models import CalendarFeed
from portal.events.services import calendar_feeds, sign_ups, training_events
from portal.municipalities.enums import Visibility
from tests.factories.events import TrainingEventFactory, a_morning, sign_up

CANARY = "Kanariefågel"


def path_of(person) -> str:
    return f"/kalender/{calendar_feeds.token_of(calendar_feeds.renew(person))}.ics"


def entries(client, path: str) -> dict[str, list[tuple[str, int]]]:
    """Title → status and sequence of each date."""
    found: dict[str, list[tuple[str, int]]] = {}
    for item in Calendar.from_ical(client.get(path).content).walk("VEVENT"):
        found.setdefault(str(item["SUMMARY"]), []).append((str(item["STATUS"]), int(item["SEQUENCE"])))
    return found


def test_ones_own_feed_has_every_date_of_ones_seats_and_follows_them(cast, client):
    event = TrainingEventFactory(
        municipality=cast.here, title="Verkstad", capacity=1, occasions=[a_morning(30), a_morning(37)]
    )
    other = TrainingEventFactory(municipality=cast.here, title=CANARY)
    mine, waiting = sign_up(event, cast.staff_here), sign_up(event, cast.manager)
    sign_up(other, cast.manager)
    path, of_manager = path_of(cast.staff_here), path_of(cast.manager)

    first = entries(client, path)
    event.refresh_from_db()
    training_events.save(event=event, occasions=[a_morning(31), a_morning(37)])
    moved = entries(client, path)
    sign_ups.cancel(sign_up_id=mine.pk, actor=mine.person)

    assert first == {"Verkstad": [("CONFIRMED", 0)] * 2}
    assert moved == {"Verkstad": [("CONFIRMED", 2)] * 2}
    assert entries(client, path) == {}
    assert entries(client, of_manager) == {CANARY: [("CONFIRMED", 0)]}
    assert waiting.event_id == event.pk


def test_a_feed_has_the_same_entries_as_the_files(cast, client):
    entry = sign_up(TrainingEventFactory(municipality=cast.here), cast.staff_here)
    feed = Calendar.from_ical(client.get(path_of(cast.staff_here)).content)

    [item] = feed.walk("VEVENT")

    assert str(item["UID"]) == f"{entry.uid}-{entry.event.occasions.get().uid}@samlarande"
    assert [str(zone["TZID"]) for zone in feed.walk("VTIMEZONE")] == ["Europe/Stockholm"]
    assert (str(feed["NAME"]), "METHOD" in feed) == ("Mina utbildningstillfällen", False)


def test_a_new_address_ends_the_old_one(cast, client, client_of):
    old = path_of(cast.staff_here)
    assert client.get(old).status_code == 200

    client_of("staff_here").post("/mina-sidor/kalender/")

    new = f"/kalender/{calendar_feeds.token_of(CalendarFeed.objects.get(person=cast.staff_here))}.ics"
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)
    assert new in client_of("staff_here").get("/mina-sidor/kalender/").content.decode()
    assert new not in client_of("manager").get("/mina-sidor/kalender/").content.decode()


@pytest.mark.parametrize("damage", ["another", "cut", "empty", "letters", "nobody"])
def test_no_other_address_opens_a_feed(cast, client, damage):
    pk, mac = calendar_feeds.token_of(calendar_feeds.renew(cast.staff_here)).split("-")
    other = calendar_feeds.token_of(calendar_feeds.renew(cast.manager)).split("-")[1]
    token = {
        "another": f"{pk}-{other}",
        "cut": f"{pk}-{mac[:-1]}",
        "empty": f"{pk}-",
        "letters": f"x{pk}-{mac}",
        "nobody": f"{'9' * 30}-{mac}",
    }[damage]

    assert client.get(f"/kalender/{token}.ics").status_code == 404


def test_the_feed_of_a_closed_account_is_not_found(cast, client):
    path = path_of(cast.staff_here)
    cast.staff_here.is_active = False
    cast.staff_here.save()

    assert client.get(path).status_code == 404


def test_a_feed_is_never_kept_by_caches_and_costs_the_same_with_many_events(cast, client, django_assert_num_queries):
    path = path_of(cast.staff_here)
    for number in range(6):
        sign_up(TrainingEventFactory(municipality=cast.here), cast.staff_here)
        if number in (0, 5):
            with django_assert_num_queries(5):
                answer = client.get(path)

    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"


def test_a_municipalitys_feed_has_its_public_events_and_nobodys_names(cast, client):
    for visibility in (Visibility.INTERNAL, Visibility.MEMBERS, Visibility.SELECTED):
        TrainingEventFactory(
            municipality=cast.here, title=f"{CANARY} {visibility}", visibility=visibility, shared_with=[cast.there]
        )
    public = {"visibility": Visibility.PUBLIC, "contact_email": "kansli@trelleborg.example"}
    TrainingEventFactory(municipality=cast.here, title=f"{CANARY} utkast", published=False, **public)
    TrainingEventFactory(municipality=cast.there, title=f"{CANARY} där", **public)
    event = TrainingEventFactory(municipality=cast.here, title="Öppen", **public)
    entry = sign_up(event, cast.staff_here)
    off = TrainingEventFactory(municipality=cast.here, title="Inställd", **public)
    training_events.cancel(event_id=off.pk, actor=cast.coordinator_here, reason="Sjuk.")
    past = timezone.now() - timedelta(days=100)
    TrainingEventFactory(
        municipality=cast.here, title="Gammal", occasions=[(past, past + timedelta(hours=1))], **public
    )

    path = "/tillfallen/kalender/trelleborg.ics"

    assert entries(client, path) == {"Öppen": [("CONFIRMED", 0)], "Inställd": [("CANCELLED", 1)]}
    text = client.get(path).content.decode().replace("\r\n ", "")
    assert [secret in text for secret in (str(entry.uid), entry.person.email, "anmalan")] == [False] * 3
    assert client.get("/tillfallen/kalender/ingenstans.ics").status_code == 404


def test_the_list_of_a_municipality_leads_to_its_calendar(cast, client):
    page = client.get("/tillfallen/?municipality=trelleborg").content.decode()

    assert "/tillfallen/kalender/trelleborg.ics" in page
    assert ".ics" not in client.get("/tillfallen/").content.decode()
