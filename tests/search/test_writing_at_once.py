"""Real processes, not threads, that write search entries; on SQLite by default, on PostgreSQL in CI."""

import json

import pytest

from tests.helpers.databases import IS_POSTGRESQL, run_program


def race(database_url: str, *options: str) -> dict:
    program = run_program("tests.helpers.search_race", "6", "20", *options, database_url=database_url)
    assert program.returncode == 0, program.stderr[-3000:]
    return json.loads(program.stdout.splitlines()[-1])


def test_who_writes_several_entries_in_another_order_waits_and_all_is_counted_right(database_copy):
    assert race(database_copy) == {"failures": {}, "right": True}


@pytest.mark.postgresql
@pytest.mark.skipif(not IS_POSTGRESQL, reason="SQLite locks the whole database; the turns show on PostgreSQL")
def test_the_same_race_without_turns_fails(database_copy):
    assert race(database_copy, "--without-turns") != {"failures": {}, "right": True}
