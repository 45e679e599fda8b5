"""A municipality's own sign-in in a browser: set up, tried, switched on, used; no page of it breaks a rule.

The provider is a real one that runs beside the portal, and answers in its own pages.
"""

import re
from time import time

import pytest
import requests
from oidc_provider_mock import run_server_in_thread
from playwright.sync_api import expect

from tests.helpers.accessibility import broken_rules, frame_faults, load_axe, refusal_faults
from tests.helpers.running import PASSWORD

pytestmark = pytest.mark.journey

SETTINGS = "/arbetsyta/kommuner/trelleborg/inloggning/"
NEW, OWNER = "ny.kollega@trelleborg.example", "amira.haddad@trelleborg.example"


@pytest.fixture
def provider():
    with run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


def says(provider: str, subject: str, **claims) -> None:
    requests.put(f"{provider}/users/{subject}", json=claims, timeout=10).raise_for_status()


def sign_in_there(page, subject: str) -> None:
    """On the provider's own page, and back."""
    page.fill("input[name=sub]", subject)
    page.click("text=Authorize >> nth=-1")
    page.wait_for_url(re.compile(r"(?<!:8000)/(konto|mina-sidor|arbetsyta)/"))


def press(page, text: str) -> None:
    page.locator("main").get_by_role("button", name=text, exact=True).or_(
        page.locator("main").get_by_role("link", name=text, exact=True)
    ).first.click()


@pytest.fixture
def look():
    """`look(page, state)`: what is wrong with a page as it is now; at the end nothing may be."""
    found: dict[str, list[str]] = {}

    def at(page, state: str) -> None:
        faults = refusal_faults(page) if state.endswith(", refused") else []
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            load_axe(page)
            faults += broken_rules(page)
        if faults := faults + frame_faults(page, "sv"):
            found[state] = faults

    yield at
    assert found == {}


def test_from_ones_address_through_the_provider_and_in(open_page, people, provider, look):
    admin = open_page(people["trelleborg-administrator"])
    says(provider, "a1", email=people["trelleborg-administrator"], groups=["utbildning"])
    says(provider, "n1", email=NEW, given_name="Ny", family_name="Kollega", auth_time=int(time()))
    says(provider, "o1", email=OWNER)

    # Set up, tried, switched on.
    admin.goto(SETTINGS)
    for name, value in {
        "issuer": provider,
        "client_id": "portal",
        "client_secret": "en hemlighet",
        "role_claim": "groups",
        "role_of_value": "utbildning = Kursredaktör",
    }.items():
        admin.fill(f"main [name={name}]", value)
    press(admin, "Spara")
    expect(admin.locator("main")).to_contain_text("ingen loggar in genom den än")
    look(admin, "being set up")
    press(admin, "Prova")
    sign_in_there(admin, "a1")
    expect(admin.locator("main")).to_contain_text("Det fungerar")
    expect(admin.locator("main")).to_contain_text("Kursredaktör")
    look(admin, "tried")
    press(admin, "Tillbaka till inställningarna")
    press(admin, "Slå på")
    expect(admin.locator("main h2").first).to_have_text("Används")
    look(admin, "in use")

    try:
        # Type the address, without JavaScript too; in.
        page = open_page(javascript=False)
        page.goto("/konto/login/")
        page.fill("[name=login]", NEW)
        press(page, "Logga in genom din kommun")
        expect(page.locator("main h1")).to_have_text("Fortsätt med Trelleborg")
        press(page, "Fortsätt")
        sign_in_there(page, "n1")
        expect(page).to_have_url(re.compile("/mina-sidor/$"))

        # Without a password, one signs in there anew before something that matters.
        page.goto("/konto/radera/")
        expect(page.locator("main h1")).to_have_text("Är det du?")
        says(provider, "n1", email=NEW, auth_time=int(time()))
        press(page, "Fortsätt")
        sign_in_there(page, "n1")
        expect(page.locator("main h1")).to_have_text("Radera mitt konto")

        # Every page on the way, and one's own account connected by its password.
        page = open_page()
        page.goto("/konto/login/")
        look(page, "sign in")
        page.keyboard.press("Escape")
        page.fill("[name=login]", "ingen@annan.example")
        press(page, "Logga in genom din kommun")
        look(page, "an address of no municipality, refused")
        page.fill("[name=login]", OWNER)
        press(page, "Fortsätt")
        look(page, "go on with Trelleborg")
        page.goto(f"{page.url}?only=1")
        look(page, "the only way in")
        press(page, "Fortsätt")
        sign_in_there(page, "o1")
        page.fill("[name=login]", OWNER)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("main h1")).to_have_text("Koppla ditt konto")
        look(page, "connect")
        press(page, "Koppla")
        page.goto("/konto/radera/")
        press(page, "Genom Trelleborg")
        look(page, "once more")
        says(provider, "o1", email=OWNER, auth_time=int(time()) - 3600)
        press(page, "Fortsätt")
        sign_in_there(page, "o1")
        expect(page.locator("main")).to_contain_text("Vi vet inte än att det är du")
        look(page, "once more, not anew")
    finally:
        # The portal is shared with other journeys.
        admin.goto(SETTINGS)
        press(admin, "Ta ur bruk")
        expect(admin.locator("main h2").first).to_have_text("Ställ in en leverantör")
