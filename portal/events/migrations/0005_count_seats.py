"""The counters of the seat pool, for the events and sign-ups that are there already."""

from collections import Counter

from django.db import migrations

HOLDING = ("confirmed", "offered")


def count(apps, schema_editor):
    event_model, sign_up_model = apps.get_model("events", "TrainingEvent"), apps.get_model("events", "SignUp")
    held: dict[int, Counter] = {}
    waiting: Counter = Counter()
    rows = sign_up_model.objects.filter(state__in=(*HOLDING, "waiting")).values_list("event", "municipality", "state")
    for event, municipality, state in rows.iterator():
        if state in HOLDING:
            held.setdefault(event, Counter())[str(municipality)] += 1
        else:
            waiting[event] += 1
    for pk in {*held, *waiting}:
        event_model.objects.filter(pk=pk).update(held_seats=dict(held.get(pk, {})), waiting_count=waiting[pk])


class Migration(migrations.Migration):
    dependencies = [("events", "0004_seat_pool")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
