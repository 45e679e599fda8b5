"""A running portal with the demo content, a browser to use it with, and the mail server that takes its mails.

The portal is as a newcomer runs it (`make run`, own folder and port), or, with JOURNEYS_AT=stack (`make e2e-stack`),
the production set-up: PostgreSQL, Redis, two webs, worker and scheduler behind the proxy with TLS, limits and cache.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.helpers.postbox import Postbox
from tests.helpers.running import (
    CHROMIUM,
    CHROMIUM_ARGUMENTS,
    demo_people,
    running_portal,
    running_stack,
    sign_in,
)

AT_STACK = os.environ.get("JOURNEYS_AT") == "stack"
# Which modules do not run against the production set-up, and why.
NOT_AT_STACK = {
    "test_accessibility.py": "looks at pages and not at what they do, which is the same markup and styles in both; "
    "twelve minutes; reads mails on a page that production does not have",
    "test_provider.py": "its provider speaks http on this machine, which production refuses",
}

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


def open_until(page, address: str, locator) -> None:
    """Open a page, again and again until something is there: readers without a cookie may be shown one that is four
    seconds old, and what was published a moment ago is found a moment later."""
    for _try in range(40):
        page.goto(address)
        if locator.first.is_visible():
            return
        page.wait_for_timeout(500)
    pytest.fail(f"never stood on {address} within 20 s: {locator}")


def pytest_collection_modifyitems(items) -> None:
    here = Path(__file__).parent
    if missing := [name for name in NOT_AT_STACK if not (here / name).exists()]:
        raise pytest.UsageError(f"NOT_AT_STACK names what is not there: {missing}")
    for item in items:
        if AT_STACK and item.path.parent == here and (reason := NOT_AT_STACK.get(item.path.name)):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def postbox() -> Iterator[Postbox]:
    """The mail server that the portal sends with."""
    with Postbox() as box:
        yield box


@pytest.fixture(scope="session")
def portal(tmp_path_factory, postbox) -> Iterator[str]:
    """The address of a running portal with its demo content; web server, worker and all."""
    if AT_STACK:
        running = running_stack(email_url=postbox.url)
    else:
        running = running_portal(tmp_path_factory.mktemp("portal"), email_url=postbox.url)
    with running as address:
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
            viewport={"width": width, "height": 844},
            locale="sv-SE",
            java_script_enabled=javascript,
            base_url=portal,
            # The production set-up's certificate is one that it made itself.
            ignore_https_errors=True,
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
