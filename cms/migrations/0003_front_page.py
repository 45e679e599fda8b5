"""The front page in place of Wagtail's welcome page: the portal has a root to hang sections on from the start."""

from django.conf import settings
from django.db import migrations


def create_front_page(apps, schema_editor):
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    Locale = apps.get_model("wagtailcore", "Locale")
    ContentType = apps.get_model("contenttypes", "ContentType")
    HomePage = apps.get_model("cms", "HomePage")
    if HomePage.objects.exists():
        return
    content_type, _created = ContentType.objects.get_or_create(app_label="cms", model="homepage")
    locale, _created = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    welcome = Page.objects.get(depth=2, url_path="/home/")
    Site.objects.all().delete()
    welcome.delete()
    Page.objects.filter(depth=1).update(numchild=1, locale=locale)
    home = HomePage.objects.create(
        title="Samlärande",
        draft_title="Samlärande",
        slug="home",
        content_type=content_type,
        path="00010001",
        depth=2,
        numchild=0,
        url_path="/home/",
        locale=locale,
        visibility="public",
        summary="Här delar kommuner och organisationer kurser, metoder och lärdomar med varandra.",
        live=True,
    )
    Site.objects.create(
        hostname="localhost", port=80, root_page_id=home.pk, is_default_site=True, site_name="Samlärande"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0002_initial"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [migrations.RunPython(create_front_page, migrations.RunPython.noop)]
