"""Media in a bucket that speaks S3: private, asked by the portal alone, and never waited for.

Loaded only where MEDIA_STORAGE names a bucket: what it imports is not installed on a laptop.
"""

import io
import logging
import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from threading import Lock
from typing import IO, Any, TypeVar
from urllib.parse import urljoin

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from boto3.session import Session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.db import models
from django.utils.encoding import filepath_to_uri
from django.utils.timezone import now
from django.utils.translation import gettext as _
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from portal.core.breakers import Breaker
from portal.core.models import FileToRemove
from portal.core.retention import AFTER_USE
from portal.core.storage import MediaAway, bucket_address

logger = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")

# Seconds: whoever asks for a file is told within three that there is none to be had; others then for five at once.
CONNECT, ANSWER, PAUSE = 1.0, 1.5, 5.0
# A stream that has begun may falter, and what is written must be stored before it is acknowledged.
FALTER, STORE = 10.0, 20.0
# A film is fetched in pieces, so that whoever leaves it has cost little: the first so large, each next twice that.
_FIRST_PIECE, _LARGEST_PIECE = 1 << 20, 8 << 20
_READ_AHEAD = 64 << 10
_PART = 16 << 20  # and so it is stored: what is larger, in parts that are put together when all have come
_IN_A_FOLDER_OF_ITS_OWN = re.compile(r"(^|/)[0-9a-f]{32}/")
# What newer clients send and expect, and many servers of others do not know.
_ONLY_WHAT_ALL_KNOW: dict[str, Any] = {
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
    "signature_version": "s3v4",
}


class MediaBucket(S3Storage):
    """The bucket that MEDIA_STORAGE names, with MEDIA_KEY and MEDIA_SECRET.

    What does not answer raises MediaAway, what is not there FileNotFoundError. Files have no address but the portal's.
    """

    def __init__(self) -> None:
        try:
            self.address = bucket_address(settings.MEDIA_STORAGE)
        except ValueError as error:
            raise ImproperlyConfigured(f"MEDIA_STORAGE cannot be used: {error}.") from error
        if not (settings.MEDIA_KEY and settings.MEDIA_SECRET):
            raise ImproperlyConfigured("MEDIA_STORAGE is set: set MEDIA_KEY and MEDIA_SECRET too.")
        super().__init__(
            bucket_name=self.address.bucket,
            location=self.address.prefix,
            endpoint_url=self.address.endpoint or None,
            region_name=self.address.region,
            access_key=settings.MEDIA_KEY,
            secret_key=settings.MEDIA_SECRET,
            file_overwrite=False,
            default_acl=None,
            transfer_config=TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, use_threads=False),
        )
        self._breaker = Breaker(PAUSE)
        self._making, self._made = Lock(), dict[str, Any]()

    def _resource(self, how: str, **options) -> Any:
        """One for all threads: each of its own would be 12 MB, and a fifth of a second of somebody's first picture."""
        with self._making:
            if how not in self._made:
                style = {"addressing_style": self.address.style}
                session = self._made.setdefault("session", self._create_session())
                self._made[how] = session.resource(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    config=Config(s3=style, connect_timeout=CONNECT, **_ONLY_WHAT_ALL_KNOW | options),
                )
            return self._made[how]

    def _create_session(self) -> Session:
        return Session(aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key)

    @property
    def connection(self) -> Any:
        return self._resource("to ask", read_timeout=ANSWER, retries={"total_max_attempts": 1})

    @property
    def bucket(self) -> Any:
        """To write. Nobody writes to a bucket that has not just answered whether the name is free."""
        retries = {"total_max_attempts": 3, "mode": "standard"}
        return self._resource("to write", read_timeout=STORE, retries=retries).Bucket(self.bucket_name)

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    def _key(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(clean_name(name))}

    def ask(self, do: Callable[[], _Answer]) -> _Answer:
        """What `do` says, which asks the bucket. Raises MediaAway or FileNotFoundError where boto raises its own."""
        if self._breaker.is_open:
            raise MediaAway("the bucket did not answer a moment ago")
        try:
            try:
                return do()
            except ConnectionClosedError:  # one that was kept from before, which the server has ended meanwhile
                return do()
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404 and code != "NoSuchBucket":
                raise FileNotFoundError(code) from error
            # It answers: others may be answered better.
            logger.error("the bucket refuses: %s", code)
            raise MediaAway(f"the bucket refuses: {code}") from error
        except (BotoCoreError, Boto3Error) as error:
            self._breaker.open()
            logger.warning("the bucket is away: %s", type(error).__name__)
            raise MediaAway(f"the bucket is away: {type(error).__name__}") from error

    # --- What Django asks of a storage --------------------------------------------------------------------------

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("Files in the bucket are read, or saved as a whole.")
        return _BucketFile(self, name)

    def _save(self, name: str, content) -> str:
        return self.ask(lambda: super(MediaBucket, self)._save(name, content))

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        # Between asking for a name and taking it somebody else may take it, as no disk would let them: so where others
        # write too, nobody asks for the name that others ask for.
        if not _IN_A_FOLDER_OF_ITS_OWN.search(name):
            folder, _slash, file_name = name.rpartition("/")
            root, dot, extension = file_name.partition(".")
            name = f"{folder}{_slash}{self.get_alternative_name(root, dot + extension)}"
        return super().get_available_name(name, max_length)

    def exists(self, name: str) -> bool:
        try:
            self.ask(lambda: self.client.head_object(**self._key(name)))
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        return self.ask(lambda: self.client.head_object(**self._key(name)))["ContentLength"]

    def delete(self, name: str) -> None:
        """Raises nothing where the bucket is away: what points to the file is gone, and other work follows on it.

        The file is removed by `remove_left_files` when the bucket is back.
        """
        try:
            self.remove(name)
        except MediaAway:
            logger.warning("a file that nothing points to is left in the bucket for now")
            FileToRemove.objects.get_or_create(place=self._where, name=clean_name(name))

    def remove(self, name: str) -> None:
        """Raises MediaAway where it could not be; a file that is not there is none."""
        with suppress(FileNotFoundError):
            self.ask(lambda: self.client.delete_object(**self._key(name)))

    def put(self, name: str, content: IO[bytes]) -> None:
        """As `WholeFiles.put`."""
        self._save(name, content)

    def url(self, name: str, *args, **kwargs) -> str:
        """The portal's view, which asks who may see it. Never the bucket's own address, signed or not."""
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name).lstrip("/"))

    # --- What the portal asks besides ---------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return f"{self.bucket_name}/{self.location}"

    def _left(self) -> models.QuerySet[FileToRemove]:
        return FileToRemove.objects.filter(place=self._where)

    def remove_left_files(self) -> None:
        """Remove what was deleted while the bucket was away. Raises MediaAway where some could not be."""
        problem = None
        for left in self._left():
            try:
                self.remove(left.name)
            except MediaAway as error:  # of this one alone, perhaps; where it is of all, the others are told at once
                problem = error
            else:
                left.delete()
        # A bucket that is no longer ours keeps what it has; its files' names are not kept for ever.
        FileToRemove.objects.exclude(place=self._where).filter(since__lt=now() - AFTER_USE).delete()
        if problem:
            raise problem

    @property
    def left(self) -> int:
        """How many files lie in it that were deleted while it was away."""
        return self._left().count()

    def listing(self) -> Iterator[tuple[str, int, Hashable]]:
        """As `WholeFiles.listing`."""
        prefix = f"{self.location}/" if self.location else ""
        pages = iter(self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Prefix=prefix))
        while page := self.ask(lambda: next(pages, None)):
            for entry in page.get("Contents", ()):
                if not entry["Key"].endswith("/"):  # what some programs make in the place of folders
                    yield entry["Key"].removeprefix(prefix), entry["Size"], (entry["ETag"], entry["LastModified"])

    def is_open_to_everybody(self, name: str) -> bool:
        """Whether somebody without any key is given the file `name`, which is there."""
        anybody = self._resource("as anybody", signature_version=UNSIGNED, read_timeout=ANSWER).meta.client

        def ask() -> bool:
            try:
                anybody.get_object(**self._key(name))["Body"].close()
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] in (401, 403):
                    return False
                raise
            return True

        return self.ask(ask)

    def answers(self) -> bool:
        try:
            self.ask(lambda: self.client.head_bucket(Bucket=self.bucket_name))
        except OSError:
            return False
        return True

    @property
    def place(self) -> str:
        return _("In the bucket %(name)s") % {"name": self.bucket_name}


class _BucketFile(File):
    """Read where one wants to, without fetching more than is read."""

    def __init__(self, bucket: MediaBucket, name: str) -> None:
        self._bucket = bucket
        super().__init__(self._begin(name), name)

    def _begin(self, name: str) -> Any:
        return io.BufferedReader(_Pieces(self._bucket, name), _READ_AHEAD)

    def open(self, mode: str | None = None, *args, **kwargs) -> "_BucketFile":
        if self.closed:
            self.file = self._begin(str(self.name))
        else:
            self.seek(0)
        return self


class _Pieces(io.RawIOBase):
    """The bytes of one version of a file, from where one stands."""

    def __init__(self, bucket: MediaBucket, name: str) -> None:
        self._bucket, self._key = bucket, bucket._key(name)
        told = bucket.ask(lambda: bucket.client.head_object(**self._key))
        self.size, self._version = told["ContentLength"], told["ETag"]
        self._at, self._piece = 0, _FIRST_PIECE
        self._stream: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence])
        if at != self._at:
            self._drop()
            self._at, self._piece = at, _FIRST_PIECE
        return at

    def readinto(self, buffer) -> int:
        if self._at >= self.size:
            return 0
        data = self._bucket.ask(lambda: self._next(len(buffer)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _next(self, most: int) -> bytes:
        data = self._stream.read(most) if self._stream else b""
        if not data:
            self._drop()
            last = min(self._at + self._piece, self.size) - 1
            found = self._bucket.client.get_object(**self._key, Range=f"bytes={self._at}-{last}", IfMatch=self._version)
            self._stream, self._piece = found["Body"], min(self._piece * 2, _LARGEST_PIECE)
            self._stream.set_socket_timeout(FALTER)
            data = self._stream.read(most)
        if not data:
            raise MediaAway("the bucket broke off")
        return data

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        self._drop()
        super().close()
