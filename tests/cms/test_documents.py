"""Documents: handed in by coordinators, handed out to those who may read a published page that offers them."""

import re
from importlib import import_module
from io import BytesIO
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver, reverse
from wagtail.models import GroupCollectionPermission

from cms.models import MunicipalityPage, PortalDocument, StandardPage
from cms.services.sections import ensure_section
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.services.role_groups import group_of
from tests.factories.cms import DocumentFactory, StandardPageFactory
from tests.factories.municipalities import CollaborationFactory

CANARY = "Kanariefågel"
HERE = {"staff_here", "manager", "coordinator_here", "municipality_admin", "portal_admin"}
THERE = {"staff_there", "coordinator_there"}
EVERYBODY = HERE | THERE | {"anonymous", "outsider"}
# Who may choose or change it, wherever it is used.
KEEPERS = {"coordinator_here", "portal_admin"}


def _readers(cast, client_of, document) -> set[str]:
    """Everybody to whom the document is handed out."""
    answers = {name: client_of(name).get(document.url).status_code for name in cast.actors()}
    assert set(answers.values()) <= {200, 404}
    return {name for name, status in answers.items() if status == 200}


def _page(owner, document, **fields) -> StandardPage:
    return StandardPageFactory(owner=owner, body=[("document", document)], **fields)


def _zip(**entries: bytes) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return written.getvalue()


def _office(*parts: str) -> bytes:
    return _zip(**{"[Content_Types].xml": b"<Types/>", **dict.fromkeys(parts, b"<x/>")})


def _open_document(kind: str) -> bytes:
    return _zip(mimetype=f"application/vnd.oasis.opendocument.{kind}".encode(), **{"content.xml": b"<x/>"})


GOOD = {
    "rutin.pdf": b"%PDF-1.7\n%\xe2\xe3",
    "RUTIN.PDF": b"%PDF-1.7\n",
    "rutin.docx": _office("word/document.xml"),
    "vikter.xlsx": _office("xl/workbook.xml"),
    "bilder.pptx": _office("ppt/presentation.xml"),
    "rutin.odt": _open_document("text"),
    "vikter.ods": _open_document("spreadsheet"),
    "bilder.odp": _open_document("presentation"),
    "anteckning.txt": "Väg svinnet varje dag.\r\n".encode(),
    "vikter.csv": "Dag;Vikt\r\nMåndag;12,5\r\n".encode("cp1252"),
    "film.mp4": b"\x00\x00\x00\x18ftypisom" + bytes(99),
    "film.webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(99),
    "text.vtt": "\ufeffWEBVTT\n\n00:00.000 --> 00:02.000\nHej på er".encode(),
    "vikter unicode.csv": "Dag\tVikt\r\nMåndag\t12,5\r\n".encode("utf-16"),
}
NOT_WHAT_IT_SAYS = {
    "program.pdf": b"MZ\x90\x00",
    "sida.pdf": b"<html><script>alert(1)</script>",
    "arkiv.docx": _zip(**{"hemligt.exe": b"MZ"}),
    "kalkyl.docx": _office("xl/workbook.xml"),
    "makro.docx": _office("word/document.xml", "word/vbaProject.bin"),
    "makro.xlsx": _office("xl/workbook.xml", "xl/vbaProject.bin"),
    "trasig.docx": b"PK\x03\x04 och sedan inget",
    "tom.docx": b"",
    "skal.odt": _open_document("spreadsheet"),
    "utan.odt": _zip(**{"content.xml": b"<x/>"}),
    "klistrad.odt": b"MZ" + _open_document("text"),
    "program.txt": b"MZ\x90\x00\x03",
    "program.csv": b"\xff\xfe\x00\xd8",
    "pdf.mp4": b"%PDF-1.7",
    "film.webm": b"\x1a\x45\xdf\xa3 matroska",
    "text.vtt": b"1\n00:00 --> 00:01\nHej",
    "program.vtt": b"WEBVTT\n\x00",
}
UNKNOWN = {
    "bild.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "sida.html": b"<html>",
    "program.exe": b"MZ",
    "makro.docm": _office("word/document.xml"),
    "arkiv.zip": _zip(a=b"b"),
    "utan": b"text",
}


def _hand_in(client, name: str, content: bytes, collection, title: str = "Rutin för vägning"):
    return client.post(
        reverse("wagtaildocs:add"),
        {"title": title, "file": SimpleUploadedFile(name, content), "collection": collection.pk},
    )


@pytest.fixture
def collection(cast):
    return MunicipalityPage.objects.get(municipality=cast.here).collection


# --- Handing in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_a_file_of_a_known_kind_is_taken_in(cast, client_of, collection, name):
    answer = _hand_in(client_of("coordinator_here"), name, GOOD[name], collection)

    document = PortalDocument.objects.get()
    assert answer.status_code == 302
    assert (document.file.read(), document.file_size) == (GOOD[name], len(GOOD[name]))


@pytest.mark.parametrize("name", NOT_WHAT_IT_SAYS)
def test_a_file_that_is_not_what_its_name_says_is_refused_at_the_field(cast, client_of, collection, name):
    answer = _hand_in(client_of("coordinator_here"), name, NOT_WHAT_IT_SAYS[name], collection)

    errors = answer.context["form"].errors
    assert list(errors) == ["file"]
    assert "inte" in errors["file"][0] or "tom" in errors["file"][0]
    assert not PortalDocument.objects.exists()


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_file_of_another_kind_is_refused_with_the_kinds_that_are_taken(cast, client_of, collection, name):
    answer = _hand_in(client_of("coordinator_here"), name, UNKNOWN[name], collection)

    assert dict(answer.context["form"].errors) == {
        "file": [
            "Den här sortens fil går inte att använda. Välj någon av dessa: "
            "PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, TXT, CSV, MP4, WEBM, VTT."
        ]
    }
    assert not PortalDocument.objects.exists()


def test_a_file_above_twenty_megabytes_is_refused_at_the_field(cast, client_of, collection):
    answer = _hand_in(client_of("coordinator_here"), "rutin.pdf", b"%PDF-" + bytes(20 * 1024 * 1024), collection)

    assert dict(answer.context["form"].errors) == {"file": ["Filen är för stor: högst 20 MB."]}
    assert not PortalDocument.objects.exists()


@pytest.mark.parametrize("address", ["wagtaildocs:add_multiple", "wagtaildocs_chooser:create"])
def test_every_other_way_in_asks_for_the_content_too(cast, client_of, collection, address):
    prefix = "document-chooser-upload-" if "chooser" in address else ""
    name = f"{prefix}file" if prefix else "files[]"
    data = {f"{prefix}title": "Fil", f"{prefix}collection": collection.pk}

    client_of("coordinator_here").post(
        reverse(address), data | {name: SimpleUploadedFile("program.pdf", b"MZ\x90\x00")}
    )
    assert not PortalDocument.objects.exists()
    client_of("coordinator_here").post(reverse(address), data | {name: SimpleUploadedFile("rutin.pdf", b"%PDF-1.7")})
    assert PortalDocument.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../../etc/Rutin för vägning (utkast).PDF", "rutin-for-vagning-utkast.pdf"),
        ('kanon"\r\nX-Evil: 1.pdf', "x-evil-1.pdf"),
        ("åäö" * 80 + ".pdf", ("aao" * 20) + ".pdf"),
        ("?.pdf", "dokument.pdf"),
    ],
)
def test_a_file_lies_under_a_plain_name_in_a_folder_nobody_can_guess(cast, collection, name, stem):
    document = DocumentFactory(owner=cast.here)
    document.file.save(name.rpartition("/")[2].replace("\r\n", ""), document.file.file, save=False)

    folder, _slash, stored = document.file.name.rpartition("/")
    assert folder == f"documents/{document.folder}"
    assert len(document.folder) == 32
    assert stored in (stem, f"kanon{stem}")


@pytest.mark.parametrize(
    ("title", "filename"),
    [
        ("Rutin för vägning", "Rutin för vägning.pdf"),
        ("rutin.pdf", "rutin.pdf"),
        ('a/b\\c"; filename="x.exe', "a b c ; filename= x.exe.pdf"),
        ("\u202egnp.exe\r\nX-Evil: 1", "gnp.exe X-Evil 1.pdf"),
        ("...", "dokument.pdf"),
    ],
)
def test_a_reader_saves_a_file_under_its_title(cast, client_of, title, filename):
    document = DocumentFactory(owner=cast.here, title=title)
    _page(cast.here, document, visibility=Visibility.PUBLIC)

    answer = client_of("anonymous").get(document.url)

    assert document.filename == filename
    assert "X-Evil" not in answer.headers
    assert filename in unquote(answer.headers["Content-Disposition"])


def test_a_coordinator_hands_in_to_the_own_collection_only(cast, client_of, collection):
    own = MunicipalityPage.objects.get(municipality=cast.there).collection

    _hand_in(client_of("coordinator_there"), "rutin.pdf", b"%PDF-1.7", collection)

    assert [document.collection for document in PortalDocument.objects.all()] == [own]


def test_who_is_offered_documents_in_the_editor(cast, client_of):
    path = reverse("wagtaildocs:index")

    offered = {
        name
        for name in ("coordinator_here", "coordinator_there", "portal_admin")
        if path in client_of(name).get(reverse("wagtailadmin_home")).content.decode()
    }

    assert offered == {"coordinator_here", "coordinator_there", "portal_admin"}
    assert "tags" not in client_of("coordinator_here").get(reverse("wagtaildocs:add")).context["form"].fields


def _migrated(municipality) -> None:
    import_module("cms.migrations.0005_documents").give_coordinators_document_rights(apps, None)


@pytest.mark.parametrize(
    ("way", "roles"),
    [(ensure_section, (Role.COORDINATOR, Role.COURSE_EDITOR)), (_migrated, (Role.COORDINATOR,))],
    ids=["completed", "migrated"],
)
def test_a_section_made_before_there_were_documents_gets_the_rights(cast, way, roles):
    rights = GroupCollectionPermission.objects.filter(
        permission__content_type__app_label="wagtaildocs", collection__name=cast.here.name
    )
    rights.all().delete()

    way(cast.here)
    way(cast.here)

    assert sorted(rights.values_list("group__name", "permission__codename")) == [
        (group_of(cast.here, role).name, codename)
        for role in roles
        for codename in ("add_document", "change_document", "choose_document")
    ]


# --- Handing out ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "readers"),
    [
        ({"visibility": Visibility.PUBLIC}, EVERYBODY),
        ({"visibility": Visibility.MEMBERS}, HERE | THERE),
        ({"visibility": Visibility.INTERNAL}, HERE),
        ({"visibility": Visibility.PUBLIC, "live": False}, KEEPERS),
    ],
    ids=["public", "members", "internal", "draft"],
)
def test_who_may_read_the_page_may_read_its_document(cast, client_of, fields, readers):
    document = DocumentFactory(owner=cast.here)
    _page(cast.here, document, **fields)

    assert _readers(cast, client_of, document) == readers


def test_a_document_follows_selected_sharing_with_a_municipality_and_a_collaboration(cast, client_of):
    to_municipality, to_project = DocumentFactory(owner=cast.here), DocumentFactory(owner=cast.here)
    project = CollaborationFactory(lead=cast.here, partners=[cast.there])
    selected = {"visibility": Visibility.SELECTED}
    _page(cast.here, to_municipality, **selected, shared_with=[cast.there])
    _page(cast.here, to_project, **selected, shared_with_collaborations=[project])
    alone = DocumentFactory(owner=cast.here)
    _page(cast.here, alone, **selected, shared_with=[cast.here])

    assert [_readers(cast, client_of, document) for document in (to_municipality, to_project, alone)] == [
        HERE | THERE,
        HERE | THERE,
        HERE,
    ]


def test_one_readable_page_of_two_is_enough(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    _page(cast.here, document)
    page = _page(cast.here, document, visibility=Visibility.MEMBERS)
    _page(cast.here, document, visibility=Visibility.PUBLIC, live=False)

    before = _readers(cast, client_of, document)
    page.unpublish()

    assert (before, _readers(cast, client_of, document)) == (HERE | THERE, HERE)


def test_a_document_that_no_page_offers_is_read_by_those_who_keep_it(cast, client_of):
    document = DocumentFactory(owner=cast.here)

    assert _readers(cast, client_of, document) == KEEPERS


def test_what_is_withdrawn_stops_from_the_next_request(cast, client_of):
    made_internal, unpublished, removed, deleted = (DocumentFactory(owner=cast.here) for _number in range(4))
    pages = [_page(cast.here, d, visibility=Visibility.PUBLIC) for d in (made_internal, unpublished, removed, deleted)]
    before = [_readers(cast, client_of, d) for d in (made_internal, unpublished, removed, deleted)]

    pages[0].visibility = Visibility.INTERNAL
    pages[0].save_revision().publish()
    pages[1].unpublish()
    pages[2].body = []
    pages[2].save_revision().publish()
    pages[3].delete()

    assert before == [EVERYBODY] * 4
    assert [_readers(cast, client_of, d) for d in (made_internal, unpublished, removed, deleted)] == [
        HERE,
        KEEPERS,
        KEEPERS,
        KEEPERS,
    ]


def test_a_document_that_stands_only_in_the_draft_of_a_public_page_stays_with_its_keepers(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    page = StandardPageFactory(owner=cast.here, visibility=Visibility.PUBLIC)

    page.body = [("document", document)]
    revision = page.save_revision()
    in_draft = _readers(cast, client_of, document)
    revision.publish()

    assert (in_draft, _readers(cast, client_of, document)) == (KEEPERS, EVERYBODY)


def test_a_role_that_is_taken_away_counts_from_the_next_request(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    client = client_of("coordinator_here")
    before = client.get(document.url).status_code

    cast.coordinator_here.groups.remove(group_of(cast.here, Role.COORDINATOR))

    assert (before, client.get(document.url).status_code) == (200, 404)


def test_a_document_is_handed_out_as_an_attachment_of_its_own_kind(cast, client_of):
    document = DocumentFactory(owner=cast.here, title="Rutin för vägning")
    _page(cast.here, document)

    answer = client_of("staff_here").get(document.url)

    names = ("Content-Type", "Content-Disposition", "X-Content-Type-Options", "Cache-Control", "ETag", "Last-Modified")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7\nRutin"
    assert {name: answer.headers.get(name) for name in names} == {
        "Content-Type": "application/pdf",
        "Content-Disposition": "attachment; filename*=utf-8''Rutin%20f%C3%B6r%20v%C3%A4gning.pdf",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "ETag": None,
        "Last-Modified": None,
    }


def test_only_a_public_document_may_be_kept_by_caches(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    page = _page(cast.here, document, visibility=Visibility.PUBLIC)

    public = {name: client_of(name).get(document.url).headers["Cache-Control"] for name in cast.actors()}
    page.visibility = Visibility.MEMBERS
    page.save_revision().publish()

    assert set(public.values()) == {"public, max-age=300"}
    assert client_of("staff_there").get(document.url).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"range": "bytes=0-3"},
        {"if-none-match": "*"},
        {"if-modified-since": "Wed, 01 Jan 2200 00:00:00 GMT"},
        {"if-none-match": "*", "range": "bytes=0-3", "if-range": "*"},
    ],
)
def test_no_question_about_a_document_is_answered_before_the_rule(cast, client_of, method, headers):
    document = DocumentFactory(owner=cast.here, title=CANARY)
    document.file_hash = "0" * 40
    document.save()
    _page(cast.here, document, title=CANARY)
    client = client_of("coordinator_there")

    hidden = getattr(client, method)(document.url, headers=headers)
    missing = getattr(client, method)(reverse("document", args=["0" * 32]), headers=headers)
    own = getattr(client_of("staff_here"), method)(document.url, headers=headers)

    assert (hidden.status_code, missing.status_code, own.status_code) == (404, 404, 200)
    # The token of the sign-out form is new in every answer.
    alike = [re.sub(rb"[0-9A-Za-z]{64}", b"", answer.content) for answer in (hidden, missing)]
    assert alike[0].replace(document.folder.encode(), b"0" * 32) == alike[1]
    assert CANARY.encode() not in hidden.content
    assert not [value for value in hidden.headers.values() if CANARY in value or "rutin" in value]


def test_wagtails_own_address_is_no_second_door(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    _page(cast.here, document, visibility=Visibility.PUBLIC)
    paths = [
        f"/dokument/{document.pk}/{document.filename}",
        f"/documents/{document.pk}/{document.filename}",
        f"/dokument/{document.pk}/",
        f"/media/{document.file.name}",
    ]

    assert {client_of("portal_admin").get(path).status_code for path in paths} == {404}
    assert "wagtaildocs_serve" not in get_resolver().reverse_dict


def test_a_document_costs_the_same_few_questions_however_many_pages_offer_it(
    cast, client_of, django_assert_num_queries
):
    public, internal = DocumentFactory(owner=cast.here), DocumentFactory(owner=cast.here)
    for _number in range(5):
        _page(cast.here, public, visibility=Visibility.PUBLIC)
        _page(cast.here, internal)
    anonymous, member = client_of("anonymous"), client_of("staff_here")
    anonymous.get(public.url)

    with django_assert_num_queries(3):
        assert anonymous.get(public.url).status_code == 200
    with django_assert_num_queries(3):
        assert member.get(public.url).status_code == 200
    with django_assert_num_queries(7):
        assert member.get(internal.url).status_code == 200


# --- Walls between municipalities ----------------------------------------------------------------------------


def _form(page, document=None, **changes) -> dict:
    """What the editor sends: one file block."""
    data = {
        "title": page.title,
        "slug": page.slug,
        "summary": page.summary,
        "visibility": page.visibility,
        "body-count": "0",
    }
    if document is not None:
        block = {"type": "document", "order": "0", "deleted": "", "id": "", "value": str(document.pk)}
        data |= {"body-count": "1", **{f"body-0-{name}": value for name, value in block.items()}}
    return data | changes


@pytest.mark.parametrize(
    "changes",
    [{}, {"title": ""}, {"action-publish": "1"}],
    ids=["draft", "with another fault", "published"],
)
def test_another_municipalitys_document_cannot_be_put_on_ones_own_page(cast, client_of, changes):
    document = DocumentFactory(owner=cast.here, title=CANARY)
    page = StandardPageFactory(owner=cast.there, visibility=Visibility.PUBLIC)
    client = client_of("coordinator_there")

    answers = [
        client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), _form(page, document, **changes), follow=True),
        client.post(
            reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk]), _form(page, document, **changes), follow=True
        ),
        client.get(reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk]), follow=True),
    ]

    assert [CANARY in answer.content.decode() for answer in answers] == [False] * 3
    assert _readers(cast, client_of, document) == KEEPERS
    assert list(StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object().body) == []


def test_the_own_document_is_put_on_a_page_and_published(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    page = StandardPageFactory(owner=cast.here, visibility=Visibility.PUBLIC)

    client_of("coordinator_here").post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]), _form(page, document, **{"action-publish": "1"})
    )

    assert _readers(cast, client_of, document) == EVERYBODY


def test_a_document_that_stands_on_a_page_already_stays_when_another_edits_it(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    page = _page(cast.there, document, visibility=Visibility.PUBLIC)

    client_of("coordinator_there").post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        _form(page, document, **{"title": "Ny rubrik", "action-publish": "1"}),
    )

    page = StandardPage.objects.get(pk=page.pk)
    assert (page.title, [block.value for block in page.body]) == ("Ny rubrik", [document])


def test_a_foreign_page_is_not_copied_with_its_document_into_ones_own_section(cast, client_of):
    document = DocumentFactory(owner=cast.here, title=CANARY)
    page = _page(cast.here, document, title=CANARY)
    section = MunicipalityPage.objects.get(municipality=cast.there)

    for alias in ({}, {"alias": "on"}):
        client_of("coordinator_there").post(
            reverse("wagtailadmin_pages:copy", args=[page.pk]),
            {"new_title": "Kopia", "new_slug": "kopia", "new_parent_page": section.pk, "publish_copies": "on", **alias},
        )

    assert not section.get_children().exists()
    assert _readers(cast, client_of, document) == HERE


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("wagtaildocs:index", []),
        ("wagtaildocs:index_results", []),
        ("wagtaildocs:edit", ["pk"]),
        ("wagtaildocs:delete", ["pk"]),
        ("wagtaildocs:document_usage", ["pk"]),
        ("wagtaildocs_chooser:choose", []),
        ("wagtaildocs_chooser:choose_results", []),
        ("wagtaildocs_chooser:chosen", ["pk"]),
        ("wagtaildocs_chooser:chosen_multiple", []),
        ("wagtail_bulk_action", ["cms", "portaldocument", "delete"]),
        ("wagtail_bulk_action", ["cms", "portaldocument", "add_to_collection"]),
    ],
)
def test_the_editor_tells_another_coordinator_nothing_of_a_document(cast, client_of, name, arguments):
    document = DocumentFactory(owner=cast.here, title=CANARY)
    path = reverse(name, args=[document.pk if argument == "pk" else argument for argument in arguments])

    answers = {
        actor: client_of(actor).get(f"{path}?id={document.pk}", follow=True).content.decode()
        for actor in ("coordinator_there", "coordinator_here")
    }

    assert {actor: document.folder in text or CANARY in text for actor, text in answers.items()} == {
        "coordinator_there": False,
        "coordinator_here": True,
    }


def test_another_coordinator_changes_no_document(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    before = PortalDocument.objects.values().get()
    client = client_of("coordinator_there")
    data = {"title": "Kapad", "collection": MunicipalityPage.objects.get(municipality=cast.there).collection.pk}

    for name in ("edit", "delete", "edit_multiple", "delete_multiple"):
        client.post(reverse(f"wagtaildocs:{name}", args=[document.pk]), data | {f"doc-{document.pk}-title": "Kapad"})

    assert PortalDocument.objects.values().get() == before


# --- On the page ---------------------------------------------------------------------------------------------


def test_a_page_shows_title_kind_and_size_of_a_document(cast, client_of):
    document = DocumentFactory(owner=cast.here, title="Rutin för vägning", file_size=1_258_291)
    page = _page(cast.here, document, visibility=Visibility.PUBLIC)

    text = client_of("anonymous").get(page.url).content.decode()

    assert f'href="/dokument/{document.folder}/"' in text
    assert "Rutin för vägning</span>" in text
    assert "(PDF, 1,2\xa0MB)" in text


def test_a_page_whose_document_was_deleted_shows_none(cast, client_of):
    document = DocumentFactory(owner=cast.here)
    page = _page(cast.here, document, visibility=Visibility.PUBLIC)

    document.delete()

    answer = client_of("anonymous").get(page.url)
    assert (answer.status_code, "/dokument/" in answer.content.decode()) == (200, False)


def test_running_text_offers_no_link_to_a_document(cast):
    features = StandardPage._meta.get_field("body").stream_block.child_blocks["paragraph"].features

    assert "document-link" not in features
