"""Where uploaded files are kept: each is there as a whole, or not at all.

On a disk of this machine, or in a bucket (`core.buckets`) where MEDIA_STORAGE names one. Whichever it is, files are
handed out by the portal's own views alone, so every address begins with MEDIA_URL.
"""

import os
import shutil
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.health import Sign

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_PARAMETERS = {"endpoint", "region", "style"}
_STYLES = ("path", "virtual", "auto")


class MediaAway(OSError):
    """What keeps the files does not answer, or not as it should: nobody knows whether a file is there."""


@dataclass(frozen=True)
class BucketAddress:
    """What MEDIA_STORAGE says; `endpoint` is "" for Amazon's own, `prefix` what each key begins with."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    style: str

    @property
    def is_encrypted(self) -> bool:
        """Whether what is asked and told on the way there can be read by nobody: TLS, or no way at all."""
        endpoint = urlsplit(self.endpoint or "https://")
        return endpoint.scheme == "https" or endpoint.hostname in _THIS_MACHINE


def bucket_address(text: str) -> BucketAddress:
    """`s3://bucket/prefix?endpoint=https://…&region=…&style=path` taken apart. Raises ValueError with a sentence."""
    parts = urlsplit(text)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError("it does not begin with s3:// and the bucket's name")
    if "@" in parts.netloc:
        raise ValueError("keys stand in it, and belong into MEDIA_KEY and MEDIA_SECRET")
    if unknown := sorted(set(given) - _PARAMETERS):
        raise ValueError(f"{unknown[0]} is unknown; it may say endpoint, region and style")
    endpoint, region = given.get("endpoint", ""), given.get("region", "")
    if endpoint and not (urlsplit(endpoint).scheme in ("http", "https") and urlsplit(endpoint).hostname):
        raise ValueError("its endpoint is no address that begins with https://")
    if not endpoint and not region:
        raise ValueError("it says neither an endpoint nor a region")
    # Servers that are not Amazon's seldom have a host name for each bucket.
    style = given.get("style") or ("path" if endpoint else "auto")
    if style not in _STYLES:
        raise ValueError(f"its style is none of {', '.join(_STYLES)}")
    return BucketAddress(parts.netloc, parts.path.strip("/"), endpoint.rstrip("/"), region or "us-east-1", style)


class WholeFiles(FileSystemStorage):
    """On a disk of this machine. Django's own writes under the final name, and leaves there what a full disk took."""

    def _save(self, name: str, content) -> str:
        unfinished = str(PurePosixPath(name).with_name(f".{uuid4().hex}"))
        try:
            super()._save(unfinished, content)  # type: ignore[misc]
            while True:
                try:
                    # The name is taken in one step; somebody else's file of the same name stays.
                    os.close(os.open(self.path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                    break
                except FileExistsError:
                    name = self.get_available_name(name)
            os.replace(self.path(unfinished), self.path(name))
        finally:
            self.delete(unfinished)
        return name

    def listing(self) -> Iterator[tuple[str, int, Hashable]]:
        """Every file: its name, its size in bytes, and what is another when it has changed."""
        for where, _folders, names in os.walk(self.location):
            for path in (Path(where) / name for name in names):
                try:
                    stat = path.stat()
                except FileNotFoundError:  # deleted at this moment
                    continue
                yield path.relative_to(self.location).as_posix(), stat.st_size, (stat.st_size, stat.st_mtime_ns)

    def put(self, name: str, content: IO[bytes]) -> None:
        """Store under this very name, in the place of what may be there."""
        folder = Path(self.path(name)).parent
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{uuid4().hex}"
        try:
            with unfinished.open("wb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
            unfinished.chmod(0o644)
            unfinished.replace(self.path(name))
        finally:
            unfinished.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """As `delete`; where that is not possible it says so."""
        self.delete(name)

    def remove_left_files(self) -> None:
        """There are none: what is on a disk can be removed whenever the portal runs."""

    @property
    def left(self) -> int:
        return 0

    def answers(self) -> bool:
        """Whether files can be written; before the first, whether its folder can be made."""
        folder = Path(self.location)
        return os.access(folder if folder.exists() else folder.parent, os.W_OK)

    @property
    def place(self) -> str:
        return _("On this machine’s disk")


def signs() -> Iterator[Sign]:
    """Where pictures and documents are, and whether they can be reached."""
    store: Any = default_storage
    answers = store.answers()
    yield Sign(
        _("Pictures and documents"),
        store.place if answers else _("%(place)s, which does not answer") % {"place": store.place},
        is_fine=answers,
        remedy=_("Pages are shown without them meanwhile. The portal’s log says why."),
    )
    if left := store.left:
        yield Sign(
            _("Deleted files"),
            ngettext("%(count)s lies in the bucket still", "%(count)s lie in the bucket still", left) % {"count": left},
            is_fine=False,
            remedy=_(
                "They are removed within ten minutes once the bucket answers. "
                "If it answers, look whether the portal’s key may delete there."
            ),
        )
