"""Signing up where it is hardest: at 400 % zoom, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.helpers.accessibility import SIDEWAYS, ZOOMED

pytestmark = pytest.mark.journey


def test_at_400_percent_somebody_finds_an_event_signs_up_and_cancels(open_page, people):
    page = open_page(people["trelleborg-staff"], width=ZOOMED["width"])
    page.set_viewport_size(ZOOMED)

    page.get_by_text("Meny").click()
    page.get_by_role("navigation", name="Huvudmeny").get_by_role("link", name="Tillfällen").click()
    page.get_by_role("link", name="Sök", exact=True).click()
    page.locator("main").get_by_role("combobox").fill("vaktmästarnas nätverk")
    page.keyboard.press("Enter")
    page.locator("main").get_by_role("link", name=re.compile("Vaktmästarnas nätverk")).first.click()
    page.get_by_role("button", name="Anmäl mig").click()
    expect(page.get_by_text("Du har en plats").first).to_be_visible()
    page.get_by_role("button", name=re.compile("Avboka")).click()

    expect(page.get_by_text(re.compile("avbokat", re.IGNORECASE)).first).to_be_visible()
    assert page.evaluate(SIDEWAYS) == []


def test_signing_up_works_without_javascript(open_page, people):
    page = open_page(people["vellinge-manager"], javascript=False)
    page.goto("/tillfallen/?free=on")

    addresses = [link.get_attribute("href") for link in page.locator("main .card a").all()]
    for address in addresses:
        page.goto(address)
        if page.get_by_role("button", name="Anmäl mig").count():
            break
    page.get_by_role("button", name="Anmäl mig").click()

    page.wait_for_url(re.compile("/mina-sidor/anmalan/"))
    expect(page.get_by_text("Du har en plats").first).to_be_visible()
