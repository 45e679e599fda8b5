"""Accounts: opening one, signing in, a new password. What is answered tells nobody who has an account."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from portal.municipalities.models import Membership
from portal.notifications.models import OutboxMessage
from tests.factories.municipalities import PASSWORD, PersonFactory

SIGN_IN, SIGN_UP, RESET = "/konto/login/", "/konto/signup/", "/konto/password/reset/"
ADDRESS = "asa.oberg@trelleborg.example"
ANSWERS = {"first_name": "Åsa", "last_name": "Öberg", "email": ADDRESS, "password1": "tre gula kanariefåglar"}


@pytest.fixture(autouse=True)
def _domains(cast):
    """People of here may open an account by themselves; people of there are invited."""
    cast.here.email_domains = ["skola.trelleborg.example", "trelleborg.example"]
    cast.here.save()


def accounts() -> int:
    return get_user_model().objects.count()


def is_signed_in(client: Client) -> bool:
    return client.get("/mina-sidor/").status_code == 200


def sign_in(email: str, password: str = PASSWORD, **more) -> tuple[Client, object]:
    client = Client()
    return client, client.post(SIGN_IN, {"login": email, "password": password, **more})


def link_in(mail: OutboxMessage) -> str:
    [link] = re.findall(r"http://[^/\s]+(/konto/\S+)", mail.text)
    return link


def what_is_shown(answer, email: str) -> tuple:
    """Everything a visitor can tell an answer by, with the address they wrote taken out."""
    text = answer.content.decode().replace(email, "…")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return answer.redirect_chain, answer.status_code, text


# --- Opening an account --------------------------------------------------------------------------------------


def test_a_work_address_opens_an_account_that_is_staff_once_confirmed(cast, client):
    sent = client.post(SIGN_UP, ANSWERS)
    person = get_user_model().objects.get(email=ADDRESS)
    mail = OutboxMessage.objects.get()
    before = (
        Membership.objects.filter(person=person).exists(),
        is_signed_in(client),
        sign_in(ADDRESS, ANSWERS["password1"])[1].status_code,
    )

    client.post(link_in(mail))

    browser, _answer = sign_in(ADDRESS, ANSWERS["password1"])
    membership = person.memberships.get()
    assert (sent.status_code, sent.headers["Location"]) == (302, "/konto/confirm-email/")
    assert (str(person), person.is_staff, person.is_superuser) == ("Åsa Öberg", False, False)
    assert (mail.to_email, mail.state) == (ADDRESS, "pending")
    assert before[:2] == (False, False)
    assert (membership.municipality, [role.value for role in membership.roles]) == (cast.here, ["staff"])
    assert is_signed_in(browser)


def test_opening_the_link_confirms_nothing(cast, client):
    client.post(SIGN_UP, ANSWERS)
    link = link_in(OutboxMessage.objects.get())

    answers = [client.get(link), client.head(link), Client().get(link)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert ADDRESS in answers[0].content.decode()
    person = get_user_model().objects.get(email=ADDRESS)
    assert [address.verified for address in person.emailaddress_set.all()] == [False]
    assert not person.memberships.exists()


def test_nobody_signs_in_before_the_address_is_confirmed(client):
    client.post(SIGN_UP, ANSWERS)

    browser, _answer = sign_in(ADDRESS, ANSWERS["password1"])

    assert not is_signed_in(browser)


def test_a_link_for_another_address_confirms_nothing(client):
    client.post(SIGN_UP, ANSWERS)
    link = link_in(OutboxMessage.objects.get())

    answer = client.post(link.replace("/confirm-email/", "/confirm-email/x"))

    assert answer.status_code in (200, 404)
    assert not Membership.objects.filter(person__email=ADDRESS).exists()


@pytest.mark.parametrize(
    "email",
    ["asa@gmail.example", "asa@skurup.example", "asa@ond-trelleborg.example", "asa@trelleborg.example.ond.example"],
)
def test_an_address_of_no_municipality_opens_no_account(client, email):
    before = accounts()

    answer = client.post(SIGN_UP, {**ANSWERS, "email": email})

    errors = answer.context["form"].errors
    assert list(errors) == ["email"]
    assert errors["email"][0] in answer.content.decode()
    assert "Öberg" in answer.content.decode()
    assert accounts() == before
    assert not OutboxMessage.objects.exists()


def test_an_unknown_domain_is_refused_alike_for_existing_accounts(client):
    PersonFactory(email="redan@gmail.example")

    errors = [
        client.post(SIGN_UP, {**ANSWERS, "email": email}).context["form"].errors["email"]
        for email in ("redan@gmail.example", "okand@gmail.example")
    ]

    assert errors[0] == errors[1]
    assert not OutboxMessage.objects.exists()


def test_the_domain_is_compared_without_regard_to_case(cast, client):
    client.post(SIGN_UP, {**ANSWERS, "email": "Asa.Oberg@Skola.TRELLEBORG.Example"})
    client.post(link_in(OutboxMessage.objects.get()))

    person = get_user_model().objects.get(email="asa.oberg@skola.trelleborg.example")
    assert [m.municipality for m in person.memberships.all()] == [cast.here]


@pytest.mark.parametrize("password", ["elva tecken", "manchesterunited", ADDRESS, ""])
def test_a_weak_password_opens_no_account(client, password):
    before = accounts()

    answer = client.post(SIGN_UP, {**ANSWERS, "password1": password})

    errors = answer.context["form"].errors
    assert list(errors) == ["password1"]
    assert str(errors["password1"][0]) in answer.content.decode().replace("&#x27;", "'")
    assert accounts() == before
    assert not OutboxMessage.objects.exists()


def test_signing_up_is_answered_alike_for_known_and_unknown_addresses():
    PersonFactory(email="redan@trelleborg.example", first_name="Redan")
    before = accounts()

    shown = [
        what_is_shown(Client().post(SIGN_UP, {**ANSWERS, "email": email}, follow=True), email)
        for email in ("redan@trelleborg.example", "okand@trelleborg.example")
    ]

    assert shown[0] == shown[1]
    assert accounts() == before + 1
    existing = get_user_model().objects.get(email="redan@trelleborg.example")
    assert (existing.first_name, existing.check_password(PASSWORD)) == ("Redan", True)
    mails = {mail.to_email: mail.message for mail in OutboxMessage.objects.all()}
    assert set(mails) == {"redan@trelleborg.example", "okand@trelleborg.example"}
    assert mails["redan@trelleborg.example"] != mails["okand@trelleborg.example"]


# --- Signing in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["staff_here@example.org", "STAFF_HERE@Example.ORG", " Staff_Here@example.org "])
def test_an_address_signs_in_however_its_case(cast, email):
    browser, answer = sign_in(email)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/mina-sidor/")
    assert is_signed_in(browser)


def test_a_wrong_password_is_answered_as_an_unknown_address_is(cast):
    tries = [sign_in("staff_here@example.org", "fel lösenord här"), sign_in("okand@example.org", "fel lösenord här")]

    assert not any(is_signed_in(browser) for browser, _answer in tries)
    assert [answer.status_code for _browser, answer in tries] == [200, 200]
    errors = [answer.context["form"].errors for _browser, answer in tries]
    assert errors[0] == errors[1] != {}


def test_an_account_is_one_however_its_address_is_written(cast):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        get_user_model().objects.create_user("STAFF_HERE@EXAMPLE.ORG", PASSWORD)


def test_a_deactivated_account_cannot_sign_in_and_a_session_ends(cast):
    browser, _answer = sign_in("staff_here@example.org")
    before = is_signed_in(browser)
    cast.staff_here.is_active = False
    cast.staff_here.save()

    again, _answer = sign_in("staff_here@example.org")

    assert (before, is_signed_in(browser), is_signed_in(again)) == (True, False, False)


def test_the_editors_door_leads_to_the_portals_sign_in(cast, client):
    chain = client.get("/redaktion/", follow=True).redirect_chain

    direct = client.get("/redaktion/login/?next=/redaktion/pages/")
    browser, answer = sign_in("coordinator_here@example.org", next="/redaktion/pages/")

    assert chain[-1][0].replace("%2F", "/") == "/konto/login/?next=/redaktion/"
    assert direct.status_code in (301, 302)
    assert direct.headers["Location"] == "/konto/login/?next=/redaktion/pages/"
    assert answer.headers["Location"] == "/redaktion/pages/"
    assert browser.get("/redaktion/").status_code == 200


def test_wagtails_own_sign_in_and_reset_do_not_exist_beside_ours(client):
    for path in ("/redaktion/login/", "/redaktion/password_reset/"):
        answer = client.post(path, {"username": "staff_here@example.org", "password": PASSWORD}, follow=True)
        assert "wagtailadmin/login.html" not in [t.name for t in answer.templates], path
    assert not is_signed_in(client)


def test_staff_do_not_come_into_the_editor(cast):
    browser, _answer = sign_in("staff_here@example.org")

    answer = browser.get("/redaktion/pages/", follow=True)

    assert answer.status_code == 403
    assert "wagtailadmin/base.html" not in [t.name for t in answer.templates]


FOREIGN = ["https://ond.example/", "//ond.example/", "/\\ond.example", "javascript:alert(1)", "http:///ond.example"]


@pytest.mark.parametrize("target", FOREIGN)
def test_signing_in_leads_to_no_foreign_host(cast, target):
    _browser, by_form = sign_in("staff_here@example.org", next=target)
    client = Client()
    by_address = client.post(f"{SIGN_IN}?next={target}", {"login": "staff_here@example.org", "password": PASSWORD})

    assert [answer.headers["Location"] for answer in (by_form, by_address)] == ["/mina-sidor/"] * 2


@pytest.mark.parametrize("target", FOREIGN)
def test_signing_out_and_the_editors_door_lead_to_no_foreign_host(cast, client_of, target):
    out = client_of("staff_here").post("/konto/logout/", {"next": target})
    door = Client().get("/redaktion/login/", {"next": target})
    signed_in = client_of("staff_here").get(SIGN_IN, {"next": target})

    assert out.headers["Location"] == "/"
    assert door.headers["Location"].startswith("/konto/login/")
    assert signed_in.headers["Location"] == "/mina-sidor/"


def test_an_own_address_is_where_signing_in_leads(cast):
    _browser, answer = sign_in("staff_here@example.org", next="/tillfallen/?when=past")

    assert answer.headers["Location"] == "/tillfallen/?when=past"


def test_opening_the_sign_out_page_signs_nobody_out(cast, client_of):
    client = client_of("staff_here")

    client.get("/konto/logout/")

    assert is_signed_in(client)


# --- A new password ------------------------------------------------------------------------------------------


def test_asking_for_a_new_password_is_answered_alike_for_known_and_unknown_addresses(cast):
    cast.manager.is_active = False
    cast.manager.save()

    shown = [
        what_is_shown(Client().post(RESET, {"email": email}, follow=True), email)
        for email in ("staff_here@example.org", "okand@example.org", "manager@example.org")
    ]

    assert shown[0] == shown[1] == shown[2]
    links = [mail.to_email for mail in OutboxMessage.objects.all() if "/konto/password/reset/key/" in mail.text]
    assert links == ["staff_here@example.org"]


def test_a_new_password_by_link_works_once_and_ends_other_sessions(cast):
    other, _answer = sign_in("staff_here@example.org")
    client = Client()
    client.post(RESET, {"email": "Staff_Here@example.org"})
    link = link_in(OutboxMessage.objects.get())

    form_page = client.get(link, follow=True)
    path = form_page.redirect_chain[-1][0]
    too_short = client.post(path, {"password1": "elva tecken", "password2": "elva tecken"})
    unchanged = get_user_model().objects.get(pk=cast.staff_here.pk).check_password(PASSWORD)
    client.post(path, {"password1": "fyra blå talgoxar", "password2": "fyra blå talgoxar"})
    used = Client().get(link, follow=True)

    assert "password1" in too_short.context["form"].errors
    assert unchanged
    assert [is_signed_in(sign_in("staff_here@example.org", p)[0]) for p in (PASSWORD, "fyra blå talgoxar")] == [
        False,
        True,
    ]
    assert not is_signed_in(other)
    assert used.context.get("token_fail")
