"""Every address × every method × every actor, against the things of two municipalities (`make walls`).

`make test` runs the short form: those who are foreign to "here" or to "there" read and post once at each address.
"""

import os
from collections import Counter

import pytest

from tests.walls.addresses import addresses_of, every_pattern, leads_to
from tests.walls.rules import RULES, nobody, portal_administrator, rule_of
from tests.walls.visits import summary

pytestmark = pytest.mark.walls

FULL = os.environ.get("WALLS") == "full"
SHORT_ACTORS = ("anonymous", "staff_there", "coordinator_here", "coordinator_there")
LEAST_CELLS = 20_000
SHOWN = 4000

PATTERNS = every_pattern()
# Addresses that another one takes before them.
COVERED = {"wagtailadmin_login"}


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_nobody_meets_or_changes_what_is_another_municipalitys(matrix, pattern, record_property):
    rule = rule_of(pattern.name)
    assert rule is not None, f"{pattern.name}: add a rule to tests/walls/rules.py"
    addresses = addresses_of(pattern, matrix.world)
    assert [a.path for a in addresses if not leads_to(a, pattern) and pattern.name not in COVERED] == []

    findings = matrix.run(pattern, rule, matrix.actors if FULL else SHORT_ACTORS, full=FULL)
    record_property("walls", dict(summary(findings)))

    assert not findings.faults, "\n" + "\n".join(findings.faults[:SHOWN])


def test_every_rule_is_for_an_address():
    names = {pattern.name for pattern in PATTERNS}

    assert {key for key in RULES if "*" not in key} - names == set()
    assert [key for key, rule in RULES.items() if "*" in key and rule not in (portal_administrator, nobody)] == []


def test_the_matrix_has_enough_cells(matrix):
    assert matrix.count(PATTERNS) >= LEAST_CELLS


def test_each_canary_is_met_by_somebody(matrix):
    """A canary that nobody could ever meet would guard nothing."""
    assert Counter(len(word) for word in matrix.world.canaries.what) == Counter({8: len(matrix.world.canaries.what)})
