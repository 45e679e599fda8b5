"""Where one is signed in, and what ends it; what a password may not be."""

import pytest
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from portal.accounts.models import SignIn
from portal.accounts.services import personal_data, sign_ins
from tests.factories.municipalities import PASSWORD, PersonFactory

PAGE = "/konto/inloggad/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0"
NEW = "fyra gröna papegojor sover"


def browser(person, agent: str = FIREFOX, password: str = PASSWORD) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/konto/login/", {"login": person.email, "password": password})
    return client


def are_in(*clients: Client) -> list[bool]:
    return [client.get("/mina-sidor/").status_code == 200 for client in clients]


def row_of(client: Client) -> SignIn:
    return SignIn.objects.get(session_key=client.session.session_key)


def test_each_place_is_named_by_what_its_owner_knows_it_by(cast):
    for agent in (IPHONE, EDGE, "curl/8"):
        browser(cast.staff_here, agent)
    browser(cast.staff_there)
    here = browser(cast.staff_here)

    text = " ".join(here.get(PAGE).content.decode().split())

    assert [(row.browser, row.system) for row in sign_ins.open_of(cast.staff_here)] == [
        ("Firefox", "Windows"),
        ("", ""),
        ("Edge", "Windows"),
        ("Safari", "iPhone"),
    ]
    assert text.count("row-list__item") == 4
    assert all(part in text for part in ("Firefox · Windows", "Safari · iPhone", "Okänd webbläsare", "Här, nu"))
    assert not any(row.session_key in text for row in SignIn.objects.all())


def test_one_is_ended_and_all_others(cast):
    here, *others = (browser(cast.staff_here) for _number in range(4))

    here.post(PAGE, {"end": row_of(others[0]).pk})
    after_one = are_in(here, *others)
    here.post(PAGE, {"end": "others"})

    assert (after_one, are_in(here, *others)) == ([True, False, True, True], [True, False, False, False])
    assert "Du är inte inloggad någon annanstans." in here.get(PAGE).content.decode()


def test_nobody_ends_anothers(cast):
    mine, theirs = browser(cast.staff_here), browser(cast.staff_there)

    answers = [mine.post(PAGE, {"end": asked}).status_code for asked in (row_of(theirs).pk, 0, "x", "9" * 30, "²", "")]
    mine.post(PAGE, {"end": "others"})

    assert answers == [404] * 6
    assert are_in(mine, theirs) == [True, True]


def test_looking_changes_nothing(cast):
    here, other = browser(cast.staff_here), browser(cast.staff_here)
    Session.objects.filter(pk=other.session.session_key).delete()
    before = set(SignIn.objects.values_list("pk", flat=True))

    here.get(PAGE)

    assert set(SignIn.objects.values_list("pk", flat=True)) == before


def test_a_new_password_ends_all_others_and_keeps_this_one(cast):
    here, other = browser(cast.staff_here), browser(cast.staff_here)

    here.post("/konto/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    # Before the others come again, which ends their sessions anyway.
    assert [row.session_key for row in SignIn.objects.all()] == [here.session.session_key]
    assert [row.pk for row in Session.objects.all()] == [here.session.session_key]
    assert are_in(here, other) == [True, False]
    assert are_in(browser(cast.staff_here, password=NEW)) == [True]


def test_whoever_is_deactivated_is_out_at_once(cast):
    client = browser(cast.coordinator_here)
    cast.coordinator_here.is_active = False
    cast.coordinator_here.save()

    assert are_in(client) == [False]


def test_being_signed_out_everywhere_leaves_no_line(cast):
    client = browser(cast.staff_here)

    personal_data.end_sessions(cast.staff_here)

    assert are_in(client) == [False]
    assert not SignIn.objects.exists()


def test_the_nightly_run_forgets_what_has_ended(cast):
    over, here = browser(cast.staff_here), browser(cast.staff_here)
    Session.objects.filter(pk=over.session.session_key).update(expire_date=timezone.now())

    assert (sign_ins.forget_ended(timezone.now()), list(SignIn.objects.all())) == (1, [row_of(here)])


def test_a_guest_has_no_such_page(db, client):
    client.force_login(PersonFactory(is_guest=True), backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(PAGE).headers["Location"] == "/mina-sidor/"


# --- Passwords -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("kort ord 11", ["password_too_short"]),
        ("password12345!", ["password_too_common", "guessed_words"]),
        ("!!dragon123456", ["password_too_common"]),
        ("Samlärande2026!", ["guessed_words"]),
        ("Trelleborgskommun1", ["password_too_similar", "guessed_words"]),
        ("ÅsaÖberg-2026!", ["guessed_words"]),
        ("aaaaaaaaaaaaaaa", ["guessed_words"]),
        ("asa.oberg@trelleborg.example", ["password_too_similar", "guessed_words"]),
        ("tre gula kanariefåglar", []),
        ("xkqwmzptvrbn", []),
        ("åäö åäö hund katt", []),
    ],
)
def test_a_password_is_long_and_not_what_others_would_try(settings, password, codes):
    person = PersonFactory.build(first_name="Åsa", last_name="Öberg", email="asa.oberg@trelleborg.example")
    validators = get_password_validators(settings.AUTH_PASSWORD_VALIDATORS)

    try:
        validate_password(password, person, validators)
        found = []
    except ValidationError as refused:
        found = sorted({error.code for error in refused.error_list}, key=codes.index if codes else None)

    assert found == codes


@pytest.mark.parametrize(
    "address", ["/", "/kurser/", "/tillfallen/", "/sok/?q=matsvinn", "/trelleborg/", "/mina-sidor/"]
)
def test_what_somebody_signed_in_is_shown_is_kept_by_no_cache(cast, client_of, address):
    told = {who: client_of(who).get(address).headers.get("Cache-Control", "") for who in ("staff_here", "anonymous")}

    assert "no-store" in told["staff_here"]
    # What everybody is shown may be kept by whoever hands it on.
    assert address == "/mina-sidor/" or "no-store" not in told["anonymous"]
