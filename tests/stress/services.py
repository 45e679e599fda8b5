"""The web server and the worker, kept running as a service manager would, and killed at any moment."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Kill:
    """What was killed with -9, and when: by the clock that waiting is measured with, and by that of the rows."""

    what: str
    at: float
    at_time: float


@dataclass
class Service:
    """One process with its children, in a session of its own; begun again whenever it ends."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    deaths: list[str] = field(default_factory=list)  # those nobody ordered
    _ordered: bool = False
    _process: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._ordered = False

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def tend(self) -> None:
        """Begin again what has ended; as a service manager does, after ending what it left behind."""
        if self._process is None or self._process.poll() is None:
            return
        if not self._ordered:
            self.deaths.append(f"{self.name} ended by itself with code {self._process.returncode}")
        self._end_group()
        self.start()

    def kill(self) -> Kill:
        """Kill the main process."""
        assert self._process is not None
        self._ordered = True
        self._process.kill()
        return Kill(self.name, time.monotonic(), time.time())

    def kill_child(self, rng: random.Random) -> Kill | None:
        """Kill one of the processes that the main process started; None when it has none just now."""
        assert self._process is not None
        children = children_of(self._process.pid)
        if not children:
            return None
        os.kill(rng.choice(children), signal.SIGKILL)
        return Kill(f"{self.name} process", time.monotonic(), time.time())

    def stop(self) -> None:
        """End it with all its children, as rudely as anywhere else here."""
        if self._process is not None:
            self._process.kill()
            self._end_group()
            self._process = None

    def _end_group(self) -> None:
        assert self._process is not None
        self._process.wait()
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def web(*, port: int, processes: int, folder: Path, without_lock: bool, preload: bool) -> Service:
    """gunicorn with so many processes, one request each at a time; with `preload` the program is read once for all."""
    # The worker comes first, as a service manager would be told to: clients that never pause would else leave it so
    # little of two processors that mails fall behind by more and more.
    command = ["nice", "-n", "5", sys.executable, "-m", "gunicorn", "tests.stress.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(processes), "--log-level", "warning", "--worker-tmp-dir", str(folder)]
    command += ["--preload"] if preload else []
    environment = {"STRESS_WITHOUT_LOCK": "1"} if without_lock else {}
    return Service("web server", command, environment, folder / "web.log")


def worker(*, folder: Path) -> Service:
    """The worker with beat inside, as `make run` starts it."""
    command = [sys.executable, "-m", "celery", "--app", "portal", "--quiet", "worker", "--beat", "--pool", "threads"]
    command += ["--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    command += ["--schedule", str(folder / "queue" / "schedule")]
    return Service("worker", command, {"C_FORCE_ROOT": "1", "PYTHONWARNINGS": "ignore"}, folder / "worker.log")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(port: int, seconds: float = 60) -> None:
    """Raises TimeoutError when nobody listens in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the web server did not start")


def children_of(parent: int) -> list[int]:
    """The processes that this one started and that are still there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in brackets, may hold anything; after it come the state and the parent's number (proc(5)).
            parts = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(parts[1]) == parent:
            found.append(int(folder.name))
    return found
