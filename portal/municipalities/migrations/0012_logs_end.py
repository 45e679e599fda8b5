"""Lines of the audit log may be deleted once they are five years old (`portal.core.retention.LOGGED`), not before."""

from django.db import migrations

TABLE = "municipalities_auditentry"
DAYS = 1826
SQLITE = f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE}
             WHEN OLD.at > datetime('now', '-{DAYS} days')
             BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"""
POSTGRESQL = f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW
                 WHEN (OLD.at > now() - interval '{DAYS} days') EXECUTE FUNCTION audit_is_append_only()"""


def guard(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    schema_editor.execute("DROP TRIGGER audit_no_delete" + ("" if is_sqlite else f" ON {TABLE}"))
    schema_editor.execute(SQLITE if is_sqlite else POSTGRESQL)


class Migration(migrations.Migration):
    dependencies = [("municipalities", "0011_personal_data")]

    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
