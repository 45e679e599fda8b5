"""The drill in its short form; `make backup-drill` plays the long one."""

from tests.helpers.databases import run_program


def test_a_back_up_made_while_people_sign_up_is_restored_whole(database_copy):
    sizes = ["--people", "60", "--pages", "3", "--files", "12", "--writers", "1"]

    drill = run_program("tests.drill", *sizes, "--template", database_copy, database_url=database_copy)

    assert (drill.returncode, "equal: " in drill.stdout) == (0, True), drill.stdout + drill.stderr[-3000:]
