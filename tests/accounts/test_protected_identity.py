"""Somebody whose identity is protected takes part in everything, and nobody but herself finds out who she is."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import ProtectedIdentity
from portal.accounts.services import personal_data, protected_identity
from portal.conferences.models import Speaker
from portal.core.services import ActionRefused
from portal.events.models import Attendance, Certificate, KeptName, SignUp
from portal.events.services import certificates, guests, walk_ins
from portal.municipalities.enums import Role
from portal.municipalities.models import AuditEntry, Invitation
from portal.municipalities.services import audit
from portal.notifications.models import OutboxMessage
from tests.accounts.test_personal_data import (
    EMAIL,
    FIRST,
    LAST,
    everything_written,
    go_through_everything,
    own_log,  # noqa: F401 - a fixture
    person,  # noqa: F401 - a fixture
)
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_speaker, conference_of
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import PASSWORD, PersonFactory

PAGE = "/konto/skyddad-identitet/"
NAMES = (FIRST.lower(), LAST.lower())
TELLING = (*NAMES, EMAIL.partition("@")[0])

pytestmark = pytest.mark.django_db


def where_named() -> set[str]:
    """Fields that hold a name or the address, without the number of the row."""
    written = everything_written().items()
    return {place.rpartition(":")[0] for place, text in written if any(word in text for word in TELLING)}


@pytest.fixture
def browser(person) -> Client:  # noqa: F811
    """She has just given her password."""
    client = Client()
    client.post("/konto/login/", {"login": EMAIL, "password": PASSWORD})
    client.post("/konto/reauthenticate/", {"password": PASSWORD})
    return client


def test_the_name_stays_in_one_encrypted_row_and_is_taken_away_everywhere_else(cast, person):  # noqa: F811
    go_through_everything(person, cast)
    before = where_named()

    alias = protected_identity.protect(person=person, actor=person, alias="Rönnbär")

    mine = OutboxMessage.objects.filter(to_email=EMAIL)
    assert mine.count() == 4
    mine.delete()  # what was mailed to her is hers
    assert len(before) > 12  # what could be left is there
    assert where_named() == {
        "accounts.User.email",
        "account.EmailAddress.email",
        "accounts.ProtectedIdentity.first_name",
        "accounts.ProtectedIdentity.last_name",
    }
    sealed = ProtectedIdentity.objects.raw(
        "SELECT person_id, first_name || last_name AS sealed FROM accounts_protectedidentity"
    )[0].sealed
    assert not any(word in sealed.lower() for word in NAMES)
    person.refresh_from_db()
    assert (alias, str(person), person.get_username(), person.shown_email) == ("Rönnbär", "Rönnbär", "Rönnbär", "")
    assert set(Certificate.objects.values_list("name", flat=True)) == {"Rönnbär"}
    assert OutboxMessage.objects.get(to_email="chef@example.org").subject == "Rönnbär vill komma"
    speaker = Speaker.objects.get(name="Rönnbär")
    assert (speaker.consent_at, speaker.email, speaker.about) == (None, "", "")


def test_she_does_it_herself_with_her_password_and_takes_it_back(cast, person, client_of, browser):  # noqa: F811
    asked = client_of(person).post(PAGE, {"alias": ""})
    assert "/konto/reauthenticate/" in asked["Location"]
    assert not ProtectedIdentity.objects.exists()

    for telling in (f"Kalle {LAST}", FIRST.upper(), EMAIL, "zqaddressqz"):
        refused = browser.post(PAGE, {"alias": telling})
        assert (refused.status_code, ProtectedIdentity.objects.exists()) == (400, False)
        assert "berättar vem du är" in refused.content.decode()
    on = browser.post(PAGE, {"alias": ""}, follow=True).content.decode()
    person.refresh_from_db()
    assert str(person).startswith("Deltagare ")
    assert f"{FIRST} {LAST}" in on
    again = browser.post(PAGE, {"alias": "Rönnbär"}, follow=True).content.decode()
    assert "Rönnbär" in again
    assert ProtectedIdentity.objects.get().first_name == FIRST
    browser.post(PAGE, {"end": "1"})

    person.refresh_from_db()
    assert (str(person), person.is_protected, person.shown_email) == (f"{FIRST} {LAST}", False, EMAIL)
    assert not ProtectedIdentity.objects.exists()


def test_only_herself_reads_the_name_in_what_she_fetches(cast, person, client_of):  # noqa: F811
    left = go_through_everything(person, cast)
    protected_identity.protect(person=person, actor=person, alias="Rönnbär")
    person.refresh_from_db()

    known = json.dumps([section.rows for section in personal_data.export(person)], ensure_ascii=False)
    assert all(word in known for word in (FIRST, LAST, EMAIL, "Rönnbär"))
    mine = client_of(person).get(f"/mina-sidor/anmalan/{left['came'].uid}/intyg.pdf")
    code = Certificate.objects.get(sign_up=left["came"]).code
    checked = client_of("outsider").get(f"/intyg/{code}/").content.decode()

    assert protected_identity.name_for(person, person) == f"{FIRST} {LAST}"
    assert protected_identity.name_for(cast.portal_admin, person) == "Rönnbär"
    assert protected_identity.name_for(None, person) == "Rönnbär"
    assert mine.status_code == 200
    assert certificates.issue(sign_up_id=left["came"].pk).name == "Rönnbär"
    assert ("Rönnbär" in checked, FIRST in checked) == (True, False)


def test_the_paper_that_she_fetches_bears_her_name(cast, person, client_of, monkeypatch):  # noqa: F811
    left = go_through_everything(person, cast)
    protected_identity.protect(person=person, actor=person, alias="Rönnbär")
    # A page in the place of the PDF can be read.
    monkeypatch.setattr("portal.events.exports.certificates_pdf", _no_pdf)

    hers = client_of(person).get(f"/mina-sidor/anmalan/{left['came'].uid}/intyg.pdf").content.decode()
    event = left["came"].event
    theirs = client_of("coordinator_here").get(f"/arbetsyta/tillfallen/{event.public_id}/intyg.pdf").content.decode()

    assert (f"{FIRST} {LAST}" in hers, "Rönnbär" in hers) == (True, False)
    assert (FIRST in theirs, "Rönnbär" in theirs) == (False, True)


def _no_pdf(issued):
    from portal.core.exports import PdfUnavailable

    raise PdfUnavailable("not here")


def test_she_is_found_by_neither_name_nor_address(cast, person, client_of):  # noqa: F811
    left = go_through_everything(person, cast)
    protected_identity.protect(person=person, actor=person, alias="Rönnbär")
    participants = SignUp.objects.filter(event=left["came"].event)
    assert [participants.matching(word).count() for word in (FIRST, LAST, EMAIL, "Rönnbär")] == [0, 0, 0, 1]
    audit.record(municipality=cast.here, actor=person, act="seat_given", subject="Zqspår")
    log = AuditEntry.objects.filter(subject="Zqspår")
    assert [log.matching(text=word).count() for word in (FIRST, EMAIL, "Rönnbär")] == [0, 0, 1]
    invited = Invitation.objects.create(
        municipality=cast.here, email=EMAIL, token_hash="y" * 64, expires_at=timezone.now(), accepted_at=timezone.now()
    )
    audit.record(municipality=cast.here, actor=cast.municipality_admin, act="invited", subject=invited)
    line = audit.named(AuditEntry.objects.filter(act="invited", municipality=cast.here)[:1])[0]
    assert line.subject == "en adress som inte visas"
    assert not AuditEntry.objects.filter(act="invited", municipality=cast.here).matching(text=EMAIL).exists()


def test_a_door_does_not_tell_whose_alias_it_is_by_an_address(cast, person):  # noqa: F811
    event = TrainingEventFactory(municipality=cast.here, capacity=5)
    start = timezone.now()
    event.occasions.update(starts_at=start, ends_at=start + timezone.timedelta(hours=2))
    type(event).objects.filter(pk=event.pk).update(
        first_starts_at=start, last_ends_at=start + timezone.timedelta(hours=2)
    )
    occasion = event.occasions.select_related("event").get()
    protected_identity.protect(person=person, actor=person)
    told = []
    for address in (EMAIL, "finns-inte@example.org"):
        with pytest.raises(ActionRefused) as refusal:
            walk_ins.seat_member(occasion=occasion, email=address, actor=cast.coordinator_here)
        told.append((refusal.value.code, refusal.value.message))
    assert told[0] == told[1]
    protected_identity.end(person=person)
    assert walk_ins.seat_member(occasion=occasion, email=EMAIL, actor=cast.coordinator_here).person == person


def test_a_guests_form_and_a_new_account_put_the_name_behind_the_alias(cast):
    users = get_user_model().objects
    guest = users.create_user("gast@example.org", None, is_guest=True, first_name="Bo", last_name="Ek")
    event = TrainingEventFactory(municipality=cast.here, capacity=5)
    entry = SignUp.objects.create(event=event, person=guest, state="confirmed")
    alias = protected_identity.protect(person=guest, actor=cast.portal_admin)

    guests.change_details(sign_up_id=entry.pk, first_name="Berit", last_name="Al", organisation="")

    guest.refresh_from_db()
    assert (str(guest), protected_identity.real_name(guest)) == (alias, "Berit Al")


def test_what_is_kept_as_evidence_of_an_erased_one_is_the_alias(cast, person):  # noqa: F811
    go_through_everything(person, cast, fund="ESF+")
    protected_identity.protect(person=person, actor=person, alias="Rönnbär")
    person.refresh_from_db()

    assert personal_data.erase(person=person) is True

    person.refresh_from_db()
    assert (str(person), person.is_protected) == ("Raderad person", False)
    assert KeptName.objects.get().name == "Rönnbär"
    assert not ProtectedIdentity.objects.exists()
    assert where_named() == set()
    with pytest.raises(ActionRefused):
        protected_identity.protect(person=person, actor=person)


def test_nobody_meets_her_in_the_lists_and_files_of_those_who_arrange(cast, person, client_of):  # noqa: F811
    left = go_through_everything(person, cast)
    event = left["came"].event
    Attendance.objects.get(sign_up=left["came"])
    protected_identity.protect(person=person, actor=person, alias="Rönnbär")
    base = f"/arbetsyta/tillfallen/{event.public_id}"
    manager = PersonFactory(member_of=cast.here, roles=(Role.MANAGER, Role.COORDINATOR, Role.ADMINISTRATOR))
    addresses = {
        f"{base}/": "Rönnbär",
        f"{base}/?q=zqlastqz": "",
        f"{base}/?q=zqaddressqz": "",
        f"/arbetsyta/narvaro/{event.occasions.get().uid}/": "Rönnbär",
        "/arbetsyta/kommuner/trelleborg/medlemmar/": "Rönnbär",
        f"/arbetsyta/medlem/{person.memberships.get().pk}/": "Rönnbär",
        "/arbetsyta/kommuner/trelleborg/logg/": "Rönnbär",
        # The editor's own list and forms of people, which a portal administrator may open.
        reverse("wagtailusers_users:index"): "",
        reverse("wagtailusers_users:index") + "?q=zqaddressqz": "",
        reverse("wagtailusers_users:edit", args=[person.pk]): "",
        reverse("wagtailusers_users:delete", args=[person.pk]): "",
    }
    for actor in (manager, "portal_admin"):
        for address, shown in addresses.items():
            text = client_of(actor).get(address).content.decode().lower()
            asked = address.partition("q=")[2]
            assert [word for word in TELLING if word in text and word != asked] == [], address
            assert shown.lower() in text, address
        for file_format in ("csv", "xlsx"):
            text = _text_of(client_of(actor).get(f"{base}/deltagare.{file_format}").content)
            assert "rönnbär" in text
            assert not any(word in text for word in TELLING)


def test_the_editors_list_of_people_does_not_find_her_by_her_address(cast, person, client_of):  # noqa: F811
    addresses = [reverse("wagtailusers_users:index") + query for query in ("", f"?q={EMAIL}")]
    administrator = client_of("portal_admin")
    # What the list is for: whoever is not protected stands in it.
    assert all(LAST in administrator.get(address).content.decode() for address in addresses)

    protected_identity.protect(person=person, actor=person, alias="Rönnbär")

    assert not any("Rönnbär" in administrator.get(address).content.decode() for address in addresses)


def _text_of(file: bytes) -> str:
    if not file.startswith(b"PK"):
        return file.decode().lower()
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return "".join(archive.read(name).decode().lower() for name in archive.namelist())


def test_she_is_named_in_no_programme_while_she_is_protected(cast, person):  # noqa: F811
    conference = conference_of(ConferencePageFactory(owner=cast.here))
    person.emailaddress_set.create(email="zqhemma@example.org", verified=True)
    protected_identity.protect(person=person, actor=person)

    for address in (EMAIL.upper(), "ZQhemma@example.org"):
        with pytest.raises(ActionRefused):
            add_speaker(conference, name="Någon", email=address)
    assert add_speaker(conference, name="Ingen").consent_at is not None  # without an address nobody is meant
    unnamed = add_speaker(conference, name="Någon", email=EMAIL, consents=False)

    assert unnamed.consent_at is None
    protected_identity.end(person=person)
    assert add_speaker(conference, name="Någon", email=EMAIL).consent_at is not None


def test_a_restored_back_up_brings_no_name_back(cast, person):  # noqa: F811
    before = timezone.now() - timezone.timedelta(minutes=1)
    other = PersonFactory(first_name="Bo", last_name="Ek", email="bo.ek@example.org")
    for who, alias in ((person, "Rönnbär"), (other, "Lingon")):
        protected_identity.protect(person=who, actor=who, alias=alias)
    protected_identity.end(person=other)
    # The row as the back-up has it.
    ProtectedIdentity.objects.filter(person=person).delete()
    get_user_model().objects.filter(pk=person.pk).update(first_name=FIRST, last_name=LAST, is_protected=False)

    assert protected_identity.protect_again(before) == 1

    person.refresh_from_db()
    other.refresh_from_db()
    assert (str(person), str(other)) == ("Rönnbär", "Bo Ek")
    assert protected_identity.real_name(person) == f"{FIRST} {LAST}"
    assert protected_identity.protect_again(before) == 0
    assert personal_data.erase_again(before) == 0  # to be protected is not to be erased
    assert not any(word in erasure_log_text() for word in TELLING)


def erasure_log_text() -> str:
    return Path(settings.ERASURE_LOG).read_text().lower()


def test_an_administrator_protects_on_request_and_learns_nothing_by_asking_again(cast, person, client_of):  # noqa: F811
    address = f"/arbetsyta/medlem/{person.memberships.get().pk}/"
    for actor in ("coordinator_here", "manager", "coordinator_there", "staff_here"):
        assert client_of(actor).post(address, {"protect": "1"}).status_code == 404
    assert not ProtectedIdentity.objects.exists()
    administrator = client_of("municipality_admin")
    before = administrator.get(address).content.decode()

    # Whoever found the browser open has not the password; with it, what was asked is done.
    asked = administrator.post(address, {"protect": "1"})
    assert ("/konto/reauthenticate/" in asked["Location"], ProtectedIdentity.objects.exists()) == (True, False)
    told = administrator.post(asked["Location"], {"password": PASSWORD}, follow=True).content.decode()

    person.refresh_from_db()
    assert str(person).startswith("Deltagare ")
    again = administrator.post(address, {"protect": "1"}, follow=True).content.decode()
    assert [FIRST in text for text in (before, told, again)] == [True, False, False]
    assert [f"Andra läser {person}." in text for text in (told, again)] == [True, True]
    assert ProtectedIdentity.objects.get().set_by == cast.municipality_admin
    # In the portal's log, not in the municipality's own.
    assert not AuditEntry.objects.filter(act="identity_protected").exclude(municipality=None).exists()
