"""What is whose in the database, and what a request changed of it.

Whose a row is follows from its keys: a row that points to a municipality's row (by foreign key, or by content type and
object id) is that municipality's too; the first such key decides. So a new model needs no line here.
"""

import re
from dataclasses import dataclass

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import ForeignKey

_WRITE = re.compile(r'\s*(?:INSERT(?: OR IGNORE)? INTO|UPDATE|DELETE FROM)\s+"([^"]+)"', re.IGNORECASE)

# Rows that come and go with everybody's requests, and an index of who points to whom.
PASSING = {"django_session", "wagtailsearch_indexentry", "wagtailcore_referenceindex"}

# A key through which one municipality may point to another's row by design: sharing with it, working together.
POINTING_OUT = {
    ("cms_sharedpage_shared_with", "municipality_id"),
    ("cms_sharedpage_shared_with_collaborations", "collaboration_id"),
    ("events_trainingevent_shared_with", "municipality_id"),
    ("events_trainingevent_shared_with_collaborations", "collaboration_id"),
    ("municipalities_collaboration_partners", "municipality_id"),
}


class WrittenTables:
    """For `connection.execute_wrapper`: the tables that were written to."""

    def __init__(self):
        self.names: set[str] = set()

    def __call__(self, execute, sql, params, many, context):
        if match := _WRITE.match(sql):
            self.names.add(match[1])
        return execute(sql, params, many, context)


@dataclass(frozen=True)
class _Table:
    name: str
    key: str
    columns: tuple[str, ...]
    foreign_keys: tuple[tuple[str, str], ...]  # column, table it points to
    is_generic: bool


def _tables() -> dict[str, _Table]:
    tables = {}
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if not options.managed or options.proxy or options.db_table in PASSING:
            continue
        fields = options.local_concrete_fields
        columns = tuple(field.column for field in fields)
        tables[options.db_table] = _Table(
            name=options.db_table,
            key=options.pk.column,
            columns=columns,
            foreign_keys=tuple(
                (field.column, field.related_model._meta.db_table) for field in fields if isinstance(field, ForeignKey)
            ),
            is_generic={"content_type_id", "object_id"} <= set(columns),
        )
    return tables


def _read(table: _Table) -> dict:
    names = ", ".join(connection.ops.quote_name(column) for column in table.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {connection.ops.quote_name(table.name)}")  # noqa: S608 - names of our models
        rows = (dict(zip(table.columns, row, strict=True)) for row in cursor.fetchall())
        return {row[table.key]: row for row in rows}


class Fingerprint:
    """The whole database as the world was built, and whose each row is."""

    def __init__(self, seeds: dict[str, list]):
        self._tables = _tables()
        self._rows = {name: _read(table) for name, table in self._tables.items()}
        self._table_of_type = {
            content_type.pk: model._meta.db_table
            for content_type in ContentType.objects.all()
            if (model := content_type.model_class())
        }
        self._owner: dict[tuple[str, object], str] = {}
        for place, rows in seeds.items():
            for row in rows:
                for model in (type(row), *type(row)._meta.all_parents):
                    self._owner[model._meta.db_table, row.pk] = place
        while self._follow_keys():
            pass

    def owned_by(self, place: str) -> set[str]:
        """The names of the tables in which `place` has rows."""
        return {table for (table, _key), owner in self._owner.items() if owner == place}

    def foreign_changes(self, written: set[str], foreign: list[str]) -> list[str]:
        """What the last request changed, deleted or added of the municipalities in `foreign`."""
        changes = []
        for name in sorted(written & set(self._tables)):
            before, now = self._rows[name], _read(self._tables[name])
            for key in before.keys() | now.keys():
                old, new = before.get(key), now.get(key)
                if old == new:
                    continue
                owner = self._owner.get((name, key)) if old else self._owner_by_keys(self._tables[name], new)
                if owner in foreign:
                    what = "added" if old is None else "deleted" if new is None else _difference(old, new)
                    changes.append(f"{name} {key} of {owner}: {what}")
                elif new:
                    changes += [
                        f"{name} {key}: {column} now points to {pointed} of {place}"
                        for column, pointed, place in self._new_pointers(self._tables[name], old, new)
                        if place in foreign
                    ]
        return changes

    def _follow_keys(self) -> bool:
        before = len(self._owner)
        for name, table in self._tables.items():
            for key, row in self._rows[name].items():
                if (name, key) not in self._owner and (owner := self._owner_by_keys(table, row)):
                    self._owner[name, key] = owner
        return len(self._owner) > before

    def _owner_by_keys(self, table: _Table, row: dict) -> str | None:
        for column, pointed in table.foreign_keys:
            if (table.name, column) not in POINTING_OUT and (owner := self._owner.get((pointed, row[column]))):
                return owner
        if table.is_generic:
            pointed = self._table_of_type.get(row["content_type_id"], "")
            key = row["object_id"]
            return self._owner.get((pointed, int(key) if str(key).isdigit() else key))
        return None

    def _new_pointers(self, table: _Table, old: dict | None, new: dict):
        for column, pointed in table.foreign_keys:
            if (table.name, column) in POINTING_OUT or (old and old[column] == new[column]):
                continue
            if place := self._owner.get((pointed, new[column])):
                yield column, pointed, place


def _difference(old: dict, new: dict) -> str:
    return ", ".join(f"{column} changed" for column in old if old[column] != new[column])
