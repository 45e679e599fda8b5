"""`make containers` finds what those would stumble over who build the image and start the containers."""

import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FILES = ("docker/Dockerfile", "docker/compose.yaml", "docker/nginx/portal.conf.template")
pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv" / "audit" / "bin" / "hadolint").exists(), reason="no .venv/audit (make check installs it)"
)


def check(*files: Path) -> tuple[int, str]:
    ended = subprocess.run([ROOT / ".ci" / "containers", *files], capture_output=True, text=True, timeout=120)
    return ended.returncode, ended.stdout + ended.stderr


def test_ours_can_be_read_and_what_was_not_asked_is_named():
    code, told = check(*(ROOT / file for file in FILES))

    assert code == 0, told
    assert all(line.startswith("skipped: ") for line in told.splitlines())


@pytest.mark.parametrize(
    ("number", "before", "after", "found"),
    [
        (0, "WORKDIR /app\n", "WORKDIR app\n", "DL3000"),
        (0, "\nUSER 10001:10001\n", "\nUSER 10001:10001\nRUN cd /tmp && sudo ls\n", "DL3004"),
        (1, "cap_drop: [ALL]", "cap_dorp: [ALL]", "cap_dorp"),
        (1, "interval: 10s, timeout: 3s", "interval: 10s, timeout: [3]", "timeout"),
        (2, "proxy_cache_lock on;", "proxy_cache_lock maybe;", "proxy_cache_lock"),
        (2, "server_tokens off;", "server_tokens off", "server_tokens"),
    ],
)
def test_what_cannot_be_read_fails_with_its_place(tmp_path, number, before, after, found):
    if number == 2 and not shutil.which("nginx"):
        pytest.skip("no nginx")
    files = [ROOT / file for file in FILES]
    broken = tmp_path / files[number].name
    text = files[number].read_text()
    assert before in text
    broken.write_text(text.replace(before, after))
    files[number] = broken

    code, told = check(*files)

    assert (code != 0, found in told) == (True, True), told
