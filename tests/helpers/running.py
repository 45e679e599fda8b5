"""The portal as a newcomer runs it, and Debian's Chromium: for journeys, pictures and figures."""

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

PASSWORD = "samlarande-demo"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
STARTS_WITHIN = 240  # seconds


@contextmanager
def running_portal(folder: Path) -> Iterator[str]:
    """Run `make run`'s own command with its demo content in `folder`, on a free port; gives the address.

    Raises AssertionError with the log when it does not come up.
    """
    port = free_port()
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    } | {"PORT": str(port), "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "portal.settings.dev"}
    log = folder / "log"
    with log.open("w+") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_portal"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=file,
            stderr=file,
        )
        try:
            deadline = time.monotonic() + STARTS_WITHIN
            while "Ctrl-C" not in log.read_text().partition("Samlärande runs")[2]:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.3)
            yield f"http://localhost:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def free_port() -> int:
    """A port of this machine that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def demo_people() -> dict[str, str]:
    """The demo's people: key → address."""
    path = Path(settings.BASE_DIR) / "cms" / "management" / "demo" / "people.toml"
    return {person["key"]: person["email"] for person in tomllib.loads(path.read_text(encoding="utf-8"))["person"]}


def sign_in(page, email: str) -> None:
    """Sign a browser's page in as one of the demo's people; it ends at *Mina sidor*."""
    page.goto("/konto/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/mina-sidor/**")
