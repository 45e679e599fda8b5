"""The portal as processes on a database of the test's own: web, workers and schedulers that can be killed."""

import io
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.test import Client

from portal.events.models import SignUp
from portal.notifications.models import OutboxMessage
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import PersonFactory
from tests.helpers.running import free_port
from tests.stress.browser import Answer, Browser, Log
from tests.stress.services import Service, children_of, wait_until_up

TOKEN = "t" * 32


@dataclass
class Portal:
    """What runs, and what was answered. `environment` holds what differs from the settings of `make run`."""

    folder: Path
    database: str
    environment: dict[str, str]
    place: object  # the municipality that everybody here belongs to
    port: int = field(default_factory=free_port)
    services: list[Service] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    _event: object = None

    def web(self, processes: int = 2) -> Service:
        """Start gunicorn and wait until each process has answered: what a cold start costs is another figure."""
        command = ["gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", str(processes)]
        service = self._start(
            "web", [*command, "--preload", "--log-level", "warning", "--worker-tmp-dir", str(self.folder)]
        )
        wait_until_up(self.port)
        for _time in range(4 * processes):
            Browser(self.port, "", Log(io.StringIO())).get("warm up", "/tillfallen/")
        return service

    def worker(self, name: str = "worker", processes: int = 2) -> Service:
        """Start a worker as production has it: with child processes, and without the scheduler."""
        command = ["celery", "--app", "portal", "--quiet", "worker", "--concurrency", str(processes)]
        return self._start(
            name, [*command, "-n", name, "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        )

    def beat(self, name: str = "beat") -> Service:
        command = ["celery", "--app", "portal", "--quiet", "beat", "--loglevel", "WARNING", "--pidfile="]
        return self._start(name, [*command, "--schedule", str(self.folder / name)])

    def _start(self, name: str, command: list[str]) -> Service:
        environment = {
            "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
            "DEBUG": "false",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database,
            "SECRET_KEY": settings.SECRET_KEY,
            "ALLOWED_HOSTS": "127.0.0.1",
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "CELERY_BROKER_URL": "filesystem://localhost",
            "CACHE_URL": "locmemcache://",
            "LOG_LEVEL": "WARNING",
            "C_FORCE_ROOT": "1",
            "PYTHONWARNINGS": "ignore",
            **self.environment,
        }
        service = Service(name, [sys.executable, "-m", *command], environment, self.folder / f"{name}.log")
        service.start()
        self.services.append(service)
        return service

    def stop(self) -> None:
        for service in self.services:
            service.stop()

    # --- What people do -----------------------------------------------------------------------------------------

    def somebody(self) -> tuple[object, Browser]:
        """A new member of the municipality, signed in."""
        person, client = PersonFactory(member_of=self.place), Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        browser = Browser(self.port, client.cookies["sessionid"].value, Log(io.StringIO()))
        browser.cookies["csrftoken"] = browser.token = TOKEN
        return person, browser

    def sign_up(self, number: int) -> float:
        """So many people sign up for a seat through the web, each in one press; the longest wait, in seconds."""
        if self._event is None:
            self._event = TrainingEventFactory(municipality=self.place, capacity=1000)
        waits = []
        for _time in range(number):
            _person, browser = self.somebody()
            fields = [("form_token", str(uuid.uuid4())), ("municipality", str(self.place.pk))]
            answer = browser.post("sign up", f"/tillfallen/{self._event.public_id}/anmal/", fields)
            self.answers.append(answer)
            waits.append(answer.ended - answer.began)
        return max(waits)

    @property
    def refused(self) -> list[tuple[int, str]]:
        """The sign-ups that were not answered with yes."""
        return [(answer.status, answer.text[-500:]) for answer in self.answers if not answer.is_done]

    @property
    def lost(self) -> int:
        """Sign-ups that somebody was told of and that are not there."""
        done = {answer.uid for answer in self.answers if answer.is_done}
        return len(done) - SignUp.objects.filter(uid__in=done).count()


def mails() -> dict[str, int]:
    """How many mails there are, by state."""
    states = list(OutboxMessage.objects.order_by().values_list("state", flat=True))
    return {state: states.count(state) for state in sorted(set(states))}


def unsent() -> int:
    return OutboxMessage.objects.exclude(state="sent").count()


def let_time_pass() -> None:
    """Mails that are to be tried later are due now: nobody wants to wait for half an hour."""
    OutboxMessage.objects.filter(state="pending", next_attempt_at__isnull=False).update(next_attempt_at=None)


def wait_for(what: Callable[[], bool], *, seconds: float, otherwise: Callable[[], object] = lambda: "") -> float:
    """Wait until it is so; return after how many seconds. Raises AssertionError when it is not in time."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {otherwise()}"
        time.sleep(0.1)
    return time.monotonic() - began


def kill_children(service: Service) -> int:
    """Kill the processes that it started, with -9; return how many."""
    children = children_of(service.pid)
    for child in children:
        os.kill(child, signal.SIGKILL)
    return len(children)
