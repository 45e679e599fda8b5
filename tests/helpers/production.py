"""The portal as production serves it, on this machine: its settings, static files collected, hashed and compressed."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tests.helpers.running import free_port

STARTS_WITHIN = 60  # seconds
NOT_OURS = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "CACHE_URL", "SEARCH_URL", "BASE_URL")


@contextmanager
def production_portal(folder: Path) -> Iterator[str]:
    """Fill `folder` with the demo content, unless it is there, and serve it with production's settings; the address.

    What differs from production: SQLite and a cache of one process, no worker, no TLS (`proxied_wsgi` tells the portal
    that there is), and HTTP/1.1 where browsers meet HTTP/2. Raises CalledProcessError when it cannot be prepared,
    TimeoutError with the server's log when it does not answer.
    """
    port = free_port()
    address = f"http://localhost:{port}"
    common = {key: value for key, value in os.environ.items() if key not in NOT_OURS} | {"DATA_DIR": str(folder)}
    demo = common | {"DJANGO_SETTINGS_MODULE": "portal.settings.dev"}
    production = common | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "SECRET_KEY": "of-a-portal-that-lives-for-a-minute" * 2,
        "ALLOWED_HOSTS": "localhost",
        "BASE_URL": address,
        "PYTHONWARNINGS": "ignore",
    }
    for environment, *command in (
        (demo, "migrate", "--verbosity", "0"),
        (demo, "complete_rights"),
        (demo, "load_demo"),
        (production, "collectstatic", "--no-input", "--verbosity", "0"),
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    # Threads, which keep connections open, as a proxy does towards browsers.
    command = ["gunicorn", "tests.helpers.proxied_wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "8"]
    command += ["--keep-alive", "30", "--log-level", "warning", "--worker-tmp-dir", str(folder)]
    log = folder / "web.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env=production, stdout=file, stderr=file
        )
        try:
            _wait_until_up(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_up(address: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=30).close()  # noqa: S310 - our own
            return
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(log.read_text())
