"""One cell of the matrix: an actor asks an address with a method, and everything that comes of it is looked at."""

import io
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.client import ClientHandler

from tests.walls.addresses import (
    Address,
    Pattern,
    addresses_of,
    further_payloads,
    payloads_in,
    queries_for,
    usual_payload,
)
from tests.walls.canaries import World, foreign_places
from tests.walls.fingerprints import Fingerprint, WrittenTables
from tests.walls.rules import Rule

OTHER_METHODS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
# Where somebody is sent who may not be where they asked to be.
SENT_AWAY = ("/konto/login/", "/redaktion/login/")
_SPREADSHEET = "application/vnd.openxmlformats"


class Browser(RequestFactory):
    """Asks through all middleware without the copies of templates and contexts that the test client keeps."""

    def __init__(self):
        super().__init__()
        self.handler = ClientHandler(enforce_csrf_checks=False)

    def request(self, **request):
        return self.handler(self._base_environ(**request))


@dataclass(frozen=True)
class Question:
    method: str
    path: str
    data: dict | None = None
    ajax: bool = False
    sends: str = ""  # which of the payloads, for the report

    def __str__(self) -> str:
        details = ", ".join(filter(None, [self.sends, "ajax" if self.ajax else ""]))
        return f"{self.method} {self.path}{f' ({details})' if details else ''}"


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: str
    location: str
    error: str = ""

    @property
    def is_redirect(self) -> bool:
        return self.status in (301, 302, 303)

    @property
    def told(self) -> str:
        return f"{self.headers}\n{self.text}"


@dataclass
class Findings:
    cells: int = 0
    leaks: list[str] = field(default_factory=list)
    foreign_writes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong_answers: list[str] = field(default_factory=list)
    answered: bool = False

    @property
    def faults(self) -> list[str]:
        return self.leaks + self.foreign_writes + self.errors + self.wrong_answers


class Matrix:
    def __init__(self, world: World, fingerprint: Fingerprint, sessions: dict[str, str | None]):
        self.world = world
        self._fingerprint = fingerprint
        self._sessions = sessions
        self._browser = Browser()
        self._forms: dict[str, list[dict]] = {}
        self.actors = tuple(sessions)

    def questions(self, pattern: Pattern, address: Address, actor: str, *, full: bool) -> Iterator[Question]:
        """What the actor asks of the address. The short form reads and posts once."""
        own, foreign = self.world.own_and_foreign(actor)
        path = address.path
        yield Question("GET", path)
        yield Question("POST", path, usual_payload(own, foreign), sends="usual")
        if not full:
            return
        join = "&" if "?" in path else "?"
        for query in queries_for(pattern, foreign):
            yield Question("GET", f"{path}{join}{query}")
        yield Question("GET", path, ajax=True)
        for method in OTHER_METHODS:
            yield Question(method, path, usual_payload(own, foreign) if method in ("PUT", "PATCH") else None)
        yield Question("POST", path, {})
        yield Question("POST", path, usual_payload(own, foreign), ajax=True, sends="usual")
        for number, payload in enumerate(self._forms_at(path)):
            yield Question("POST", path, payload, sends=f"form {number}")
        for number, payload in enumerate(further_payloads(pattern, own, foreign)):
            yield Question("POST", path, payload, sends=f"further {number}")

    def run(self, pattern: Pattern, rule: Rule, actors: tuple[str, ...], *, full: bool) -> Findings:
        findings = Findings()
        for address in addresses_of(pattern, self.world):
            for actor in actors:
                for question in self.questions(pattern, address, actor, full=full):
                    findings.cells += 1
                    self._look(findings, rule, address, actor, question)
        return findings

    def words_met(self, actor: str, patterns: list[Pattern]) -> set[str]:
        """What the actor meets by reading all there is."""
        met: set[str] = set()
        for pattern in patterns:
            for address in addresses_of(pattern, self.world):
                with self._undone():
                    met |= self.world.canaries.words_in(self._ask(actor, Question("GET", address.path)).told)
        return met

    def count(self, patterns: list[Pattern]) -> int:
        """How many cells the full form has, without the forms that are found in the pages themselves."""
        return sum(
            1 + len(OTHER_METHODS) + 4 + len(queries_for(pattern, self.world.places["here"]))
            for pattern in patterns
            for _address in addresses_of(pattern, self.world)
            for _actor in self.actors
        )

    def _look(self, findings: Findings, rule: Rule, address: Address, actor: str, question: Question) -> None:
        cell = f"{actor}: {question}"
        with self._undone() as written:
            answer = self._ask(actor, question)
            changed = set(written.names)
            told = answer.told + self._messages(actor, changed)
            if answer.is_redirect and not answer.location.startswith(SENT_AWAY):
                told += self._ask(actor, Question("GET", answer.location)).told
            elif question.method == "POST" and answer.status == 200 and changed:
                # A preview is kept by one request and shown by the next.
                told += self._ask(actor, Question("GET", question.path)).told
            foreign = foreign_places(actor)
            if changed - {"django_session"} and foreign:
                findings.foreign_writes += [
                    f"{cell} → {change}" for change in self._fingerprint.foreign_changes(changed, foreign)
                ]
        sent = f"{question.path} {question.data or ''}"
        if leaks := self.world.canaries.leaked(told, actor, sent):
            findings.leaks.append(f"{cell} → {answer.status} {leaks}")
        if answer.status >= 500:
            findings.errors.append(f"{cell} → {answer.status} {answer.error}")
        may = rule(actor, address.owners)
        # OPTIONS is answered to everybody and shows nothing of who is let in.
        if may and answer.status < 400 and question.method != "OPTIONS":
            findings.answered = True
        if not may and not _is_refusal(answer, question):
            findings.wrong_answers.append(f"{cell} → {answer.status} {answer.location}")

    @contextmanager
    def _undone(self) -> Iterator[WrittenTables]:
        written = WrittenTables()
        cache.clear()
        with transaction.atomic():
            with connection.execute_wrapper(written):
                yield written
            transaction.set_rollback(True)

    def _ask(self, actor: str, question: Question) -> Answer:
        self._browser.cookies.clear()
        if key := self._sessions[actor]:
            self._browser.cookies[settings.SESSION_COOKIE_NAME] = key
        extra = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest", "HTTP_ACCEPT": "application/json"} if question.ajax else {}
        errors: list[str] = []

        def note(**kwargs):
            kind, error, _trace = sys.exc_info()
            errors.append(f"{kind.__name__ if kind else ''}: {error}"[:300])

        got_request_exception.connect(note)
        try:
            if question.method == "POST":
                response = self._browser.post(question.path, question.data or {}, **extra)
            else:
                body = urlencode(question.data, doseq=True) if question.data else ""
                response = self._browser.generic(
                    question.method, question.path, body, "application/x-www-form-urlencoded", **extra
                )
        finally:
            got_request_exception.disconnect(note)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        response.close()
        return Answer(
            status=response.status_code,
            text=_as_text(content, response.headers.get("Content-Type", "")),
            headers="\n".join(f"{name}: {value}" for name, value in response.headers.items()),
            location=response.headers.get("Location", ""),
            error="; ".join(errors),
        )

    def _messages(self, actor: str, changed: set[str]) -> str:
        """What the next page would say, read where it waits."""
        if "django_session" not in changed or not (key := self._sessions[actor]):
            return ""
        return str(SessionStore(key).load())

    def _forms_at(self, path: str) -> list[dict]:
        """What the portal administrator, who may do everything, would post from that page."""
        if path not in self._forms:
            with self._undone():
                answer = self._ask("portal_admin", Question("GET", path))
            self._forms[path] = payloads_in(answer.text) if answer.status == 200 else []
        return self._forms[path]


def _as_text(content: bytes, content_type: str) -> str:
    if content_type.startswith(_SPREADSHEET):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())
    return content.decode("utf-8", "replace")


def _is_refusal(answer: Answer, question: Question) -> bool:
    """Not served. What a redirect did is seen in the database, what it leads to is read for canaries."""
    if answer.status in (400, 403, 404, 405, 410) or answer.is_redirect:
        return True
    # OPTIONS is answered with the names of methods, before anything is looked up.
    return question.method == "OPTIONS"


def figures(findings: Findings) -> Counter:
    return Counter(
        cells=findings.cells,
        leaks=len(findings.leaks),
        foreign_writes=len(findings.foreign_writes),
        errors=len(findings.errors),
        wrong_answers=len(findings.wrong_answers),
    )
