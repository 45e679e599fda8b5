"""Back-ups: whole or not there, and a restored portal in which nothing from before is still open."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.utils import timezone

from portal.core import health
from portal.core.management.commands.backup import seconds_to_wait
from portal.core.models import BackupRun
from tests.helpers.buckets import BUCKET, PREFIX, BucketServer
from tests.helpers.buckets import KEY as BUCKET_KEY
from tests.helpers.buckets import SECRET as BUCKET_SECRET
from tests.helpers.databases import IS_POSTGRESQL

KEY = "3x3MplE-k3y-0f-s1xty-f0ur-ch4racters-that-is-kn0wn-to-0nly-tests"


class Portal:
    """A portal of the test's own: its database, its media, its back-ups."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.media, self.backups = folder / "media", folder / "backups"
        self.erasure_log = folder / "erasures.jsonl"
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "portal.settings.test",
            "TEST_FOLDER": str(folder),
            "BACKUP_FOLDER": str(self.backups),
            "FIELD_KEYS": KEY,
        }

    def run(self, *command: str, python: str = "", **environment: str) -> subprocess.CompletedProcess:
        """`manage.py command`, or with `python` a program, in a process of its own."""
        arguments = ["-c", f"import django; django.setup()\n{python}"] if python else ["manage.py", *command]
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def ask(self, python: str, **environment: str):
        """What the program prints last, as JSON."""
        ended = self.run(python=f"import json\n{python}", **environment)
        assert ended.returncode == 0, ended.stderr[-3000:]
        return json.loads(ended.stdout.splitlines()[-1])

    def made(self) -> list[Path]:
        return sorted(self.backups.glob("2*"))

    def back_up(self) -> Path:
        ended = self.run("backup")
        assert ended.returncode == 0, ended.stderr[-3000:]
        return Path(ended.stdout.strip())


@pytest.fixture
def portal(tmp_path, database_copy) -> Portal:
    portal = Portal(tmp_path / "portal", database_copy)
    (portal.media / "documents").mkdir(parents=True)
    (portal.media / "documents" / "rutin.pdf").write_bytes(b"%PDF-1.7 rutin")
    (portal.media / "original_images").mkdir()
    (portal.media / "original_images" / "å.jpg").write_bytes(os.urandom(5000))
    return portal


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- Making one ----------------------------------------------------------------------------------------------


def test_a_back_up_holds_all_of_it_and_says_what_belongs_in_it(portal):
    before = timezone.now()

    folder = portal.back_up()

    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(files_in(folder)) == {"database", "manifest.json", *(f"media/{name}" for name in files_in(portal.media))}
    assert set(manifest["files"]) == set(files_in(folder)) - {"manifest.json"}
    assert before <= datetime.fromisoformat(manifest["made_at"]) <= timezone.now()
    assert manifest["database"]["rows"]["accounts_user"] == 8
    assert manifest["versions"].keys() == {"django", "wagtail", "python", "database"}
    assert {"DATABASE_URL", "FIELD_KEYS", "BACKUP_FOLDER"} <= set(manifest["settings"])
    assert "core.0001_back_ups" in manifest["migrations"]
    assert KEY not in (folder / "manifest.json").read_text()
    assert folder.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    assert portal.ask(
        "from portal.core.models import BackupRun\n"
        "print(json.dumps(list(BackupRun.objects.values_list('name', 'problem'))))"
    ) == [[folder.name, ""]]


def test_only_the_newest_are_kept_and_what_a_killed_one_left_is_cleared(portal):
    for name in ("2020-01-01T000000Z", "2020-01-02T000000Z", ".2020-01-03T000000Z", "other"):
        (portal.backups / name).mkdir(parents=True)

    made = portal.run("backup", BACKUP_KEEP="2")

    assert made.returncode == 0, made.stderr
    assert {path.name for path in portal.backups.iterdir()} == {
        ".lock",
        "2020-01-02T000000Z",
        "other",
        Path(made.stdout.strip()).name,
    }


@pytest.mark.parametrize(
    ("environment", "code", "sentence"),
    [
        ({"BACKUP_FOLDER": ""}, 2, "BACKUP_FOLDER is not set"),
        ({"BACKUP_FOLDER": "/proc/none/backups"}, 2, "cannot be written"),
        pytest.param(
            {"PATH": "/nowhere"},
            4,
            "pg_dump is not installed here",
            marks=pytest.mark.skipif(not IS_POSTGRESQL, reason="SQLite needs no program"),
        ),
    ],
)
def test_why_there_is_none_is_said_in_a_sentence_with_a_code_and_remembered(portal, environment, code, sentence):
    ended = portal.run("backup", **environment)

    assert (ended.returncode, sentence in ended.stderr, "Traceback" in ended.stderr) == (code, True, False)
    assert portal.made() == []
    [problem] = portal.ask(
        "from portal.core.models import BackupRun\n"
        "print(json.dumps(list(BackupRun.objects.values_list('problem', flat=True))))"
    )
    assert sentence in problem


def test_a_full_disk_leaves_no_half_of_one(portal):
    small = portal.folder / "small"
    small.mkdir()
    command = (
        f'mount -t tmpfs -o size=400k none "{small}" && "{sys.executable}" manage.py backup; echo $?; ls -A "{small}"'
    )
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no disk of its own is to be had here")

    ended = subprocess.run(
        [*alone, command],
        cwd=settings.BASE_DIR,
        env=portal.environment | {"BACKUP_FOLDER": str(small)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.stdout.split() == ["3", ".lock"], ended.stderr
    assert "full" in ended.stderr


# --- Media in a bucket ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bucket_server():
    server = BucketServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(bucket_server):
    yield bucket_server
    bucket_server.go_on()
    bucket_server.empty()


def in_bucket(server: BucketServer) -> dict[str, str]:
    """The environment of a portal whose media are in the bucket."""
    address = f"s3://{BUCKET}/{PREFIX}?endpoint={server.address}"
    return {"MEDIA_STORAGE": address, "MEDIA_KEY": BUCKET_KEY, "MEDIA_SECRET": BUCKET_SECRET}


def fill(server: BucketServer, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        server.client().put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=content)


@pytest.mark.parametrize(("before", "now"), [("bucket", "bucket"), ("disk", "bucket"), ("bucket", "disk")])
def test_media_are_restored_from_and_to_disk_and_bucket_alike(portal, bucket, before, now):
    files = files_in(portal.media)
    if before == "bucket":
        shutil.rmtree(portal.media)
        fill(bucket, files)
    made = portal.run("backup", **(in_bucket(bucket) if before == "bucket" else {}))
    assert made.returncode == 0, made.stderr[-3000:]
    folder = Path(made.stdout.strip())
    assert files_in(folder / "media") == files
    shutil.rmtree(portal.media, ignore_errors=True)
    portal.media.mkdir()
    (portal.media / "later.pdf").write_bytes(b"later")
    bucket.empty()
    fill(bucket, {"later.pdf": b"later", "documents/rutin.pdf": b"another"})
    environment = in_bucket(bucket) if now == "bucket" else {}

    unasked = portal.run("restore", str(folder), **environment)
    restored = portal.run("restore", str(folder), "--replace", **environment)

    assert (unasked.returncode, restored.returncode) == (6, 0), restored.stderr[-3000:]
    if now == "bucket":
        assert bucket.keys() == {f"{PREFIX}/{name}": content for name, content in files.items()}
    else:
        assert files_in(portal.media) == files


def test_of_a_bucket_that_is_away_there_is_no_half_back_up(portal, bucket):
    fill(bucket, {"documents/rutin.pdf": b"%PDF-1.7"})
    bucket.hang()

    ended = portal.run("backup", **in_bucket(bucket))

    assert (ended.returncode, "cannot be reached" in ended.stderr, "Traceback" in ended.stderr) == (1, True, False)
    assert {path.name for path in portal.backups.iterdir()} == {".lock"}


def test_media_move_to_the_bucket_and_back_while_they_are_used(portal, bucket):
    files = files_in(portal.media)
    (portal.media / "documents" / ".half").write_bytes(b"is being written")
    environment = in_bucket(bucket)

    first = portal.run("move_media", "--to", "bucket", **environment)
    (portal.media / "documents" / "new.pdf").write_bytes(b"handed in meanwhile")
    second = portal.run("move_media", "--to", "bucket", "--compare", **environment)

    files["documents/new.pdf"] = b"handed in meanwhile"
    assert [first.stdout.split()[0], second.stdout.split()[0]] == ["2", "1"], first.stderr + second.stderr
    assert "3 files are equal." in second.stdout
    assert bucket.keys() == {f"{PREFIX}/{name}": content for name, content in files.items()}

    shutil.rmtree(portal.media)
    back = portal.run("move_media", "--to", "disk", "--remove", **environment)

    assert back.returncode == 0, back.stderr
    assert (files_in(portal.media), bucket.keys()) == (files, {})


def test_what_is_not_equal_is_not_removed(portal, bucket):
    fill(bucket, {"documents/rutin.pdf": b"%PDF-1.7 RUTIN"})

    ended = portal.run("move_media", "--to", "bucket", "--remove", **in_bucket(bucket))

    assert (ended.returncode, "documents/rutin.pdf" in ended.stderr) == (1, True)
    assert set(files_in(portal.media)) == {"documents/rutin.pdf"}


def test_nothing_is_moved_to_a_bucket_that_everybody_may_read(portal, bucket):
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    bucket.client().put_bucket_policy(Bucket=BUCKET, Policy=policy)
    try:
        ended = portal.run("move_media", "--to", "bucket", **in_bucket(bucket))
    finally:
        bucket.client().delete_bucket_policy(Bucket=BUCKET)

    assert (ended.returncode, "private" in ended.stderr, bucket.keys()) == (6, True, {})


# --- Reading it again ----------------------------------------------------------------------------------------


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_damage_is_found_and_nothing_is_restored_from_it(portal):
    folder = portal.back_up()
    assert portal.run("backup", "--verify").returncode == 0
    before = files_in(portal.media)
    rutin = Path("media", "documents", "rutin.pdf")
    harms = {
        "manifest.json": lambda copy: (copy / "manifest.json").write_text("{}"),
        "new.pdf": lambda copy: (copy / "media" / "new.pdf").write_bytes(b"x"),
        "media/documents/rutin.pdf": lambda copy: (copy / rutin).unlink(),
        "rutin.pdf": lambda copy: flip_a_byte(copy / rutin),
        "database": lambda copy: flip_a_byte(copy / "database"),
    }

    for number, (named, harm) in enumerate(harms.items()):
        copy = portal.folder / f"harmed-{number}"
        shutil.copytree(folder, copy)
        harm(copy)
        verified = portal.run("backup", "--verify", str(copy))
        assert (verified.returncode, named in verified.stderr) == (5, True), verified.stderr
    restored = portal.run("restore", str(copy), "--replace")

    assert (restored.returncode, files_in(portal.media)) == (5, before)
    assert portal.run("check", "--database", "default").returncode == 0, "the portal goes on as it was"


# --- Restoring -----------------------------------------------------------------------------------------------


def test_nothing_is_overwritten_unasked_nor_a_newer_version_taken(portal):
    folder = portal.back_up()
    (portal.media / "later.pdf").write_bytes(b"later")

    unasked = portal.run("restore", str(folder))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["migrations"].append("events.9999_of_next_year")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    newer = portal.run("restore", str(folder), "--replace")

    assert (unasked.returncode, "--replace" in unasked.stderr) == (6, True)
    assert (newer.returncode, "events.9999_of_next_year" in newer.stderr) == (6, True)
    assert (portal.media / "later.pdf").exists()


@pytest.mark.skipif(not IS_POSTGRESQL, reason="of SQLite nobody can say who else is there")
def test_nothing_is_restored_while_the_portal_runs(portal):
    folder = portal.back_up()

    with psycopg.connect(portal.environment["DATABASE_URL"]):
        ended = portal.run("restore", str(folder), "--replace")

    assert (ended.returncode, "in use (1 connections)" in ended.stderr) == (6, True)


def test_without_the_key_that_encrypted_or_the_log_of_erasures_nothing_is_restored(portal):
    moment = "2020-01-01T00:00:00+00:00"
    portal.erasure_log.write_text(json.dumps({"person": 1, "joined_at": moment, "at": moment}) + "\n")
    folder = portal.back_up()

    other_key = portal.run("restore", str(folder), "--replace", FIELD_KEYS=KEY[::-1])
    portal.erasure_log.unlink()
    no_log = portal.run("restore", str(folder), "--replace")
    lost = portal.run("restore", str(folder), "--replace", "--lost-erasures")

    assert (other_key.returncode, "FIELD_KEYS" in other_key.stderr) == (6, True)
    assert (no_log.returncode, "erasure log" in no_log.stderr) == (6, True)
    assert lost.returncode == 0, lost.stderr


BEFORE = """
import uuid
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from portal.core import health
from portal.core.management.commands.backup import seconds_to_wait
from portal.core.models import BackupRun
from tests.helpers.databases import IS_POSTGRESQL
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailConfirmationHMAC
from portal.core import links
from portal.events.models import CalendarFeed, GuestRequest
from portal.events.services import calendar_feeds, guests, sign_ups
from portal.municipalities.models import Invitation, Municipality
from portal.municipalities.services import invitations
from portal.notifications.services import outbox
from search.models import SavedSearch
from search.services import saved_searches
from tests.factories.events import TrainingEventFactory, a_morning, sign_up

users = get_user_model().objects
staff, admin = users.get(email="staff_here@example.org"), users.get(email="portal_admin@example.org")
address = staff.emailaddress_set.first() or staff.emailaddress_set.create(email=staff.email)
staff.emailaddress_set.update(verified=False)
address.refresh_from_db()
here = Municipality.objects.get(slug="trelleborg")
"""
LINKS = (
    BEFORE
    + """
guest = users.create_user("gast@utanfor.example", None, is_guest=True, first_name="Gia", last_name="Gäst")
event = TrainingEventFactory(
    municipality=here, capacity=5, visibility="public", takes_guests=True, occasions=[a_morning(3)]
)
with outbox.muted():
    entry = sign_ups.sign_up(event_id=event.pk, person=guest, municipality_id=None, form_token=uuid.uuid4())
feed = calendar_feeds.renew(staff)
saved = SavedSearch.objects.create(person=staff, address="q=svinn", is_mailed=True)
invitations.invite(municipality=here, email="ny@trelleborg.example", roles=["staff"], invited_by=admin)
GuestRequest.objects.create(event=event, first_name="A", last_name="B", email="a@b.example", token_hash="x" * 64,
    expires_at=timezone.now() + timedelta(hours=9))
client = Client()
client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
print(json.dumps({
    "session": client.cookies["sessionid"].value,
    "feed": calendar_feeds.token_of(feed),
    "search": saved_searches.end_key(saved),
    "reset": default_token_generator.make_token(staff),
    "confirm": EmailConfirmationHMAC(address).key,
    "guest's page": guests.address_in_mails(entry),
}))
"""
)
OPEN = (
    BEFORE
    + """
import os
from django.contrib.sessions.models import Session
known = json.loads(os.environ["KNOWN"])
print(json.dumps({
    "session": Session.objects.filter(session_key=known["session"]).exists(),
    "feed": calendar_feeds.find(known["feed"]) is not None,
    "search": saved_searches.of_end_key(known["search"]) is not None,
    "reset": default_token_generator.check_token(staff, known["reset"]),
    "confirm": EmailConfirmationHMAC.from_key(known["confirm"]) is not None,
    "guest's page": Client().get(known["guest's page"]).status_code < 400,
    "invitation": Invitation.objects.open().exists(),
    "guest": GuestRequest.objects.exists(),
}))
"""
)


def test_nothing_from_before_opens_anything_in_a_restored_portal(portal):
    known = json.dumps(portal.ask(LINKS))
    assert set(portal.ask(OPEN, KNOWN=known).values()) == {True}
    folder = portal.back_up()

    restored = portal.run("restore", str(folder), "--replace")

    assert restored.returncode == 0, restored.stderr[-3000:]
    assert {name for name, is_open in portal.ask(OPEN, KNOWN=known).items() if is_open} == set()


MAILS = """
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from portal.events.models import SignUp
from portal.municipalities.models import Municipality
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.factories.events import TrainingEventFactory, a_morning, sign_up

person = get_user_model().objects.get(email="staff_here@example.org")
here = Municipality.objects.get(slug="trelleborg")
def states():
    return dict(OutboxMessage.objects.order_by("pk").values_list("message", "state"))
"""


def test_no_mail_is_sent_twice_after_a_restoring(portal):
    portal.ask(
        MAILS
        + """
# Signed up long ago to what is in an hour: a reminder is due.
soon = timezone.now() + timedelta(hours=1)
event = TrainingEventFactory(municipality=here, remind_days=1, occasions=[(soon, soon + timedelta(hours=1))])
with outbox.muted():
    entry = sign_up(event, person)
SignUp.objects.update(updated_at=timezone.now() - timedelta(days=30))
for name, state in (("test/waits", "pending"), ("test/on_its_way", "sending"), ("test/sent", "sent")):
    OutboxMessage.objects.create(message=name, to_email="a@b.example", subject="Hej", text="Hej", state=state)
OutboxMessage.objects.create(message="test/with_a_link", to_email="a@b.example", text="https://…", is_secret=True)
print(1)
"""
    )
    folder = portal.back_up()

    assert portal.run("restore", str(folder), "--replace").returncode == 0
    after = portal.ask(
        MAILS
        + """
from django.core import mail
from portal.celery import app
app.loader.import_default_modules()
held = states()
# Everything that happens by itself happens again.
for entry in app.conf.beat_schedule.values():
    app.tasks[entry["task"]]()
sent = len(getattr(mail, "outbox", []))
first = OutboxMessage.objects.get(message="test/waits")
outbox.release([first.pk])
outbox.sweep()
outbox.withdraw()
same = [message.extra_headers["Message-ID"] == first.message_id for message in mail.outbox]
print(json.dumps([held, sent, same, states()]))
"""
    )

    held = {
        "test/waits": "held",
        "test/on_its_way": "held",
        "test/sent": "sent",
        "test/with_a_link": "withdrawn",
        "events/reminder": "held",
    }
    decided = held | {"test/waits": "sent", "test/on_its_way": "withdrawn", "events/reminder": "withdrawn"}
    assert after == [held, 0, [True], decided]


def test_who_was_erased_since_is_erased_again_and_their_seat_is_another_s(portal):
    folder = portal.back_up()
    erase = """
from django.contrib.auth import get_user_model
from portal.accounts.services import personal_data
user = get_user_model().objects.get(email="staff_there@example.org")
print(json.dumps([user.pk, personal_data.erase(person=user)]))
"""
    pk, _is_done = portal.ask(erase)

    assert portal.run("restore", str(folder), "--replace").returncode == 0

    assert portal.ask(
        "from portal.accounts.models import User\n"
        f"user = User.objects.get(pk={pk})\n"
        "print(json.dumps([user.email, user.first_name, user.erased_at is not None,"
        " User.objects.filter(email='staff_there@example.org').exists()]))"
    ) == [None, "", True, False]


def test_a_portal_that_is_restored_in_part_does_not_start(portal):
    folder = portal.back_up()
    harm = (
        "from portal.core import restoring\n"
        "from pathlib import Path\n"
        "def fails(made_at): raise RuntimeError('of the test')\n"
        "restoring.register_after_restore('of the test', fails, phase=restoring.Phase.ERASE)\n"
        f"restoring.restore(Path({str(folder)!r}), replace=True, say=print)"
    )
    ended = portal.run(python=harm)
    assert (ended.returncode, "of the test" in ended.stderr) == (1, True)

    web = portal.run(python="import portal.wsgi")
    release = portal.run("check", "--database", "default")
    for stopped in (web, release):
        assert (stopped.returncode, "portal.E020" in stopped.stderr, "--finish" in stopped.stderr) == (1, True, True)

    finished = portal.run("restore", "--finish")
    assert finished.returncode == 0, finished.stderr
    assert portal.run(python="import portal.wsgi").returncode == 0
    assert portal.run("restore", "--finish").returncode == 6


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-11-27 00:30", 1), ("2026-11-27 01:30", 24), ("2026-11-27 02:30", 23), ("2026-10-24 22:30", 4 - 1)],
)
def test_the_nightly_one_waits_until_half_past_one(now, hours):
    assert seconds_to_wait(timezone.make_aware(datetime.fromisoformat(now))) == hours * 3600


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "problem", "is_fine"),
    [(25, None, True), (27, None, False), (1, "The disk is full", False), (None, None, False), (None, "Full", False)],
)
def test_a_last_back_up_that_is_old_or_failed_is_a_sign(settings, hours, problem, is_fine):
    settings.BACKUP_FOLDER = "/backups"
    now = timezone.now()
    if hours:
        at = now - timedelta(hours=hours)
        BackupRun.objects.create(made_at=at, ended_at=at, name="2026-11-27T003000Z", size=5)
    if problem:
        BackupRun.objects.create(made_at=now, ended_at=now, problem=problem)

    sign = next(sign for sign in health.signs() if sign.name == "Senaste säkerhetskopia")

    assert (sign.is_fine, (problem or "manage.py backup") in sign.remedy) == (is_fine, True)
