"""Copies of the test database for tests that need committed data and processes of their own."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from django.db.utils import load_backend

IS_POSTGRESQL = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"


def migrated_copy() -> Path | None:
    """Where a database as the migrations make it is kept between runs, whether there or not yet; None on PostgreSQL.

    Named by all that makes it: our migrations, what is done after them, and the packages. Making it takes the better
    part of a minute.
    """
    if IS_POSTGRESQL:
        return None
    made_by = hashlib.sha256((settings.BASE_DIR / ".requirements" / "dev.txt").read_bytes())
    for package in ("portal", "cms", "search"):
        for pattern in ("migrations/*.py", "enums.py", "models.py", "models/*.py", "receivers.py", "apps.py"):
            for path in sorted((settings.BASE_DIR / package).rglob(pattern)):
                made_by.update(path.read_bytes())
    return settings.BASE_DIR / "var" / "tests" / f"{made_by.hexdigest()[:20]}.sqlite3"


def write_copy(path: Path) -> None:
    """Write the database in use to `path`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob("*.sqlite3"):
        if old.stat().st_mtime < time.time() - 7 * 86_400:
            old.unlink(missing_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(unfinished)])
    unfinished.rename(path)


def read_copy(path: Path) -> None:
    """Put what is in the SQLite database at `path` in the place of all that is in the one in use."""
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as source:
        source.backup(connection.connection)


def keep_copy(folder: Path) -> str:
    """Copy the test database as it is now, outside any transaction; return the address of the copy.

    Nobody writes there: `copy_of` gives each test one of its own.
    """
    if IS_POSTGRESQL:
        options = connection.settings_dict
        name = f"{options['NAME']}_kept"
        connection.close()
        _create_like(options["NAME"], name)
        return f"postgres://{options['USER']}:{options['PASSWORD']}@{options['HOST']}:{options['PORT']}/{name}"
    path = folder / "kept.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return f"sqlite:///{path}"


def copy_of(address: str, folder: Path) -> str:
    """A fresh copy of the database at `address`; return its address. What another test did in its own is not in it."""
    if IS_POSTGRESQL:
        _create_like(address.rpartition("/")[2], address.rpartition("/")[2] + "_own")
        return address + "_own"
    path = folder / "own.sqlite3"
    shutil.copy(address.removeprefix("sqlite:///"), path)
    return f"sqlite:///{path}"


def _create_like(template: str, name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def run_program(module: str, *arguments: str, database_url: str, timeout: int = 400) -> subprocess.CompletedProcess:
    """Run one of our programs in a process of its own on the given database, with the test settings."""
    environment = {**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "portal.settings.test"}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@contextmanager
def committed(address: str) -> Iterator[None]:
    """Meanwhile this thread works in the database at `address`, where all that is written is committed."""
    ours = connections["default"]
    name = address.rpartition("/")[2] if IS_POSTGRESQL else address.removeprefix("sqlite:///")
    other = load_backend(ours.settings_dict["ENGINE"]).DatabaseWrapper({**ours.settings_dict, "NAME": name}, "default")
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = ours
