"""Real processes, not threads, after the places of one session; on SQLite by default, on PostgreSQL in CI."""

import json

import pytest

from tests.helpers.databases import IS_POSTGRESQL, run_program

PEOPLE, PLACES = 120, 10


def race(database_url: str, *options: str) -> dict:
    program = run_program(
        "tests.helpers.place_race", "12", str(PEOPLE), str(PLACES), *options, database_url=database_url
    )
    assert program.returncode == 0, program.stderr[-3000:]
    return json.loads(program.stdout.splitlines()[-1])


def test_ten_places_are_ten_and_nobody_is_in_two_sessions_at_once(database_copy):
    result = race(database_copy)

    outcomes = result["outcomes"]
    assert set(outcomes) <= {"booked", "waiting", "overlaps", "left"}
    # Whoever gave up the first may have the second: of the 180 wishes, each has its answer.
    assert outcomes["booked"] + outcomes["waiting"] + outcomes["overlaps"] == PEOPLE + PEOPLE // 2
    assert (result["taken"], result["booked"], result["in_both"]) == (PLACES, PLACES, 0)
    assert (result["other_counter_is_right"], result["waiting"] > 0) == (True, True)


@pytest.mark.postgresql
@pytest.mark.skipif(not IS_POSTGRESQL, reason="SQLite locks the whole database; the row lock shows on PostgreSQL")
def test_the_same_race_without_the_lock_is_caught(database_copy):
    result = race(database_copy, "--without-lock")

    # The database refuses more than there are, so what goes wrong is an error, or a counter that is not the rows'.
    is_right = set(result["outcomes"]) <= {"booked", "waiting", "overlaps", "left"} and (
        result["taken"],
        result["booked"],
    ) == (PLACES, PLACES)
    assert not (is_right and result["other_counter_is_right"])
