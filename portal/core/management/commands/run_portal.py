import os
import signal
import socket
import subprocess
import sys
import time

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Bring up the whole portal on this machine: database, demo content, web server and worker. Ctrl-C stops it."

    def handle(self, *args, **options):
        port = os.environ.get("PORT", "8000")
        self._refuse_taken_port(port)
        call_command("migrate", verbosity=0)
        call_command("complete_rights")
        cache.clear()  # what the code before this one made
        self._build_lexicon()
        self.stdout.write("Loading the demo content (half a minute the first time) …")
        self.stdout.flush()
        # In a process of its own: it draws pictures on all cores and gives the memory back afterwards.
        demo = subprocess.run(
            [sys.executable, "manage.py", "load_demo"], cwd=settings.BASE_DIR, capture_output=True, text=True
        )
        if demo.returncode:
            raise CommandError(demo.stderr)
        children = [self._start(*command) for command in self._commands(port)]
        self._wait_until_up(port, children[0])
        address = f"http://localhost:{port}"
        self.stdout.write(
            f"\nSamlärande runs at {address}\n\nSign in at {address}/konto/login/ with\n{demo.stdout}\n"
            f"Mails that were sent: {address}/utveckling/mejl/\nStop with Ctrl-C.\n"
        )
        self.stdout.flush()
        self._watch(children)

    def _build_lexicon(self) -> None:
        # In processes of their own, which give the memory back. Without a dictionary to be had, searching goes without.
        build = [sys.executable, "manage.py", "build_swedish_lexicon", "--missing"]
        if not subprocess.run(build, cwd=settings.BASE_DIR, check=False).returncode:
            rebuild = [sys.executable, "manage.py", "rebuild_search", "--stale"]
            subprocess.run(rebuild, cwd=settings.BASE_DIR, check=True)

    def _commands(self, port: str) -> list[list[str]]:
        python = sys.executable
        # The demo's passwords are public: only this machine, unless somebody asks for more (a phone in the room).
        host = os.environ.get("HOST", "127.0.0.1")
        web = [python, "-m", "gunicorn", "portal.wsgi", "--bind", f"{host}:{port}", "--workers", "2"]
        web += ["--threads", "4", "--log-level", "warning", "--worker-tmp-dir", str(settings.DATA_DIR)]
        worker = [
            python,
            "-m",
            "celery",
            "--app",
            "portal",
            "--quiet",
            "worker",
            "--beat",
            "--pool",
            "threads",
        ]
        worker += ["--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        worker += ["--schedule", settings.CELERY_BEAT_SCHEDULE_FILENAME]
        return [web, worker]

    def _start(self, *command: str) -> subprocess.Popen:
        # A session of its own: Ctrl-C reaches this process only, which then stops the children in order.
        environment = {**os.environ, "C_FORCE_ROOT": "1"}
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)

    def _refuse_taken_port(self, port: str) -> None:
        if not port.isdigit():
            raise CommandError(f"PORT must be a number, not {port!r}.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                raise CommandError(f"Port {port} is taken. Choose another: PORT=8001 make run")

    def _wait_until_up(self, port: str, web: subprocess.Popen) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and web.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    return
            time.sleep(0.2)
        raise CommandError("The web server did not start; its message stands above.")

    def _watch(self, children: list[subprocess.Popen]) -> None:
        """Wait until somebody stops us or a child dies, then stop the rest."""

        def stop(*_signal) -> None:
            raise KeyboardInterrupt

        # Said for SIGINT too: started in the background by a script, Python would ignore it.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        died = None
        try:
            while died is None:
                died = next((child for child in children if child.poll() is not None), None)
                time.sleep(0.5)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            for child in children:
                if child.poll() is None:
                    child.terminate()
            for child in children:
                try:
                    child.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    child.kill()
        if died is not None:
            raise CommandError(f"A process ended by itself with code {died.returncode}; its message stands above.")
        self.stdout.write("Stopped.")
