"""How fast pages are, beside the least that any program must do, in one run; `make bench`.

    python -m tests.speed [--scale 1.0] [--seconds 4] [--connections 16]

Brings up the production set-up natively (`docker/stack`), fills it with 30 municipalities, 3,000 pages, 1,000 events
and 60,000 people times `scale`, and asks each page: "made" (a reader with a cookie: only parts are kept), "kept"
(Django's own page cache), and "proxy" (nginx's). Beside them, with as many processes: a bare Wagtail page, a constant
answer of Django, a file of nginx, and an answer that is the same work each time: how even this machine is. All take
turns, `ROUNDS` times, and the turn in the middle counts: what else such a machine does slows it for some seconds, and
then whoever had that turn would seem slow. Each turn's p99 is printed, so that a pause of our own is seen. Then
hundreds of searches of which each is another one, and people who sign up to one event beside as many who read its page,
while a mail server takes what they are mailed. First it asks a portal of a tenth of the size: growing must make no page
slower. Prints a table, and each bar; exits 1 where one is missed.
"""

import argparse
import csv
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.speed.asking import Answers, Question, ask_all
from tests.speed.data import WORDS

ROOT = Path(__file__).resolve().parents[2]
PORTS = int(os.environ.get("STACK_PORTS", "0"))  # added to each, as docker/stack does
WEB, BARE_PORT, START_PORT, FILE_PORT, REDIS, HTTPS = (port + PORTS for port in (8101, 8191, 8192, 8193, 63790, 8443))
PORTAL, BARE = f"http://127.0.0.1:{WEB}", f"http://127.0.0.1:{BARE_PORT}"
PROXY, FILE = f"https://localhost:{HTTPS}", f"https://localhost:{FILE_PORT}"
A_COOKIE = ["-H", "Cookie: reading=text"]
# As the proxy says it: else each page answers that it is to be asked for by https.
BEHIND_PROXY = ["-H", "X-Forwarded-Proto: https", "-H", f"Host: localhost:{HTTPS}"]
_HEADERS = {"X-Forwarded-Proto": "https", "Host": f"localhost:{HTTPS}", "Cookie": "reading=text"}
# Of a bare Wagtail page in the same run.
LEAST_OF_BARE = {"front page": 0.36, "list": 0.35, "search": 0.35, "course": 0.37, "event": 0.37}
LEAST_OF_CONSTANT, LEAST_OF_STATIC = 0.5, 0.8
MOST_P99 = 1.5  # times p50
LEAST_OF_TENTH = 0.8  # of the portal with a tenth of everything
SEARCHES, SEARCHING, MOST_SEARCH_P95 = 400, 2, 150  # how many, by how many at once; milliseconds
SIGN_UPS, LEAST_OF_DETAIL = 400, 0.5
ROUNDS, CROWDS = 5, 3
_BARE = "bare Wagtail page"
MOST_PURGE, MOST_START, MOST_MEMORY = 5.0, 5.0, 250.0


@dataclass(frozen=True)
class Turn:
    """Answers a second, and milliseconds that half of them, and 99 of 100, took."""

    rate: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Speed:
    """The turns of one address; each figure is that of the turn in the middle."""

    turns: list[Turn]

    @property
    def rate(self) -> float:
        return median(turn.rate for turn in self.turns)

    @property
    def p50(self) -> float:
        return median(turn.p50 for turn in self.turns)

    @property
    def p99(self) -> float:
        return median(turn.p99 for turn in self.turns)

    def beside(self, other: "Speed") -> float:
        """The rate as a share of the other's in the same round."""
        return median(turn.rate / its.rate for turn, its in zip(self.turns, other.turns, strict=True))

    @property
    def tail(self) -> float:
        """How many times as long as half of all answers one in a hundred took."""
        return median(turn.p99 / turn.p50 for turn in self.turns)


@dataclass(frozen=True)
class Asked:
    """An address, and what is sent along."""

    address: str
    headers: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    bench = Bench(options.seconds, options.connections)
    with _mail_server() as address:
        return _run(bench, options.scale, {**os.environ, "STACK_EMAIL_URL": address})


def _run(bench: "Bench", scale: float, environment: dict[str, str]) -> int:
    subprocess.run([ROOT / "docker" / "stack", "up", "--demo"], check=True, env=environment)
    try:
        _without_limits()
        environment = _environment()
        with _bare(environment), _file(ROOT / "var" / "stack"):
            _fill(environment, scale / 10)
            tenth = bench.made(_addresses(environment))
            _fill(environment, scale)
            return bench.run(environment, tenth)
    finally:
        subprocess.run([ROOT / "docker" / "stack", "down"], check=False)


class Bench:
    def __init__(self, seconds: int, connections: int) -> None:
        self._seconds, self._connections = seconds, connections
        self._missed: list[str] = []

    def made(self, pages: dict[str, str]) -> dict[str, Speed]:
        """How fast each page is made, and a bare one beside them."""
        return self._take_turns({_BARE: Asked(BARE + "/")} | {name: _made(path) for name, path in pages.items()})

    def run(self, environment: dict[str, str], tenth: dict[str, Speed]) -> int:
        pages = _addresses(environment)
        constant, static = "constant answer", "file of nginx"
        kept = {f"{name}, kept": Asked(PORTAL + pages[name], BEHIND_PROXY) for name in ("front page", "list", "course")}
        proxied = {f"{name}, proxy": Asked(PROXY + pages[name]) for name in ("front page", "course")}
        # Each turn stands beside that of what it is measured by.
        speeds = self._take_turns(
            {"the same work each time": Asked(BARE + "/sum/"), _BARE: Asked(BARE + "/")}
            | {name: _made(path) for name, path in pages.items()}
            | {constant: Asked(BARE + "/constant/")}
            | kept
            | {static: Asked(FILE + "/file.html")}
            | proxied
        )
        for name in pages:
            share = speeds[name].beside(speeds[_BARE])
            self._bar(f"{name} of bare Wagtail", share, LEAST_OF_BARE.get(name, 0.35))
            self._bar(f"{name}, p99 of p50", speeds[name].tail, MOST_P99, is_most=True)
            # By the bare page: this machine is not as fast now as it was then.
            self._bar(f"{name}, of the smaller portal", share / tenth[name].beside(tenth[_BARE]), LEAST_OF_TENTH)
        for name in kept:
            self._bar(f"{name}, of a constant answer", speeds[name].beside(speeds[constant]), LEAST_OF_CONSTANT)
        for name in proxied:
            self._bar(f"{name}, of a file", speeds[name].beside(speeds[static]), LEAST_OF_STATIC)
        self._search()
        for clients in (16, 32):
            self._sign_up(environment, clients)
        _settle()
        purged = _purged(environment, pages["course"])
        self._bar("seconds until a change is seen at the proxy", purged, MOST_PURGE, is_most=True)
        self._bar("seconds until a web process answers", _started(environment), MOST_START, is_most=True)
        self._bar("MB of the largest web process", _memory(), MOST_MEMORY, is_most=True)
        for line in self._missed:
            _say(f"MISSED  {line}")
        return 1 if self._missed else 0

    def _search(self) -> None:
        """Searches that nobody made before, by as many at once as there are processes."""
        _settle()
        random_ = random.Random(3)
        pairs = random_.sample([(one, other) for one in WORDS for other in WORDS if one < other], SEARCHES)
        paths = [f"/sok/?{urlencode({'q': ' '.join(pair)})}" for pair in pairs]
        questions = [Question(path, headers=_HEADERS) for path in paths]
        answers = self._ask_all(f"searches anew, {SEARCHING} clients", questions, SEARCHING)
        self._bar("ms that 95 of 100 searches take", answers.percentile(95), MOST_SEARCH_P95, is_most=True)

    def _sign_up(self, environment: dict[str, str], clients: int) -> None:
        """People who sign up beside as many who read the event's page, with the same client; some crowds of them."""
        shares = [self._crowd(environment, clients) for _crowd in range(CROWDS)]
        self._bar(f"sign-ups of {clients} clients, of the event's page", median(shares), LEAST_OF_DETAIL)

    def _crowd(self, environment: dict[str, str], clients: int) -> float:
        path, *people = _python(environment, "-m", "tests.speed.crowd", str(SIGN_UPS)).splitlines()
        _settle()
        reading = [Question(path, headers=_HEADERS)] * SIGN_UPS
        read = self._ask_all(f"event, {clients} clients", reading, clients)
        forms = [json.loads(line) for line in people]
        form = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{PROXY}{path}"}
        signing = [
            Question(f"{path}anmal/", who["form"], {**_HEADERS, **form, "Cookie": who["cookie"]}) for who in forms
        ]
        signed = self._ask_all(f"sign-ups, {clients} clients", signing, clients, status=302)
        return signed.rate / read.rate

    def _ask_all(self, name: str, questions: list[Question], clients: int, status: int = 200) -> Answers:
        host, port = PORTAL.removeprefix("http://").split(":")
        answers = ask_all(host, int(port), questions, clients)
        if set(answers.statuses) != {status}:
            raise SystemExit(f"{name}: {dict(answers.statuses)}")
        p50, p95, p99 = (answers.percentile(share) for share in (50, 95, 99))
        _say(f"{name:<28}{answers.rate:>9.0f}/s {p50:>7.0f} ms {p99:>7.0f} ms  (95 of 100: {p95:.0f} ms)")
        return answers

    def _take_turns(self, asked: dict[str, Asked]) -> dict[str, Speed]:
        """Ask each address in turn, some times, and print what was found."""
        _settle()
        rounds = [{name: self._turn(one) for name, one in asked.items()} for _round in range(ROUNDS)]
        speeds = {name: Speed([turns[name] for turns in rounds]) for name in asked}
        for name, speed in speeds.items():
            tails = " ".join(f"{turn.p99 / turn.p50:.2f}" for turn in speed.turns)
            _say(
                f"{name:<28}{speed.rate:>9.0f}/s {speed.p50:>7.1f} ms {speed.p99:>7.1f} ms"
                f" {speed.tail:>7.2f}  (each turn: {tails})"
            )
        return speeds

    def _turn(self, asked: Asked) -> Turn:
        # Whoever was not asked while others had their turns first makes again what is kept for a minute only.
        self._ask(asked, seconds=1)
        return self._ask(asked, self._seconds)

    def _ask(self, asked: Asked, seconds: int) -> Turn:
        command = ["ab", "-k", "-l", "-q", "-c", str(self._connections), "-t", str(seconds), "-n", "10000000"]
        with tempfile.NamedTemporaryFile() as shares:
            found = subprocess.run(
                [*command, "-e", shares.name, *asked.headers, asked.address], capture_output=True, text=True, check=True
            ).stdout
            # The table that it prints knows whole milliseconds only.
            took = {share: float(at) for share, at in csv.reader(Path(shares.name).read_text().splitlines()[1:])}
        wrong = re.search(r"Non-2xx responses:\s+(\d+)", found)
        if wrong:
            raise SystemExit(f"{asked.address}: {wrong[1]} answers were none of success")
        return Turn(float(re.search(r"Requests per second:\s+([\d.]+)", found)[1]), took["50"], took["99"])

    def _bar(self, name: str, value: float, bar: float, is_most: bool = False) -> None:
        line = f"{name}: {value:.2f} (at {'most' if is_most else 'least'} {bar:.4g})"
        _say(line)
        if value > bar if is_most else value < bar:
            self._missed.append(line)


def _made(path: str) -> Asked:
    """A page of which only parts are kept: for a reader with a cookie."""
    return Asked(PORTAL + path, [*BEHIND_PROXY, *A_COOKIE])


def _environment() -> dict[str, str]:
    """That of the stack's own processes."""
    found = subprocess.run([ROOT / "docker" / "stack", "env"], capture_output=True, text=True, check=True).stdout
    script = f"{found}\nexec env -0"
    given = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return dict(line.split("=", 1) for line in given.split("\0") if "=" in line)


def _fill(environment: dict[str, str], scale: float) -> None:
    began = time.monotonic()
    sizes = {"municipalities": 30, "pages": 3000, "events": 1000, "people": 60_000}
    options = [f"--{name}={max(3, round(number * scale))}" for name, number in sizes.items()]
    subprocess.run([sys.executable, "-m", "tests.speed.data", *options], env=environment, check=True, cwd=ROOT)
    _manage(environment, "rebuild_search")
    _manage(
        environment, "shell", "-c", "from django.db import connection; connection.cursor().execute('VACUUM ANALYZE')"
    )
    # Now, and not while pages are timed.
    _manage(environment, "shell", "-c", "from django.db import connection; connection.cursor().execute('CHECKPOINT')")
    _say(f"The data, {scale:g} of it: {time.monotonic() - began:.0f} s")


def _manage(environment: dict[str, str], *arguments: str) -> str:
    return _python(environment, "manage.py", *arguments)


def _python(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, check=True, cwd=ROOT, capture_output=True, text=True).stdout


def _addresses(environment: dict[str, str]) -> dict[str, str]:
    """One address of each kind that everybody may read."""
    script = (
        "from cms.models import CoursePage, MunicipalityPage\n"
        "from portal.events.models import TrainingEvent\n"
        "course = CoursePage.objects.live().filter(visibility='public').order_by('-pk').first()\n"
        "event = TrainingEvent.objects.published().upcoming().filter(visibility='public').order_by('-pk').first()\n"
        "print('FOUND', course.get_url(), MunicipalityPage.objects.order_by('pk').first().get_url(), "
        "event.get_absolute_url())"
    )
    found = _manage(environment, "shell", "-c", script)
    course, section, event = re.search(r"FOUND (\S+) (\S+) (\S+)", found).groups()
    return {
        "front page": "/",
        "list": "/kurser/",
        "events": "/tillfallen/",
        "search": "/sok/?q=matsvinn+metod",
        "section": section,
        "course": course,
        "event": event,
    }


@contextmanager
def _mail_server() -> Iterator[str]:
    """One that takes every mail; elsewhere it is another machine's, so here it has what is left of the cores."""
    port = 2525 + PORTS
    command = shlex.split(f"-m aiosmtpd --nosetuid --class aiosmtpd.handlers.Sink --listen 127.0.0.1:{port}")
    server = subprocess.Popen([sys.executable, *command], start_new_session=True)
    with suppress(OSError):
        Path(f"/proc/{server.pid}/autogroup").write_text("15")
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def _bare(environment: dict[str, str]) -> Iterator[None]:
    address = Path(environment["DATABASE_URL_FILE"]).read_text()
    base, _slash, _name = address.rpartition("/")
    subprocess.run(["/usr/bin/psql", address, "-q", "-c", "CREATE DATABASE bare"], check=True, capture_output=True)
    own = {**environment, "BARE_DATABASE_URL": f"{base}/bare", "DJANGO_SETTINGS_MODULE": "tests.speed.bare.settings"}
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], env=own, check=True, cwd=ROOT)
    command = shlex.split(f"-m gunicorn tests.speed.bare.wsgi --bind 127.0.0.1:{BARE_PORT} --worker-class sync")
    command += shlex.split("--workers 2 --log-level warning")
    server = subprocess.Popen([sys.executable, *command], env=own, cwd=ROOT)
    try:
        _wait(BARE + "/constant/")
        yield
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def _file(folder: Path) -> Iterator[None]:
    """A file as large as a page, from an nginx that does nothing else, with the proxy's certificate."""
    (folder / "file.html").write_text("x" * 25_000)
    configuration = folder / "file.conf"
    configuration.write_text(f"""
        {"user root;" if os.geteuid() == 0 else ""} daemon off; worker_processes auto; pid {folder}/logs/file.pid;
        error_log {folder}/logs/file.log; events {{ worker_connections 1024; }}
        http {{ access_log off; gzip on; server {{ listen 127.0.0.1:{FILE_PORT} ssl; root {folder};
          ssl_certificate {folder}/secrets/tls_certificate; ssl_certificate_key {folder}/secrets/tls_key; }} }}
    """)
    server = subprocess.Popen(["/usr/sbin/nginx", "-c", str(configuration)])
    try:
        time.sleep(1)
        yield
    finally:
        server.terminate()
        server.wait(10)


def _without_limits() -> None:
    """All questions of a run come from one address, of which the proxy answers some a second."""
    configuration = ROOT / "var" / "stack" / "nginx.conf"
    configuration.write_text(re.sub(r"^\s*limit_req zone=.*$", "", configuration.read_text(), flags=re.MULTILINE))
    subprocess.run(["/usr/sbin/nginx", "-c", str(configuration), "-s", "reload"], check=True)


def _settle() -> None:
    """Until the worker has done what the page before, or filling the portal, gave it: it has the same cores."""
    empty = 0
    while empty < 3:
        waiting = subprocess.run(
            ["/usr/bin/redis-cli", "-p", str(REDIS), "-n", "0", "llen", "celery"],
            capture_output=True,
            text=True,
            check=True,
        )
        empty = empty + 1 if waiting.stdout.strip() == "0" else 0
        time.sleep(1)


def _wait(address: str, seconds: float = 30) -> float:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            with urlopen(Request(address), timeout=2) as answer:  # noqa: S310 - an address of this machine
                answer.read()
            return time.monotonic() - began
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{address} does not answer")


def _purged(environment: dict[str, str], path: str) -> float:
    """Publish another title, and wait until a reader at the proxy sees it."""
    title = f"Nytt namn {time.time_ns()}"
    curl = ["curl", "--silent", "--insecure", "--max-time", "5", PROXY + path]
    for _time in range(3):
        subprocess.run(curl, capture_output=True, check=True)
    script = (
        "from cms.models import CoursePage\n"
        "page = CoursePage.objects.live().filter(visibility='public').order_by('-pk').first()\n"
        f"page.title = {title!r}\n"
        "page.save_revision().publish()\n"
        "import time; print('AT', time.time())"
    )
    at = float(re.search(r"AT ([\d.]+)", _manage(environment, "shell", "-c", script))[1])
    while title not in subprocess.run(curl, capture_output=True, text=True, check=True).stdout:
        if time.time() - at > 60:
            return 60.0
        time.sleep(0.1)
    return time.time() - at


def _started(environment: dict[str, str]) -> float:
    server = subprocess.Popen(
        [ROOT / "docker" / "entrypoint", "web"], env={**environment, "BIND": f"127.0.0.1:{START_PORT}"}, cwd=ROOT
    )
    try:
        return _wait(f"http://127.0.0.1:{START_PORT}/readyz")
    finally:
        server.terminate()
        server.wait(20)


def _memory() -> float:
    """Megabytes that the largest process at the portal's port holds."""
    largest = 0
    for folder in Path("/proc").iterdir():
        try:
            if f"127.0.0.1:{WEB}".encode() in (folder / "cmdline").read_bytes():
                held = re.search(r"VmRSS:\s+(\d+)", (folder / "status").read_text())
                largest = max(largest, int(held[1]) if held else 0)
        except OSError:
            continue
    return largest / 1024


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
