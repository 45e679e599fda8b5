"""The portal as a newcomer runs it (`make run`, demo content, own folder and port), and a browser to use it with."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect, sync_playwright

PASSWORD = "samlarande-demo"
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
def portal(tmp_path_factory) -> str:
    """The address of a running portal with its demo content; web server, worker and all."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("portal")
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    } | {"PORT": str(port), "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "portal.settings.dev"}
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_portal"], cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + 240
            while "Ctrl-C" not in (folder / "log").read_text().split("Samlärande runs", 1)[-1] or (
                "Samlärande runs" not in (folder / "log").read_text()
            ):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.3)
            yield f"http://localhost:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


@pytest.fixture(scope="session")
def people() -> dict[str, str]:
    """The demo's people: key → address."""
    path = Path(settings.BASE_DIR) / "cms" / "management" / "demo" / "people.toml"
    return {person["key"]: person["email"] for person in tomllib.loads(path.read_text(encoding="utf-8"))["person"]}


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        if not Path(path).exists():
            pytest.skip("needs Debian's chromium, which CI installs")
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, portal):
    """`open_page(email, width=390)`: a new browser, signed in when an address is given; fails on any page error."""
    contexts = []

    def make(email: str = "", *, width: int = 390, javascript: bool = True):
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, locale="sv-SE", java_script_enabled=javascript, base_url=portal
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        if email:
            page.goto("/konto/login/")
            page.locator("input[name=login]").fill(email)
            page.locator("input[name=password]").fill(PASSWORD)
            page.locator("main button[type=submit]").first.click()
            page.wait_for_url(re.compile(r"/mina-sidor/"))
        return page

    yield make
    for context in contexts:
        context.close()
