"""`make bench-signups`: the figures are printed, and only what must be exact is asserted."""

import sys

import pytest

from tests.helpers.databases import IS_POSTGRESQL, run_program


@pytest.mark.bench
def test_sign_ups_are_exact_in_bursts_and_this_fast(database_copy):
    bursts = "100" if IS_POSTGRESQL else "20"

    program = run_program("tests.helpers.sign_up_bench", "--bursts", bursts, database_url=database_copy, timeout=1200)

    sys.stdout.write(program.stdout)
    assert program.returncode == 0, program.stderr[-3000:]
