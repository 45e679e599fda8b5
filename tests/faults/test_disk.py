"""The disk is full: an upload is told so, and leaves nothing behind. (Back-ups: tests/core/test_backups.py.)"""

import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cms.models import MunicipalityPage, PortalDocument
from portal.core.storage import WholeFiles

ROOM = 16 << 20  # bytes: more than the database of the tests
FILE = b"%PDF-1.7\n" + bytes(ROOM)


@contextmanager
def no_room():
    """No file gets longer than `ROOM`: the system answers as it does on a full disk, with another number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def stored() -> list[Path]:
    return [path for path in Path(default_storage.location).rglob("*") if path.is_file()]


@pytest.mark.parametrize("where", ["while it comes in", "while it is stored"])
def test_whoever_uploads_is_told_and_nothing_is_half_stored(cast, client_of, settings, figures, where):
    if where == "while it is stored":
        settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * ROOM
    client: Client = client_of("coordinator_here")
    client.raise_request_exception = False
    collection = MunicipalityPage.objects.get(municipality=cast.here).collection
    before = set(stored())
    form = {"title": "Rutin", "file": SimpleUploadedFile("rutin.pdf", FILE), "collection": collection.pk}

    with no_room():
        answer = client.post(reverse("wagtaildocs:add"), form)

    half = len(set(stored()) - before) + PortalDocument.objects.filter(title="Rutin").count()
    figures(f"Full disk {where}", lost=0, bar="a sentence, nothing half-written")
    assert (answer.status_code, half) == (507, 0)
    assert "plats" in answer.content.decode()


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    storage = WholeFiles(location=tmp_path)
    first = storage.save("rutiner/rutin.pdf", ContentFile(b"ett"))
    second = storage.save("rutiner/rutin.pdf", ContentFile(b"tva"))
    with no_room(), pytest.raises(OSError, match="large"):
        storage.save("rutiner/rutin.pdf", ContentFile(FILE))

    there = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert there == {first: b"ett", second: b"tva"}
    assert first == "rutiner/rutin.pdf"
