"""Copies of the test database for tests that need committed data and processes of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

IS_POSTGRESQL = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"


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
