"""Pictures: seen by those who may read a published page with them, and without what a camera writes beside them."""

from io import BytesIO

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from wagtail.models import ReferenceIndex

from cms.models import MunicipalityPage, PortalImage, StandardPage
from portal.events.models import TrainingEvent
from portal.municipalities.enums import Visibility
from tests.factories.cms import PictureFactory, StandardPageFactory, picture_file
from tests.factories.municipalities import CollaborationFactory

CANARY = "Kanariefågel"
HERE = {"staff_here", "manager", "coordinator_here", "municipality_admin", "portal_admin"}
THERE = {"staff_there", "coordinator_there"}
EVERYBODY = HERE | THERE | {"anonymous", "outsider"}
# Who may choose or change it, wherever it is used.
KEEPERS = {"coordinator_here", "portal_admin"}
GPS, ORIENTATION, ARTIST = 0x8825, 0x0112, 0x013B
TURNED = 6  # the camera was held upright


def _viewers(cast, client_of, picture) -> set[str]:
    """Everybody who is shown the picture, which is the same for the file as it was handed in and for a smaller one."""
    paths = [picture.file.url, picture.get_rendition("fill-20x20").url]
    answers = {name: {client_of(name).get(path).status_code for path in paths} for name in cast.actors()}
    assert all(len(statuses) == 1 and statuses <= {200, 404} for statuses in answers.values())
    return {name for name, statuses in answers.items() if statuses == {200}}


def _page(owner, picture, **fields) -> StandardPage:
    """In the text of a page; the picture at its head is tested beside it."""
    page = StandardPageFactory(owner=owner, **fields)
    page.body.append(("picture", _chosen(picture)))
    revision = page.save_revision()
    if page.live:
        revision.publish()
    else:
        page.save()
    return page


def _chosen(picture) -> PortalImage:
    chosen = PortalImage.objects.get(pk=picture.pk)
    chosen.decorative, chosen.contextual_alt_text = True, ""
    return chosen


# --- Who sees it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["head", "text"])
@pytest.mark.parametrize(
    ("fields", "viewers"),
    [
        ({"visibility": Visibility.PUBLIC}, EVERYBODY),
        ({"visibility": Visibility.MEMBERS}, HERE | THERE),
        ({"visibility": Visibility.INTERNAL}, HERE),
        ({"visibility": Visibility.PUBLIC, "live": False}, KEEPERS),
    ],
    ids=["public", "members", "internal", "draft"],
)
def test_who_may_read_the_page_may_see_its_picture(cast, client_of, fields, viewers, place):
    picture = PictureFactory(owner=cast.here)
    if place == "head":
        StandardPageFactory(owner=cast.here, image=picture, **fields)
    else:
        _page(cast.here, picture, **fields)

    assert _viewers(cast, client_of, picture) == viewers


def test_a_picture_follows_selected_sharing(cast, client_of):
    to_municipality, to_project, alone = (PictureFactory(owner=cast.here) for _number in range(3))
    project = CollaborationFactory(lead=cast.here, partners=[cast.there])
    selected = {"owner": cast.here, "visibility": Visibility.SELECTED}
    StandardPageFactory(**selected, image=to_municipality, shared_with=[cast.there])
    StandardPageFactory(**selected, image=to_project, shared_with_collaborations=[project])
    StandardPageFactory(**selected, image=alone, shared_with=[cast.here])

    assert [_viewers(cast, client_of, picture) for picture in (to_municipality, to_project, alone)] == [
        HERE | THERE,
        HERE | THERE,
        HERE,
    ]


def test_a_picture_on_two_pages_is_seen_by_the_readers_of_either(cast, client_of):
    picture = PictureFactory(owner=cast.here)
    StandardPageFactory(owner=cast.here, image=picture)
    page = _page(cast.here, picture, visibility=Visibility.PUBLIC)

    before = _viewers(cast, client_of, picture)
    page.unpublish()

    assert (before, _viewers(cast, client_of, picture)) == (EVERYBODY, HERE)


def test_a_picture_that_no_page_shows_is_seen_by_those_who_keep_it(cast, client_of):
    assert _viewers(cast, client_of, PictureFactory(owner=cast.here)) == KEEPERS


def test_what_is_withdrawn_stops_from_the_next_request(cast, client_of):
    pictures = [PictureFactory(owner=cast.here) for _number in range(3)]
    pages = [StandardPageFactory(owner=cast.here, image=p, visibility=Visibility.PUBLIC) for p in pictures]
    before = [_viewers(cast, client_of, picture) for picture in pictures]

    pages[0].visibility = Visibility.INTERNAL
    pages[0].save_revision().publish()
    pages[1].unpublish()
    pages[2].image = None
    pages[2].save_revision().publish()

    assert before == [EVERYBODY] * 3
    assert [_viewers(cast, client_of, picture) for picture in pictures] == [HERE, KEEPERS, KEEPERS]


def test_a_picture_in_the_draft_of_a_public_page_stays_with_its_keepers(cast, client_of):
    picture = PictureFactory(owner=cast.here)
    page = StandardPageFactory(owner=cast.here, visibility=Visibility.PUBLIC)

    page.image = picture
    revision = page.save_revision()
    in_draft = _viewers(cast, client_of, picture)
    revision.publish()

    assert (in_draft, _viewers(cast, client_of, picture)) == (KEEPERS, EVERYBODY)


def test_an_editor_sees_the_pictures_of_a_draft_that_is_previewed(cast, client_of):
    picture = PictureFactory(owner=cast.here)
    page = StandardPageFactory(owner=cast.here, image=picture, live=False)
    client = client_of("coordinator_here")

    text = client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).content.decode()

    shown = picture.renditions.get(filter_spec="fill-1200x560").url
    assert shown in text
    assert client.get(shown).status_code == 200


def test_a_municipalitys_logo_is_seen_by_everybody(cast, client_of):
    path = default_storage.save("logos/trelleborg.jpg", picture_file())

    answers = {name: client_of(name).get(f"/media/{path}") for name in cast.actors()}

    assert {(answer.status_code, answer.headers.get("Cache-Control")) for answer in answers.values()} == {
        (200, "public, max-age=300")
    }


@pytest.mark.parametrize(
    "path", ["logos/teckning.svg", "logos/sida.html", "documents/{folder}/rutin.pdf", "images/{folder}/sida.html"]
)
def test_nothing_but_pictures_is_handed_out_as_a_picture(cast, client_of, path):
    picture = PictureFactory(owner=cast.here)
    stored = default_storage.save(path.format(folder=picture.folder), ContentFile(b"<svg><script>"))

    assert client_of("portal_admin").get(f"/media/{stored}").status_code == 404


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"range": "bytes=0-3"}, {"if-none-match": "*"}, {"if-modified-since": "Wed, 01 Jan 2200 00:00:00 GMT"}],
)
def test_no_question_about_a_picture_is_answered_before_the_rule(cast, client_of, method, headers):
    picture = PictureFactory(owner=cast.here, title=CANARY)
    StandardPageFactory(owner=cast.here, image=picture)

    answers = {
        actor: getattr(client_of(actor), method)(picture.file.url, headers=headers)
        for actor in ("coordinator_there", "anonymous", "staff_here")
    }

    names = ("ETag", "Last-Modified", "Content-Range")
    assert {actor: answer.status_code for actor, answer in answers.items()} == {
        "coordinator_there": 404,
        "anonymous": 404,
        "staff_here": 200,
    }
    assert [answer.headers[name] for answer in answers.values() for name in names if name in answer.headers] == []
    assert CANARY.encode() not in answers["coordinator_there"].content


def test_only_a_public_picture_may_be_kept_by_caches(cast, client_of):
    public, internal = PictureFactory(owner=cast.here), PictureFactory(owner=cast.here)
    StandardPageFactory(owner=cast.here, image=public, visibility=Visibility.PUBLIC)
    StandardPageFactory(owner=cast.here, image=internal)

    told = {
        name: client_of("staff_here").get(picture.file.url).headers["Cache-Control"]
        for name, picture in {"public": public, "internal": internal}.items()
    }

    assert told == {"public": "public, max-age=300", "internal": "private, no-store"}


@pytest.mark.parametrize("pages", [1, 5])
def test_a_picture_costs_the_same_few_questions_however_many_pages_show_it(
    cast, client_of, django_assert_num_queries, pages
):
    public, internal = PictureFactory(owner=cast.here), PictureFactory(owner=cast.here)
    for _number in range(pages):
        StandardPageFactory(owner=cast.here, image=public, visibility=Visibility.PUBLIC)
        StandardPageFactory(owner=cast.here, image=internal)
    anonymous, member = client_of("anonymous"), client_of("staff_here")
    anonymous.get(public.file.url)

    with django_assert_num_queries(3):
        assert anonymous.get(public.file.url).status_code == 200
    with django_assert_num_queries(3):
        assert member.get(public.file.url).status_code == 200
    with django_assert_num_queries(7):
        assert member.get(internal.file.url).status_code == 200


# --- Walls between municipalities ----------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["head", "text"])
@pytest.mark.parametrize("changes", [{}, {"title": ""}], ids=["published", "with another fault"])
def test_another_municipalitys_picture_cannot_be_put_on_ones_own_page(cast, client_of, place, changes):
    picture = PictureFactory(owner=cast.here, title=CANARY)
    page = StandardPageFactory(owner=cast.there, visibility=Visibility.PUBLIC)
    data = {"title": page.title, "slug": page.slug, "summary": "Kort.", "visibility": "public", "body-count": "0"}
    if place == "head":
        data |= {"image": picture.pk}
    else:
        data |= {"body-count": "1", "body-0-type": "picture", "body-0-order": "0", "body-0-deleted": ""}
        data |= {"body-0-value-image": picture.pk, "body-0-value-decorative": "on", "body-0-value-alt_text": ""}

    answer = client_of("coordinator_there").post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]), data | {"action-publish": "1"} | changes, follow=True
    )

    assert CANARY not in answer.content.decode()
    assert picture.get_rendition("max-165x165").url not in answer.content.decode()
    assert _viewers(cast, client_of, picture) == KEEPERS


# --- What is kept of a file ----------------------------------------------------------------------------------


def _photograph(kind: str = "JPEG", *, orientation: int = TURNED, **options) -> bytes:
    """Lying down, 80 by 60, red at the left; with place and name beside it."""
    picture = Image.new("RGB", (80, 60), "teal")
    picture.paste("red", (0, 0, 20, 60))
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST] = orientation, CANARY
    exif.get_ifd(GPS).update({1: "N", 2: (55.0, 22.0, 30.0)})
    written = BytesIO()
    picture.save(written, format=kind, exif=exif, **options)
    return written.getvalue()


def _hand_in(client, name: str, content: bytes):
    collection = MunicipalityPage.objects.first().collection
    data = {"title": "Bild", "file": SimpleUploadedFile(name, content), "collection": collection.pk}
    return client.post(reverse("wagtailimages:add"), data)


@pytest.mark.parametrize(
    ("name", "kind"), [("foto.jpg", "JPEG"), ("foto.png", "PNG"), ("foto.webp", "WEBP"), ("foto.avif", "AVIF")]
)
def test_a_photograph_loses_place_and_name_and_stands_upright(cast, client_of, name, kind):
    original = _photograph(kind)
    assert b"Kanarief" in original or kind == "AVIF"

    _hand_in(client_of("coordinator_here"), name, original)

    kept = PortalImage.objects.get()
    content = kept.file.read()
    with Image.open(BytesIO(content)) as picture:
        red, _green, blue = picture.convert("RGB").getpixel((30, 5))
        assert (picture.format, picture.size, dict(picture.getexif()), picture.info.get("xmp")) == (
            kind,
            (60, 80),
            {},
            None,
        )
    assert red > 150 > blue  # what was at the left is at the top
    assert (kept.width, kept.height, kept.file_size) == (60, 80, len(content))
    assert b"Kanarief" not in content


def test_the_picture_at_a_pages_head_is_offered_in_the_size_of_a_phone_too(cast, client_of):
    picture = PictureFactory(owner=cast.here, file=picture_file(size=(1600, 800)))
    page = StandardPageFactory(owner=cast.here, image=picture, visibility=Visibility.PUBLIC)

    text = client_of("anonymous").get(page.url).content.decode()

    small, large = (picture.renditions.get(filter_spec=spec) for spec in ("fill-780x364", "fill-1200x560"))
    assert f'srcset="{small.url} 780w, {large.url} 1200w"' in text
    assert (small.width, small.height, large.width, large.height) == (780, 364, 1200, 560)


@pytest.mark.parametrize(("name", "kind"), [("foto.jpg", "JPEG"), ("foto.png", "PNG"), ("foto.webp", "WEBP")])
def test_a_photograph_is_shown_as_webp_whatever_was_handed_in(cast, client_of, name, kind):
    picture = PictureFactory(owner=cast.here, file=picture_file(name, kind=kind))
    StandardPageFactory(owner=cast.here, image=picture, visibility=Visibility.PUBLIC)

    answer = client_of("anonymous").get(picture.get_rendition("fill-20x20").url)

    assert answer.headers["Content-Type"] == "image/webp"
    with Image.open(BytesIO(b"".join(answer.streaming_content))) as shown:
        assert shown.format == "WEBP"


def test_a_jpeg_loses_its_comment_and_what_lies_behind_the_picture(cast, client_of):
    original = _photograph(comment=b"Kanariefagel") + b"PK\x03\x04 Kanariefagel"

    _hand_in(client_of("coordinator_here"), "foto.jpg", original)

    assert b"Kanariefagel" not in PortalImage.objects.get().file.read()


def test_a_moving_picture_goes_on_moving(cast, client_of):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "teal", "gold")]
    written = BytesIO()
    frames[0].save(written, format="GIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)

    _hand_in(client_of("coordinator_here"), "rorlig.gif", written.getvalue())

    with Image.open(PortalImage.objects.get().file) as picture:
        durations = []
        for number in range(picture.n_frames):
            picture.seek(number)
            durations.append(picture.info["duration"])
    assert durations == [100, 200, 300]


def test_a_transparent_picture_stays_transparent(cast, client_of):
    written = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(written, format="PNG")

    _hand_in(client_of("coordinator_here"), "genomskinlig.png", written.getvalue())

    with Image.open(PortalImage.objects.get().file) as picture:
        assert picture.convert("RGBA").getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("address", ["wagtailimages:add_multiple", "wagtailimages_chooser:create"])
def test_every_other_way_in_takes_the_place_away_too(cast, client_of, address):
    prefix = "image-chooser-upload-" if "chooser" in address else ""
    name = f"{prefix}file" if prefix else "files[]"
    collection = MunicipalityPage.objects.get(municipality=cast.here).collection

    client_of("coordinator_here").post(
        reverse(address),
        {
            f"{prefix}title": "Bild",
            f"{prefix}collection": collection.pk,
            name: SimpleUploadedFile("foto.jpg", _photograph()),
        },
    )

    assert b"Kanarief" not in PortalImage.objects.get().file.read()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("teckning.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("teckning.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("avbruten.jpg", _photograph()[:500]),
        ("annat.png", _photograph()),
        ("program.jpg", b"MZ\x90\x00"),
    ],
)
def test_what_is_no_whole_picture_is_refused_at_the_field(cast, client_of, name, content):
    answer = _hand_in(client_of("coordinator_here"), name, content)

    assert list(answer.context["form"].errors) == ["file"]
    assert not PortalImage.objects.exists()


def test_a_picture_of_too_many_pixels_is_refused_at_the_field(cast, client_of):
    written = BytesIO()
    Image.new("1", (10_000, 5_001)).save(written, format="PNG")

    answer = _hand_in(client_of("coordinator_here"), "stor.png", written.getvalue())

    assert list(answer.context["form"].errors) == ["file"]
    assert not PortalImage.objects.exists()


def test_only_pages_open_a_picture(cast, client_of):
    """Something else of the portal's that refers to it, with the number of a public page, does not."""
    picture, other = PictureFactory(owner=cast.here), PictureFactory(owner=cast.here)
    page = StandardPageFactory(owner=cast.here, image=other, visibility=Visibility.PUBLIC)
    reference = ReferenceIndex.get_references_to(other).get()
    reference.pk = None
    reference.base_content_type = reference.content_type = ContentType.objects.get_for_model(TrainingEvent)
    reference.to_object_id = str(picture.pk)
    reference.save()

    assert reference.object_id == str(page.pk)
    assert (_viewers(cast, client_of, picture), _viewers(cast, client_of, other)) == (KEEPERS, EVERYBODY)


def test_a_picture_whose_file_is_gone_is_not_found(cast, client_of):
    picture = PictureFactory(owner=cast.here)
    StandardPageFactory(owner=cast.here, image=picture, visibility=Visibility.PUBLIC)
    url = picture.file.url
    picture.file.storage.delete(picture.file.name)

    assert client_of("anonymous").get(url).status_code == 404
