"""The bucket of media is away: pages go on, files say so, and nothing is half stored."""

import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cms.models import MunicipalityPage, PortalDocument
from portal.municipalities.enums import Visibility
from tests.factories.cms import DocumentFactory, PictureFactory, StandardPageFactory
from tests.helpers.buckets import BucketServer, Wire, forget_pause, media_in

WAIT = 3.0  # seconds: nobody waits longer
FILM = b"\x00\x00\x00\x18ftypisom" + bytes(3 << 20)


@pytest.fixture
def server():
    server = BucketServer()
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("how", ["refuses", "hangs", "breaks off"])
def test_pages_go_on_without_the_bucket_and_all_is_well_when_it_is_back(cast, client_of, figures, server, how):
    wire = Wire(server.port)
    with media_in(wire.address):
        picture = PictureFactory(owner=cast.here)
        film = DocumentFactory(owner=cast.here, file=ContentFile(FILM, name="film.mp4"), file_size=len(FILM))
        page = StandardPageFactory(owner=cast.here, visibility=Visibility.INTERNAL, image=picture)
        page.body.append(("document", film))
        page.save_revision().publish()
        client: Client = client_of("coordinator_here")
        client.raise_request_exception = False
        assert client.get(page.url).status_code == 200
        before = server.keys()
        if how == "hangs":
            server.hang()
        elif how == "refuses":
            wire.refuse()
        else:
            wire.is_cut = True
        collection = MunicipalityPage.objects.get(municipality=cast.here).collection
        form = {"title": "Rutin", "file": SimpleUploadedFile("rutin.pdf", b"%PDF-1.7"), "collection": collection.pk}

        waits, told = [], []
        for ask in (
            lambda: client.get(film.url),
            lambda: client.get(page.url),
            lambda: client.get(picture.file.url),
            lambda: client.post(reverse("wagtaildocs:add"), form),
        ):
            forget_pause()  # each is the first who meets it
            began = time.monotonic()
            told.append(ask().status_code)
            waits.append(time.monotonic() - began)
        server.go_on()
        if how == "refuses":
            wire.accept()
        wire.is_cut = False
        forget_pause()

        whole = client.get(film.url).getvalue()
        half = PortalDocument.objects.filter(title="Rutin").count() + len(server.halves())
        after = server.keys()
        lost = len(set(before) - set(after))
        figures(f"Bucket {how}", lost=lost, wait=max(waits), bar="lost 0, 3 s, nothing half-written")
        wire.refuse()
    assert told == [503, 200, 503, 503]
    assert (lost, half, whole == FILM, after) == (0, 0, True, before)
    assert max(waits) < WAIT
