"""The second step in a browser: an app, spare codes, a passkey of the browser's own; no page of it breaks a rule."""

from time import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.helpers.accessibility import broken_rules, frame_faults, load_axe
from tests.helpers.running import sign_in

pytestmark = pytest.mark.journey

PASSWORD = "samlarande-demo"
PAGES = "/konto/tva-steg/"
# What a telephone has: it keeps the key, and knows its owner.
KEEPER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def code_of(secret: str, periods: int) -> str:
    return format_hotp_value(hotp_value(secret, int(time()) // 30 + periods))


def send(page, **values) -> None:
    for name, value in values.items():
        page.fill(f"main [name={name}]", value)
    with page.expect_navigation():
        page.locator("main form:visible button[type=submit]").first.click()


def test_an_app_and_a_passkey_are_set_up_used_and_taken_away(open_page, people):
    page = open_page()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEEPER})
    sign_in(page, people["trelleborg-staff-2"])
    found = {}

    def look(state: str) -> None:
        faults = []
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            load_axe(page)
            faults += broken_rules(page)
        if faults := faults + frame_faults(page, "sv"):
            found[state] = faults

    # The app: the password first, a wrong code, the right one, the spare codes.
    page.goto(f"{PAGES}totp/activate/")
    look("the password again")
    send(page, password=PASSWORD)
    assert page.locator("main img").evaluate("picture => picture.naturalWidth") > 100
    send(page, code="000000")
    expect(page.locator("main [aria-invalid=true]")).to_have_count(1)
    look("an app, refused")
    secret = page.inner_text("main code")
    send(page, code=code_of(secret, -1))
    look("spare codes")
    spare = page.locator("main code").all_inner_texts()
    page.goto(f"{PAGES}recovery-codes/")
    look("spare codes, no longer shown")

    # A passkey.
    page.goto(f"{PAGES}webauthn/add/")
    look("a passkey")
    send(page, name="Min dator")
    expect(page.locator("main")).to_contain_text("Du har 1 nyckel")
    look("both")
    page.goto(f"{PAGES}webauthn/")
    look("passkeys")
    page.click("text=Byt namn på Min dator")
    look("a passkey's name")
    send(page, name="Min telefon")
    expect(page.locator("main h2").first).to_have_text("Min telefon")

    # In with the passkey, and with a code once.
    def begin() -> None:
        page.goto("/konto/logout/")
        send(page)
        page.goto("/konto/login/")
        send(page, login=people["trelleborg-staff-2"], password=PASSWORD)

    begin()
    look("the second step")
    page.click("text=Använd en nyckel")
    page.wait_for_url("**/mina-sidor/**")
    begin()
    send(page, code=spare[0])
    page.wait_for_url("**/mina-sidor/**")

    # Taken away: asked again first, in any of three ways.
    page.goto(f"{PAGES}recovery-codes/generate/")
    page.click("text=Med en nyckel")
    look("a passkey again")
    page.click("text=Använd en nyckel")
    page.wait_for_url("**/generate/")
    look("new spare codes")
    page.goto(f"{PAGES}reauthenticate/")
    look("a code again")
    page.goto(f"{PAGES}webauthn/")
    page.click("text=Ta bort Min telefon")
    look("a passkey, to be taken away")
    send(page)
    page.goto(f"{PAGES}totp/deactivate/")
    look("the app, to be taken away")
    send(page)
    expect(page.locator("main")).to_contain_text("Två steg är av")

    assert found == {}


def test_without_javascript_the_app_works_and_the_passkey_says_why_not(open_page, people):
    page = open_page(people["two-homes"], javascript=False)
    page.goto(f"{PAGES}webauthn/add/")
    send(page, password=PASSWORD)

    expect(page.locator("main")).to_contain_text("Den här sidan behöver JavaScript")
    expect(page.locator("main form:visible")).to_have_count(0)
