"""The database as one file, and back: pg_dump and pg_restore for PostgreSQL, SQLite's own copying for SQLite.

While a database is being restored, a table `half_restored` stands in it: from the first change until everything that
must happen after a restoring has happened. No part of the portal starts meanwhile (`core.checks`).
"""

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from enum import IntEnum
from pathlib import Path

from django.db import OperationalError, connection, transaction


class Ending(IntEnum):
    """What the commands end with, for whoever watches them; docker/README.md says it to operators."""

    FAILED = 1
    NOT_SET = 2  # no folder, or none that can be written
    NO_SPACE = 3
    NO_PROGRAM = 4
    DAMAGED = 5
    REFUSED = 6  # nothing was touched


class BackupProblem(Exception):
    """Why there is no back-up, or nothing was restored, in a sentence for operators."""

    def __init__(self, message: str, ending: Ending) -> None:
        super().__init__(message)
        self.ending = ending


HALF_RESTORED = "half_restored"
_MARK = f"CREATE TABLE {HALF_RESTORED} (made_at varchar(40) NOT NULL, has_files integer NOT NULL)"
# What the portal made itself, and no extension: tables with their sequences, and functions.
_OWN_OBJECTS = """
    SELECT format('DROP TABLE %I.%I CASCADE', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('DROP ROUTINE %s CASCADE', p.oid::regprocedure)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def dump(path: Path) -> dict[str, int]:
    """Write the database as it is at one moment to `path`; return how many rows each table has in it.

    Nobody has to stop working meanwhile. Raises BackupProblem.
    """
    if connection.vendor == "sqlite":
        try:
            return _dump_sqlite(path)
        except sqlite3.OperationalError as error:
            ending = Ending.NO_SPACE if "full" in str(error) else Ending.FAILED
            raise BackupProblem(f"The database could not be copied: {error}.", ending) from error
    # The rows are counted in the same snapshot that pg_dump writes.
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
            options = ["--format=custom", "--schema=public", "--no-owner", "--no-privileges"]
            _run("pg_dump", *options, f"--snapshot={snapshot}", f"--file={path}")
            return _counted(cursor.execute)
    finally:
        own.close()


def _dump_sqlite(path: Path) -> dict[str, int]:
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        # One file, which needs no other beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        return _counted(copy.execute)


def look_through(path: Path, vendor: str) -> None:
    """Raise BackupProblem unless the file can be read to its end as a database."""
    if vendor == "sqlite":
        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as copy:
                found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found != "ok":
            raise BackupProblem(f"{path.name} is no whole database: {found}", Ending.DAMAGED)
    else:
        # To a file that keeps nothing: every row is read.
        _run("pg_restore", f"--file={os.devnull}", str(path), ending=Ending.DAMAGED)


def is_empty() -> bool:
    """Whether the portal's database has no table at all."""
    return not connection.introspection.table_names()


def others() -> int:
    """How many others are connected to the database; of SQLite nobody can say."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return cursor.fetchone()[0]


def load(path: Path, made_at: datetime) -> dict[str, int]:
    """Put the dump at `path` in place of whatever the database holds, and mark it half restored.

    Returns how many rows each table has then. `made_at` is kept in the mark. Raises BackupProblem; then the mark stays.
    """
    if connection.vendor == "sqlite":
        _load_sqlite(path, made_at)
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_OWN_OBJECTS)
            for statement in [*(row[0] for row in cursor.fetchall()), _MARK]:
                cursor.execute(statement)
            _write_mark(cursor.execute, "%s", made_at)
        connection.close()
        options = ["--single-transaction", "--exit-on-error", "--schema=public", "--no-owner", "--no-privileges"]
        _run("pg_restore", *options, f"--dbname={connection.settings_dict['NAME']}", str(path))
    with connection.cursor() as cursor:
        return _counted(cursor.execute)


def _load_sqlite(path: Path, made_at: datetime) -> None:
    name = Path(str(connection.settings_dict["NAME"]))
    beside = name.with_name(f"{name.name}.restoring")
    name.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, beside)
    with closing(sqlite3.connect(beside)) as copy:
        copy.execute(_MARK)
        _write_mark(copy.execute, "?", made_at)
        copy.commit()
    connection.close()
    # They belong to the file that goes, and would be read as the new one's.
    for suffix in ("-wal", "-shm"):
        name.with_name(name.name + suffix).unlink(missing_ok=True)
    beside.replace(name)


def _write_mark(execute, holder: str, made_at: datetime) -> None:
    execute(f"INSERT INTO {HALF_RESTORED} VALUES ({holder}, 0)", [made_at.isoformat()])  # noqa: S608 - our own names


def mark_files_restored() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {HALF_RESTORED} SET has_files = 1")  # noqa: S608


def read_mark() -> tuple[datetime, bool] | None:
    """Of a database that is half restored: when its back-up was made, and whether database and files are in place."""
    if not is_half_restored():
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT made_at, has_files FROM {HALF_RESTORED}")  # noqa: S608
        made_at, has_files = cursor.fetchone()
    return datetime.fromisoformat(made_at), bool(has_files)


def remove_mark() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {HALF_RESTORED}")


def is_half_restored() -> bool:
    """False also where the database does not answer: the portal starts, and says so itself."""
    try:
        return HALF_RESTORED in connection.introspection.table_names()
    except OperationalError:
        return False


def _counted(execute) -> dict[str, int]:
    """Rows of each of the portal's tables; `execute` is a cursor's."""
    if connection.vendor == "sqlite":
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    else:
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = sorted(name for (name,) in execute(names).fetchall() if name != HALF_RESTORED)
    return {name: execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608


def _run(program: str, *arguments: str, ending: Ending | None = None) -> None:
    """Run one of PostgreSQL's programs on the portal's database. Raises BackupProblem with its complaint."""
    if shutil.which(program) is None:
        raise BackupProblem(
            f"{program} is not installed here. Install PostgreSQL's client programs, of the server's version or newer.",
            Ending.NO_PROGRAM,
        )
    options = connection.settings_dict
    _arguments, environment = connection.client.settings_to_cmd_args_env(options, [])
    # Never on the command line, where everybody on the machine can read a password.
    given = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    named = {name: str(options[key]) for name, key in given.items() if options.get(key)}
    ended = subprocess.run(
        [program, *arguments],
        env={**os.environ, **(environment or {}), **named},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        told = next((line for line in ended.stderr.splitlines() if "error" in line), ended.stderr.strip()[:300])
        told = re.sub(r"\s+", " ", told)
        if "No space left" in ended.stderr:
            raise BackupProblem(f"The disk is full: {told}", Ending.NO_SPACE)
        raise BackupProblem(f"{program} failed: {told}", ending or Ending.FAILED)
