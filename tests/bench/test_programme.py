"""`make bench-programme`: prints the figures, and asserts only that a large programme asks no more questions."""

import sys

import pytest

from tests.helpers.databases import run_program


@pytest.mark.bench
def test_a_large_programme_costs_this_much(database_copy):
    program = run_program("tests.helpers.programme_bench", database_url=database_copy, timeout=600)

    sys.stdout.write(program.stdout)
    assert program.returncode == 0, program.stderr[-3000:]
