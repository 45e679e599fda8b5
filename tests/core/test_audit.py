"""What looks at the project from outside: known weaknesses, the list of what is in it, keys in the tree."""

import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PYTHON = ROOT / ".venv" / "audit" / "bin" / "python"
pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no .venv/audit (make check installs it)")
GIT = str(shutil.which("git"))
SKIPPED = "the advisory service cannot be reached"


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess:
    # The way out, where there is one, is the machine's.
    known = {key: value for key, value in os.environ.items() if not key.startswith(("AUDIT", "DJANGO", "MAKE", "SBOM"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**known, **environment},
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.fixture
def advisories():
    """A service that knows a weakness of amqp 5.4.1; its address."""

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            weak = (asked["package"]["name"], asked["version"]) == ("amqp", "5.4.1")
            affected = {
                "package": {"name": "amqp", "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.4.2"}]}],
            }
            weakness = {"id": "PYSEC-2026-1", "summary": "made up", "affected": [affected]}
            body = json.dumps({"vulns": [weakness]} if weak else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


@pytest.fixture
def locked(tmp_path):
    """`locked("amqp==5.4.1")`: a file with that one requirement."""

    def write(requirement: str) -> Path:
        file = tmp_path / "locked.txt"
        file.write_text(f"{requirement} --hash=sha256:{'0' * 64}\n")
        return file

    return write


def audit(file: Path, **environment: str) -> tuple[int, str]:
    ended = run(PYTHON, ".ci/audit", file, **environment)
    return ended.returncode, ended.stdout + ended.stderr


def test_a_known_weakness_fails_with_its_name_and_where_it_is_mended(locked, advisories):
    assert audit(locked("amqp==5.4.1"), AUDIT_URL=advisories) == (1, "amqp 5.4.1: PYSEC-2026-1, mended in 5.4.2\n")
    assert audit(locked("amqp==5.4.2"), AUDIT_URL=advisories) == (0, "No locked version has a known weakness.\n")


@pytest.mark.parametrize(("must", "code", "word"), [({}, 0, "skipped"), ({"AUDIT": "must"}, 1, "failed")])
def test_where_nobody_can_be_asked_that_is_said_and_fails_where_it_must(locked, must, code, word):
    ended, told = audit(locked("amqp==5.4.2"), AUDIT_URL="http://127.0.0.1:1/v1/query", **must)

    assert (ended, f"{word}: {SKIPPED}" in told, "No locked version" in told) == (code, True, False)


def test_a_package_that_nothing_is_said_of_was_not_asked_about(locked):
    """PyPI says nothing of what it does not know; where it does not answer, the one is like the other."""
    ended, told = audit(locked("samlarande-finns-inte==1.0"), AUDIT="must")

    assert (ended, f"failed: {SKIPPED}" in told, "No locked version" in told) == (1, True, False)


def test_the_list_of_what_an_image_holds_is_whole_and_the_same_each_time(tmp_path):
    files = [tmp_path / "once.json", tmp_path / "twice.json"]
    for file in files:
        ended = run("make", "--silent", "sbom", f"SBOM={file}")
        assert ended.returncode == 0, ended.stderr

    assert files[0].read_bytes() == files[1].read_bytes()
    listed = json.loads(files[0].read_text())
    assert (listed["bomFormat"], listed["metadata"]["component"]["name"]) == ("CycloneDX", "samlarande")
    locked = re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / ".requirements" / "watch.txt").read_text(), re.MULTILINE)
    assert {(part["name"], part["version"]) for part in listed["components"]} == set(locked)
    assert all(part["externalReferences"][0]["hashes"] for part in listed["components"])


@pytest.fixture
def tree(tmp_path):
    """A tree of its own that Git knows, with the scanner in it; `tree(text)` writes its one file and looks."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "secrets", tmp_path / ".ci" / "secrets")
    subprocess.run([GIT, "init", "--quiet", tmp_path], check=True)

    def look(text: str, reviewed: str = "") -> tuple[int, str]:
        (tmp_path / "settings.py").write_text(text)
        (tmp_path / ".ci" / "secrets.reviewed").write_text(reviewed)
        subprocess.run([GIT, "add", "settings.py"], cwd=tmp_path, check=True)
        ended = run(PYTHON, ".ci/secrets", cwd=tmp_path)
        return ended.returncode, ended.stderr

    return look


# Put together here, so that this file holds none.
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("key = '" + "AKIA" + "J7Q3ZV5T2XW4LM6N" + "'\n", "AWS Access Key"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----\n", "Private Key"),
        ("pass" + "word = 'x8Qz!kk2vNw0'\n", "Secret Keyword"),
        ("url = 'postgres://portal:" + "x8Qzkk2vNw0@db/portal'\n", "Basic Auth Credentials"),
    ],
)
def test_a_key_in_the_tree_is_found_until_somebody_has_looked_at_it(tree, text, kind):
    code, told = tree(text)

    assert (code, kind in told, told.startswith("settings.py:1: ")) == (1, True, True)
    marks = [line.rpartition("(")[2].rstrip(")") for line in told.splitlines()]
    reviewed = "# why\n" + "".join(f"settings.py {mark} made up\n" for mark in marks)
    assert tree(text, reviewed) == (0, "")
    assert tree("nothing = 1\n", reviewed)[0] == 1, "what is no more is taken from the list"
    assert tree("nothing = 1\n") == (0, "")
