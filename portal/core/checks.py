"""What a production installation must have before it starts. Each finding says what to do.

`manage.py check`, and every command that asks for checks (migrate, runserver), runs them with production's settings;
the ways in that run none (the application server, workers, the scheduler) call `refuse_unsafe`.
"""

from importlib.util import find_spec
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from portal.core import dumps, tracing
from portal.core.storage import bucket_address

LEAST_KEY_LENGTH = 50  # Django's own bar (security.W009)
LEAST_TOKEN_LENGTH = 32
_LEAST_DIFFERENT = 10
_SENDS_NOTHING = ("console", "dummy", "filebased", "locmem")
_ONE_PROCESS = ("locmem", "dummy")
_EXAMPLES = (".example", "example.com", "example.org", "localhost")


_HALF_RESTORED = Error(
    "A back-up is restored in part: sessions, mailed links and mails of before are still good.",
    hint="manage.py restore --finish takes the steps that are left; or restore again, with --replace.",
    id="portal.E020",
)


@register("configuration")
def configuration(app_configs=None, **kwargs) -> list[CheckMessage]:
    """The findings of an installation that says it is one for production; of any other none."""
    return find_unsafe() if settings.IS_PRODUCTION else []


def refuse_unsafe() -> None:
    """Raise ImproperlyConfigured, with every finding and its remedy, where production would start unsafely."""
    found = [message for message in configuration() if message.is_serious()]
    if found:
        lines = [f"{message.id}: {message.msg} {message.hint}" for message in found]
        raise ImproperlyConfigured("The portal does not start with these settings:\n  " + "\n  ".join(lines))


@register(Tags.database)
def whole(app_configs=None, databases=None, **kwargs) -> list[CheckMessage]:
    """Of a database that a back-up is being restored into: that nothing may use it yet."""
    return [_HALF_RESTORED] if databases and dumps.is_half_restored() else []


def refuse_half_restored() -> None:
    """Raise ImproperlyConfigured while a restoring has not ended: what it must still end would be used meanwhile."""
    is_half = dumps.is_half_restored()
    connection.close()  # the processes that begin here must not share it
    if is_half:
        raise ImproperlyConfigured(f"{_HALF_RESTORED.id}: {_HALF_RESTORED.msg} {_HALF_RESTORED.hint}")


def find_unsafe() -> list[CheckMessage]:
    """What is wrong with the settings for production, all at once."""
    return [
        *_keys(),
        *_addresses(),
        *_mail(),
        *_parts_for_several_processes(),
        *_never_in_production(),
        *_watching(),
        *_second_factor(),
        *_media(),
    ]


def _error(number: int, text: str, hint: str) -> Error:
    return Error(text, hint=hint, id=f"portal.E{number:03}")


def _keys() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not _is_strong(settings.SECRET_KEY):
        found.append(
            _error(
                1,
                "SECRET_KEY is too short or too plain: whoever guesses it can sign in as anybody.",
                "Set it (or SECRET_KEY_FILE) to 50 random characters or more: "
                "python -c 'import secrets; print(secrets.token_urlsafe(64))'",
            )
        )
    if any(not _is_strong(key) for key in settings.FIELD_KEYS):
        found.append(
            _error(2, "One of FIELD_KEYS is too short or too plain.", "Make each of them as SECRET_KEY is made.")
        )
    if not settings.FIELD_KEYS:
        found.append(
            Warning(
                "FIELD_KEYS is empty, so food and access needs are encrypted with SECRET_KEY, which then cannot be "
                "replaced without losing them.",
                hint="Set FIELD_KEYS to a key of its own before people tell what they need.",
                id="portal.W001",
            )
        )
    return found


def _is_strong(key: str) -> bool:
    return len(key) >= LEAST_KEY_LENGTH and len(set(key)) >= _LEAST_DIFFERENT and not key.startswith("django-insecure")


def _addresses() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        found.append(
            _error(3, "ALLOWED_HOSTS lets any host name in.", "List the host names that the portal is reached by.")
        )
    address = urlsplit(settings.BASE_URL)
    if address.scheme != "https" or not address.hostname:
        found.append(
            _error(
                4,
                "BASE_URL is no address that begins with https://, and stands in every mail.",
                "Set it to the public address, as in https://samlarande.din-kommun.se.",
            )
        )
    elif not any(_allows(pattern, address.hostname) for pattern in settings.ALLOWED_HOSTS):
        found.append(
            _error(5, "The host of BASE_URL is not among ALLOWED_HOSTS.", "Add it there, or correct BASE_URL.")
        )
    return found


def _allows(pattern: str, host: str) -> bool:
    return pattern in ("*", host) or (pattern.startswith(".") and (host.endswith(pattern) or host == pattern[1:]))


def _mail() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
    if sender.endswith(_EXAMPLES) or not sender:
        found.append(
            _error(
                6,
                "DEFAULT_FROM_EMAIL is an example: mails from it are lost or taken for fraud.",
                "Set it to an address of your own that may send from your mail server.",
            )
        )
    if any(word in settings.EMAIL_BACKEND for word in _SENDS_NOTHING):
        found.append(
            _error(
                7,
                "No mail server is set, so no mail would leave: neither offered seats nor new passwords.",
                "Set EMAIL_URL (or EMAIL_URL_FILE), as in smtp+tls://user:password@mail.din-kommun.se:587.",
            )
        )
    return found


def _parts_for_several_processes() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.CELERY_BROKER_URL.startswith(("redis", "amqp", "sentinel")):
        found.append(
            _error(
                8,
                "The broker is files of one machine: other machines' workers would never hear of anything.",
                "Set CELERY_BROKER_URL to a Redis, as in redis://redis:6379/0.",
            )
        )
    if any(word in settings.CACHES["default"]["BACKEND"].lower() for word in _ONE_PROCESS):
        found.append(
            _error(
                9,
                "The cache belongs to one process, so limits on tries count for each process anew.",
                "Set CACHE_URL to a Redis, as in redis://redis:6379/1.",
            )
        )
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        found.append(
            _error(
                10, "The database is a file of one machine.", "Set DATABASE_URL (or DATABASE_URL_FILE) to PostgreSQL."
            )
        )
    return found


def _watching() -> list[CheckMessage]:
    found: list[CheckMessage] = [
        _error(
            31,
            f"{name} is set, and the packages that it needs are not installed: nobody would be told of anything.",
            "Install .requirements/watch.txt, as the image does, or leave it empty.",
        )
        for name in tracing.missing()
    ]
    token = settings.METRICS_TOKEN
    if token and (len(token) < LEAST_TOKEN_LENGTH or len(set(token)) < _LEAST_DIFFERENT):
        found.append(
            _error(
                30,
                "METRICS_TOKEN is too short or too plain: whoever guesses it reads the portal's figures.",
                "Set it (or METRICS_TOKEN_FILE) to 32 random characters or more, or leave it empty.",
            )
        )
    return found


def _never_in_production() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(_error(11, "DEBUG shows settings and code to whoever meets a fault.", "Take DEBUG away."))
    if settings.SHOW_SENT_MAILS:
        found.append(
            _error(12, "SHOW_SENT_MAILS shows everybody's mails to everybody.", "It is for development alone.")
        )
    return found


def _second_factor() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if getattr(settings, "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", False):
        found.append(
            _error(
                40,
                "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN takes a passkey's answer from any site: whoever copies ours can "
                "sign in as those they deceive.",
                "Take it away: it is for development alone.",
            )
        )
    if not settings.SECOND_FACTOR_DEMANDED:
        found.append(
            Warning(
                "SECOND_FACTOR_DEMANDED is off: a stolen password is enough to read other people's data.",
                hint="Take it away, so that coordinators and administrators use a second factor.",
                id="portal.W040",
            )
        )
    return found


def _media() -> list[CheckMessage]:
    if not settings.MEDIA_STORAGE:
        return []
    found: list[CheckMessage] = []
    try:
        address = bucket_address(settings.MEDIA_STORAGE)
    except ValueError as error:
        found.append(
            _error(
                50,
                f"MEDIA_STORAGE names no bucket that can be used: {error}.",
                "Write it as s3://bucket?endpoint=https://s3.din-kommun.se&region=eu-north-1, or leave it empty.",
            )
        )
    else:
        if not address.is_encrypted:
            found.append(
                _error(
                    51,
                    "The endpoint of MEDIA_STORAGE is http:// and not on this machine: whoever is on the way reads and "
                    "changes pictures and documents.",
                    "Let it begin with https://.",
                )
            )
    if not (settings.MEDIA_KEY and settings.MEDIA_SECRET):
        found.append(
            _error(
                52,
                "MEDIA_STORAGE is set without MEDIA_KEY or MEDIA_SECRET, and a private bucket opens with both alone.",
                "Set both (or MEDIA_KEY_FILE and MEDIA_SECRET_FILE) to a key that may do nothing but with this bucket.",
            )
        )
    if not (find_spec("storages") and find_spec("boto3")):
        found.append(
            _error(
                53,
                "MEDIA_STORAGE is set, and the packages that it needs are not installed.",
                "Install .requirements/watch.txt, as the image does, or leave it empty.",
            )
        )
    return found
