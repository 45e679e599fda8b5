"""Media in a bucket: each file whole, in the pieces that are asked for, and through the portal's own views alone."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from PIL import Image

from cms.models import MunicipalityPage, PortalDocument
from cms.services.files import own_copy
from portal.core import health, storage
from portal.core.buckets import MediaBucket
from portal.core.models import FileToRemove
from portal.core.storage import BucketAddress, MediaAway, WholeFiles, bucket_address
from portal.core.tasks import remove_left_files
from portal.municipalities.enums import Visibility
from search.services import document_texts
from tests.factories.cms import DocumentFactory, PictureFactory, StandardPageFactory
from tests.helpers.buckets import BUCKET, PREFIX, BucketServer, Wire, forget_pause, media_in

FILM = b"\x00\x00\x00\x18ftypisom" + os.urandom(12 << 20)
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def server():
    server = BucketServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def wire(server):
    """A wire to the server with an empty bucket, in which media are."""
    wire = Wire(server.port)
    with media_in(wire.address):
        yield wire
    wire.refuse()
    server.go_on()
    server.empty()


# --- The address ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("s3://bucket?region=eu-north-1", BucketAddress("bucket", "", "", "eu-north-1", "auto")),
        (
            "s3://bucket/portal/media/?endpoint=https://s3.kommun.se/&region=se-1&style=virtual",
            BucketAddress("bucket", "portal/media", "https://s3.kommun.se", "se-1", "virtual"),
        ),
        ("s3://b?endpoint=http://[::1]:9000", BucketAddress("b", "", "http://[::1]:9000", "us-east-1", "path")),
    ],
)
def test_what_a_bucket_s_address_says(text, address):
    assert bucket_address(text) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bucket", "begin with s3://"),
        ("s3:///prefix?region=x", "begin with s3://"),
        ("s3://key:secret@bucket?region=x", "MEDIA_KEY"),
        ("s3://bucket", "neither an endpoint nor a region"),
        ("s3://bucket?endpoint=s3.kommun.se", "https://"),
        ("s3://bucket?region=x&acl=public-read", "acl is unknown"),
        ("s3://bucket?region=x&style=plain", "style"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(text, why):
    with pytest.raises(ValueError, match=why):
        bucket_address(text)
    with media_in("", MEDIA_STORAGE=text), pytest.raises(ImproperlyConfigured, match=why):
        MediaBucket()


def test_without_keys_there_is_no_bucket():
    with media_in("http://127.0.0.1:1", MEDIA_SECRET=""), pytest.raises(ImproperlyConfigured, match="MEDIA_SECRET"):
        MediaBucket()


# --- Storing and reading -------------------------------------------------------------------------------------


def test_a_file_is_stored_read_found_and_deleted(wire, server):
    folder = "documents/" + "a" * 32
    name = default_storage.save(f"{folder}/å rutin.pdf", ContentFile(b"%PDF-1.7"))
    again = default_storage.save(f"{folder}/å rutin.pdf", ContentFile(b"%PDF-1.8"))

    assert name == f"{folder}/å rutin.pdf"
    assert server.keys() == {f"{PREFIX}/{name}": b"%PDF-1.7", f"{PREFIX}/{again}": b"%PDF-1.8"}
    assert {found: size for found, size, _version in default_storage.listing()} == {name: 8, again: 8}
    assert (default_storage.exists(name), default_storage.size(name)) == (True, 8)
    with default_storage.open(name) as file:
        assert (file.read(), file.size) == (b"%PDF-1.7", 8)
        file.open()
        assert file.read(4) == b"%PDF"
    assert default_storage.url(name) == f"/media/{folder}/%C3%A5%20rutin.pdf"

    default_storage.delete(name)
    default_storage.delete(name)

    assert (default_storage.exists(name), list(server.keys())) == (False, [f"{PREFIX}/{again}"])
    for ask in (default_storage.open, default_storage.size):
        with pytest.raises(FileNotFoundError):
            ask(name)
    with pytest.raises(SuspiciousOperation):
        default_storage.open("../other.pdf")


def test_files_of_the_same_name_at_the_same_moment_do_not_take_each_others_place(wire, server):
    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(lambda n: default_storage.save("logos/logga.png", ContentFile(b"%d" % n)), range(8)))

    assert {name: server.keys()[f"{PREFIX}/{name}"] for name in names} == {
        name: b"%d" % number for number, name in enumerate(names)
    }
    assert len(set(names)) == 8


def test_a_large_file_comes_in_parts_and_reads_as_it_was_from_anywhere(wire, server):
    content = os.urandom(20 * MEGABYTE)

    name = default_storage.save("documents/film.mp4", SimpleUploadedFile("film.mp4", content))

    assert server.halves() == []
    with default_storage.open(name) as file:
        assert file.read() == content
        for place, whence in ((5, io.SEEK_SET), (-100_000, io.SEEK_END), (-2 * MEGABYTE, io.SEEK_CUR)):
            at = file.seek(place, whence)
            assert file.read(50_000) == content[at : at + 50_000]


def test_what_is_read_is_fetched_and_little_more(wire):
    name = default_storage.save("documents/film.mp4", ContentFile(FILM))
    with default_storage.open(name) as file:
        file.seek(6 * MEGABYTE)
        before = wire.fetched
        assert file.read(1000) == FILM[6 * MEGABYTE :][:1000]

    assert wire.fetched - before < 2 * MEGABYTE


def test_a_file_that_was_replaced_meanwhile_is_not_read_as_a_mixture(wire, server):
    name = default_storage.save("documents/film.mp4", ContentFile(FILM))
    with default_storage.open(name) as file:
        file.read(10)
        server.client().put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=bytes(len(FILM)))
        with pytest.raises(MediaAway):
            file.read()


# --- Whoever is shown it -------------------------------------------------------------------------------------


def _film(cast, **fields) -> PortalDocument:
    film = DocumentFactory(owner=cast.here, file=ContentFile(FILM, name="film.mp4"), file_size=len(FILM))
    page = StandardPageFactory(owner=cast.here, **fields)
    page.body.append(("document", film))
    page.save_revision().publish()
    return film


@pytest.mark.parametrize(
    ("wanted", "status", "first", "last"),
    [
        ("bytes=0-1", 206, 0, 1),
        ("bytes=5000000-5000999", 206, 5_000_000, 5_000_999),
        ("bytes=-10", 206, len(FILM) - 10, len(FILM) - 1),
        (f"bytes={len(FILM) - 5}-", 206, len(FILM) - 5, len(FILM) - 1),
        ("bytes=0-1,5-6", 200, 0, len(FILM) - 1),
        ("", 200, 0, len(FILM) - 1),
    ],
)
def test_a_film_is_sent_in_ranges_without_fetching_all_of_it(cast, client_of, wire, wanted, status, first, last):
    film = _film(cast, visibility=Visibility.PUBLIC)
    before = wire.fetched

    answer = client_of("anonymous").get(film.url, headers={"range": wanted} if wanted else {})
    content = answer.getvalue()

    assert (answer.status_code, content == FILM[first : last + 1]) == (status, True)
    assert answer["Content-Length"] == str(last - first + 1)
    assert answer.get("Content-Range") == (f"bytes {first}-{last}/{len(FILM)}" if status == 206 else None)
    assert wire.fetched - before < last - first + 2 * MEGABYTE
    assert (answer["Accept-Ranges"], answer.get("ETag"), answer.get("Location")) == ("bytes", None, None)


def test_a_range_beyond_the_end_is_refused(cast, client_of, wire):
    answer = client_of("anonymous").get(
        _film(cast, visibility=Visibility.PUBLIC).url, headers={"range": f"bytes={len(FILM)}-"}
    )

    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(FILM)}")


def test_the_rules_are_asked_as_on_a_disk_and_the_bucket_opens_to_nobody(cast, client_of, wire, server):
    picture = PictureFactory(owner=cast.here)
    page = StandardPageFactory(owner=cast.here, visibility=Visibility.INTERNAL, image=picture)
    page.save_revision().publish()
    smaller = picture.get_rendition("fill-20x20")

    for file in (picture.file, smaller.file):
        told = {name: client_of(name).get(file.url).status_code for name in ("staff_here", "staff_there", "anonymous")}
        assert told == {"staff_here": 200, "staff_there": 404, "anonymous": 404}
        assert file.url.startswith("/media/")
        with pytest.raises(HTTPError, match="403"):
            urlopen(f"{server.address}/{BUCKET}/{PREFIX}/{file.name}")  # noqa: S310 - of our own server
    answer = client_of("staff_here").get(smaller.url)
    assert Image.open(io.BytesIO(answer.getvalue())).size == (20, 20)
    assert answer["Cache-Control"] == "private, no-store"


def test_copies_and_texts_are_made_from_the_bucket(cast, wire, server):
    picture = PictureFactory(owner=cast.here)

    copy = own_copy(picture, picture.collection)

    with picture.file.open() as one, copy.file.open() as other:
        assert Image.open(one).size == Image.open(other).size
    assert copy.file.name != picture.file.name
    server.client().delete_object(Bucket=BUCKET, Key=f"{PREFIX}/{picture.file.name}")
    assert own_copy(picture, picture.collection) is None


# --- When it is away -----------------------------------------------------------------------------------------


def test_a_page_goes_on_and_its_files_say_in_swedish_that_they_are_away(cast, client_of, wire, server):
    film = _film(cast, visibility=Visibility.PUBLIC)
    picture = PictureFactory(owner=cast.here)
    page = StandardPageFactory(owner=cast.here, visibility=Visibility.PUBLIC, image=picture)
    page.save_revision().publish()
    client: Client = client_of("staff_here")
    client.raise_request_exception = False
    server.hang()

    answers = [client.get(address) for address in (film.url, picture.file.url, film.url)]

    for answer in answers:
        assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "10", "no-store")
        assert "Bilder och dokument är borta en stund" in answer.content.decode()
    assert client.get(page.url).status_code == 200
    server.go_on()
    forget_pause()
    assert client.get(film.url).getvalue() == FILM


def test_a_bucket_that_does_not_answer_is_asked_once_and_then_left_alone(wire, server):
    server.hang()
    with pytest.raises(MediaAway, match="Timeout"):
        default_storage.exists("a.pdf")

    for _time in range(100):
        with pytest.raises(MediaAway, match="a moment ago"):
            default_storage.exists("a.pdf")


@pytest.mark.django_db
def test_who_watches_is_told_and_the_web_stays_in_use(wire, server, client_of):
    def told() -> tuple:
        ready = Client().get("/readyz")
        sign = next(sign for sign in health.signs() if sign.name == "Bilder och dokument")
        return ready.status_code, ready.json()["files"], sign.value, sign.is_fine

    assert told() == (200, "ok", "I lagringen samlarande (S3)", True)
    server.hang()
    assert told() == (200, "away", "I lagringen samlarande (S3), som inte svarar", False)


@pytest.mark.parametrize("size", [1000, 20 * MEGABYTE], ids=["small", "in parts"])
def test_an_upload_that_breaks_off_leaves_nothing_half(cast, client_of, wire, server, size):
    client: Client = client_of("coordinator_here")
    client.raise_request_exception = False
    collection = MunicipalityPage.objects.get(municipality=cast.here).collection
    content = b"\x00\x00\x00\x18ftypisom" + bytes(size)
    form = {"title": "Film", "file": SimpleUploadedFile("film.mp4", content), "collection": collection.pk}
    server.hang()

    answer = client.post(reverse("wagtaildocs:add"), form)

    assert (answer.status_code, "Bilder och dokument är borta" in answer.content.decode()) == (503, True)
    server.go_on()
    assert (server.keys(), server.halves(), PortalDocument.objects.filter(title="Film").count()) == ({}, [], 0)


def test_an_upload_in_parts_that_fails_in_the_middle_is_given_up(wire, server):
    class Breaks(io.BytesIO):
        """What comes in is at its end too early, as from a phone that loses its network."""

        def read(self, size: int = -1) -> bytes:
            if self.tell() > 17 * MEGABYTE:
                raise OSError("broken off")
            return super().read(size)

    with pytest.raises(OSError, match="broken off"):
        default_storage.save("documents/film.mp4", Breaks(bytes(40 * MEGABYTE)))

    assert (server.keys(), server.halves()) == ({}, [])


def test_a_key_that_opens_nothing_is_no_file_that_is_missing(wire, server):
    name = default_storage.save("documents/rutin.pdf", ContentFile(b"%PDF-1.7"))
    with media_in(wire.address, MEDIA_STORAGE=f"s3://another/{PREFIX}?endpoint={wire.address}"):
        assert default_storage.answers() is False
        with pytest.raises(MediaAway, match="NoSuchBucket"):
            list(default_storage.listing())
    assert default_storage.exists(name)


def test_a_document_is_read_when_the_bucket_is_back(cast, wire, server):
    document = DocumentFactory(owner=cast.here)
    server.hang()
    document_texts.read(document.pk)
    assert document_texts.waiting().filter(pk=document.pk).exists()

    server.go_on()
    forget_pause()

    assert document_texts.read(document.pk) == document_texts.UNREADABLE  # there is no text in it
    assert not document_texts.waiting().exists()


@pytest.mark.django_db
def test_what_is_deleted_while_it_is_away_keeps_nobody_from_going_on(wire, server):
    name = default_storage.save("documents/rutin.pdf", ContentFile(b"%PDF-1.7"))
    with media_in("http://127.0.0.1:1"):
        default_storage.delete(name)

    assert [left.name for left in FileToRemove.objects.all()] == [name]
    assert list(server.keys()) == [f"{PREFIX}/{name}"]


@pytest.mark.django_db
def test_what_is_deleted_while_it_is_away_is_removed_when_it_is_back(wire, server):
    names = [
        default_storage.save(f"documents/{name}.pdf", ContentFile(b"%PDF-1.7")) for name in ("ett", "annat", "kvar")
    ]
    server.hang()
    for name in (*names[:2], names[0]):
        default_storage.delete(name)
    remove_left_files()

    assert [(sign.value, sign.is_fine) for sign in storage.signs()][1:] == [("2 ligger kvar i lagringen", False)]

    server.go_on()
    forget_pause()
    remove_left_files()

    assert list(server.keys()) == [f"{PREFIX}/{names[2]}"]
    assert [sign.is_fine for sign in storage.signs()] == [True]


@pytest.mark.django_db
def test_what_is_moved_does_not_bring_along_what_was_deleted_nor_is_it_removed_later(wire, server, settings, tmp_path):
    name = default_storage.save("documents/rutin.pdf", ContentFile(b"%PDF-1.7"))
    server.hang()
    default_storage.delete(name)
    server.go_on()
    forget_pause()
    settings.MEDIA_ROOT = tmp_path

    call_command("move_media", "--to", "disk")
    assert list(WholeFiles().listing()) == []

    WholeFiles().put(name, ContentFile(b"%PDF-1.7 another"))
    call_command("move_media", "--to", "bucket")
    remove_left_files()
    assert list(server.keys()) == [f"{PREFIX}/{name}"]


@pytest.mark.django_db
def test_what_was_left_in_another_bucket_is_not_looked_for_in_this_one(wire, server):
    name = default_storage.save("documents/rutin.pdf", ContentFile(b"%PDF-1.7"))
    left = [FileToRemove.objects.create(place=place, name=name) for place in ("another/portal", f"{BUCKET}/another")]
    FileToRemove.objects.filter(pk=left[0].pk).update(since=now() - timedelta(days=91))

    remove_left_files()

    assert list(server.keys()) == [f"{PREFIX}/{name}"]
    assert list(FileToRemove.objects.all()) == left[1:]
