"""Servers that tests take away: each of the test's own, on a port of its own."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.processes import wait_for
from tests.helpers.running import ServerProcess, free_port


class RedisServer(ServerProcess):
    """A real Redis that keeps nothing on disk: started again it is empty."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._program = shutil.which("redis-server") or ""
        if not self._program:
            pytest.skip("no redis-server (Debian: redis-server)")
        self.port, self._folder = free_port(), folder

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def client(self):
        import redis

        return redis.Redis(port=self.port, socket_connect_timeout=1, socket_timeout=2)

    def start(self) -> None:
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(self._answers, seconds=10)

    def _answers(self) -> bool:
        import redis

        try:
            return bool(self.client().ping())
        except redis.exceptions.RedisError:
            return False

    def hang(self) -> None:
        super().hang()
        time.sleep(0.1)
