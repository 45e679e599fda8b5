"""`make bench-lists`: the figures are printed, and only the bar of the page is asserted."""

import sys

import pytest

from tests.helpers.databases import run_program


@pytest.mark.bench
def test_the_lists_of_two_thousand_participants_are_this_fast(database_copy):
    program = run_program("tests.helpers.list_bench", database_url=database_copy, timeout=600)

    sys.stdout.write(program.stdout)
    assert program.returncode == 0, program.stderr[-3000:]
