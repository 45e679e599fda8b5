"""A person's browser, as far as forms go: cookies, the hidden fields of a page, and patience when a server dies."""

import http.client
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

PATIENCE = 150.0
TOKEN = "csrfmiddlewaretoken"
# What a server that was killed leaves its visitors with. None of it is an answer.
_CUT = (ConnectionError, http.client.HTTPException, TimeoutError)


class GaveUp(Exception):
    """No answer however often it was tried."""


@dataclass
class Answer:
    status: int
    location: str
    text: str
    began: float
    ended: float
    cut: int  # how often the connection broke before this answer came

    @property
    def is_done(self) -> bool:
        """The act was carried out: each of our forms answers so, and with a page when it was not."""
        return self.status == 302

    @property
    def uid(self) -> str:
        """Of the sign-up or the team that the answer leads to; "" when it leads elsewhere."""
        found = re.search(r"/(?:anmalan|tillsammans)/([0-9a-f-]{36})/", self.location)
        return found.group(1) if found else ""


@dataclass
class Log:
    """Every answer of one client, one line each, written as it comes."""

    file: Any

    def write(self, **line: Any) -> None:
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()


@dataclass
class Browser:
    port: int
    session_key: str
    log: Log
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def __post_init__(self) -> None:
        self.cookies["sessionid"] = self.session_key

    def get(self, act: str, path: str) -> Answer:
        """Load a page; the token of its forms is remembered."""
        return self._noted(act, self._tried(lambda: self._asked("GET", path, None)))

    def post(self, act: str, path: str, fields: list[tuple[str, str]], **facts: Any) -> Answer:
        """Send a form, again with the very same fields when the server dies; log the answer with `facts`."""
        body = self._body(fields)
        return self._noted(act, self._tried(lambda: self._asked("POST", path, body)), **facts)

    def post_twice(self, act: str, path: str, fields: list[tuple[str, str]], **facts: Any) -> list[Answer]:
        """A double press: both are on their way before either is answered."""
        body = self._body(fields)
        asked = []
        for _press in range(2):
            try:
                asked.append(self._asked("POST", path, body))
            except _CUT:
                asked.append(None)
        answers = []
        for first in asked:
            tries = iter([first])
            # The first try is under way already; a cut one is sent again like any other.
            answers.append(self._tried(lambda tries=tries: next(tries, None) or self._asked("POST", path, body)))
        return [self._noted(act, answer, **facts) for answer in answers]

    def post_and_leave(self, path: str, fields: list[tuple[str, str]]) -> None:
        """Send a form and close the connection without waiting: a phone in a lift."""
        try:
            connection, _began = self._asked("POST", path, self._body(fields))
            connection.close()
        except _CUT:
            return

    def _body(self, fields: list[tuple[str, str]]) -> str:
        return urlencode([(TOKEN, self.token), *((name, value) for name, value in fields if name != TOKEN)])

    def _asked(self, method: str, path: str, body: str | None) -> tuple[http.client.HTTPConnection, float]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"http://127.0.0.1:{self.port}"
        began = time.monotonic()
        connection.request(method, path, body, headers)
        return connection, began

    def _tried(self, ask: Callable[[], tuple[http.client.HTTPConnection, float]]) -> Answer:
        cut, gives_up_at = 0, time.monotonic() + PATIENCE
        while True:
            try:
                connection, began = ask()
                try:
                    response = connection.getresponse()
                    text = response.read().decode()
                finally:
                    connection.close()
                for name, value in response.getheaders():
                    if name.lower() == "set-cookie":
                        key, _equals, rest = value.partition("=")
                        self.cookies[key] = rest.partition(";")[0]
                found = re.search(rf'name="{TOKEN}" value="([^"]+)"', text)
                if found:
                    self.token = found.group(1)
                return Answer(response.status, response.getheader("Location") or "", text, began, time.monotonic(), cut)
            except _CUT as error:
                cut += 1
                if time.monotonic() > gives_up_at:
                    raise GaveUp(f"{type(error).__name__}: {error}") from error
                time.sleep(0.1)

    def _noted(self, act: str, answer: Answer, **facts: Any) -> Answer:
        self.log.write(
            act=act,
            status=answer.status,
            began=round(answer.began, 4),
            ended=round(answer.ended, 4),
            cut=answer.cut,
            uid=answer.uid,
            **facts,
        )
        return answer


class _Forms(HTMLParser):
    """Each form of a page as the fields a browser would send, without any button's."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = []
        self.checkboxes: list[list[tuple[str, str]]] = []
        self._select = self._area = None
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append([])
            self.checkboxes.append([])
        elif not self.forms:
            return
        elif tag == "input" and given.get("name"):
            kind, pair = given.get("type", "text"), (given["name"], given.get("value", "on"))
            if kind == "checkbox" and "disabled" not in given:
                self.checkboxes[-1].append(pair)
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.forms[-1].append((pair[0], given.get("value", "on" if kind == "checkbox" else "")))
        elif tag == "select":
            self._select, self._option = given.get("name"), None
        elif tag == "option" and self._select and (self._option is None or "selected" in given):
            self._option = given.get("value", "")
        elif tag == "textarea":
            self._area = given.get("name")
            self.forms[-1].append((self._area or "", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            name, text = self.forms[-1][-1]
            self.forms[-1][-1] = (name, text + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            name, text = self.forms[-1][-1]
            # HTML: the first line break of a textarea is none (13.2.6.4.7).
            self.forms[-1][-1] = (name, text.removeprefix("\r\n").removeprefix("\n"))
            self._area = None
        elif tag == "select" and self._select:
            self.forms[-1].append((self._select, self._option or ""))
            self._select = None


def form_with(text: str, field_name: str) -> list[tuple[str, str]] | None:
    """The fields of the form on a page that has one of that name; None when the page shows no such form."""
    parser = _Forms()
    parser.feed(text)
    return next((form for form in parser.forms if any(name == field_name for name, _value in form)), None)


def choices_of(text: str, field_name: str) -> list[str]:
    """The values of all check boxes of that name on a page that can be ticked."""
    parser = _Forms()
    parser.feed(text)
    return [value for boxes in parser.checkboxes for name, value in boxes if name == field_name]


def with_values(form: list[tuple[str, str]], **values: str) -> list[tuple[str, str]]:
    """The same form with other values in some of its fields."""
    return [(name, values.pop(name, value)) for name, value in form] + list(values.items())
