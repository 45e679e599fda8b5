"""Real processes, not threads, that release one programme at once; on SQLite by default, on PostgreSQL in CI."""

import json

from tests.helpers.databases import run_program

PROCESSES = 6


def test_releases_at_once_follow_each_other_and_mail_each_person_once(database_copy):
    program = run_program("tests.helpers.release_race", str(PROCESSES), database_url=database_copy)

    assert program.returncode == 0, program.stderr[-3000:]
    told = json.loads(program.stdout.splitlines()[-1])
    # Whoever comes when all is public already is told that nothing is new.
    assert set(told["outcomes"]) <= {"released", "nothing_new"}
    assert sum(told["outcomes"].values()) == PROCESSES
    assert told["numbers"] == list(range(1, told["outcomes"]["released"] + 1))
    assert told["sessions"] == [f"Punkt {number}" for number in range(PROCESSES)]
    assert told["mails"] == [f"talare{number}@example.org" for number in range(PROCESSES)]
