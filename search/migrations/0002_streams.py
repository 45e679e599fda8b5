"""The inverted index becomes streams of finished terms, which every engine ranks with its own means.

Old entries keep their texts; `rebuild_search`, which `make run` and an upgrade call, gives them streams.
"""

from django.db import migrations, models
from django.utils import timezone


def add_full_text(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE search_fts USING fts5(title_terms, words, parts, lemmas, tokenize='ascii')"
        )
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            """ALTER TABLE search_searchentry ADD COLUMN vector tsvector GENERATED ALWAYS AS (
                setweight(to_tsvector('simple'::regconfig, title_terms), 'A')
                || setweight(to_tsvector('simple'::regconfig, words), 'B')
                || setweight(to_tsvector('simple'::regconfig, parts), 'C')
                || setweight(to_tsvector('simple'::regconfig, lemmas), 'C')
            ) STORED"""
        )
        schema_editor.execute("CREATE INDEX search_vector ON search_searchentry USING gin (vector)")


def drop_full_text(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE search_fts")
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE search_searchentry DROP COLUMN vector")


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        migrations.DeleteModel("SearchTerm"),
        migrations.CreateModel(
            name="SearchTerm",
            fields=[
                ("term", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("entries", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("entries", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry_id", models.PositiveBigIntegerField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddField("searchentry", "language", models.CharField(default="sv", max_length=5)),
        migrations.AddField("searchentry", "title_terms", models.TextField(blank=True, default=""), False),
        migrations.AddField("searchentry", "words", models.TextField(blank=True, default=""), False),
        migrations.AddField("searchentry", "parts", models.TextField(blank=True, default=""), False),
        migrations.AddField("searchentry", "lemmas", models.TextField(blank=True, default=""), False),
        migrations.AddField("searchentry", "fingerprint", models.CharField(blank=True, default="", max_length=60), False),
        migrations.RemoveField("searchentry", "topics"),
        migrations.AddField("searchentry", "facets", models.TextField(blank=True, default=""), False),
        migrations.AddField("searchentry", "dated_at", models.DateTimeField(default=timezone.now), False),
        migrations.AddField("searchentry", "joinable_until", models.DateTimeField(null=True)),
        migrations.AddIndex("searchentry", models.Index(fields=["dated_at"], name="search_by_date")),
        migrations.RunPython(add_full_text, drop_full_text),
    ]
