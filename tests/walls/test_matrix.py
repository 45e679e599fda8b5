"""Every address × every method × every actor, against the things of two municipalities (`make walls`).

`make test` runs the short form: those who are foreign to "here" or to "there" read and post once at each address.
"""

import os

import pytest
from django.conf import settings

from tests.walls.addresses import addresses_of, every_pattern, leads_to
from tests.walls.canaries import PLACES
from tests.walls.rules import RULES, nobody, portal_administrator, rule_of, the_person
from tests.walls.visits import figures

pytestmark = [
    pytest.mark.walls,
    # One transaction holds the world for the whole module, and PostgreSQL's connection is closed with each request.
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3", reason="on SQLite only"
    ),
]

FULL = os.environ.get("WALLS") == "full"
SHORT_ACTORS = ("anonymous", "staff_there", "coordinator_here", "coordinator_there")
LEAST_CELLS = 20_000
SHOWN = 60

PATTERNS = every_pattern()
# Addresses that another one takes before them.
COVERED = {"wagtailadmin_login"}
NEVER_ANSWERED = (nobody, the_person)
# These show what a script of the editor's sends them, which no form here can stand for.
# Hiding asks for the short address of one's own municipality, giving a seat for somebody on one's own waiting list,
# cancelling for people in one's own lists, undoing for the moment of an act, moving for a place in a series; what is
# sent carries foreign things.
SILENT = {
    "wagtailadmin_block_preview",
    "wagtailsettings:preview_on_edit",
    "share_hide",
    "event_give_seats",
    "sign_up_move",
    "event_cancel_sign_ups",
    "event_undo",
    "attendance_one",
    "attendance_walk_in",
    "session_book",
    "session_door_one",
    # Asks for the password first, or leads on.
    "account_erase",
    "account_protected_identity",
    "privacy_person",
    "privacy_erase",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "second_factor_needed",
}


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_nobody_meets_or_changes_what_is_another_municipalitys(matrix, pattern, record_property):
    rule = rule_of(pattern.name)
    assert rule is not None, f"{pattern.name}: add a rule to tests/walls/rules.py"
    addresses = addresses_of(pattern, matrix.world)
    assert [a.path for a in addresses if not leads_to(a, pattern) and pattern.name not in COVERED] == []

    findings = matrix.run(pattern, rule, matrix.actors if FULL else SHORT_ACTORS, full=FULL)
    record_property("walls", dict(figures(findings)))

    let_in = findings.answered or rule in NEVER_ANSWERED or pattern.name in SILENT or not FULL
    assert let_in, "nobody was let in: are the things in it real?"
    assert not findings.faults, "\n" + "\n".join(findings.faults[:SHOWN])


def test_every_rule_is_for_an_address():
    names = {pattern.name for pattern in PATTERNS}

    assert {key for key in RULES if "*" not in key} - names == set()
    assert [key for key, rule in RULES.items() if "*" in key and rule not in (portal_administrator, nobody)] == []


def test_the_matrix_has_enough_cells(matrix):
    assert matrix.count(PATTERNS) >= LEAST_CELLS


@pytest.mark.skipif(not FULL, reason="reads every page of the portal (make walls)")
def test_the_canaries_are_real(matrix):
    """What not even the portal administrator meets anywhere would guard nothing."""
    canaries = matrix.world.canaries

    unseen = {canaries.what[word] for word in canaries.what.keys() - matrix.words_met("portal_admin", PATTERNS)}

    # Only who uploads meets the one, and no page of ours names the other: they guard lists that may come.
    files = {f"{place}: file of {thing}" for place in PLACES for thing in ("an upload", "a document")}
    # What stands behind an alias is nobody's to meet, whatever else they may.
    assert unseen == files | {f"{place}: {what} behind an alias" for place in PLACES for what in ("name", "address")}
