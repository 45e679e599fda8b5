"""What production refuses to start with, and that it starts with what it should have."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from portal.core.checks import configuration, find_unsafe, refuse_unsafe

KEY = "3x3MplE-k3y-0f-s1xty-f0ur-ch4racters-that-is-kn0wn-to-0nly-tests"
SOUND = {
    "SECRET_KEY": KEY,
    "FIELD_KEYS": [KEY[::-1]],
    "ALLOWED_HOSTS": ["samlarande.trelleborg.se"],
    "BASE_URL": "https://samlarande.trelleborg.se",
    "DEFAULT_FROM_EMAIL": "Samlärande <portal@trelleborg.se>",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "CELERY_BROKER_URL": "redis://redis:6379/0",
    "CACHES": {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://redis:6379/1"}
    },
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "portal"}},
    "DEBUG": False,
    "SHOW_SENT_MAILS": False,
    "SECOND_FACTOR_DEMANDED": True,
}
BUCKET = {
    "MEDIA_STORAGE": "s3://samlarande?endpoint=https://s3.trelleborg.se",
    "MEDIA_KEY": "portal",
    "MEDIA_SECRET": KEY,
}
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "portal.settings.production",
    "SECRET_KEY": KEY,
    "FIELD_KEYS": KEY[::-1],
    "ALLOWED_HOSTS": "samlarande.trelleborg.se",
    "BASE_URL": "https://samlarande.trelleborg.se",
    "DEFAULT_FROM_EMAIL": "portal@trelleborg.se",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.trelleborg.se:587",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1",
    "DATABASE_URL": "postgres://portal:secret@127.0.0.1:1/portal",
}


@pytest.fixture
def find():
    """`find(NAME=value)`: the ids of what is wrong with sound settings that are changed like that."""

    def make(**changed) -> list[str]:
        given = SOUND | changed
        databases = given.pop("DATABASES")
        with override_settings(**given), pytest.MonkeyPatch.context() as patch:
            # Not through `override_settings`, which would open the connections anew.
            patch.setattr(settings, "DATABASES", databases)
            return [message.id for message in find_unsafe()]

    return make


def run(*command: str, **environment: str) -> subprocess.CompletedProcess:
    known = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env={**known, **ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_sound_installation_has_nothing_to_change(find):
    assert find() == []


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"SECRET_KEY": "kort"}, ["portal.E001"]),
        ({"SECRET_KEY": "a" * 64}, ["portal.E001"]),
        ({"SECRET_KEY": "django-insecure-" + KEY}, ["portal.E001"]),
        ({"FIELD_KEYS": [KEY, "kort"]}, ["portal.E002"]),
        ({"FIELD_KEYS": []}, ["portal.W001"]),
        ({"ALLOWED_HOSTS": []}, ["portal.E003", "portal.E005"]),
        ({"ALLOWED_HOSTS": ["*"]}, ["portal.E003"]),
        ({"ALLOWED_HOSTS": [".trelleborg.se"]}, []),
        ({"ALLOWED_HOSTS": ["annan.se"]}, ["portal.E005"]),
        ({"BASE_URL": "http://samlarande.trelleborg.se"}, ["portal.E004"]),
        ({"BASE_URL": "samlarande.trelleborg.se"}, ["portal.E004"]),
        ({"DEFAULT_FROM_EMAIL": "Samlärande <noreply@samlarande.example>"}, ["portal.E006"]),
        ({"DEFAULT_FROM_EMAIL": ""}, ["portal.E006"]),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, ["portal.E007"]),
        ({"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}, ["portal.E007"]),
        ({"CELERY_BROKER_URL": "filesystem://localhost"}, ["portal.E008"]),
        ({"CELERY_BROKER_URL": "memory://"}, ["portal.E008"]),
        ({"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}, ["portal.E009"]),
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, ["portal.E010"]),
        ({"DEBUG": True}, ["portal.E011"]),
        ({"SHOW_SENT_MAILS": True}, ["portal.E012"]),
        ({"METRICS_TOKEN": "kort"}, ["portal.E030"]),
        ({"METRICS_TOKEN": "a" * 40}, ["portal.E030"]),
        ({"METRICS_TOKEN": KEY[:32]}, []),
        ({"MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": True}, ["portal.E040"]),
        ({"SECOND_FACTOR_DEMANDED": False}, ["portal.W040"]),
        (BUCKET, []),
        (BUCKET | {"MEDIA_STORAGE": "samlarande"}, ["portal.E050"]),
        (BUCKET | {"MEDIA_STORAGE": "s3://samlarande"}, ["portal.E050"]),
        (BUCKET | {"MEDIA_STORAGE": "s3://samlarande?endpoint=http://minio:9000"}, ["portal.E051"]),
        (BUCKET | {"MEDIA_STORAGE": "s3://samlarande?endpoint=http://127.0.0.1:9000"}, []),
        (BUCKET | {"MEDIA_KEY": ""}, ["portal.E052"]),
        (BUCKET | {"MEDIA_SECRET": ""}, ["portal.E052"]),
    ],
)
def test_each_unsafe_setting_is_found_by_its_number(find, changed, found):
    assert find(**changed) == found


def test_production_demands_a_second_factor_unless_told_otherwise():
    told = "from django.conf import settings; print(settings.SECOND_FACTOR_DEMANDED)"

    demanded = [
        run("-c", told, **given).stdout.strip()
        for given in ({}, {"SECOND_FACTOR_DEMANDED": ""}, {"SECOND_FACTOR_DEMANDED": "false"})
    ]

    assert demanded == ["True", "True", "False"]


def test_one_persons_machine_is_left_alone():
    assert (settings.IS_PRODUCTION, configuration()) == (False, [])
    refuse_unsafe()


def test_everything_that_is_wrong_is_said_at_once_with_what_to_do():
    with override_settings(IS_PRODUCTION=True), pytest.raises(ImproperlyConfigured) as refused:
        refuse_unsafe()

    told = str(refused.value)
    for number, remedy in (("E001", "50 random characters"), ("E006", "your mail server"), ("E008", "redis://")):
        assert number in told
        assert remedy in told
    assert "W001" not in told, "a warning stops nobody"


@pytest.mark.parametrize("way_in", ["portal.wsgi", "worker", "beat"])
def test_no_way_in_starts_unsafely(way_in, tmp_path):
    how = {
        "portal.wsgi": ("-c", "import portal.wsgi"),
        "worker": ("-m", "celery", "-A", "portal", "worker", "--pool", "solo"),
        "beat": ("-m", "celery", "-A", "portal", "beat", "--schedule", str(tmp_path / "schedule")),
    }[way_in]

    ended = run(*how, CELERY_BROKER_URL="filesystem://localhost", DEFAULT_FROM_EMAIL="a@b.example")

    assert ended.returncode != 0
    assert "portal.E008" in ended.stderr
    assert "portal.E006" in ended.stderr
    assert KEY not in ended.stdout + ended.stderr


def test_the_application_starts_with_sound_settings_and_secrets_from_files(tmp_path):
    secret = tmp_path / "secret_key"
    secret.write_text(KEY)

    ended = run("-c", "import portal.wsgi", SECRET_KEY="", SECRET_KEY_FILE=str(secret))

    assert (ended.returncode, "Error" in ended.stderr) == (0, False)


def test_the_keys_of_a_bucket_come_from_files_and_it_is_loaded_where_it_is_named_alone(tmp_path):
    (tmp_path / "key").write_text("portal\n")
    (tmp_path / "secret").write_text(f"{KEY}\n")
    files = {"MEDIA_KEY_FILE": str(tmp_path / "key"), "MEDIA_SECRET_FILE": str(tmp_path / "secret")}
    told = (
        "import portal.wsgi, sys; from django.core.files.storage import default_storage as store\n"
        "print(type(store._wrapped).__name__ if store.url('a') else '', getattr(store, 'access_key', ''),"
        " len(getattr(store, 'secret_key', '')), 'boto3' in sys.modules)"
    )

    given = [run("-c", told, **files, MEDIA_STORAGE=address) for address in ("", BUCKET["MEDIA_STORAGE"])]

    assert [ended.stdout.strip() for ended in given] == [
        "WholeFiles  0 False",
        f"MediaBucket portal {len(KEY)} True",
    ], [ended.stderr[-2000:] for ended in given]


@pytest.mark.parametrize("media", [{}, BUCKET], ids=["disk", "bucket"])
def test_djangos_own_checks_for_deployment_find_nothing(media):
    tags = ("--tag", "security", "--tag", "configuration")
    ended = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", *tags, **media)

    assert (ended.returncode, ended.stderr) == (0, "")
