"""The portal as a newcomer runs it (`make run`, demo content, own folder and port), and a browser to use it with."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.helpers.running import CHROMIUM, CHROMIUM_ARGUMENTS, demo_people, running_portal, sign_in

# Two cores run the browser, the server, the worker and the tests at once.
expect.set_options(timeout=20_000)


def wait_until(page, script: str, argument=None) -> None:
    """Wait until `script` is true in the page. Playwright's own waiting has the page evaluate text, which our policy
    forbids."""
    for _try in range(400):
        if page.evaluate(script, argument):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"was never true within 20 s: {script}")


@pytest.fixture(scope="session")
def portal(tmp_path_factory) -> Iterator[str]:
    """The address of a running portal with its demo content; web server, worker and all."""
    with running_portal(tmp_path_factory.mktemp("portal")) as address:
        yield address


@pytest.fixture(scope="session")
def people() -> dict[str, str]:
    """The demo's people: key → address."""
    return demo_people()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        if not CHROMIUM.exists():
            pytest.skip("needs Debian's chromium, which CI installs")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, portal):
    """`open_page(email, width=390)`: a new browser, signed in when an address is given; fails on any page error."""
    contexts, errors = [], []

    def make(email: str = "", *, width: int = 390, javascript: bool = True):
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, locale="sv-SE", java_script_enabled=javascript, base_url=portal
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        # Only kept here: what is raised in a listener is lost.
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        if email:
            sign_in(page, email)
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []
