"""`make bench-search`: the figures are printed, and only the bar of each size is asserted."""

import sys

import pytest

from tests.helpers.databases import run_program


@pytest.mark.bench
def test_searching_fifty_thousand_documents_is_this_fast(database_copy):
    program = run_program("tests.helpers.search_bench", database_url=database_copy, timeout=3_000)

    sys.stdout.write(program.stdout)
    assert program.returncode == 0, program.stderr[-3000:]
