"""The portal as a newcomer runs it or as it runs in production, and Debian's Chromium: for journeys and pictures."""

import os
import re
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


class ServerProcess:
    """A server of the tests' own (`_process`), which they take away."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """Connections are taken and nothing is said, until `go_on`."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)


@contextmanager
def running_portal(folder: Path, *, email_url: str = "") -> Iterator[str]:
    """Run `make run`'s own command with its demo content in `folder`, on a free port; gives the address.

    Its mails go to `email_url`, or to nobody. Raises AssertionError with the log when it does not come up.
    """
    port = free_port()
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    } | {"PORT": str(port), "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "portal.settings.dev"}
    environment |= {"EMAIL_URL": email_url}
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


@contextmanager
def running_stack(*, email_url: str) -> Iterator[str]:
    """Bring up the production set-up with the demo content (`docker/stack`); gives the proxy's address.

    STACK_PORTS and STACK_SEARCH are heeded; its mails go to `email_url`. It is ended in any case. Raises AssertionError
    with what it said when it does not come up, and afterwards with what its processes logged as faults.
    """
    stack = Path(settings.BASE_DIR) / "docker" / "stack"
    # Its processes have settings of their own: none of the tests'.
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    } | {"STACK_EMAIL_URL": email_url}
    brought_up = subprocess.run([stack, "up", "--demo"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert brought_up.returncode == 0, brought_up.stderr
        found = subprocess.run([stack, "env"], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        yield re.search(r"BASE_URL=(\S+)", found)[1]
        assert _faults_of_stack() == []
    finally:
        # Where its ports are taken nothing was started, and what is there is another's.
        if brought_up.returncode != 3:
            subprocess.run([stack, "down"], env=environment, check=True)


def _faults_of_stack() -> list[str]:
    """What web, worker and scheduler logged as faults, and answers of the proxy that were faults of the portal."""
    logs = Path(settings.BASE_DIR) / "var" / "stack" / "logs"
    lines = [line for path in sorted(logs.glob("*.log")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if re.search(r'"(ERROR|CRITICAL)"|^Traceback|"status":5\d\d', line)]


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
