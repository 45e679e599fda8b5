"""Prove that a back-up that is made while people sign up can be restored: `make backup-drill`.

    DATABASE_URL=… python -m tests.drill [--people N] [--pages N] [--files N] [--writers N]

Plays on two databases of its own: on the PostgreSQL server of DATABASE_URL, else SQLite files. Prints a line of
figures a phase, and what is wrong. Ends with 0 when nothing is, 1 when something is, 2 when the drill itself failed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.stress.stage import own_database

BASE_DIR = Path(__file__).resolve().parents[2]
BAR = 600  # seconds for making, and for restoring


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="samlarande-drill-"))
    try:
        server = os.environ.get("DATABASE_URL", "")
        with own_database(server, folder, template=options.template, name="drill_source") as source:
            return Drill(options, folder, source).run(server)
    except Exception:
        traceback.print_exc()
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--writers", type=int, default=2, help="processes that sign people up meanwhile")
    parser.add_argument("--template", default="", metavar="URL", help="a migrated database to begin as a copy of")
    return parser.parse_args()


class Drill:
    def __init__(self, options: argparse.Namespace, folder: Path, source: str) -> None:
        self.options, self.folder = options, folder
        self.mails = folder / "mails"
        self.mails.mkdir()
        self.backups = folder / "backups"
        self.source = self._environment("source", source)
        self.wrong: list[str] = []

    def run(self, server: str) -> int:
        options = self.options
        if not options.template:
            self._timed("migrate", lambda: self._manage(self.source, "migrate", "--verbosity", "0"))
        built = self._timed(
            f"build {options.people} people, {options.pages} pages, {options.files} files",
            lambda: self._act(self.source, "build", options.people, options.pages, options.files),
        )
        load = [self._start(self.source, "write", number) for number in range(options.writers)]
        load.append(self._start(self.source, "send"))
        self._wait_for_sign_ups()
        before = self._answered()
        self._timed("back up", lambda: self._manage(self.source, "backup"), bar=BAR)
        during = self._answered() - before
        erased = self._act(self.source, "erase")
        self._end(load)
        sent = self._sent()
        self._line("load", f"{len(before)} sign-ups before, {len(during)} during, {len(sent)} mails sent")
        if not during:
            self.wrong.append("nobody signed up while the back-up was made: the drill shows nothing")
        there = self._act(self.source, "look", erased["person"])
        with own_database(server, self._made("target"), name="drill_target") as target:
            self.target = self._environment("target", target)
            [made] = self.backups.glob("2*")
            told = self._timed("restore", lambda: self._manage(self.target, "restore", str(made)), bar=BAR)
            self._compare(made, there, erased, built["signature"], before)
        self._line("mails", f"{len(self._sent()) - len(sent)} sent after restoring")
        if self._sent() != sent:
            self.wrong.append(f"{len(self._sent()) - len(sent)} mails were sent after restoring")
        for line in self.wrong:
            self._line("wrong", line)
        if self.wrong:
            sys.stdout.write(told)
        return 1 if self.wrong else 0

    def _compare(self, made: Path, there: dict, erased: dict, signature: str, before: set[str]) -> None:
        inspected = self._timed("inspect", lambda: self._act(self.target, "inspect", erased["person"], signature))
        here = self._act(self.target, "look", erased["person"])
        self.wrong += inspected["wrong"]
        for part in ("still", "people", "files"):
            if here[part] != there[part]:
                self.wrong.append(f"{part} are not as they were: {here[part]} and {there[part]}")
        rows = json.loads((made / "manifest.json").read_text())["database"]["rows"]["events_signupchange"]
        first = dict(sorted(here["changes"].items(), key=lambda item: int(item[0]))[:rows])
        if first != {pk: row for pk, row in there["changes"].items() if pk in first}:
            self.wrong.append("the history of sign-ups differs")
        if lost := before - set(inspected["sign_ups"]):
            self.wrong.append(f"{len(lost)} sign-ups are lost that were answered before the back-up began")
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
        self._line(
            "equal" if not self.wrong else "compared",
            f"{here['people'][0]} people, {len(here['files'])} files, {len(inspected['sign_ups'])} sign-ups, "
            f"{inspected['tables']} tables inserted into, {inspected['held']} mails held, {size >> 20} MB",
        )

    def _environment(self, name: str, database_url: str) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.drill.settings",
            "DATABASE_URL": database_url,
            "TEST_FOLDER": str(self._made(name)),
            "DRILL_MAILS": str(self.mails),
            "ERASURE_LOG": str(self.folder / "erasures.jsonl"),
            "BACKUP_FOLDER": str(self.backups),
            "PYTHONWARNINGS": "ignore",
        }

    def _made(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return path

    def _manage(self, environment: dict[str, str], *arguments: str) -> str:
        return self._finished([sys.executable, "manage.py", *arguments], environment)

    def _act(self, environment: dict[str, str], *arguments: object) -> dict:
        command = [sys.executable, "-m", "tests.drill.acts", *map(str, arguments)]
        return json.loads(self._finished(command, environment).splitlines()[-1])

    def _finished(self, command: list[str], environment: dict[str, str]) -> str:
        ended = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RuntimeError(f"{' '.join(command[1:4])}: {ended.stderr[-3000:]}")
        return ended.stdout

    def _start(self, environment: dict[str, str], *arguments: object) -> subprocess.Popen:
        command = [sys.executable, "-m", "tests.drill.acts", *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def _end(self, processes: list[subprocess.Popen]) -> None:
        (self.folder / "source" / "stop").touch()
        for process in processes:
            _out, error = process.communicate(timeout=60)
            if process.returncode:
                raise RuntimeError(error.decode()[-3000:])

    def _wait_for_sign_ups(self) -> None:
        deadline = time.monotonic() + 120
        while len(self._answered()) < 5:
            if time.monotonic() > deadline:
                raise TimeoutError("nobody signs up")
            time.sleep(0.1)

    def _answered(self) -> set[str]:
        return {line for path in (self.folder / "source").glob("answered-*") for line in path.read_text().splitlines()}

    def _sent(self) -> list[str]:
        """The Message-IDs of all mails that ever left."""
        found = (line for path in self.mails.iterdir() for line in path.read_text().splitlines())
        return sorted(line.split(": ", 1)[1] for line in found if line.startswith("Message-ID: "))

    def _timed(self, name: str, act, *, bar: float = 0):
        began = time.monotonic()
        answer = act()
        seconds = time.monotonic() - began
        self._line(name, f"{seconds:.1f} s")
        if bar and seconds > bar:
            self.wrong.append(f"{name} took {seconds:.0f} s, more than {bar}")
        return answer

    def _line(self, name: str, text: str) -> None:
        sys.stdout.write(f"{name}: {text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
