"""What happens in the portal during the drill, each in a process of its own: `python -m tests.drill.acts NAME …`.

Answers are JSON on the last line.
"""

import hashlib
import json
import os
import random
import sys
import time
import uuid
from pathlib import Path

import django

django.setup()

from celery import current_app  # noqa: E402
from django.apps import apps  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.db import IntegrityError, connection, models, transaction  # noqa: E402
from wagtail.models import Page  # noqa: E402

from cms.models import MunicipalityPage, PortalDocument  # noqa: E402
from portal.accounts.services import personal_data  # noqa: E402
from portal.core import links  # noqa: E402
from portal.core.services import ActionRefused  # noqa: E402
from portal.events.models import EventOccasion, SignUp, SignUpChange, TrainingEvent  # noqa: E402
from portal.events.services import mails, seat_checks, sign_ups  # noqa: E402
from portal.municipalities.models import Membership, Municipality  # noqa: E402
from portal.notifications.models import OutboxMessage  # noqa: E402
from portal.notifications.services import outbox  # noqa: E402

FOLDER = Path(os.environ["TEST_FOLDER"])
FILE_SIZES = (8_000, 60_000)
# Nobody writes to them while the drill goes on.
STILL = (Page, PortalDocument, Municipality, EventOccasion)


def build(people: int, pages: int, files: int) -> dict:
    """A portal of so many people who are signed in, pages and documents."""
    from tests.factories.cms import LessonPageFactory
    from tests.stress.stage import prepare

    rng = random.Random(1)
    stage = prepare(people=people, events=max(people // 100, 5), coordinators=2, rng=rng)
    places = list(Municipality.objects.filter(pk__in=stage.municipality_ids))
    for number in range(pages):
        LessonPageFactory(owner=places[number % len(places)], title=f"Lärdom {number}", summary="Kort sagt. " * 20)
    folder = FOLDER / "media" / "documents"
    folder.mkdir(parents=True)
    collections = [MunicipalityPage.objects.get(municipality=place).collection for place in places]
    rows = []
    for number in range(files):
        content = rng.randbytes(rng.randint(*FILE_SIZES))
        (folder / f"{number}.pdf").write_bytes(content)
        rows.append(
            PortalDocument(
                title=f"Dokument {number}",
                file=f"documents/{number}.pdf",
                file_size=len(content),
                file_hash=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
                collection=collections[number % len(collections)],
            )
        )
    PortalDocument.objects.bulk_create(rows, batch_size=500)
    return {"people": len(stage.people), "signature": links.signature("drill", "value")}


def write(number: int) -> dict:
    """Sign people up until told to stop; what was answered with yes stands in a file of this process."""
    rng = random.Random(number)
    memberships = list(Membership.objects.values_list("person_id", "municipality_id"))
    events = list(TrainingEvent.objects.values_list("pk", flat=True))
    people = get_user_model().objects.in_bulk({person for person, _place in memberships})
    done = 0
    with (FOLDER / f"answered-{number}").open("w", buffering=1) as answered:
        while not (FOLDER / "stop").exists():
            person, place = rng.choice(memberships)
            try:
                entry = sign_ups.sign_up(
                    event_id=rng.choice(events),
                    person=people[person],
                    municipality_id=place,
                    form_token=uuid.uuid4(),
                )
            except ActionRefused:
                continue
            answered.write(f"{entry.uid}\n")
            done += 1
    return {"sign_ups": done}


def send() -> dict:
    """Send what lies in the outbox until told to stop."""
    sent = 0
    while not (FOLDER / "stop").exists():
        sent += outbox.sweep()
        time.sleep(0.2)
    return {"sent": sent}


def erase() -> dict:
    """Erase somebody with a seat."""
    entry = SignUp.objects.filter(state="confirmed").order_by("pk").first()
    person = entry.person
    return {"person": person.pk, "name": person.get_full_name(), "erased": personal_data.erase(person=person)}


def look(erased: int) -> dict:
    """What stands in the portal, to compare with another."""
    changes = SignUpChange.objects.order_by("pk").values_list("pk", "sign_up_id", "to_state", "seats_taken_after")
    people = (
        get_user_model().objects.exclude(pk=erased).order_by("pk").values_list("pk", "email", "password", "last_name")
    )
    media = FOLDER / "media"
    return {
        "still": {
            model._meta.label: _fingerprint(model._default_manager.order_by("pk").values_list()) for model in STILL
        },
        "people": [people.count(), _fingerprint(people)],
        "files": {
            str(path.relative_to(media)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in media.rglob("*")
            if path.is_file()
        },
        "changes": {str(pk): list(row) for pk, *row in changes},
    }


def inspect(erased: int, signature: str) -> dict:
    """What must be true of a restored portal; sentences for what is not, and figures."""
    wrong = []
    known = get_user_model().objects.get(pk=erased)
    if known.email or known.last_name or not known.erased_at:
        wrong.append("who was erased after the back-up is back")
    if Session.objects.exists():
        wrong.append("sessions live")
    if links.is_signature("drill", "value", signature):
        wrong.append("links of before are good")
    entries = SignUp.objects.exclude(person=erased)
    told = OutboxMessage.objects.filter(reason=mails.UNCHANGED).values("reason_object_id")
    without_history = entries.exclude(changes__isnull=False).count()
    without_mail = entries.exclude(changes__in=told).count()
    if without_history or without_mail:
        wrong.append(f"{without_history} sign-ups without history, {without_mail} without a mail")
    wrong += seat_checks.run().problems
    wrong += _sequences_behind()
    if OutboxMessage.objects.filter(state__in=("pending", "sending")).exists():
        wrong.append("mails wait to be sent")
    current_app.loader.import_default_modules()
    for entry in current_app.conf.beat_schedule.values():
        current_app.tasks[entry["task"]]()
    return {
        "wrong": wrong,
        "sign_ups": [str(uid) for uid in SignUp.objects.values_list("uid", flat=True)],
        "held": outbox.held().count(),
        "tables": len(_with_sequence()),
    }


def _fingerprint(rows) -> str:
    digest = hashlib.sha256()
    for row in rows.iterator():
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _with_sequence() -> list[type[models.Model]]:
    found = [m for m in apps.get_models(include_auto_created=True) if isinstance(m._meta.pk, models.AutoField)]
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def _sequences_behind() -> list[str]:
    """Insert a copy of the last row of every table that counts its rows itself: the number must be a new one."""
    wrong = []
    with connection.cursor() as cursor:
        for model in _with_sequence():
            table, pk = model._meta.db_table, model._meta.pk.column
            names = [f'"{f.column}"' for f in model._meta.local_concrete_fields if not f.primary_key]
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', pk])
                (sequence,) = cursor.fetchone()
                cursor.execute(f'SELECT nextval(%s) > (SELECT coalesce(max("{pk}"), 0) FROM "{table}")', [sequence])  # noqa: S608
                if cursor.fetchone() != (True,):
                    wrong.append(f"{table} counts from behind")
            if not names:
                continue
            columns = ", ".join(names)
            try:
                with transaction.atomic():
                    last = f'SELECT {columns} FROM "{table}" ORDER BY "{pk}" DESC LIMIT 1'  # noqa: S608
                    cursor.execute(f'INSERT INTO "{table}" ({columns}) {last}')
                    transaction.set_rollback(True)
            except IntegrityError as error:
                # Another rule that forbids a copy is none of the sequence's.
                if f"{table}_pkey" in str(error) or f"{table}.{pk}" in str(error):
                    wrong.append(f"a new row of {table} gets a number that is taken")
    return wrong


if __name__ == "__main__":
    act, *arguments = sys.argv[1:]
    given = [int(text) if text.isdigit() else text for text in arguments]
    acts = {each.__name__: each for each in (build, write, send, erase, look, inspect)}
    sys.stdout.write(json.dumps(acts[act](*given)) + "\n")
