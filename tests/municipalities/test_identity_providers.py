"""Signing in through a municipality's own provider: a real one answers, over HTTP, and is as bad as it may be."""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client
from oidc_provider_mock import run_server_in_thread
from requests.exceptions import InvalidURL

from portal.accounts.services import personal_data
from portal.core.services import ActionRefused
from portal.municipalities.enums import Role
from portal.municipalities.models import AuditEntry, ExternalIdentity
from portal.municipalities.services import identity_providers, invitations, memberships
from portal.municipalities.services.provider_addresses import refuse_inside
from portal.notifications.models import OutboxMessage
from tests.accounts.test_second_factor import code_of, with_app
from tests.factories.municipalities import PASSWORD, PersonFactory


@pytest.fixture(scope="module")
def server():
    with run_server_in_thread(require_nonce=True) as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture
def provider(cast, server, settings):
    settings.BASE_URL = "http://testserver"
    for place, domain in ((cast.here, "trelleborg.example"), (cast.there, "skurup.example")):
        place.email_domains = [domain]
        place.save()
    return identity_providers.add(
        municipality=cast.here,
        issuer=server,
        client_id="portal",
        client_secret="a secret of ours",
        role_claim="groups",
        role_of_value={"utbildning": ["coordinator"], "redaktion": ["course_editor"]},
    )


def says(server: str, subject: str, **claims) -> None:
    """What the provider says of somebody from now on."""
    requests.put(f"{server}/users/{subject}", json=claims, timeout=10).raise_for_status()


def back_from(client: Client, provider, subject: str) -> str:
    """The address that the provider sends somebody back to, who signed in there as `subject`."""
    there = client.get(f"/konto/kommun/{provider.key}/vidare/").headers["Location"]
    answer = requests.post(there, data={"sub": subject}, allow_redirects=False, timeout=10)
    address = urlsplit(answer.headers["Location"])
    return f"{address.path}?{address.query}"


def come(provider, subject: str, client: Client | None = None):
    client = client or Client()
    return client, client.get(back_from(client, provider, subject))


def is_in(client: Client) -> bool:
    return client.get("/mina-sidor/").status_code == 200


def roles_of(person) -> list[str]:
    return [role.value for role in person.memberships.get().roles]


def connected(provider, person, subject: str = "s1"):
    return ExternalIdentity.objects.create(provider=provider, subject=subject, person=person)


# --- Whom it opens an account for ----------------------------------------------------------------------------


def test_who_is_new_gets_an_account_without_a_password_in_that_municipality(provider, server):
    says(server, "s1", email="Ny@Trelleborg.example", given_name="Åsa", family_name="Öberg", groups=["x"])

    client, answer = come(provider, "s1")

    person = get_user_model().objects.get(email="ny@trelleborg.example")
    assert (answer.status_code, answer.headers["Location"], is_in(client)) == (302, "/mina-sidor/", True)
    assert (str(person), person.has_usable_password(), person.is_superuser) == ("Åsa Öberg", False, False)
    assert (person.memberships.get().municipality, roles_of(person)) == (provider.municipality, ["staff"])


def test_it_is_the_subject_that_counts_and_not_the_address(provider, server):
    says(server, "s1", email="ett@trelleborg.example")
    come(provider, "s1")
    says(server, "s1", email="annat@trelleborg.example")
    says(server, "s2", email="ett@trelleborg.example")

    same, _answer = come(provider, "s1")
    other, answer = come(provider, "s2")

    assert (is_in(same), is_in(other)) == (True, False)
    assert answer.headers["Location"].startswith("/konto/login/")
    assert ExternalIdentity.objects.get().person.email == "ett@trelleborg.example"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "b@skurup.example"},
        {"email": "b@evil.trelleborg.example"},
        {"email": "b@eviltrelleborg.example"},
        {"email": "b@skurup.example@trelleborg.example"},
        {"email": "b@trelleborg.example", "email_verified": False},
        {"email": ["b@trelleborg.example"]},
        {},
    ],
)
def test_an_address_that_is_not_the_municipalitys_opens_nothing(provider, server, claims):
    says(server, "s1", **claims)
    before = get_user_model().objects.count()

    client, answer = come(provider, "s1")

    assert (answer.status_code, is_in(client), get_user_model().objects.count()) == (400, False, before)
    assert not ExternalIdentity.objects.exists()


def test_an_account_with_the_address_is_connected_by_its_owner_alone(provider, server):
    person = PersonFactory(email="asa@trelleborg.example", member_of=provider.municipality)
    says(server, "s1", email=person.email)
    client, answer = come(provider, "s1")
    before = (is_in(client), ExternalIdentity.objects.count(), answer.headers["Location"])

    client.post("/konto/login/", {"login": person.email, "password": PASSWORD})
    client.get("/konto/kommun/koppla/")
    asked = ExternalIdentity.objects.count()
    client.post("/konto/kommun/koppla/")

    assert before == (False, 0, "/konto/login/?next=%2Fkonto%2Fkommun%2Fkoppla%2F")
    assert (asked, ExternalIdentity.objects.get().person) == (0, person)
    assert is_in(come(provider, "s1")[0])


def test_nobody_connects_what_waits_for_another(provider, server, cast):
    person = PersonFactory(email="asa@trelleborg.example", member_of=provider.municipality)
    says(server, "s1", email=person.email)
    client, _answer = come(provider, "s1")
    client.post("/konto/login/", {"login": cast.staff_here.email, "password": PASSWORD})

    client.post("/konto/kommun/koppla/")

    assert not ExternalIdentity.objects.exists()


def test_it_opens_no_account_that_is_more_than_the_municipalitys(provider, server, cast):
    """Who runs A's provider can say that somebody is whoever they like: it must be nobody who may do anything in B."""
    in_both = PersonFactory(member_of=cast.here)
    memberships.join(person=in_both, municipality=cast.there)
    memberships.join(person=cast.portal_admin, municipality=cast.here)
    closed = PersonFactory(member_of=cast.here, is_active=False)
    left = PersonFactory()
    for number, person in enumerate((in_both, cast.portal_admin, closed, left, cast.staff_there)):
        connected(provider, person, f"m{number}")
        says(server, f"m{number}", email="x@trelleborg.example")

        client, answer = come(provider, f"m{number}")

        assert (answer.status_code, is_in(client)) == (400, False), person


def test_who_has_a_second_factor_is_asked_for_it(provider, server, cast):
    connected(provider, with_app(cast.staff_here))
    says(server, "s1", email=cast.staff_here.email)

    client, answer = come(provider, "s1")
    before = is_in(client)
    client.post("/konto/tva-steg/authenticate/", {"code": code_of()})

    assert (answer.headers["Location"], before, is_in(client)) == ("/konto/tva-steg/authenticate/", False, True)


# --- The provider's second factor ---------------------------------------------------------------------------


@pytest.fixture
def demanded(provider, cast, settings):
    """Whoever sees others' data needs a second factor, and the provider is trusted with it."""
    settings.SECOND_FACTOR_DEMANDED = True
    provider.trusts_second_factor = True
    provider.second_factor_acr = "urn:loa3 c1"
    provider.role_claim = ""
    provider.save()
    connected(provider, cast.coordinator_here)
    return provider


def sees_people(client: Client) -> bool:
    return client.get("/arbetsyta/").status_code == 200


@pytest.mark.parametrize(
    ("claims", "counts"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["otp"]}, True),
        ({"amr": ["hwk", "user"]}, True),
        ({"amr": ["fido"]}, True),
        ({"acr": "urn:loa3"}, True),
        ({"acrs": ["c7", "c1"]}, True),
        ({}, False),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["MFA", "mfa "]}, False),
        ({"amr": ["sms", "tel", 7, None]}, False),
        ({"acr": "urn:loa2"}, False),
        ({"acr": ""}, False),
        ({"acr": "urn:loa3 c1"}, False),
        ({"groups": ["mfa"], "mfa": True}, False),
    ],
)
def test_a_second_factor_counts_where_the_token_says_so(demanded, server, cast, claims, counts):
    says(server, "s1", email=cast.coordinator_here.email, **claims)

    client, _answer = come(demanded, "s1")

    assert (is_in(client), sees_people(client)) == (True, counts)


def test_it_counts_only_where_the_provider_is_trusted_with_it_and_no_longer_than_that(demanded, server, cast):
    says(server, "s1", email=cast.coordinator_here.email, amr=["mfa"])
    trusted, _answer = come(demanded, "s1")

    seen = [sees_people(trusted)]
    for change in ({"trusts_second_factor": False}, {"trusts_second_factor": True}):
        type(demanded).objects.filter(pk=demanded.pk).update(**change)
        seen.append(sees_people(trusted))
    type(demanded).objects.filter(pk=demanded.pk).update(trusts_second_factor=False)
    untrusted, _answer = come(demanded, "s1")
    type(demanded).objects.filter(pk=demanded.pk).update(trusts_second_factor=True)

    assert (seen, sees_people(untrusted)) == ([True, False, True], False)


def test_it_counts_for_whom_it_was_said_of(demanded, server, cast):
    """Signed out and in again with a password in the same browser, or by another."""
    says(server, "s1", email=cast.coordinator_here.email, amr=["mfa"])
    client, _answer = come(demanded, "s1")
    before = sees_people(client)
    client.post("/konto/logout/")
    client.post("/konto/login/", {"login": cast.coordinator_here.email, "password": PASSWORD})

    assert (before, is_in(client), sees_people(client)) == (True, True, False)


def test_it_makes_no_portal_administrator(demanded, server, cast):
    says(server, "s1", email=cast.coordinator_here.email, amr=["mfa"])
    client, _answer = come(demanded, "s1")
    get_user_model().objects.filter(pk=cast.coordinator_here.pk).update(is_superuser=True)

    assert not sees_people(client)


def test_a_forged_one_lets_nobody_in(demanded, server, cast, monkeypatch):
    says(server, "s1", email=cast.coordinator_here.email)
    fetch = OAuth2Session.fetch_token

    def forged(self, *args, **kwargs):
        token = fetch(self, *args, **kwargs)
        head, body, signature = token["id_token"].split(".")
        claims = json.loads(urlsafe_b64decode(body + "=="))
        told = urlsafe_b64encode(json.dumps(claims | {"amr": ["mfa"]}).encode()).decode().rstrip("=")
        token["id_token"] = f"{head}.{told}.{signature}"
        return token

    monkeypatch.setattr(OAuth2Session, "fetch_token", forged)
    client, answer = come(demanded, "s1")

    assert (answer.status_code, is_in(client), sees_people(client)) == (400, False, False)


def test_ones_own_second_factor_is_asked_for_all_the_same(demanded, server, cast):
    with_app(cast.coordinator_here)
    says(server, "s1", email=cast.coordinator_here.email, amr=["mfa"])

    client, answer = come(demanded, "s1")

    assert (answer.headers["Location"], is_in(client)) == ("/konto/tva-steg/authenticate/", False)


def test_a_factor_of_ones_own_is_not_changed_by_the_providers(demanded, server, cast):
    """It was set up in another session after this one began."""
    says(server, "s1", email=cast.coordinator_here.email, amr=["mfa"])
    client, _answer = come(demanded, "s1")
    with_app(cast.coordinator_here)

    answer = client.get("/konto/tva-steg/totp/deactivate/")

    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (
        302,
        "/konto/tva-steg/reauthenticate/",
    )


# --- Once more, before something that matters --------------------------------------------------------------

ERASE, FIRST_PASSWORD = "/konto/radera/", "/konto/password/set/"


@pytest.fixture
def only_there(provider, server):
    """Somebody who has no password, signed in through the provider."""
    says(server, "s1", email="ny@trelleborg.example")
    client, _answer = come(provider, "s1")
    return client


def again(client: Client, provider, subject: str, then: str = ERASE):
    there = client.get(f"/konto/kommun/{provider.key}/igen/", {"go": "1", "next": then}).headers["Location"]
    answer = requests.post(there, data={"sub": subject}, allow_redirects=False, timeout=10)
    address = urlsplit(answer.headers["Location"])
    return there, client.get(f"{address.path}?{address.query}")


@pytest.mark.parametrize("page", [ERASE, FIRST_PASSWORD, "/konto/tva-steg/totp/activate/"])
def test_who_has_no_password_signs_in_anew_where_others_are_asked_for_theirs(only_there, provider, server, page):
    asked = only_there.get(page)
    said = only_there.get(asked.headers["Location"]).content.decode()
    says(server, "s1", email="ny@trelleborg.example", auth_time=int(time.time()))

    there, answer = again(only_there, provider, "s1", page)

    assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (
        302,
        f"/konto/kommun/{provider.key}/igen/",
    )
    assert 'type="password"' not in said
    told = {name: value[0] for name, value in parse_qs(urlsplit(there).query).items()}
    assert (told["prompt"], told["max_age"], told["login_hint"]) == ("login", "0", "ny@trelleborg.example")
    assert (answer.status_code, answer.headers["Location"], only_there.get(page).status_code) == (302, page, 200)


@pytest.mark.parametrize(
    "moment",
    [None, "now", True, lambda now: now - 3600, lambda now: now + 3600, lambda now: str(now), lambda now: [now]],
)
def test_only_signing_in_anew_just_now_counts(only_there, provider, server, moment):
    told = moment(int(time.time())) if callable(moment) else moment
    says(server, "s1", email="ny@trelleborg.example", auth_time=told)

    _there, answer = again(only_there, provider, "s1")

    assert (answer.status_code, only_there.get(ERASE).status_code) == (400, 302)
    assert is_in(only_there)


def test_signing_in_anew_as_somebody_else_does_not_count(only_there, provider, server):
    for subject, email in (("s2", "annan@trelleborg.example"), ("s3", "ny@trelleborg.example")):
        says(server, subject, email=email, auth_time=int(time.time()))

        _there, answer = again(only_there, provider, subject)

        assert (answer.status_code, only_there.get(ERASE).status_code) == (400, 302)
    assert not get_user_model().objects.filter(email="annan@trelleborg.example").exists()


def test_an_answer_to_signing_in_is_not_one_to_signing_in_anew(only_there, provider, server):
    """They came in by it a moment ago: that is what an open browser is."""
    says(server, "s1", email="ny@trelleborg.example", auth_time=int(time.time()))
    client, _answer = come(provider, "s1")

    assert client.get(ERASE).status_code == 302


def test_what_was_shown_once_more_lasts_five_minutes(only_there, provider, server):
    says(server, "s1", email="ny@trelleborg.example", auth_time=int(time.time()))
    again(only_there, provider, "s1")
    before = only_there.get(ERASE).status_code
    session = only_there.session
    session["account_authentication_methods"][-1]["at"] -= 301
    session.save()

    assert (before, only_there.get(ERASE).status_code) == (200, 302)


def test_who_has_a_password_is_asked_for_it_and_told_of_the_other_way(provider, cast, server):
    connected(provider, cast.staff_here)
    client = Client()
    client.post("/konto/login/", {"login": cast.staff_here.email, "password": PASSWORD})

    asked = client.get(ERASE)
    page = client.get(asked.headers["Location"]).content.decode()

    assert asked.headers["Location"].startswith("/konto/reauthenticate/")
    assert f"/konto/kommun/{provider.key}/igen/" in page


def test_nobody_is_sent_to_a_provider_that_is_not_theirs(provider, cast):
    client = Client()
    client.post("/konto/login/", {"login": cast.staff_here.email, "password": PASSWORD})

    assert client.get(f"/konto/kommun/{provider.key}/igen/").status_code == 404


# --- Roles ---------------------------------------------------------------------------------------------------


def test_mapped_roles_follow_the_claim_and_others_stay(provider, server, cast):
    person = cast.staff_here
    memberships.set_roles(membership=person.memberships.get(), roles=[Role.MANAGER])
    connected(provider, person)

    seen = []
    for groups in (["utbildning", "redaktion", "portal_administrator"], "redaktion", None, ["administrator", 7]):
        says(server, "s1", email=person.email, **({} if groups is None else {"groups": groups}))
        come(provider, "s1")
        seen.append(sorted(roles_of(person)))

    assert seen == [
        ["coordinator", "course_editor", "manager", "staff"],
        ["course_editor", "manager", "staff"],
        ["manager", "staff"],
        ["manager", "staff"],
    ]
    person.refresh_from_db()
    assert not person.is_superuser


def test_whose_role_cannot_be_taken_does_not_come_in_with_it(provider, server, cast):
    connected(provider, cast.coordinator_here)
    says(server, "s1", email=cast.coordinator_here.email, groups=[])

    client, answer = come(provider, "s1")

    assert (answer.status_code, is_in(client)) == (400, False)
    assert "coordinator" in roles_of(cast.coordinator_here)


# --- The only way in -----------------------------------------------------------------------------------------


def test_where_it_is_demanded_a_password_no_longer_signs_in(provider, server, cast):
    provider.is_demanded = True
    provider.save()
    own = PersonFactory(email="asa@trelleborg.example", member_of=cast.here)
    in_both = PersonFactory(email="bo@trelleborg.example", member_of=cast.here)
    memberships.join(person=in_both, municipality=cast.there)
    guest_of_work = PersonFactory(email="ute@annan.example", member_of=cast.here)

    def with_password(person, password=PASSWORD):
        client = Client()
        return client, client.post("/konto/login/", {"login": person.email, "password": password})

    refused, answer = with_password(own)
    assert (is_in(refused), answer.headers["Location"]) == (False, f"/konto/kommun/{provider.key}/?only=1")
    assert [is_in(with_password(person)[0]) for person in (in_both, guest_of_work, cast.staff_there)] == [True] * 3
    connected(provider, own)
    says(server, "s1", email=own.email)
    assert is_in(come(provider, "s1")[0])


def test_where_it_is_demanded_nobody_learns_whose_address_or_password_it_is(provider, cast):
    """Whoever has an account, with the right password and a wrong one, whoever has none, and a portal administrator."""
    provider.is_demanded = True
    provider.save()
    PersonFactory(email="asa@trelleborg.example", member_of=cast.here)
    chief = PersonFactory(email="chef@trelleborg.example", is_superuser=True)
    tried = [
        ("asa@trelleborg.example", PASSWORD),
        ("asa@trelleborg.example", "fel lösenord här"),
        ("ingen@trelleborg.example", "fel lösenord här"),
        (chief.email, "fel lösenord här"),
        ("Ingen@TRELLEBORG.example ", "fel lösenord här"),
    ]

    answers = []
    for email, password in tried:
        client = Client()
        answer = client.post("/konto/login/", {"login": email, "password": password})
        answers.append((answer.status_code, answer.headers["Location"], answer.content, sorted(client.cookies)))
    by_password = Client()
    by_password.post("/konto/login/", {"login": chief.email, "password": PASSWORD})

    assert answers == [(302, f"/konto/kommun/{provider.key}/?only=1", b"", [])] * len(tried)
    assert "har bestämt att dess folk loggar in här" in Client().get(answers[0][1]).content.decode()
    assert is_in(by_password)


def test_where_it_is_demanded_a_right_password_is_counted_as_a_wrong_one(provider, cast, settings):
    """Otherwise whoever is never told to wait knows that it was right."""
    provider.is_demanded = True
    provider.save()
    person = PersonFactory(email="asa@trelleborg.example", member_of=cast.here)

    def answers(email, password):
        return [
            Client().post("/konto/login/", {"login": email, "password": password}).status_code for _time in range(8)
        ]

    right = answers(person.email, PASSWORD)
    cache.clear()
    wrong = answers("ingen@trelleborg.example", "fel lösenord här")

    assert right == wrong
    assert set(right) > {302}


def test_where_it_is_demanded_its_addresses_open_no_account_by_a_password(provider, cast):
    provider.is_demanded = True
    provider.save()
    known = PersonFactory(email="asa@trelleborg.example", member_of=cast.here)
    given = {"first_name": "Åsa", "last_name": "Ö", "password1": "fyra gröna papegojor sover"}
    before = get_user_model().objects.count()

    answers = [
        Client().post("/konto/signup/", given | {"email": email}).headers.get("Location")
        for email in (known.email, "ny@trelleborg.example")
    ]

    assert answers == [f"/konto/kommun/{provider.key}/?only=1"] * 2
    assert (get_user_model().objects.count(), OutboxMessage.objects.count()) == (before, 0)


def test_an_invitation_is_no_way_around_it(provider, cast, client):
    provider.is_demanded = True
    provider.save()
    invitations.invite(
        municipality=cast.here, email="ny@trelleborg.example", roles=[], invited_by=cast.municipality_admin
    )
    [link] = re.findall(r"/inbjudan/\S+", OutboxMessage.objects.get().text)

    answer = client.post(link, {"first_name": "Åsa", "last_name": "Ö", "password": "fyra gröna papegojor sover"})

    assert (answer.status_code, is_in(client)) == (302, False)
    assert answer.headers["Location"] == f"/konto/kommun/{provider.key}/"


# --- Which municipality an address belongs to ----------------------------------------------------------------


def test_an_address_leads_to_its_municipality_whoever_has_it(provider, server, cast):
    PersonFactory(email="asa@trelleborg.example", member_of=cast.here)

    answers = []
    for email in ("asa@trelleborg.example", "ingen@trelleborg.example", " INGEN@Trelleborg.Example "):
        client = Client()
        answer = client.post("/konto/kommun/", {"login": email, "password": ""})
        page = client.get(answer.headers["Location"])
        answers.append((answer.status_code, answer.headers["Location"], page.status_code))
        going = client.get(f"/konto/kommun/{provider.key}/vidare/").headers["Location"]
        told = parse_qs(urlsplit(going).query)["login_hint"]
        assert [hint.lower() for hint in told] == [email.strip().lower()]
        assert "Fortsätt med" in page.content.decode()

    assert answers == [(302, f"/konto/kommun/{provider.key}/", 200)] * 3


@pytest.mark.parametrize(
    "email",
    [
        "",
        "x",
        "b@skurup.example",
        "b@evil.trelleborg.example",
        "b@trelleborg.example.",
        "b@skurup.example@trelleborg.example",
    ],
)
def test_an_address_of_no_such_domain_leads_nowhere(provider, email):
    answer = Client().post("/konto/kommun/", {"login": email})

    assert answer.status_code == 400
    assert f"/konto/kommun/{provider.key}/" in answer.content.decode()


def test_no_provider_is_told_an_address_that_is_anothers(provider, cast, server):
    other = identity_providers.add(municipality=cast.there, issuer=server, client_id="x", client_secret="y")
    client = Client()
    client.post("/konto/kommun/", {"login": "asa@trelleborg.example"})

    told = client.get(f"/konto/kommun/{other.key}/vidare/").headers["Location"]

    assert "login_hint" not in told
    assert "trelleborg" not in told


@pytest.mark.parametrize(
    ("asked", "came"),
    [("/kakor/", "/kakor/"), ("https://evil.example/", "/mina-sidor/"), ("//evil.example", "/mina-sidor/")],
)
def test_one_comes_back_to_where_one_was_going_on_our_own_pages(provider, server, asked, came):
    says(server, "s1", email="ny@trelleborg.example")
    client = Client()
    client.post("/konto/kommun/", {"login": "ny@trelleborg.example", "next": asked})

    _client, answer = come(provider, "s1", client)

    assert (answer.status_code, answer.headers["Location"]) == (302, came)


def test_a_domain_belongs_to_one_municipality(provider, cast, client):
    """Whoever has it decides how its people sign in."""
    client.force_login(cast.portal_admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = f"/arbetsyta/kommuner/{cast.there.slug}/"
    fields = {name: getattr(cast.there, name) for name in ("kind", "name", "short_name", "slug", "accent_colour")}

    taken = client.post(page, fields | {"email_domains": "skurup.example\nTrelleborg.example"})
    cast.there.refresh_from_db()

    assert (taken.status_code, cast.there.email_domains) == (400, ["skurup.example"])
    assert client.post(page, fields | {"email_domains": "skurup.example"}).status_code == 302


# --- The protocol --------------------------------------------------------------------------------------------


def test_nonce_state_and_proof_key_are_sent_and_no_secret(provider):
    there = Client().get(f"/konto/kommun/{provider.key}/vidare/").headers["Location"]

    asked = {name: value[0] for name, value in parse_qs(urlsplit(there).query).items()}

    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert all(len(asked[name]) >= 20 for name in ("nonce", "state", "code_challenge"))
    assert asked["redirect_uri"] == f"http://testserver/konto/kommun/{provider.key}/klart/"
    assert "secret" not in there


def test_an_answer_works_once_and_in_the_browser_that_asked(provider, server):
    says(server, "s1", email="ny@trelleborg.example")
    asked, other = Client(), Client()
    back = back_from(asked, provider, "s1")

    stolen = other.get(back)
    first = asked.get(back)
    asked.post("/konto/logout/")
    again = asked.get(back)

    assert [answer.status_code for answer in (stolen, first, again)] == [400, 302, 400]
    assert not is_in(other)


def test_a_token_that_was_changed_or_is_for_another_is_refused(provider, server, monkeypatch):
    """Its signature, whom it is for, and the question that it answers: allauth's client looks at the second alone."""
    says(server, "s1", email="ny@trelleborg.example")
    fetch = OAuth2Session.fetch_token

    def changed(how):
        def fetch_token(self, *args, **kwargs):
            token = fetch(self, *args, **kwargs)
            head, body, signature = token["id_token"].split(".")
            token["id_token"] = how(head, body, signature)
            return token

        return fetch_token

    kept = []

    def keep(head, body, signature):
        kept.append(f"{head}.{body}.{signature}")
        return kept[0]  # the second time: a real one, for another question

    faults = {
        "signature": lambda head, body, signature: f"{head}.{body}.{signature[:-6]}AAAAAA",
        "unsigned": lambda head, body, signature: f"eyJhbGciOiJub25lIn0.{body}.",
        "none": lambda head, body, signature: "",
    }
    for name, how in faults.items():
        monkeypatch.setattr(OAuth2Session, "fetch_token", changed(how))
        client, answer = come(provider, "s1")
        assert (answer.status_code, is_in(client)) == (400, False), name
    monkeypatch.setattr(OAuth2Session, "fetch_token", changed(keep))
    assert [come(provider, "s1")[1].status_code for _time in range(2)] == [302, 400]


def test_another_issuers_metadata_is_refused(provider, server):
    """As when the address that was typed in leads to another's."""
    type(provider).objects.filter(pk=provider.pk).update(issuer=f"{server}/x/..")

    assert Client().get(f"/konto/kommun/{provider.key}/vidare/").status_code == 400


def test_a_provider_that_is_not_there_gives_a_page(provider):
    type(provider).objects.filter(pk=provider.pk).update(issuer="http://localhost:1")

    answer = Client().get(f"/konto/kommun/{provider.key}/vidare/")

    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_one_that_is_not_in_use_is_not_there(provider, server):
    connected(provider, PersonFactory(member_of=provider.municipality))
    client = Client()
    back = back_from(client, provider, "s1")
    provider.is_active = False
    provider.save()

    assert [client.get(path).status_code for path in (back, f"/konto/kommun/{provider.key}/")] == [404, 404]


def test_its_secret_stands_encrypted(provider):
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM municipalities_identityprovider")
        [[raw]] = cursor.fetchall()

    assert raw.startswith("gAAA")


@pytest.mark.parametrize(
    "issuer", ["http://idp.example", "ftp://idp.example", "https://", "https://a.example/?x=1", "x"]
)
def test_an_issuer_is_an_https_address(cast, issuer):
    with pytest.raises(ActionRefused):
        identity_providers.add(municipality=cast.here, issuer=issuer, client_id="x", client_secret="y")


# --- Set up by the municipality's own administrator ----------------------------------------------------------

GIVEN = {
    "client_id": "portal",
    "client_secret": "hemligt",
    "role_claim": "groups",
    "role_of_value": "CN=Utbildning = Samordnare\nredaktion = course_editor",
}


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page_of(municipality) -> str:
    return f"/arbetsyta/kommuner/{municipality.slug}/inloggning/"


@pytest.fixture
def place(cast, settings):
    """A municipality with a domain and no provider yet."""
    settings.BASE_URL = "http://testserver"
    cast.here.email_domains = ["trelleborg.example"]
    cast.here.save()
    return cast.here


def try_it(client: Client, place, subject: str):
    """What one sees who tries the provider, coming back as `subject`."""
    there = client.get(f"{page_of(place)}prova/").headers["Location"]
    answer = requests.post(there, data={"sub": subject}, allow_redirects=False, timeout=10)
    address = urlsplit(answer.headers["Location"])
    return client.get(f"{address.path}?{address.query}")


def test_it_is_written_tried_switched_on_and_taken_out_of_use(cast, place, server):
    client = signed_in(cast.municipality_admin)
    says(server, "a1", email="admin@trelleborg.example", redaktion=True, groups=["CN=Utbildning", "x"])

    client.post(page_of(place), GIVEN | {"issuer": f"{server}/"})
    provider = identity_providers.of(place)
    written = (provider.issuer, provider.is_active, provider.role_of_value)
    shown = client.get(page_of(place)).content.decode()
    too_early = client.post(page_of(place), {"switch_on": "1"}).status_code
    before = (get_user_model().objects.count(), ExternalIdentity.objects.count(), AuditEntry.objects.count())
    tried = try_it(client, place, "a1")
    after = (get_user_model().objects.count(), ExternalIdentity.objects.count(), AuditEntry.objects.count())
    client.post(page_of(place), {"switch_on": "1"})
    on = identity_providers.in_use().get()
    client.post(page_of(place), {"end": "1"})

    assert written == (server, False, {"CN=Utbildning": ["coordinator"], "redaktion": ["course_editor"]})
    assert f"/konto/kommun/{provider.key}/klart/" in shown
    assert "hemligt" not in shown
    assert (too_early, before, on) == (400, after, provider)
    assert ("Samordnare" in tried.content.decode(), "CN=Utbildning, x" in tried.content.decode()) == (True, True)
    assert "Leverantören säger inte att den har frågat efter ett andra steg" in tried.content.decode()
    assert "no-store" in tried.headers["Cache-Control"]
    assert (int(client.session["_auth_user_id"]), identity_providers.in_use().exists()) == (
        cast.municipality_admin.pk,
        False,
    )
    told = AuditEntry.objects.filter(act="provider_changed", actor=cast.municipality_admin).order_by("pk")
    assert [entry.detail.split(", ")[0] for entry in told] == ["ställs in", "i bruk", "ur bruk"]
    assert not any("hemligt" in entry.detail for entry in told)


def test_what_is_changed_after_the_trial_is_tried_again(cast, place, server):
    client = signed_in(cast.municipality_admin)
    says(server, "a1", email="admin@trelleborg.example")
    client.post(page_of(place), GIVEN | {"issuer": server})
    try_it(client, place, "a1")

    client.post(page_of(place), GIVEN | {"client_secret": "", "client_id": "ett annat"})
    answer = client.post(page_of(place), {"switch_on": "1"})

    provider = identity_providers.of(place)
    assert (answer.status_code, provider.is_active, provider.client_secret) == (400, False, "hemligt")


def test_a_trial_with_a_foreign_address_says_so_and_does_not_count(cast, place, server):
    client = signed_in(cast.municipality_admin)
    says(server, "a1", email="admin@skurup.example")
    client.post(page_of(place), GIVEN | {"issuer": server})

    page = try_it(client, place, "a1").content.decode()

    assert "Med detta skulle du inte komma in" in page
    assert client.post(page_of(place), {"switch_on": "1"}).status_code == 400


def test_a_portal_administrator_may_switch_on_what_they_cannot_try(cast, place, server):
    client = signed_in(cast.portal_admin)

    client.post(page_of(place), GIVEN | {"issuer": server})
    client.post(page_of(place), {"switch_on": "1"})

    assert identity_providers.in_use().get().municipality == place


def test_nobody_signs_in_through_what_is_only_written(cast, place, server):
    client = signed_in(cast.municipality_admin)
    says(server, "a1", email="ny@trelleborg.example")
    client.post(page_of(place), GIVEN | {"issuer": server})
    key = identity_providers.of(place).key
    there = client.get(f"{page_of(place)}prova/").headers["Location"]
    answer = requests.post(there, data={"sub": "a1"}, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    other = Client()

    assert [other.get(f"/konto/kommun/{key}/{end}").status_code for end in ("", "vidare/", "klart/")] == [404] * 3
    assert other.get(f"{back.path}?{back.query}").status_code == 404
    assert identity_providers.for_address("ny@trelleborg.example") is None
    assert not is_in(other)


def test_an_answer_to_a_trial_signs_nobody_in_when_it_has_been_switched_on(cast, place, server):
    """What it was asked for counts, not what it could be used for."""
    client = signed_in(cast.municipality_admin)
    says(server, "a1", email="ny@trelleborg.example")
    client.post(page_of(place), GIVEN | {"issuer": server})
    try_it(client, place, "a1")
    client.post(page_of(place), {"switch_on": "1"})

    answer = try_it(client, place, "a1")

    assert (answer.status_code, int(client.session["_auth_user_id"])) == (200, cast.municipality_admin.pk)
    assert not get_user_model().objects.filter(email="ny@trelleborg.example").exists()


def test_who_administers_no_more_does_not_see_what_came(cast, place, server):
    client = signed_in(cast.municipality_admin)
    says(server, "a1", email="admin@trelleborg.example")
    client.post(page_of(place), GIVEN | {"issuer": server})
    there = client.get(f"{page_of(place)}prova/").headers["Location"]
    answer = requests.post(there, data={"sub": "a1"}, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    memberships.join(person=cast.staff_here, municipality=place, roles=[Role.ADMINISTRATOR])
    memberships.set_roles(membership=cast.municipality_admin.memberships.get(), roles=[])

    assert client.get(f"{back.path}?{back.query}").status_code == 404


def test_an_administrator_claims_no_domain(cast, place, server):
    """Whoever says who owns a domain opens accounts in it."""
    cast.there.email_domains = ["skurup.example"]
    cast.there.save()
    client = signed_in(cast.municipality_admin)
    claimed = GIVEN | {"issuer": server, "email_domains": "skurup.example", "domains": "skurup.example"}
    client.post(page_of(place), claimed)
    says(server, "a1", email="admin@trelleborg.example")
    says(server, "b1", email="b@skurup.example")
    try_it(client, place, "a1")
    client.post(page_of(place), {"switch_on": "1"})

    stranger, answer = come(identity_providers.in_use().get(), "b1")

    place.refresh_from_db()
    assert (place.email_domains, answer.status_code, is_in(stranger)) == (["trelleborg.example"], 400, False)
    assert identity_providers.for_address("b@skurup.example") is None
    assert client.get(page_of(cast.there)).status_code == 404
    assert client.post(page_of(cast.there), claimed).status_code == 404
    assert client.get(f"{page_of(cast.there)}prova/").status_code == 404
    assert identity_providers.of(cast.there) is None


@pytest.mark.parametrize("line", ["x = portaladministratör", "x = Medarbetare", "x", "= Samordnare", "x = staff"])
def test_a_line_that_gives_no_role_is_refused(cast, place, server, line):
    client = signed_in(cast.municipality_admin)

    answer = client.post(page_of(place), GIVEN | {"issuer": server, "role_of_value": line})

    assert (answer.status_code, identity_providers.of(place)) == (400, None)


def test_no_claim_gives_what_nobody_gives_by_hand(cast, server):
    with pytest.raises(ActionRefused):
        identity_providers.add(
            municipality=cast.here,
            issuer=server,
            client_id="x",
            client_secret="y",
            role_of_value={"x": ["portal_administrator"]},
        )


def test_there_is_one_that_is_written_or_in_use(cast, place, server):
    identity_providers.add(municipality=place, issuer=server, client_id="x", client_secret="y", is_draft=True)

    with pytest.raises(ActionRefused):
        identity_providers.add(municipality=place, issuer=server, client_id="x", client_secret="y", is_draft=True)


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost/",
        "https://127.0.0.1:8443/",
        "https://10.0.0.4/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.4]/",
        "https://2130706433/",
        "http://193.10.0.1/",
        "https://",
        "ftp://193.10.0.1/",
    ],
)
def test_in_production_no_provider_stands_inside(cast, settings, address):
    settings.IS_PRODUCTION = True

    with pytest.raises(InvalidURL):
        refuse_inside(address)
    with pytest.raises(ActionRefused):
        identity_providers.add(municipality=cast.here, issuer=address, client_id="x", client_secret="y")


def test_in_production_nothing_inside_is_asked_whatever_the_metadata_names(provider, server, settings):
    """Asked of every request: the address that was written may be outside, and lead anywhere."""
    settings.IS_PRODUCTION = True

    assert Client().get(f"/konto/kommun/{provider.key}/vidare/").status_code == 400


def test_hosts_that_the_operator_names_may_stand_inside(settings):
    settings.IS_PRODUCTION, settings.PROVIDERS_INSIDE = True, ["adfs.inside.example"]

    refuse_inside("https://adfs.inside.example/adfs")
    refuse_inside("https://193.10.0.1/")


def test_joining_another_municipality_ends_what_the_provider_opened(provider, server, cast):
    connected(provider, cast.staff_here)
    says(server, "s1", email=cast.staff_here.email)
    client, _answer = come(provider, "s1")
    before = is_in(client)

    memberships.join(person=cast.staff_here, municipality=cast.there)

    assert (before, is_in(client), is_in(come(provider, "s1")[0])) == (True, False, False)


def test_who_is_erased_leaves_no_identity(provider, cast):
    connected(provider, cast.staff_here, "number 7")
    told = [row for part in personal_data.export(cast.staff_here) if part.key == "identities" for row in part.rows]

    personal_data.erase(person=cast.staff_here)

    assert "number 7" in str(told)
    assert not ExternalIdentity.objects.exists()
