"""The proxy's configuration in a real nginx, before a small server that says what it was asked."""

import datetime
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from tests.helpers.running import free_port

TEMPLATE = Path(settings.BASE_DIR) / "docker" / "nginx" / "portal.conf.template"
pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx")


class Portal(BaseHTTPRequestHandler):
    """Answers with what it was asked; the address says what is to be special about the answer."""

    asked: Counter = Counter()

    def do_GET(self) -> None:
        Portal.asked[self.path] += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"number": Portal.asked[self.path], **self.headers}).encode()
        self.send_response(500 if "broken" in self.path else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if "private" in self.path:
            self.send_header("Cache-Control", "private, no-store")
        if "cookie" in self.path:
            self.send_header("Set-Cookie", "csrftoken=x")
        self.send_header("Vary", "Cookie")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args) -> None:
        pass


class Proxy:
    def __init__(self, folder: Path):
        self.folder, self.https, self.http = folder, free_port(), free_port()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        _make_certificate(folder)
        (folder / "cache").mkdir()
        (folder / "nginx.conf").write_text(self._configuration())
        nginx = str(shutil.which("nginx"))
        self.process = subprocess.Popen(
            [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], stderr=subprocess.PIPE
        )
        for _try in range(100):
            if self.process.poll() is not None:
                raise RuntimeError(self.process.stderr.read().decode())
            try:
                self.ask("/")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("the proxy does not answer")

    def _configuration(self) -> str:
        values = {
            "WEB_SERVERS": f"server 127.0.0.1:{self.server.server_port};",
            "HTTP_PORT": f"127.0.0.1:{self.http}",
            "HTTPS_PORT": f"127.0.0.1:{self.https}",
            "HTTPS_PORT_SUFFIX": "",
            "TLS_CERTIFICATE": f"{self.folder}/certificate",
            "TLS_KEY": f"{self.folder}/key",
            "CACHE_FOLDER": f"{self.folder}/cache",
            "ACCESS_LOG": f"{self.folder}/access.log",
            "ERROR_LOG": f"{self.folder}/server.log",
        }
        ours = re.sub(r"\$\{([A-Z_]+)\}", lambda name: values[name[1]], TEMPLATE.read_text())
        temporary = " ".join(
            f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        return (
            f"{user} daemon off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/error.log warn;"
            f" events {{}} http {{ {temporary} {ours} }}"
        )

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str):
        """Status, headers and body, over TLS."""
        context = ssl._create_unverified_context()  # noqa: S323 - a certificate of a minute
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, context=context, timeout=10)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=names)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def number(self, path: str, **how) -> int:
        """The how many-eth answer of the portal to that address this is."""
        return json.loads(self.ask(path, **how)[2])["number"]

    def end_portal(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.end_portal()


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture
def proxy(tmp_path):
    tmp_path.chmod(0o755)
    Portal.asked.clear()
    made = Proxy(tmp_path)
    yield made
    made.end()


def test_a_public_page_is_asked_for_once_by_those_whom_nobody_knows(proxy):
    assert [proxy.number("/kurser/") for _reader in range(3)] == [1, 1, 1]
    # Another address, another language, and a part of a page are other pages.
    assert [proxy.number("/kurser/?q=a"), proxy.number("/en/kurser/"), proxy.number("/kurser/", HX_Request="true")] == [
        *(1, 1),
        2,
    ]


@pytest.mark.parametrize(
    "known",
    [{"Cookie": "__Host-session=x"}, {"Cookie": "mitt_program=abc"}, {"Cookie": "a=b"}, {"Authorization": "Basic x"}],
)
def test_whoever_is_known_is_asked_for_each_time_and_kept_for_nobody(proxy, known):
    assert [proxy.number("/kurser/", **known) for _time in range(2)] == [1, 2]
    assert proxy.number("/kurser/") == 3, "what somebody known was shown is shown to nobody else"
    assert proxy.number("/kurser/", **known) == 4, "nor is somebody known shown what others are"


@pytest.mark.parametrize("path", ["/private/", "/cookie/", "/broken/"])
def test_what_is_personal_sets_a_cookie_or_is_broken_is_not_kept(proxy, path):
    assert [proxy.number(path) for _time in range(2)] == [1, 2]


def test_a_form_goes_through_each_time(proxy):
    assert [proxy.number("/kurser/", method="POST", body="a=b") for _time in range(2)] == [1, 2]


def test_what_is_published_is_read_within_seconds(proxy):
    assert proxy.number("/kurser/") == 1
    deadline = time.monotonic() + 8
    while (number := proxy.number("/kurser/")) == 1 and time.monotonic() < deadline:
        time.sleep(0.25)

    assert number == 2


def test_while_the_portal_is_away_what_was_kept_is_shown_and_else_a_word_in_swedish(proxy):
    before = proxy.ask("/kurser/")[2]
    proxy.end_portal()
    time.sleep(4.2)

    status, _headers, after = proxy.ask("/kurser/")
    assert (status, after) == (200, before)
    for known in ({"Cookie": "a=b"}, {}):
        status, headers, text = proxy.ask("/metoder/", **known)
        assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "10", "no-store")
        assert "Vänta några sekunder" in text


def test_what_a_reader_claims_of_itself_is_written_over(proxy):
    claims = {"X_Forwarded_For": "1.2.3.4", "X_Forwarded_Proto": "http", "X_Request_ID": "deadbeef" * 4}

    said = json.loads(proxy.ask("/private/", **claims)[2])

    assert (said["X-Forwarded-For"], said["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
    assert re.fullmatch("[0-9a-f]{32}", said["X-Request-ID"])
    assert said["X-Request-ID"] != claims["X_Request_ID"]


def test_health_and_figures_are_for_those_inside(proxy):
    hidden = ("/healthz", "/readyz", "/metrics", "//metrics", "/%6detrics", "/a/../metrics", "/metrics?a=b")
    assert {path: proxy.ask(path)[0] for path in hidden} == dict.fromkeys(hidden, 404)
    assert set(Portal.asked) == {"/"}


def test_without_tls_one_is_led_to_it(proxy):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.http, timeout=10)
    connection.request("GET", "/kurser/?q=a", headers={"Host": "samlarande.example"})
    answer = connection.getresponse()

    assert (answer.status, answer.headers["Location"]) == (301, "https://samlarande.example/kurser/?q=a")


def test_no_log_holds_an_address(proxy):
    for _time in range(200):
        proxy.ask("/konto/hemlig-adress/?q=hemligt")
    proxy.end_portal()
    proxy.ask("/utan-konto/hemligt/")

    logged = (proxy.folder / "access.log").read_text()
    assert "hemlig" not in logged
    for name in ("error.log", "server.log"):
        assert "hemlig" not in (proxy.folder / name).read_text()
    lines = [json.loads(line) for line in logged.splitlines()]
    assert {"at", "method", "status", "request_id"} <= lines[-1].keys()
    assert 429 in {line["status"] for line in lines}


def test_more_than_the_limit_is_told_so_in_swedish(proxy):
    answers = [proxy.ask("/konto/login/") for _time in range(60)]

    status, headers, text = next(answer for answer in answers if answer[0] != 200)
    assert (status, headers["Retry-After"], "Vänta några sekunder" in text) == (429, "10", True)
    assert answers[0][0] == 200
