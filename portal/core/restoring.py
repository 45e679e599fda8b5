"""Putting a back-up back, and what must happen then before anybody uses the portal.

A database of yesterday knows nothing of what was sent, used, taken back or erased since. Each area registers its steps
for that with `register_after_restore`; nothing here knows what they are.
"""

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from portal.core import backups, dumps
from portal.core.dumps import BackupProblem, Ending
from portal.core.models import BackupRun, Restored


class Phase(IntEnum):
    """In which order the steps are taken."""

    CLOSE = 1  # nobody comes in, no mail leaves
    ERASE = 2
    REBUILD = 3
    CATCH_UP = 4


class Step(NamedTuple):
    phase: Phase
    name: str
    run: Callable[[datetime], str]


_steps: list[Step] = []


def register_after_restore(name: str, run: Callable[[datetime], str], *, phase: Phase) -> None:
    """Let an area do its part after a restoring: `run(made_at)` gets the back-up's moment, says in words what it did.

    It may be run again when it, or a step after it, failed; until all have ended the portal does not start.
    """
    _steps.append(Step(phase, name, run))


def restore(folder: Path, *, replace: bool = False, lost_erasures: bool = False, say: Callable[[str], object]) -> None:
    """Put the back-up in `folder` in place of the database and the media, and take every step that follows.

    All of it is read and compared before anything is touched. `replace` allows that there is something already,
    `lost_erasures` that the erasure log is shorter than it was. `say` is told of each part. Raises BackupProblem.
    """
    say(f"Reading {folder} …")
    manifest = backups.verify(folder)
    made_at = datetime.fromisoformat(manifest["made_at"])
    _refuse_what_does_not_fit(manifest, lost_erasures=lost_erasures)
    _refuse_to_overwrite(folder, replace=replace)
    _refuse_without_space(manifest)
    say("The database …")
    rows = dumps.load(folder / backups.DATABASE, made_at)
    if rows != manifest["database"]["rows"]:
        wrong = {name for name, _count in rows.items() ^ manifest["database"]["rows"].items()}
        raise BackupProblem(f"Rows are missing or too many in {', '.join(sorted(wrong))}.", Ending.DAMAGED)
    if manifest["media"]:
        say("Pictures and documents …")
        media = backups.media_folder()
        with backups.explained(media or folder):
            if media:
                _put_media(folder, manifest, media)
            else:
                _put_in_bucket(folder, manifest)
    dumps.mark_files_restored()
    say(f"{sum(rows.values())} rows and {len(manifest['files']) - 1} files are in place.")
    finish(say=say)


def finish(*, say: Callable[[str], object]) -> None:
    """Take every step that follows on a restoring, and let the portal start again.

    Raises BackupProblem when nothing is half restored, or the restoring itself did not end.
    """
    mark = dumps.read_mark()
    if mark is None:
        raise BackupProblem("Nothing is half restored.", Ending.REFUSED)
    made_at, has_files = mark
    if not has_files:
        raise BackupProblem("The restoring did not end. Run it again, with --replace.", Ending.REFUSED)
    call_command("migrate", interactive=False, verbosity=0)
    # Counted from here: a link that was mailed before opens nothing, also where a later step fails.
    Restored.objects.create(backup_made_at=made_at, at=timezone.now())
    BackupRun.objects.get_or_create(made_at=made_at, defaults={"ended_at": made_at, "name": "restored"})
    cache.clear()
    say("links: those that were mailed before open nothing any more")
    for step in sorted(_steps, key=lambda step: step.phase):
        say(f"{step.name}: {step.run(made_at)}")
    dumps.remove_mark()


def _refuse_what_does_not_fit(manifest: dict[str, Any], *, lost_erasures: bool) -> None:
    vendor = manifest["database"]["vendor"]
    if vendor != connection.vendor:
        raise BackupProblem(
            f"The back-up is one of {vendor}, and the database here {connection.vendor}.", Ending.REFUSED
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if newer := sorted(set(manifest["migrations"]) - known):
        raise BackupProblem(
            f"The back-up is of a newer version of the portal: {newer[0]} is unknown here. "
            "Install that version, or a later one, and restore then.",
            Ending.REFUSED,
        )
    if not backups.can_read_what_is_encrypted(manifest):
        raise BackupProblem(
            "None of the keys in FIELD_KEYS (or SECRET_KEY, where that is empty) opens what was encrypted when the "
            "back-up was made. Add the key of then.",
            Ending.REFUSED,
        )
    if backups.erasure_log_lines() < manifest["erasure_log_lines"] and not lost_erasures:
        raise BackupProblem(
            "The erasure log has fewer lines than when the back-up was made: people who were erased since would be "
            "back. Put ERASURE_LOG where it was; where it is lost for ever, --lost-erasures restores without it.",
            Ending.REFUSED,
        )


def _refuse_to_overwrite(folder: Path, *, replace: bool) -> None:
    with backups.explained(folder):
        has_media = any(True for _file in backups.media_store().listing())
    if not replace and (has_media or not dumps.is_empty()):
        raise BackupProblem(
            "There is a database or media already. --replace restores in their place; what they hold is lost.",
            Ending.REFUSED,
        )
    if number := dumps.others():
        raise BackupProblem(
            f"The database is in use ({number} connections). Stop web, worker, beat and whatever else uses it.",
            Ending.REFUSED,
        )


def _refuse_without_space(manifest: dict[str, Any]) -> None:
    media = backups.media_folder()
    if media is None:
        return
    media.mkdir(parents=True, exist_ok=True)
    needed = sum(file["size"] for name, file in manifest["files"].items() if name != backups.DATABASE)
    # What is there goes only when the new is whole.
    if shutil.disk_usage(media).free < needed:
        raise BackupProblem(f"The disk of {media} has no room for {needed >> 20} MB of media.", Ending.NO_SPACE)


def _put_media(folder: Path, manifest: dict[str, Any], media: Path) -> None:
    """Into the folder itself, which may be a disk of its own and cannot be renamed."""
    beside = media / ".restoring"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for name, told in manifest["files"].items():
        if name.startswith(f"{backups.MEDIA}/"):
            target = beside / name.removeprefix(f"{backups.MEDIA}/")
            with (folder / name).open("rb") as source:
                is_whole = backups.copy_file(source, target) == told
            if not is_whole:
                raise BackupProblem(f"{name} is not as it was written.", Ending.DAMAGED)
    for old in media.iterdir():
        if old.is_dir() and old != beside:
            shutil.rmtree(old)
        elif old != beside:
            old.unlink()
    for new in beside.iterdir():
        new.rename(media / new.name)
    beside.rmdir()
    # A back-up's files are for nobody else; the media's are as Django writes them.
    for where, folders, names in os.walk(media):
        for name in folders:
            (Path(where) / name).chmod(0o755)
        for name in names:
            (Path(where) / name).chmod(0o644)


def _put_in_bucket(folder: Path, manifest: dict[str, Any]) -> None:
    """Each under its own name, and away with what is not among them: half of it is marked as half restored."""
    store = backups.media_store()
    names = {name.removeprefix(f"{backups.MEDIA}/") for name in manifest["files"] if name != backups.DATABASE}
    for name in sorted(names):
        with (folder / backups.MEDIA / name).open("rb") as source:
            store.put(name, source)
    for name in [name for name, _size, _version in store.listing() if name not in names]:
        store.remove(name)
