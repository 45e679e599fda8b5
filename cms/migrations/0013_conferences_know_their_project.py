from django.db import migrations


def give_project(apps, schema_editor):
    """A conference belongs to the project that its page, as it is published, says."""
    conferences = apps.get_model("conferences", "Conference").objects
    pages = apps.get_model("cms", "ConferencePage").objects.filter(collaboration__isnull=False)
    for page_id, collaboration_id in pages.values_list("pk", "collaboration"):
        conferences.filter(page=page_id).update(collaboration=collaboration_id)


class Migration(migrations.Migration):
    dependencies = [("cms", "0012_conference_results"), ("conferences", "0005_places")]

    operations = [migrations.RunPython(give_project, migrations.RunPython.noop, elidable=True)]
