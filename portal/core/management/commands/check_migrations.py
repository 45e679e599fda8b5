"""Whether the version before can go on working while and after new migrations run: an upgrade in which nobody waits."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, ManyToManyField
from django.db.models.fields import NOT_PROVIDED

Name = tuple[str, str]  # app, migration


class Command(BaseCommand):
    help = (
        "Names what in new migrations the version before cannot live with. New is what the database does not have, or, "
        "with --since or --release, what Git did not have then. A migration that ends what no code has used since an "
        "earlier release says so in an attribute of its class: contract = 'why nothing uses it any more'."
    )
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        base = parser.add_mutually_exclusive_group()
        base.add_argument("--since", metavar="REF", help="a tag, branch or commit")
        base.add_argument("--release", action="store_true", help="the last tag; nothing is asked where there is none")

    def handle(self, *args, **options) -> None:
        ref = options["since"]
        if options["release"] and not (ref := last_tag()):
            self.stdout.write("skipped: no release is tagged yet, so no migration is newer than one")
            return
        loader = MigrationLoader(None if ref else connection)
        known = names_at(ref) if ref else set(loader.applied_migrations)
        found = list(findings(loader, known))
        for name, text in found:
            self.stderr.write(f"{name[0]}.{name[1]}: {text}")
        if found:
            raise CommandError("The version before cannot live with these. See docker/README.md, “Upgrade”.")
        self.stdout.write("The version before can go on working while the new migrations run.")


def last_tag() -> str:
    """The newest tag that leads to what is checked out; "" where there is none, or no Git."""
    return _git("describe", "--tags", "--abbrev=0", strict=False).strip()


def names_at(ref: str, root: Path | None = None) -> set[Name]:
    """Our own migrations as Git had them at `ref`, and all of others. Raises CommandError for an unknown `ref`."""
    listed = set(_git("ls-tree", "-r", "--name-only", ref, root=root).splitlines())
    names = set()
    for app, name in MigrationLoader(None).disk_migrations:
        folder = Path(apps.get_app_config(app).path)
        is_ours = folder.is_relative_to(settings.BASE_DIR) and ".venv" not in folder.parts
        file = folder / "migrations" / f"{name}.py"
        if not is_ours or str(file.relative_to(settings.BASE_DIR)) in listed:
            names.add((app, name))
    return names


def _git(*arguments: str, strict: bool = True, root: Path | None = None) -> str:
    git = which("git")
    if not git:
        raise CommandError("There is no git here; without --since and --release the database is asked.")
    ended = subprocess.run([git, "-C", root or settings.BASE_DIR, *arguments], capture_output=True, text=True)
    if ended.returncode and strict:
        raise CommandError(ended.stderr.strip())
    return "" if ended.returncode else ended.stdout


def findings(loader: MigrationLoader, known: set[Name]) -> Iterator[tuple[Name, str]]:
    """What in the migrations that are not `known` the version before cannot live with, in the order they run."""
    new = sorted(set(loader.disk_migrations) - known)
    born: set[tuple[str, str]] = set()
    plans = [loader.graph.forwards_plan(name) for name in new if name in loader.graph.nodes]
    for name in dict.fromkeys(name for plan in plans for name in plan if name not in known):
        migration = loader.disk_migrations[name]
        state = loader.project_state(name, at_end=False)
        for operation in migration.operations:
            if not getattr(migration, "contract", ""):
                yield from ((name, text) for text in judge(operation, name[0], state, born))
            operation.state_forwards(name[0], state)


def judge(operation: Operation, app: str, state: ProjectState, born: set[tuple[str, str]]) -> Iterator[str]:
    """Why the version before cannot live with `operation`, if so.

    `state` is how models are before it; `born` are the (app, model) that it cannot know, and is added to.
    """
    if isinstance(operation, operations.SeparateDatabaseAndState):
        for part in operation.database_operations:
            yield from judge(part, app, state, born)
        return
    model = str(getattr(operation, "model_name", getattr(operation, "name", ""))).lower()
    if isinstance(operation, operations.CreateModel):
        born.add((app, model))
        return
    if isinstance(operation, operations.RunSQL):
        yield "SQL of one's own cannot be judged: look at it, and say in `contract` why it does no harm."
        return
    if (app, model) in born:
        return
    match operation:
        case operations.RemoveField() | operations.DeleteModel():
            what = f"{model}.{operation.name}" if isinstance(operation, operations.RemoveField) else model
            yield f"{what} is taken away, and the version before still reads it. Stop using it now, remove it later."
        case operations.RenameField() | operations.RenameModel() | operations.AlterModelTable():
            yield f"{model or app} is renamed. Add the new one, write both, and remove the old one in a later version."
        case operations.AddField(field=field) if _is_demanded(field):
            yield (
                f"{model}.{operation.name} may not be empty, and the version before does not fill it. "
                "Give it a db_default, or let it be null at first."
            )
        case operations.AlterField(field=field):
            yield from _narrowed(state.models[app, model].fields[operation.name], field, f"{model}.{operation.name}")
        case operations.AddConstraint() | operations.AlterUniqueTogether():
            yield (
                f"{model} is bound by a rule that the version before does not know: what it writes may be refused. "
                "Let a version that keeps to it run first, or say in `contract` why it always has."
            )


def _is_demanded(field: Field) -> bool:
    if isinstance(field, ManyToManyField) or field.generated:
        return False
    return not field.null and field.db_default is NOT_PROVIDED


def _narrowed(before: Field, after: Field, what: str) -> Iterator[str]:
    if before.null and _is_demanded(after):
        yield f"{what} may no longer be empty, and the version before still leaves it so. Give it a db_default."
    if before.get_internal_type() != after.get_internal_type():
        yield f"{what} becomes another kind of value. Add a new field, write both, and remove this one later."
    elif (after.max_length or 0) < (before.max_length or 0) and after.max_length:
        yield f"{what} becomes shorter than what the version before writes into it."
    if after.unique and not before.unique:
        yield f"{what} becomes unique, which the version before does not know."
