"""What leaves the portal for a Sentry and a collector of traces: faults and times, and nobody's data."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
from django.conf import settings as django_settings

from portal.core import tracing
from portal.core.checks import find_unsafe

SECRET = "hemligtkanariefagel"


@pytest.fixture
def receiver():
    """A server that keeps what it is sent: (path, headers, body) each."""
    got: list[tuple[str, str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}
            body = unpack[self.headers.get("Content-Encoding")](body)
            got.append((self.path, str(self.headers), body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, got
    server.shutdown()
    server.server_close()


def run(tmp_path, **environment: str) -> subprocess.CompletedProcess:
    known = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "tests.helpers.watched_program", SECRET],
        cwd=django_settings.BASE_DIR,
        env={
            **known,
            "DJANGO_SETTINGS_MODULE": "portal.settings.test",
            "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
            "NO_PROXY": "127.0.0.1",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_faults_and_times_leave_and_nobodys_data(receiver, tmp_path):
    port, got = receiver

    ended = run(
        tmp_path,
        SENTRY_DSN=f"http://key@127.0.0.1:{port}/1",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}",
    )

    assert ended.returncode == 0, ended.stderr[-3000:]
    events = [event for path, _headers, body in got if path == "/api/1/envelope/" for event in _events(body)]
    faults = {(event["exception"]["values"][-1]["type"], event.get("transaction")) for event in events}
    assert {kind for kind, _place in faults} == {"OperationalError", "ValueError", "KeyError"}
    assert ("ValueError", "tests.fails") in faults
    assert all(event["exception"]["values"][-1]["stacktrace"]["frames"] for event in events)
    assert all(set(event) <= {*tracing._EVENT, "exception", "tags"} for event in events)
    traces = b"".join(body for path, _headers, body in got if path == "/v1/traces")
    for told in (b"GET ", b"utan-konto/bekrafta/<", b"http.status_code", b"tests.fails", b"samlarande"):
        assert told in traces
    everything = b"".join(path.encode() + headers.encode() + body for path, headers, body in got)
    for hidden in (SECRET, "198.51.100.77", "no such table", "SELECT \\"):
        assert hidden.encode() not in everything


def _events(envelope: bytes) -> list[dict]:
    """The events of a Sentry envelope: a line for the whole, then a line of heading and one of contents for each."""
    lines = envelope.splitlines()
    pairs = zip(lines[1::2], lines[2::2], strict=False)
    return [json.loads(contents) for heading, contents in pairs if json.loads(heading)["type"] == "event"]


def test_where_neither_is_named_neither_is_loaded(tmp_path):
    ended = run(tmp_path)

    assert ended.returncode == 0, ended.stderr[-3000:]
    assert json.loads(ended.stdout) == []


def test_what_is_asked_for_and_not_installed_is_said_before_anything_starts(settings, monkeypatch):
    settings.SENTRY_DSN, settings.OTEL_EXPORTER_OTLP_ENDPOINT = "https://key@sentry.example/1", "http://collector:4318"
    assert tracing.missing() == []

    monkeypatch.setattr("sys.meta_path", [])
    for name in [name for name in sys.modules if name.startswith(("sentry_sdk", "opentelemetry"))]:
        monkeypatch.delitem(sys.modules, name)

    assert tracing.missing() == ["SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert [message.id for message in find_unsafe()].count("portal.E031") == 2
