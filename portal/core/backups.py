"""Back-ups: a folder each, with the database, the media and a manifest that says what belongs in it.

A back-up is written under a name that begins with a dot, read again in full, and only then gets its own. So what
bears a date is whole. `core.restoring` puts one back.
"""

import errno
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import django
import wagtail
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import dumps
from portal.core.dumps import BackupProblem, Ending
from portal.core.health import Sign
from portal.core.models import BackupRun, field_cipher
from portal.core.services import moment_text
from portal.core.storage import MediaAway

FORMAT = 1
MANIFEST, DATABASE, MEDIA = "manifest.json", "database", "media"
LATE_AFTER = timedelta(hours=26)  # a day, and the time that one may take
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")
_CHUNK = 1 << 20
_READABLE = "the keys of then"


def make() -> Path:
    """Make a back-up in `settings.BACKUP_FOLDER`, remember it, and forget those beyond BACKUP_KEEP; return its folder.

    Raises BackupProblem, and leaves nothing half done behind.
    """
    made_at = timezone.now()
    try:
        made, size = _make(made_at)
    except BackupProblem as problem:
        BackupRun.objects.create(made_at=made_at, ended_at=timezone.now(), problem=str(problem)[:300])
        raise
    BackupRun.objects.create(made_at=made_at, ended_at=timezone.now(), name=made.name, size=size)
    return made


def _make(made_at: datetime) -> tuple[Path, int]:
    if not settings.BACKUP_FOLDER:
        raise BackupProblem("BACKUP_FOLDER is not set, so there is nowhere to put a back-up.", Ending.NOT_SET)
    folder = Path(settings.BACKUP_FOLDER)
    with explained(folder), _alone(folder):
        for left in folder.glob(".2*Z"):  # by one that was killed
            shutil.rmtree(left)
        made = folder / f"{made_at.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"
        unfinished = folder / f".{made.name}"
        unfinished.mkdir(mode=0o700)
        try:
            manifest = _write(unfinished, made_at)
            verify(unfinished)
            # What is only in the machine's memory would be lost with its power.
            os.sync()
            unfinished.rename(made)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        for old in made_in(folder)[: -max(settings.BACKUP_KEEP, 1)]:
            shutil.rmtree(old)
    return made, sum(file["size"] for file in manifest["files"].values())


def made_in(folder: Path) -> list[Path]:
    """The whole back-ups in `folder`, the oldest first."""
    return sorted(path for path in folder.glob("2*Z") if _NAME.fullmatch(path.name))


def verify(folder: Path) -> dict[str, Any]:
    """Read everything in a back-up's folder again, and return its manifest.

    Raises BackupProblem for whatever is missing, changed or too much.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        is_known = manifest["format"] == FORMAT
        told = manifest["files"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BackupProblem(f"{folder} holds no back-up: its {MANIFEST} cannot be read.", Ending.DAMAGED) from error
    if not is_known:
        raise BackupProblem(f"{folder} was written by another version, in a form unknown here.", Ending.REFUSED)
    there = {str(path.relative_to(folder)) for path in _files(folder)} - {MANIFEST}
    wrong = sorted(there ^ set(told))
    wrong += sorted(name for name in there & set(told) if _sum(folder / name) != told[name])
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise BackupProblem(f"{folder} is damaged: {wrong[0]}{more} is not as it was written.", Ending.DAMAGED)
    dumps.look_through(folder / DATABASE, manifest["database"]["vendor"])
    return manifest


def signs(now: datetime | None = None) -> Iterable[Sign]:
    """When the last back-up was made, and whether that is long ago."""
    now = now or timezone.now()
    last, newest = BackupRun.objects.exclude(name="").first(), BackupRun.objects.first()
    if last is None and newest is None and not settings.BACKUP_FOLDER:
        value, is_fine = _("None is made by the portal"), not settings.IS_PRODUCTION
    else:
        value = moment_text(last.made_at) if last else _("None yet")
        is_fine = bool(last and last.made_at > now - LATE_AFTER and newest and not newest.problem)
    yield Sign(
        _("Last back-up"),
        value,
        is_fine=is_fine,
        remedy=newest.problem
        if newest and newest.problem
        else _("See whether the service that makes one each night runs, or run “manage.py backup”."),
    )


def media_store() -> Any:
    """Where media lie: on the disk or in a bucket, which list and take files alike."""
    return default_storage


def media_folder() -> Path | None:
    """Where media lie on the disk; None where they are in a bucket."""
    return Path(default_storage.location) if isinstance(default_storage, FileSystemStorage) else None


def copy_file(source: IO[bytes], target: Path) -> dict[str, Any]:
    """Copy to its end what can be read, and return size and SHA-256 of it."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as write:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            write.write(chunk)
    return {"sha256": digest.hexdigest(), "size": size}


def applied_migrations() -> set[str]:
    """As "app.name", of the database as it is."""
    return {f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()}


def erasure_log_lines() -> int:
    path = Path(settings.ERASURE_LOG)
    return len(path.read_text().splitlines()) if path.exists() else 0


def can_read_what_is_encrypted(manifest: dict[str, Any]) -> bool:
    """Whether the keys of now open what was encrypted when the back-up was made."""
    try:
        return field_cipher().decrypt(manifest["field_keys"]).decode() == _READABLE
    except InvalidToken:
        return False


def _write(folder: Path, made_at: datetime) -> dict[str, Any]:
    # Before the database's moment, so that each line that the database does not know of is beyond them.
    erasures = erasure_log_lines()
    # Files are copied before the database's moment and again after it: what was deleted meanwhile came with the first
    # round, what a row of that moment points to with the second.
    copied = _copy_media(folder, {})
    rows = dumps.dump(folder / DATABASE)
    copied = _copy_media(folder, copied)
    files = {name: told for name, (_seen, told) in copied.items()}
    manifest = {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "versions": {
            "django": django.get_version(),
            "wagtail": ".".join(str(number) for number in wagtail.VERSION[:3]),
            "python": platform.python_version(),
            "database": connection.get_database_version(),
        },
        "database": {"vendor": connection.vendor, "rows": rows},
        "media": True,
        "migrations": sorted(applied_migrations()),
        "settings": _names_of_settings(),
        "erasure_log_lines": erasures,
        # Opens with the right keys only, and tells nothing of them.
        "field_keys": field_cipher().encrypt(_READABLE.encode()).decode(),
        "files": {DATABASE: _sum(folder / DATABASE), **files},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return manifest


Copied = dict[str, tuple[Hashable, dict[str, Any]]]


def _copy_media(folder: Path, copied: Copied) -> Copied:
    """Copy what is not among those `copied`, or has changed; return all: name → (the version as seen, told of it)."""
    store, copied = media_store(), dict(copied)
    for path, _size, seen in store.listing():
        name = f"{MEDIA}/{path}"
        if copied.get(name, (None,))[0] == seen:
            continue
        try:
            with store.open(path, "rb") as source:
                copied[name] = (seen, copy_file(source, folder / name))
        except FileNotFoundError:  # deleted at this moment
            continue
    return copied


def _files(folder: Path) -> Iterator[Path]:
    for where, _folders, names in os.walk(folder):
        yield from (Path(where) / name for name in names)


def _sum(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": path.stat().st_size}


def _names_of_settings() -> list[str]:
    """Which environment variables were given a value; the values are in no back-up."""
    sources = (settings.BASE_DIR / "portal" / "settings").glob("*.py")
    known = {name for path in sources for name in re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', path.read_text())}
    return sorted(name for name in os.environ if name.removesuffix("_FILE") in known)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Say in a sentence what the operating system says in a number."""
    try:
        yield
    except MediaAway as error:
        raise BackupProblem(f"Pictures and documents cannot be reached: {error}.", Ending.FAILED) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupProblem(f"The disk of {folder} is full.", Ending.NO_SPACE) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR):
            raise BackupProblem(
                f"{error.filename or folder} cannot be written: {error.strerror}.", Ending.NOT_SET
            ) from error
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One back-up at a time."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupProblem("Another back-up is being made.", Ending.REFUSED) from error
        yield
