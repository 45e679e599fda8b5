"""The database itself keeps the audit log append-only: no row is changed or deleted, whatever the code does.

Only the person may be forgotten (`actor_id`). On SQLite a later change of this table drops the triggers: put this
operation at the end of such a migration again.
"""

from django.db import migrations

TABLE = "municipalities_auditentry"
COLUMNS = "id, municipality_id, at, act, subject, detail"
SQLITE = [
    f"""CREATE TRIGGER audit_no_change BEFORE UPDATE OF {COLUMNS} ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION audit_is_append_only() RETURNS trigger AS $$
        BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation'; END
       $$ LANGUAGE plpgsql""",
    f"""CREATE TRIGGER audit_no_change BEFORE UPDATE OF {COLUMNS} ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()""",
    f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()""",
]


def guard(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    on_table = "" if schema_editor.connection.vendor == "sqlite" else f" ON {TABLE}"
    for name in ("audit_no_change", "audit_no_delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute("DROP FUNCTION IF EXISTS audit_is_append_only()")


class Migration(migrations.Migration):
    dependencies = [("municipalities", "0002_rights_and_audit")]

    operations = [migrations.RunPython(guard, unguard)]
