"""PostgreSQL is restarted, and away for a while."""

import io
import os
import shutil
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from tests.faults.processes import mails, unsent, wait_for
from tests.helpers.databases import IS_POSTGRESQL
from tests.stress.browser import Browser, Log

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(not IS_POSTGRESQL, reason="PostgreSQL is taken away (DATABASE_URL)"),
]
AWAY = 60.0  # seconds
HEALTHY = 10.0  # seconds
WISH = "En kurs om <raketer>"


class Cluster:
    """The server that `.ci/postgresql` started, whose folder its processes tell."""

    def __init__(self) -> None:
        [programs] = [sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]]
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            self._data = cursor.fetchone()[0]
        if not programs or not Path(self._data).parts[-2].startswith("samlarande-postgresql"):
            pytest.skip("only a PostgreSQL that .ci/postgresql started is taken away")
        self._control = str(programs[0] / "pg_ctl")
        with connection.cursor() as cursor:
            cursor.execute("SHOW port")
            self._port = cursor.fetchone()[0]

    def _run(self, *arguments: str) -> None:
        folder = str(Path(self._data).parent)
        command = [self._control, "-D", self._data, "-l", f"{folder}/log", "-w", *arguments]
        if os.getuid() == 0:
            command = [shutil.which("runuser") or "runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self._run("-m", "immediate", "stop")

    def start(self) -> None:
        folder = str(Path(self._data).parent)
        options = f"-p {self._port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=80"
        self._run("-o", options, "start")
        for _try in range(50):
            try:
                connection.close()
                connection.ensure_connection()
                return
            except OperationalError:
                time.sleep(0.1)


def test_people_keep_what_they_wrote_while_the_database_is_away(portal, mail_server, figures):
    portal.web()
    portal.worker()
    portal.beat()
    portal.sign_up(3)
    wait_for(lambda: not unsent(), seconds=60, otherwise=mails)
    _person, browser = portal.somebody()
    event = portal._event.public_id
    cluster = Cluster()
    cluster.stop()
    try:
        answers = [browser.get("look", "/tillfallen/")]
        answers.append(browser.post("wish", "/sok/saknas/", [("text", "raketer"), ("wish", WISH)]))
        fields = [("form_token", str(uuid.uuid4())), ("municipality", str(portal.place.pk))]
        answers.append(browser.post("sign up", f"/tillfallen/{event}/anmal/", fields))
        time.sleep(AWAY)
    finally:
        cluster.start()

    began = time.monotonic()

    def is_back() -> bool:
        # Several times: each process has connections that broke.
        statuses = [Browser(portal.port, "", Log(io.StringIO())).get("look", "/tillfallen/").status for _ in range(6)]
        return set(statuses) == {200}

    wait_for(is_back, seconds=60)
    again = browser.post("sign up", f"/tillfallen/{event}/anmal/", fields)
    healthy = time.monotonic() - began
    portal.answers.append(again)
    wait_for(lambda: not unsent(), seconds=90, otherwise=mails)

    doubled = sum(mail_server.taken.values()) - 4
    wait = max(answer.ended - answer.began for answer in answers)
    figures(
        "PostgreSQL away",
        lost=portal.lost,
        doubled=doubled,
        wait=wait,
        healthy=healthy,
        bar=f"503 that keeps the form, lost 0, doubled 0, healthy {HEALTHY:.0f} s after its return, no restart",
    )
    assert [answer.status for answer in answers] == [503, 503, 503]
    assert "En kurs om &lt;raketer&gt;" in answers[1].text
    assert (portal.refused, portal.lost, doubled) == ([], 0, 0)
    assert healthy < HEALTHY
    assert [service.name for service in portal.services if not service.is_running] == []
