"""Abstract ground that every area may stand on, and what the portal remembers of its back-ups."""

import re
import unicodedata
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def normalise_text(value: str) -> str:
    """Return `value` in Unicode NFC without control characters (line breaks and tabs stay).

    Phones and macOS send "Åsa" as A + ring; stored as it comes, the same name would be two.
    """
    return _CONTROL.sub("", unicodedata.normalize("NFC", value))


class LineField(models.CharField):
    """One line of text: NFC, white space folded, no control characters, trimmed."""

    def to_python(self, value):
        value = super().to_python(value)
        return value if value is None else " ".join(normalise_text(value).split())

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance, add):
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class ProseField(models.TextField):
    """Several lines of plain text: NFC, newlines as \\n, no control characters, trimmed."""

    def to_python(self, value):
        value = super().to_python(value)
        if value is None:
            return None
        return normalise_text(value.replace("\r\n", "\n").replace("\r", "\n")).strip()

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance, add):
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class EncryptedField(ProseField):
    """Prose that stands encrypted in the database (Fernet: AES-128-CBC with HMAC), under `settings.FIELD_KEYS`.

    The first key encrypts, each of them decrypts, so that a key can be replaced. Nothing can be searched, filtered
    or sorted by it: every lookup is refused. Reading raises InvalidToken when no key fits.
    """

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return encrypted(value) if value else value

    def from_db_value(self, value, expression, connection):
        return decrypted(value) if value else value

    def get_lookup(self, lookup_name):
        raise FieldError(f"{self.name} is encrypted: no filter can read it.")


def encrypted(text: str) -> str:
    """`text` as it may stand in the database, under the first of `settings.FIELD_KEYS`."""
    return field_cipher().encrypt(text.encode()).decode()


def decrypted(token: str) -> str:
    """What `encrypted` was given. Raises InvalidToken when no key fits."""
    return field_cipher().decrypt(token).decode()


_also_encrypted: list[tuple[str, Callable[[], int]]] = []


def register_encrypted(name: str, again: Callable[[], int]) -> None:
    """Tell of what an area keeps `encrypted` in no `EncryptedField`: `again()` encrypts it anew and says how many."""
    _also_encrypted.append((name, again))


def also_encrypted() -> list[tuple[str, Callable[[], int]]]:
    return list(_also_encrypted)


def field_cipher() -> MultiFernet:
    """What encrypts such fields: the first key encrypts, each of them decrypts."""
    keys = settings.FIELD_KEYS or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(f"field:{key}".encode()).digest())) for key in keys])


class Timestamped(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class BackupRun(models.Model):
    """One try to make a back-up, for the page on how the portal is. Written by `core.backups` only."""

    made_at = models.DateTimeField()  # what the back-up holds is as it was then
    ended_at = models.DateTimeField()
    name = models.CharField(max_length=40, blank=True)  # of its folder
    size = models.PositiveBigIntegerField(default=0)  # bytes
    problem = models.CharField(max_length=300, blank=True)  # why there is none

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name or self.problem


class FileToRemove(models.Model):
    """A file that was deleted while the bucket was away, and lies there still. Written by `core.buckets` only."""

    place = models.CharField(max_length=300)  # the bucket and the prefix; files of another are not ours to remove
    name = models.CharField(max_length=300)  # in it, as the storage has it
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["place", "name"], name="file_is_to_remove_once")]

    def __str__(self) -> str:
        return self.name


class Restored(models.Model):
    """That the database was restored from a back-up. Written by `core.restoring` only.

    `epoch` goes into every mailed link that is signed (`core.links`), so that those from before open nothing.
    """

    epoch = models.UUIDField(default=uuid.uuid4, editable=False)
    backup_made_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
