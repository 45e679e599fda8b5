from django.db import migrations, models

import portal.core.models

# The words of the field that a new portal begins with; its administrator changes them.
START = [
    ("APL", "arbetsplatsförlagt lärande"),
    ("ESF", "Europeiska socialfonden, socialfonden"),
    ("LMS", "lärplattform"),
    ("SFI", "svenska för invandrare"),
    ("komvux", "kommunal vuxenutbildning"),
    ("spridningskonferens", "slutkonferens"),
    ("kompetensutveckling", "fortbildning"),
    ("validering", "kompetenskartläggning"),
    ("webbinarium", "webinar"),
    ("handledare", "mentor"),
    ("DigComp", "digital kompetens"),
]


def add_start(apps, schema_editor):
    rows = apps.get_model("search", "Synonym").objects
    for words, also in START:
        rows.create(words=words, also=also)


class Migration(migrations.Migration):
    dependencies = [("search", "0002_streams")]

    operations = [
        migrations.CreateModel(
            name="Synonym",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "words",
                    portal.core.models.LineField(
                        help_text="One word or more, with commas between them.",
                        max_length=200,
                        verbose_name="whoever searches for",
                    ),
                ),
                (
                    "also",
                    portal.core.models.LineField(
                        help_text="One word or more, with commas between them.",
                        max_length=200,
                        verbose_name="also finds",
                    ),
                ),
                ("is_both_ways", models.BooleanField(default=True, verbose_name="and the other way round")),
            ],
            options={"ordering": ["words", "pk"]},
        ),
        migrations.RunPython(add_start, migrations.RunPython.noop),
    ]
