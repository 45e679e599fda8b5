"""Privacy in the portal administrator's hands: looked up, exported, held, protected, erased; and all of it logged."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from portal.accounts.services import legal_holds, personal_data, privacy_run, protected_identity
from portal.events.models import Attendance
from portal.municipalities.models import AuditEntry
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, PersonFactory

PRIVACY, LOG = "/arbetsyta/integritet/", "/arbetsyta/integritet/logg/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_log(settings, tmp_path) -> None:
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")


@pytest.fixture
def kim(cast):
    return PersonFactory(first_name="Zqkim", last_name="Zqek", email="zqkim@example.org", member_of=cast.here)


@pytest.fixture
def administrator(client_of) -> Client:
    """The portal administrator, who has just given the password."""
    client = client_of("portal_admin")
    client.post("/konto/reauthenticate/", {"password": "en lång lösenfras"})
    return client


def page_of(person) -> str:
    return f"{PRIVACY}person/{person.pk}/"


def acts() -> list[str]:
    return list(AuditEntry.objects.filter(municipality=None).order_by("pk").values_list("act", flat=True))


def test_somebody_is_found_by_the_whole_address_only_and_the_log_tells(cast, kim, administrator):
    found = administrator.post(PRIVACY, {"email": " ZQKIM@example.org"})
    missed = [administrator.post(PRIVACY, {"email": text}) for text in ("zqkim@example", "zqkim", "", "x@example.org")]
    shown = administrator.get(found["Location"]).content.decode()

    assert found["Location"] == page_of(kim)
    assert [answer.status_code for answer in missed] == [400] * 4
    assert "zqkim@example.org" in shown
    assert acts() == ["person_found"]
    log = administrator.get(LOG).content.decode()
    assert ("Zqkim Zqek" in log, "Slog upp någon på adressen" in log) == (True, True)
    # It is no municipality's: its own log says nothing of it.
    theirs = administrator.get("/arbetsyta/kommuner/trelleborg/logg/").content.decode()
    assert "Slog upp någon på adressen</td>" not in theirs


def test_each_look_at_who_stands_behind_an_alias_is_logged(cast, kim, administrator, client_of):
    protected_identity.protect(person=kim, actor=kim, alias="Rönnbär")

    unseen = administrator.get(page_of(kim)).content.decode()
    assert ("Rönnbär" in unseen, "Zqkim" in unseen, "zqkim" in unseen, acts()) == (True, False, False, [])
    looks = [administrator.post(page_of(kim), {"look": "1"}) for _time in range(2)]

    shown = looks[0].content.decode()
    assert [answer.status_code for answer in looks] == [200, 200]
    assert all(text in shown for text in ("Rönnbär", "Zqkim Zqek", "zqkim@example.org"))
    assert acts() == ["identity_seen", "identity_seen"]
    log = administrator.get(LOG).content.decode()
    assert ("Rönnbär" in log, "Zqkim" in log) == (True, False)
    # Without the password nothing is shown, and nothing written.
    assert "/konto/reauthenticate/" in client_of("portal_admin").get(page_of(kim))["Location"]
    assert "/konto/reauthenticate/" in client_of("portal_admin").post(page_of(kim), {"look": "1"})["Location"]
    assert len(acts()) == 2


def test_export_on_request_is_what_the_person_would_fetch(cast, kim, administrator, client_of):
    # Whoever found the browser open has not the password.
    refused = client_of("portal_admin").post(f"{page_of(kim)}fil/")
    assert ("/konto/reauthenticate/" in refused["Location"], acts()) == (True, [])

    theirs = administrator.post(f"{page_of(kim)}fil/")

    assert theirs["Content-Disposition"] == 'attachment; filename="registerutdrag.json"'
    assert json.loads(theirs.content) == [
        {"key": section.key, "title": section.title, "rows": section.rows} for section in personal_data.export(kim)
    ]
    assert acts() == ["data_exported"]


def test_erasing_on_request_says_first_what_goes_and_stays(cast, kim, administrator):
    event = TrainingEventFactory(
        municipality=cast.here, collaboration=CollaborationFactory(lead=cast.here, fund="ESF+")
    )
    Attendance.objects.create(sign_up=sign_up(event, kim), occasion=event.occasions.get())

    summary = administrator.get(f"{page_of(kim)}radera/").content.decode()
    unticked = administrator.post(f"{page_of(kim)}radera/", {})
    kim.refresh_from_db()
    assert (unticked.status_code, kim.erased_at, acts()) == (400, None, [])
    assert ("Dina anmälningar: 1" in summary, event.collaboration.title in summary) == (True, True)
    done = administrator.post(f"{page_of(kim)}radera/", {"understood": "on"}, follow=True).content.decode()

    kim.refresh_from_db()
    assert (str(kim), "Raderat." in done, acts()) == ("Raderad person", True, ["person_erased"])
    assert administrator.get(page_of(kim)).status_code == 404
    assert "Raderad person" in administrator.get(LOG).content.decode()


def test_nobody_is_erased_whom_a_municipality_needs_and_oneself_goes_by_ones_own_page(cast, administrator):
    needed = administrator.post(f"{page_of(cast.municipality_admin)}radera/", {"understood": "on"})
    own = administrator.post(f"{page_of(cast.portal_admin)}radera/", {"understood": "on"})

    assert (needed.status_code, own["Location"], acts()) == (400, "/konto/radera/", [])


def test_a_hold_has_a_reason_and_a_last_day_after_which_the_night_lifts_it(cast, kim, administrator):
    today = timezone.localdate()
    for wrong in ({"reason": ""}, {"reason": "Tvist", "until": (today - timedelta(days=1)).isoformat()}):
        assert administrator.post(page_of(kim), {"hold": "1", **wrong}).status_code == 400
    administrator.post(page_of(kim), {"hold": "1", "reason": "Zqtvist", "until": today.isoformat()})
    overview = administrator.get(PRIVACY).content.decode()
    administrator.post(f"{page_of(kim)}radera/", {"understood": "on"})
    kim.refresh_from_db()
    assert all(text in overview for text in ("Zqtvist", "Zqkim Zqek", "till och med"))
    assert (kim.erased_at, kim.is_active) == (None, False)

    privacy_run.run()
    kim.refresh_from_db()
    assert kim.erased_at is None  # the last day counts
    privacy_run.run(now=timezone.now() + timedelta(days=1))

    kim.refresh_from_db()
    assert kim.erased_at is not None
    assert acts() == ["hold_placed", "person_erased"]
    assert not legal_holds.in_force().exists()


def test_a_hold_is_lifted_by_hand(cast, kim, administrator):
    administrator.post(page_of(kim), {"hold": "1", "reason": "Tvist", "until": ""})
    administrator.post(page_of(kim), {"lift": "1"})
    administrator.post(page_of(kim), {"lift": "1"})

    assert acts() == ["hold_placed", "hold_lifted"]
    assert not legal_holds.in_force().exists()


def test_an_identity_is_protected_and_shown_on_request(cast, kim, administrator):
    administrator.post(page_of(kim), {"protect": "1", "alias": "Rönnbär"})
    kim.refresh_from_db()
    assert str(kim) == "Rönnbär"
    administrator.post(page_of(kim), {"end_protection": "1"})
    kim.refresh_from_db()

    assert (str(kim), acts()) == ("Zqkim Zqek", ["identity_protected", "identity_shown"])


def test_projects_without_a_number_or_a_year_are_told_of(cast, kim, administrator):
    today = timezone.localdate()
    for title, number, year in (("Zqalfa", None, None), ("Zqbeta", "23-071-S09", today.year), ("Zqtom", None, None)):
        project = CollaborationFactory(
            lead=cast.here, fund="ESF+", title=title, diary_number=number, last_payment_year=year
        )
        event = TrainingEventFactory(municipality=cast.here, collaboration=project)
        if title != "Zqtom":
            Attendance.objects.create(sign_up=sign_up(event, kim), occasion=event.occasions.get())

    text = administrator.get(PRIVACY).content.decode()

    assert [title in text for title in ("Zqalfa", "Zqbeta", "Zqtom")] == [True, True, False]
    assert (text.count("Inget diarienummer"), text.count("Inget år för sista utbetalningen")) == (1, 1)
    assert f"31 december {today.year + 5}" in text


def test_protocols_of_the_nights_are_paged(cast, administrator):
    for days in range(12):
        privacy_run.run(now=timezone.now() - timedelta(days=days))

    first, second = (administrator.get(f"{PRIVACY}?page={page}").content.decode() for page in (1, 2))

    assert [text.count("Inget var gammalt nog.") for text in (first, second)] == [10, 2]


def test_the_database_keeps_the_portals_own_log_too(cast, kim, administrator):
    administrator.post(PRIVACY, {"email": kim.email})
    line = AuditEntry.objects.filter(municipality=None)

    for act in (lambda: line.update(subject="x"), line.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert line.count() == 1
