"""axe-core over the demo's pages, on a phone and on a wide screen; and the main act without JavaScript."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

PUBLIC = [
    "/",
    "/kurser/",
    "/metoder/",
    "/lardomar/",
    "/konferenser/",
    "/tillfallen/",
    "/tillfallen/?when=past",
    "/sok/",
    "/sok/?q=mindre+matsvinn",
    "/sok/?q=xyzzy",
    "/sok/saknas/?q=xyzzy",
    "/lardomar/?failed=1",
    "/om/",
    "/trelleborg/",
    "/trelleborg/kommunsamverkan-for-morgondagens-kompetens/",
    "/trelleborg/svinnvagning-pa-fem-minuter/",
    "/trelleborg/mindre-matsvinn-nar-hela-laget-vager/",
    "/trelleborg/dela-skorden-det-vi-larde-oss-pa-jobbet/",
    "/konto/login/",
    "/konto/signup/",
    "/finns-inte/",
    "/lasinstallningar/",
    "/tillganglighet/",
    "/tillganglighet/?told=1",
    "/trelleborg/mobilen-som-arbetsverktyg/",
    "/en/",
    "/en/kurser/",
    "/en/tillfallen/",
    "/en/sok/?q=mindre+matsvinn",
    "/en/trelleborg/svinnvagning-pa-fem-minuter/",
    "/en/konto/login/",
]
COORDINATOR = [
    "/mina-sidor/",
    "/mina-sidor/sokningar/",
    "/trelleborg/mindre-matsvinn-i-skolkoket/",
    "/arbetsyta/",
    "/arbetsyta/saknas/",
    "/arbetsyta/sokningar/",
    "/arbetsyta/tillfallen/",
    "/arbetsyta/tillfallen/nytt/",
    "/arbetsyta/projekt/",
    "/arbetsyta/projekt/hamta/",
]


def violations(page, paths: list[str]) -> dict[str, list[str]]:
    """Address → the rules that its page breaks, and sideways scroll."""
    found = {}
    for path in paths:
        page.goto(path)
        result = Axe().run(page)
        broken = [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in result.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            broken.append("scrolls sideways")
        if broken:
            found[path] = broken
    return found


@pytest.mark.parametrize("width", [320, 1280])
def test_public_pages_break_no_rule(open_page, width):
    assert violations(open_page(width=width), PUBLIC) == {}


@pytest.mark.parametrize("width", [320, 1280])
def test_the_coordinators_pages_break_no_rule(open_page, people, width):
    assert violations(open_page(people["trelleborg-coordinator"], width=width), COORDINATOR) == {}


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
