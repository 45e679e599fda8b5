from django.db import migrations


def make_locale(apps, schema_editor):
    apps.get_model("wagtailcore", "Locale").objects.get_or_create(language_code="en")


class Migration(migrations.Migration):
    """Pages may be had in English; here the language is made, so that no request has to."""

    dependencies = [("cms", "0009_plain_language"), ("wagtailcore", "0098_apitoken")]

    operations = [migrations.RunPython(make_locale, migrations.RunPython.noop)]
