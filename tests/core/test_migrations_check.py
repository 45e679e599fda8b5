"""Which migrations the version before can live with, and which it cannot."""

import shutil
import subprocess
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from portal.core.management.commands.check_migrations import findings, judge, names_at


@pytest.fixture
def state():
    before = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=80)),
        ("note", models.TextField(null=True)),
    ]
    before.add_model(ModelState("events", "Room", fields))
    return before


def rule() -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(id__gte=1), name="a_rule")


@pytest.mark.parametrize(
    ("operation", "found"),
    [
        (migrations.AddField("room", "a", models.CharField(max_length=9, null=True)), ""),
        (migrations.AddField("room", "a", models.CharField(max_length=9, db_default="")), ""),
        (migrations.AddField("room", "a", models.ManyToManyField("events.room")), ""),
        (migrations.AddField("room", "a", models.CharField(max_length=9, default="")), "does not fill it"),
        (migrations.RemoveField("room", "title"), "room.title is taken away"),
        (migrations.DeleteModel("Room"), "room is taken away"),
        (migrations.RenameField("room", "title", "name"), "is renamed"),
        (migrations.RenameModel("Room", "Hall"), "is renamed"),
        (migrations.AlterModelTable("room", "hall"), "is renamed"),
        (migrations.AlterField("room", "title", models.CharField(max_length=120)), ""),
        (migrations.AlterField("room", "title", models.CharField(max_length=40)), "becomes shorter"),
        (migrations.AlterField("room", "title", models.CharField(max_length=80, unique=True)), "becomes unique"),
        (migrations.AlterField("room", "title", models.IntegerField()), "another kind of value"),
        (migrations.AlterField("room", "note", models.TextField()), "may no longer be empty"),
        (migrations.AlterField("room", "note", models.TextField(db_default="")), ""),
        (migrations.AddConstraint("room", rule()), "does not know"),
        (migrations.AlterUniqueTogether("room", {("title", "note")}), "does not know"),
        (migrations.AddIndex("room", models.Index(fields=["title"], name="by_title")), ""),
        (migrations.RemoveConstraint("room", "a_rule"), ""),
        (migrations.AlterModelOptions("room", {"ordering": ["title"]}), ""),
        (migrations.RunPython(migrations.RunPython.noop), ""),
        (migrations.RunSQL("SELECT 1"), "cannot be judged"),
        (
            migrations.SeparateDatabaseAndState(database_operations=[migrations.DeleteModel("Room")]),
            "room is taken away",
        ),
        (migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Room")]), ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Operation) else None,
)
def test_each_operation_is_judged_by_what_the_version_before_does(state, operation, found):
    told = list(judge(operation, "events", state, set()))

    assert (len(told), found in "".join(told)) == (bool(found), True)


def test_what_the_version_before_cannot_know_may_be_anything(state):
    born: set[tuple[str, str]] = set()
    made = [
        migrations.CreateModel("Hall", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("hall", "a", models.CharField(max_length=9)),
        migrations.AddConstraint("hall", rule()),
        migrations.RemoveField("hall", "a"),
    ]

    assert [text for operation in made for text in judge(operation, "events", state, born)] == []


def test_only_new_migrations_are_judged_and_those_that_say_why_are_not():
    loader = MigrationLoader(None)
    everything = set(loader.disk_migrations)
    last = max(name for name in everything if name[0] == "notifications")
    loader.disk_migrations[last].operations = [migrations.RemoveField("outboxmessage", "last_error")]

    assert list(findings(loader, everything)) == []
    assert [name for name, _text in findings(loader, everything - {last})] == [last]
    loader.disk_migrations[last].contract = "nothing has read it since 0.4"
    assert list(findings(loader, everything - {last})) == []


@pytest.mark.django_db
def test_a_database_that_has_all_needs_no_upgrade_and_one_that_lacks_some_is_told(monkeypatch):
    out = StringIO()
    call_command("check_migrations", stdout=out)
    assert out.getvalue() == "The version before can go on working while the new migrations run.\n"

    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="notifications", name="0004_request_ids").delete()
    errors = StringIO()
    with pytest.raises(CommandError, match="cannot live with"):
        call_command("check_migrations", stdout=out, stderr=errors)
    (line,) = errors.getvalue().splitlines()
    assert line.startswith("notifications.0004_request_ids: outboxmessage.request_id may not be empty")


def test_git_says_what_there_was_at_a_release(tmp_path):
    if not (git := shutil.which("git")):
        pytest.skip("no git")
    folder = tmp_path / "portal" / "notifications" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_initial.py").touch()
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "--message", "a"], ["tag", "v1"]):
        subprocess.run([git, *command], cwd=tmp_path, check=True)

    names = names_at("v1", tmp_path)

    assert {name for name in names if name[0] == "notifications"} == {("notifications", "0001_initial")}
    assert ("auth", "0001_initial") in names, "others' migrations are others' matter"
    assert not {name for name in names if name[0] in ("events", "cms", "search")}
    with pytest.raises(CommandError):
        names_at("v2", tmp_path)
