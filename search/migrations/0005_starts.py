import django.db.models.deletion
from django.db import migrations, models


def write_anew(apps, schema_editor):
    """Entries that are there have no starts: `rebuild_search --stale`, which belongs to every upgrade, gives them some."""
    apps.get_model("search", "SearchEntry").objects.update(fingerprint="")


class Migration(migrations.Migration):
    dependencies = [("search", "0004_postgresql_matches")]

    operations = [
        migrations.CreateModel(
            name="SearchStart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("term", models.CharField(db_index=True, max_length=120)),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="starts", to="search.searchentry"
                    ),
                ),
            ],
        ),
        migrations.RunPython(write_anew, migrations.RunPython.noop),
    ]
