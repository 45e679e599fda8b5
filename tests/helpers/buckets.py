"""A real S3 server (moto) in a process of its own, and a wire to it that counts what is fetched and can be cut."""

import contextlib
import socket
import subprocess
import sys
import time
from threading import Thread
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import default_storage
from django.test import override_settings

from tests.helpers.running import ServerProcess, free_port

BUCKET, PREFIX = "samlarande", "media"
KEY, SECRET = "AKIAEXAMPLE", "only-for-tests"


class BucketServer(ServerProcess):
    """With an empty private bucket. What is in it is gone when it is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "moto.server", "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.client().create_bucket(Bucket=BUCKET)
                return
            except BotoCoreError:
                assert time.monotonic() < deadline, "the S3 server did not come up"
                time.sleep(0.1)

    def client(self) -> Any:
        quick = Config(connect_timeout=1, read_timeout=10, retries={"total_max_attempts": 1})
        return boto3.client(
            "s3",
            endpoint_url=self.address,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=quick,
        )

    def keys(self) -> dict[str, bytes]:
        """What is in the bucket."""
        client = self.client()
        found = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {entry["Key"]: client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read() for entry in found}

    def halves(self) -> list:
        """Uploads in parts that were neither ended nor given up."""
        return self.client().list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])

    def empty(self) -> None:
        client = self.client()
        try:
            for entry in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
                client.delete_object(Bucket=BUCKET, Key=entry["Key"])
        except ClientError:
            client.create_bucket(Bucket=BUCKET)


class Wire:
    """What goes to `port` and comes back, counted. It may be `cut`, so that each answer breaks off where it begins."""

    def __init__(self, port: int) -> None:
        self.fetched, self.is_cut = 0, False
        self._to, self.port = port, free_port()
        self.accept()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def accept(self) -> None:
        self.is_cut = False
        self._door = socket.create_server(("127.0.0.1", self.port))
        Thread(target=self._take, args=(self._door,), daemon=True).start()

    def refuse(self) -> None:
        """Take no connection; those that are there break off."""
        self.is_cut = True
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # whoever waits in `accept` would go on taking
        self._door.close()

    def _take(self, door: socket.socket) -> None:
        while True:
            try:
                near, _who = door.accept()
            except OSError:  # closed
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        try:
            while data := source.recv(16384):
                if is_answer:
                    self.fetched += len(data)
                    if self.is_cut:
                        break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def media_in(address: str, **changed: str) -> override_settings:
    """Settings with media in the bucket of the server at `address`, as an installation gives them."""
    return override_settings(
        **{
            "MEDIA_STORAGE": f"s3://{BUCKET}/{PREFIX}?endpoint={address}",
            "MEDIA_KEY": KEY,
            "MEDIA_SECRET": SECRET,
            "STORAGES": {
                "default": {"BACKEND": "portal.core.buckets.MediaBucket"},
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
            },
        }
        | changed
    )


def forget_pause() -> None:
    """As if the time had passed for which a bucket that was away is left alone."""
    default_storage._breaker.close()
