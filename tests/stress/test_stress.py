"""The short form of `make stress`: the same program with fewer sign-ups."""

from pathlib import Path

import pytest

from tests.helpers.databases import IS_POSTGRESQL, run_program

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="the processes to kill are found under /proc (Linux)"
)


def stress(template: str, *options: str):
    # The program gives up before it is killed, and then stops what it started.
    fixed = ("--clients", "6", "--hurry", "--minutes", "3", "--template", template)
    return run_program("tests.stress", *fixed, *options, database_url=template)


def test_nothing_is_lost_doubled_or_oversold_while_servers_and_worker_are_killed(database_copy):
    sign_ups = "200" if IS_POSTGRESQL else "80"

    program = stress(database_copy, "--sign-ups", sign_ups, "--kill", "3")

    assert "violations: 0\n" in program.stdout, program.stdout + program.stderr[-3000:]
    assert program.returncode == 0


@pytest.mark.postgresql
@pytest.mark.skipif(not IS_POSTGRESQL, reason="SQLite locks the whole database; the row lock shows on PostgreSQL")
def test_the_same_without_the_lock_is_caught_by_the_history(database_copy):
    program = stress(database_copy, "--sign-ups", "150", "--no-lock")

    assert program.returncode == 1, program.stdout + program.stderr[-3000:]
    assert "\n  history: " in program.stdout
