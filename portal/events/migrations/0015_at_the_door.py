import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import portal.events.models


def give_codes(apps, schema_editor):
    """Whoever has signed up before gets a code too, and each date its own: the column was filled with one for all."""
    SignUp, EventOccasion = apps.get_model("events", "SignUp"), apps.get_model("events", "EventOccasion")
    used = {}
    batch = []
    for entry in SignUp.objects.only("event_id", "code").order_by("pk").iterator(chunk_size=2000):
        codes = used.setdefault(entry.event_id, set())
        entry.code = portal.events.models.new_sign_up_code()
        while entry.code in codes:
            entry.code = portal.events.models.new_sign_up_code()
        codes.add(entry.code)
        batch.append(entry)
    SignUp.objects.bulk_update(batch, ["code"], batch_size=500)
    occasions = list(EventOccasion.objects.only("code"))
    for occasion in occasions:
        occasion.code = portal.events.models.new_day_code()
    EventOccasion.objects.bulk_update(occasions, ["code"], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ("events", "0014_interest"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="eventoccasion",
            name="code",
            field=models.CharField(default=portal.events.models.new_day_code, editable=False, max_length=6),
        ),
        migrations.AddField(
            model_name="signup",
            name="code",
            field=models.CharField(default=portal.events.models.new_sign_up_code, editable=False, max_length=6),
        ),
        migrations.AddField(
            model_name="attendance",
            name="minutes",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.UniqueConstraint(fields=("event", "code"), name="one_code_each"),
        ),
        migrations.CreateModel(
            name="AttendanceUndone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("undone_at", models.DateTimeField()),
                ("occasion", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="events.eventoccasion")),
                ("sign_up", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="events.signup")),
                ("undone_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name="attendanceundone",
            constraint=models.UniqueConstraint(fields=("sign_up", "occasion"), name="one_undoing_each"),
        ),
    ]
