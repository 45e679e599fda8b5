"""The second factor: set up, asked for, demanded of those who see others' data, taken away and reset."""

import re
from time import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.management import call_command
from django.db import connection
from django.test import Client

from portal.accounts.services import personal_data, second_factor
from portal.core.services import ActionRefused
from portal.municipalities.enums import Role
from portal.municipalities.models import AuditEntry, Deputy, Membership
from portal.municipalities.permissions import NOBODY, allowed, forget_viewer, viewer_for
from portal.municipalities.services import audit, memberships, people
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import PASSWORD, PersonFactory

INDEX, NEEDED, SECOND_STEP = "/konto/tva-steg/", "/konto/tva-steg/kravs/", "/konto/tva-steg/authenticate/"
ACTIVATE, DEACTIVATE = "/konto/tva-steg/totp/activate/", "/konto/tva-steg/totp/deactivate/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str = SECRET, periods: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time()) // 30 + periods))


def with_app(person):
    TOTP.activate(person, SECRET)
    return person


def signed_in(person, code: str = "") -> Client:
    """A browser in which somebody signed in as people do, with their second step if they are asked for one."""
    client = Client()
    answer = client.post("/konto/login/", {"login": person.email, "password": PASSWORD})
    if code:
        assert answer.headers["Location"] == SECOND_STEP
        client.post(SECOND_STEP, {"code": code})
    return client


def is_in(client: Client) -> bool:
    return client.get("/mina-sidor/").status_code == 200


@pytest.fixture(autouse=True)
def _committed(monkeypatch):
    """What waits for the commit comes inside the request, as where no test's transaction is around it."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, **more: act())


def set_up(client: Client) -> tuple[str, object]:
    client.post("/konto/reauthenticate/", {"password": PASSWORD})
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", client.get(ACTIVATE).content.decode())[1]
    return secret, client.post(ACTIVATE, {"code": code_of(secret)})


@pytest.fixture
def _demanded(settings):
    settings.SECOND_FACTOR_DEMANDED = True


# --- Setting up and signing in -------------------------------------------------------------------------------


def test_an_app_is_set_up_with_a_code_and_asked_for_from_then_on(cast):
    client = signed_in(cast.coordinator_here)
    secret, answer = set_up(client)

    asked = Client().post("/konto/login/", {"login": cast.coordinator_here.email, "password": PASSWORD})
    without, with_code = signed_in(cast.coordinator_here), signed_in(cast.coordinator_here, code_of(secret, 1))

    assert (answer.status_code, answer.headers["Location"]) == (302, "/konto/tva-steg/recovery-codes/")
    assert asked.headers["Location"] == SECOND_STEP
    assert (is_in(client), is_in(without), is_in(with_code)) == (True, False, True)
    [mail] = OutboxMessage.objects.filter(to_email=cast.coordinator_here.email)
    assert mail.message == "mfa/email/totp_activated"
    [line] = audit.named(AuditEntry.objects.filter(act="second_factor_set_up"))
    assert (line.municipality, line.actor, line.subject) == (
        cast.here,
        cast.coordinator_here,
        str(cast.coordinator_here),
    )


def test_setting_up_asks_for_the_password_again(cast):
    client = signed_in(cast.staff_here)

    answers = [client.get(ACTIVATE), client.post(ACTIVATE, {"code": "000000"})]

    assert [answer.headers["Location"].partition("?")[0] for answer in answers] == ["/konto/reauthenticate/"] * 2
    assert not Authenticator.objects.exists()


def test_a_code_signs_in_once(cast):
    """By whichever of its ways it is written; the clock would still take it."""
    person = with_app(cast.staff_here)
    for periods in (-1, 0, 1):
        code = code_of(periods=periods)
        first = signed_in(person, code)
        again = [signed_in(person, code), signed_in(person, f" {code[:3]}-{code[3:]} ")]
        assert (is_in(first), [is_in(browser) for browser in again]) == (True, [False, False])


def test_the_used_code_is_remembered_as_long_as_the_clock_takes_it(cast, monkeypatch):
    """allauth forgets it after one period: what was right at the end of the last is right for another two."""
    person = with_app(cast.staff_here)
    code = code_of(periods=1)
    signed_in(person, code)
    now = time() + 45
    monkeypatch.setattr("django.core.cache.backends.locmem.time.time", lambda: now)
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now)

    assert not is_in(signed_in(person, code))


def test_a_code_that_set_the_app_up_does_not_sign_in(cast):
    client = signed_in(cast.staff_here)
    secret, _answer = set_up(client)
    code = code_of(secret)

    assert not is_in(signed_in(cast.staff_here, code))


def test_codes_cannot_be_guessed(cast):
    """Five wrong ones, from whatever address, and the right one is not listened to for a while."""
    person = with_app(cast.staff_here)
    wrong = f"{(int(code_of()) + 1) % 10**6:06}"
    for number in range(5):
        browser = Client(REMOTE_ADDR=f"10.0.0.{number}")
        browser.post("/konto/login/", {"login": person.email, "password": PASSWORD})
        browser.post(SECOND_STEP, {"code": wrong})

    assert not is_in(signed_in(person, code_of()))


def test_a_spare_code_signs_in_once_and_is_shown_once(cast):
    client = signed_in(cast.staff_here)
    set_up(client)
    shown = re.findall(r"<li><code>(\d{10})</code>", client.get("/konto/tva-steg/recovery-codes/").content.decode())
    later = client.get("/konto/tva-steg/recovery-codes/").content.decode()

    first, again = signed_in(cast.staff_here, shown[0]), signed_in(cast.staff_here, shown[0])

    assert len(set(shown)) == 10, client.get("/konto/tva-steg/recovery-codes/").content.decode()
    assert not any(code in later for code in shown)
    assert (is_in(first), is_in(again)) == (True, False)


def test_secrets_stand_encrypted_in_the_database(cast):
    client = signed_in(cast.staff_here)
    secret, _answer = set_up(client)
    kept = {row.type: row.data for row in Authenticator.objects.all()}

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mfa_authenticator")
        raw = str(cursor.fetchall())

    assert secret not in raw
    assert (kept["totp"]["secret"][:4], kept["recovery_codes"]["seed"][:4]) == ("gAAA", "gAAA")
    assert second_factor.PortalMFAAdapter().decrypt(kept["totp"]["secret"]) == secret


def test_a_guest_comes_to_no_page_of_it(db, client):
    guest = PersonFactory(is_guest=True)
    client.force_login(guest, backend="allauth.account.auth_backends.AuthenticationBackend")

    for path in (INDEX, ACTIVATE, NEEDED, "/konto/tva-steg/webauthn/add/", "/konto/tva-steg/recovery-codes/generate/"):
        for answer in (client.get(path), client.post(path)):
            assert (answer.status_code, answer.headers.get("Location")) == (302, "/mina-sidor/"), path


# --- Taking away ---------------------------------------------------------------------------------------------


def test_taking_it_away_asks_again_and_stands_in_the_log(cast):
    person = with_app(cast.coordinator_here)
    client = signed_in(person, code_of())
    refused = client.post(DEACTIVATE)
    kept = second_factor.factors_of(person).count()

    client.post("/konto/reauthenticate/", {"password": PASSWORD})
    client.post(DEACTIVATE)

    assert refused.headers["Location"].startswith("/konto/reauthenticate/")
    assert (kept, Authenticator.objects.count()) == (1, 0)
    assert [line.municipality for line in AuditEntry.objects.filter(act="second_factor_removed")] == [cast.here]


def test_a_browser_from_before_changes_no_factor_with_the_password_alone(cast):
    """Somebody sits at an open browser and knows the password: that is what the second step is against."""
    older = signed_in(cast.coordinator_here)
    with_app(cast.coordinator_here)
    older.post("/konto/reauthenticate/", {"password": PASSWORD})

    paths = (DEACTIVATE, ACTIVATE, "/konto/tva-steg/webauthn/add/", "/konto/tva-steg/recovery-codes/generate/", INDEX)
    answers = [older.post(path, {"code": "000000"}).headers["Location"].partition("?")[0] for path in paths]

    assert answers == ["/konto/tva-steg/reauthenticate/"] * len(paths)
    assert second_factor.factors_of(cast.coordinator_here).count() == 1
    older.post("/konto/tva-steg/reauthenticate/", {"code": code_of()})
    assert older.post(DEACTIVATE).headers["Location"] == INDEX


# --- Demanded ------------------------------------------------------------------------------------------------

# Everything that shows or changes others' data, by any door: pages, files, parts of pages, the editor.
DOORS = [
    "/arbetsyta/",
    "/en/arbetsyta/",
    "/arbetsyta/tillfallen/",
    "/arbetsyta/tillfallen/{event}/",
    "/arbetsyta/tillfallen/{event}/deltagare.csv",
    "/arbetsyta/tillfallen/{event}/behov/",
    "/arbetsyta/narvaro/",
    "/arbetsyta/kommuner/trelleborg/medlemmar/",
    "/arbetsyta/kommuner/trelleborg/logg.csv",
    "/arbetsyta/drift/",
    "/mina-sidor/min-enhet/",
    "/redaktion/",
    "/redaktion/pages/",
    "/redaktion/users/",
    "/redaktion/api/main/pages/",
]
DEMANDED_OF = ("manager", "coordinator_here", "coordinator_there", "municipality_admin", "portal_admin")


@pytest.mark.usefixtures("_demanded")
@pytest.mark.parametrize("actor", DEMANDED_OF)
def test_every_door_leads_to_the_reason_before_a_second_factor_is_used(cast, actor):
    event = TrainingEventFactory(municipality=cast.here)
    client = Client()
    client.force_login(getattr(cast, actor), backend="allauth.account.auth_backends.AuthenticationBackend")

    for door in DOORS:
        path = door.format(event=event.public_id)
        read, sent, part = client.get(path), client.post(path), client.get(path, headers={"HX-Request": "true"})
        needed = f"/en{NEEDED}" if path.startswith("/en/") else NEEDED
        assert (read.status_code, read.headers["Location"].partition("?")[0]) == (302, needed), path
        assert (sent.status_code, sent.headers["Location"].partition("?")[0]) == (303, needed), path
        assert (part.content, part.headers["HX-Redirect"].partition("?")[0]) == (b"", needed), path
    assert "Ett steg till" in client.get(NEEDED).content.decode()


@pytest.mark.usefixtures("_demanded")
@pytest.mark.parametrize("actor", DEMANDED_OF)
def test_the_rights_themselves_are_held_back(cast, actor):
    """Not the doors alone: whatever asks for a right hears what it hears of staff."""
    person = getattr(cast, actor)
    person.second_factors_used = frozenset()
    staff = viewer_for(cast.staff_there if actor == "coordinator_there" else cast.staff_here)

    with second_factor.asked_in_a_request():
        viewer = viewer_for(person)

    assert viewer.waits_for_second_factor
    assert (viewer.is_portal_administrator, viewer.rights, viewer.municipality_ids) == (
        (False, frozenset(), frozenset()) if actor == "portal_admin" else (False, staff.rights, staff.municipality_ids)
    )
    for action, model in (("manage", Membership), ("lead", Membership)):
        assert not allowed(person, action, model).exists()


@pytest.mark.usefixtures("_demanded")
def test_others_in_a_request_need_to_have_one_and_nobody_in_the_background(cast):
    """A calendar's link is fetched without signing in; a mail that was queued goes out."""
    with_app(cast.manager)

    in_the_background = [viewer_for(person).waits_for_second_factor for person in (cast.coordinator_here, cast.manager)]
    for person in (cast.coordinator_here, cast.manager):
        forget_viewer(person)
    with second_factor.asked_in_a_request():
        in_a_request = [viewer_for(person).waits_for_second_factor for person in (cast.coordinator_here, cast.manager)]

    assert (in_the_background, in_a_request) == ([False, False], [True, False])


@pytest.mark.usefixtures("_demanded")
def test_the_editor_is_closed_by_its_own_walls_too(cast, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("AskForSecondFactorMiddleware")]
    for person in (cast.coordinator_here, cast.portal_admin):
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")

        answer = client.get("/redaktion/pages/")

        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, NEEDED)
        assert client.get("/arbetsyta/").status_code == 403


@pytest.mark.usefixtures("_demanded")
def test_a_portal_administrator_is_none_until_then_and_loses_nothing(cast, rf, client):
    client.force_login(cast.portal_admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    seen = client.get("/mina-sidor/").wsgi_request.user

    before = (seen.is_superuser, seen.is_staff, seen.has_perm("wagtailadmin.access_admin"))
    seen.first_name = "Petra"
    seen.save()

    cast.portal_admin.refresh_from_db()
    assert before == (False, False, False)
    assert (cast.portal_admin.first_name, cast.portal_admin.is_superuser, cast.portal_admin.is_staff) == (
        "Petra",
        True,
        True,
    )


@pytest.mark.usefixtures("_demanded")
@pytest.mark.parametrize("actor", ["coordinator_here", "municipality_admin", "portal_admin"])
def test_with_it_the_work_is_open(cast, actor):
    person = getattr(cast, actor)
    person.set_password(PASSWORD)
    person.save()
    person.emailaddress_set.get_or_create(email=person.email, verified=True, primary=True)
    client = signed_in(with_app(person), code_of())

    assert client.get("/arbetsyta/").status_code == 200
    assert client.get(f"{NEEDED}?next=/arbetsyta/").headers["Location"] == "/arbetsyta/"


@pytest.mark.usefixtures("_demanded")
def test_setting_it_up_opens_this_browser_and_no_older_one(cast):
    older, client = signed_in(cast.coordinator_here), signed_in(cast.coordinator_here)
    secret, _answer = set_up(client)

    opened = [browser.get("/arbetsyta/").status_code for browser in (older, client)]
    needed = older.get(NEEDED).content.decode()
    older.post("/konto/tva-steg/reauthenticate/", {"code": code_of(secret, 1)})

    assert opened == [302, 200]
    assert "/konto/tva-steg/reauthenticate/?next=" in needed
    assert older.get("/arbetsyta/").status_code == 200


@pytest.mark.usefixtures("_demanded")
def test_what_it_opened_is_closed_when_it_is_taken_away(cast):
    person = with_app(cast.coordinator_here)
    client, other = signed_in(person, code_of()), signed_in(person, code_of(periods=1))
    client.post("/konto/reauthenticate/", {"password": PASSWORD})
    client.post(DEACTIVATE)

    assert [browser.get("/arbetsyta/").status_code for browser in (client, other)] == [302, 302]


@pytest.mark.usefixtures("_demanded")
def test_nothing_is_asked_of_those_who_see_only_their_own(cast, client):
    for person in (cast.staff_here, cast.outsider):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert [client.get(path).status_code for path in ("/mina-sidor/", "/arbetsyta/")] == [200, 403]
        assert client.get(NEEDED).status_code == 302
    assert viewer_for(cast.anonymous) == NOBODY
    assert Client().get("/arbetsyta/").headers["Location"].startswith("/konto/login/")


@pytest.mark.usefixtures("_demanded")
def test_who_edits_pages_and_sees_nobodys_data_works_on(cast, client):
    membership = cast.staff_here.memberships.get()
    memberships.set_roles(membership=membership, roles=[Role.COURSE_EDITOR])
    client.force_login(cast.staff_here, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/redaktion/").status_code == 200


@pytest.mark.usefixtures("_demanded")
def test_a_managers_deputy_needs_it_too(cast, client):
    unit = cast.here.units.create(name="Skolan")
    Deputy.objects.create(
        unit=unit, person=cast.staff_here, chosen_by=cast.manager, starts_on="2000-01-01", ends_on="2999-01-01"
    )
    client.force_login(cast.staff_here, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/mina-sidor/min-enhet/").headers["Location"].startswith(NEEDED)


def test_nothing_is_asked_where_it_is_not_demanded(cast, client):
    client.force_login(cast.coordinator_here, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert [client.get(path).status_code for path in ("/arbetsyta/", "/redaktion/")] == [200, 200]


@pytest.mark.usefixtures("_demanded")
def test_the_way_back_leads_nowhere_else(cast, client):
    client.force_login(cast.staff_here, backend="allauth.account.auth_backends.AuthenticationBackend")

    for back in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", ""):
        assert client.get(NEEDED, {"next": back}).headers["Location"] == "/arbetsyta/"


# --- Lost ----------------------------------------------------------------------------------------------------


def test_an_administrator_resets_a_lost_one(cast, client):
    person = with_app(cast.coordinator_here)
    browser = signed_in(person, code_of())
    client.force_login(cast.municipality_admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = f"/arbetsyta/medlem/{person.memberships.get().pk}/"
    shown = client.get(page).content.decode()

    client.post(page, {"reset_second_factor": "1"})

    assert "Återställ det andra steget" in shown
    assert (Authenticator.objects.count(), is_in(browser), is_in(signed_in(person))) == (0, False, True)
    [mail] = OutboxMessage.objects.filter(to_email=person.email)
    assert mail.message == "accounts/second_factor_reset"
    [line] = audit.named(AuditEntry.objects.filter(act="second_factor_reset"))
    assert (line.municipality, line.actor, line.subject) == (cast.here, cast.municipality_admin, str(person))


def test_nobody_resets_a_factor_that_opens_more_than_is_theirs(cast):
    """Whoever resets it is half way in: that of people who work elsewhere too is a portal administrator's to reset."""
    in_both = PersonFactory(member_of=cast.here)
    memberships.join(person=in_both, municipality=cast.there)
    memberships.join(person=cast.portal_admin, municipality=cast.here)
    own = {m.person: m for m in Membership.objects.filter(municipality=cast.here)}

    def may(actor) -> set[str]:
        rows = allowed(actor, "reset second factor", Membership).filter(municipality=cast.here)
        return {row.person.email for row in rows.select_related("person")}

    everybody = {person.email for person in own}
    others = {in_both.email, cast.portal_admin.email}
    assert may(cast.municipality_admin) == everybody - others - {cast.municipality_admin.email}
    assert may(cast.portal_admin) == everybody - {cast.portal_admin.email}
    assert [may(person) for person in (cast.coordinator_here, cast.coordinator_there, cast.staff_here)] == [set()] * 3


def test_a_reset_that_is_not_theirs_is_refused(cast, client):
    person = with_app(PersonFactory(member_of=cast.here))
    memberships.join(person=person, municipality=cast.there)
    pages = {
        cast.municipality_admin: [person, with_app(cast.municipality_admin)],
        cast.coordinator_here: [person],
    }
    for actor, owners in pages.items():
        client.force_login(actor, backend="allauth.account.auth_backends.AuthenticationBackend")
        for owner in owners:
            pk = owner.memberships.get(municipality=cast.here).pk
            answer = client.post(f"/arbetsyta/medlem/{pk}/", {"reset_second_factor": "1"})
            assert answer.status_code == 404
    assert Authenticator.objects.count() == 2


def test_nobody_resets_their_own_or_what_is_not_there(cast):
    with_app(cast.municipality_admin)
    for person, code in ((cast.municipality_admin, "own"), (cast.manager, "none")):
        with pytest.raises(ActionRefused) as refusal:
            people.reset_second_factor(membership=person.memberships.get(), actor=cast.municipality_admin)
        assert refusal.value.code == code
    assert not AuditEntry.objects.filter(act="second_factor_reset").exists()


def test_the_command_line_resets_a_portal_administrators(cast):
    with_app(cast.portal_admin)

    call_command("person", cast.portal_admin.email, "--reset-second-factor")

    assert not Authenticator.objects.exists()


def test_who_is_erased_has_none_and_the_export_tells_no_secret(cast):
    with_app(cast.staff_here)
    [section] = [part for part in personal_data.export(cast.staff_here) if part.key == "second_factors"]

    personal_data.erase(person=cast.staff_here)

    assert [next(iter(row.values())) for row in section.rows] == ["TOTP-autentiserare"]
    assert SECRET not in str(section)
    assert not Authenticator.objects.exists()
