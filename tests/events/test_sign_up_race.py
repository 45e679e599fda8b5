"""Real processes, not threads, after the same seats; on SQLite by default, on PostgreSQL in CI."""

import json

import pytest

from tests.helpers.databases import IS_POSTGRESQL, run_program


def race(database_url: str, *options: str) -> dict:
    program = run_program("tests.helpers.sign_up_race", "16", "50", "50", *options, database_url=database_url)
    assert program.returncode == 0, program.stderr[-3000:]
    return json.loads(program.stdout.splitlines()[-1])


def test_800_sign_ups_by_16_processes_for_50_seats_oversell_nothing_and_fail_never(database_copy):
    result = race(database_copy)

    result.pop("seconds")
    assert result == {
        "most_taken": 50,
        "counter": 50,
        "consistent": True,
        "changes": 800,
        "outcomes": {"confirmed": 50, "waiting": 750},
    }


@pytest.mark.postgresql
@pytest.mark.skipif(not IS_POSTGRESQL, reason="SQLite locks the whole database; the row lock shows on PostgreSQL")
def test_the_same_race_without_the_lock_is_caught_by_the_history_rows(database_copy):
    result = race(database_copy, "--without-lock")

    assert not (result["consistent"] and result["outcomes"] == {"confirmed": 50, "waiting": 750})
