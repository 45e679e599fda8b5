"""A copy of the test database for tests that need committed data and processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

IS_POSTGRESQL = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"


def keep_copy(folder: Path) -> str:
    """Copy the test database as it is now, outside any transaction; return the address of the copy."""
    if IS_POSTGRESQL:
        options = connection.settings_dict
        name = f"{options['NAME']}_race"
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{options["NAME"]}"')
        return f"postgres://{options['USER']}:{options['PASSWORD']}@{options['HOST']}:{options['PORT']}/{name}"
    path = folder / "race.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return f"sqlite:///{path}"


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
