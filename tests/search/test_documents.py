"""Documents are found by their text, by those whom one of their pages is for, and by nobody else."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from docx import Document

from cms.models import PortalDocument
from portal.knowledge.models import Topic
from search import extraction
from search.models import DocumentText, SearchEntry
from search.services import document_texts, indexing
from tests.factories.cms import DocumentFactory, StandardPageFactory
from tests.search.test_engines import search, titles

WORD = "kanariefågel"


def pdf(text: str) -> bytes:
    """A PDF of one page with one line."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )


def docx(*paragraphs: str, cell: str = "") -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if cell:
        document.add_table(1, 1).cell(0, 0).text = cell
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def offered(owner, content: bytes = b"", name: str = "rutin.pdf", *, title: str = "Rutin", **page) -> PortalDocument:
    """A document on a page of its own, read as a task does after commit."""
    document = DocumentFactory(owner=owner, title=title, file=ContentFile(content or pdf(WORD), name=name))
    StandardPageFactory(owner=owner, title="Sidan", summary="Kort.", body=[("document", document)], **page)
    document_texts.read(document.pk)
    return document


# --- Finding -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("engine")
def test_the_text_of_pdf_and_word_is_found_and_leads_to_the_file(cast):
    one = offered(cast.here, pdf("En kanariefågel"), title="Rutin som PDF", visibility="public")
    other = offered(cast.here, docx("Text.", cell="Ännu en kanariefågel"), "r.docx", title="Rutin i Word")

    hits = {(hit.kind, hit.title, hit.url) for hit in search(cast.staff_here, WORD).hits}

    assert hits == {("document", "Rutin som PDF", one.url), ("document", "Rutin i Word", other.url)}


@pytest.mark.usefixtures("engine")
def test_a_document_is_found_by_those_whom_one_of_its_pages_is_for(cast):
    for visibility, fields in {
        "public": {},
        "members": {},
        "selected": {"shared_with": [cast.there]},
        "internal": {},
    }.items():
        offered(cast.here, title=visibility, visibility=visibility, **fields)
    offered(cast.here, title="draft", visibility="public", live=False)
    DocumentFactory(owner=cast.here, title="on no page", file=ContentFile(pdf(WORD), name="r.pdf"))

    found = {name: set(titles(user, WORD)) for name, user in cast.actors().items()}
    counted = {name: search(user, WORD).total for name, user in cast.actors().items()}

    public, members, everything = (
        {"public"},
        {"public", "members", "selected"},
        {"public", "members", "selected", "internal"},
    )
    assert found == {
        "anonymous": public,
        "outsider": public,
        "staff_here": everything,
        "staff_there": members,
        "manager": everything,
        "coordinator_here": everything,
        "coordinator_there": members,
        "municipality_admin": everything,
        "portal_admin": everything,
    }
    assert counted == {name: len(titles_found) for name, titles_found in found.items()}


@pytest.mark.usefixtures("engine")
def test_it_follows_its_pages_at_once(cast):
    document = DocumentFactory(owner=cast.here, title="Rutin", file=ContentFile(pdf(WORD), name="rutin.pdf"))
    document_texts.read(document.pk)
    page = StandardPageFactory(owner=cast.here, body=[("document", document)], visibility="members")
    shared = titles(cast.staff_there, WORD)

    page.visibility = "internal"
    page.save_revision().publish()
    internal = titles(cast.staff_there, WORD), titles(cast.staff_here, WORD)
    page.body = []
    page.save_revision().publish()
    taken_away = titles(cast.staff_here, WORD)
    page.body = [("document", document)]
    page.save_revision().publish()
    again = titles(cast.staff_here, WORD)
    page.unpublish()

    assert (shared, internal) == (["Rutin"], ([], ["Rutin"]))
    assert (taken_away, again, titles(cast.staff_here, WORD)) == ([], ["Rutin"], [])


def test_one_page_less_leaves_the_readers_of_the_other(cast):
    document = offered(cast.here, visibility="public")
    StandardPageFactory(owner=cast.here, title="Intern", body=[("document", document)], visibility="internal")
    indexing.rebuild()
    public = titles(cast.staff_there, WORD)

    StandardPageFactory._meta.model.objects.get(title="Sidan").delete()

    assert (public, titles(cast.staff_there, WORD), titles(cast.staff_here, WORD)) == (["Rutin"], [], ["Rutin"])


def test_what_it_can_be_narrowed_by_tells_nothing_of_a_page_that_fewer_may_read(cast):
    food, secret = (Topic.objects.create(name=name, slug=name.lower()) for name in ("Maten", "Hemligt"))
    document = DocumentFactory(owner=cast.here, title="Rutin", file=ContentFile(pdf(WORD), name="rutin.pdf"))
    document_texts.read(document.pk)
    for visibility, topic in (("internal", secret), ("public", food)):
        StandardPageFactory(owner=cast.here, body=[("document", document)], visibility=visibility, topics=[topic])

    assert search(cast.anonymous, WORD).facets["topic"] == {str(food.pk): 1}


def test_a_new_file_is_read_anew_and_a_document_that_is_gone_is_not_found(cast):
    document = offered(cast.here)
    document.file = ContentFile(pdf("En papegoja"), name="ny.pdf")
    document.save()

    document_texts.read_waiting()
    new = titles(cast.staff_here, "papegoja"), titles(cast.staff_here, WORD)
    document.delete()

    assert new == (["Rutin"], [])
    assert titles(cast.staff_here, "papegoja") == []
    assert not SearchEntry.objects.filter(kind="document").exists()
    assert not DocumentText.objects.exists()


def test_the_nightly_repair_finds_nothing_wrong_with_documents_and_puts_right_what_is(cast):
    document = offered(cast.here)

    nothing = indexing.repair()
    SearchEntry.objects.filter(kind="document").update(body="Något annat")

    assert (nothing, indexing.repair(), titles(cast.staff_here, WORD)) == (0, 1, [document.title])


# --- Reading -------------------------------------------------------------------------------------------------


def zip_bomb() -> bytes:
    file = io.BytesIO(docx("x"))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/large.bin", bytes(extraction.MAX_UNPACKED + 1))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "outcome"),
    [
        (pdf("Hej"), "a.pdf", "read"),
        (docx("Hej"), "a.docx", "read"),
        (b"%PDF-1.7\nslut", "a.pdf", "unreadable"),
        (b"", "a.pdf", "unreadable"),
        (b"PK\x03\x04", "a.docx", "unreadable"),
        (docx("Hej")[:-200], "a.docx", "unreadable"),
        (zip_bomb(), "a.docx", "too large"),
    ],
    ids=["pdf", "docx", "broken pdf", "empty pdf", "broken zip", "cut off", "bomb"],
)
def test_any_file_is_read_or_said_why_not_and_found_by_its_title(cast, content, name, outcome):
    document = DocumentFactory(owner=cast.here, title="Kanariefågel", file=ContentFile(content, name=name))
    StandardPageFactory(owner=cast.here, body=[("document", document)])

    assert document_texts.read(document.pk) == outcome
    assert titles(cast.staff_here, WORD) == ["Kanariefågel"]
    assert document_texts.read_waiting() == 0


def test_a_file_that_takes_too_long_is_given_up(cast, settings, monkeypatch):
    monkeypatch.setattr(document_texts, "SECONDS", 0.05)

    document = offered(cast.here)

    assert DocumentText.objects.get(document=document).outcome == "too slow"


def test_long_texts_are_cut_and_control_characters_are_none_of_them(cast):
    document = offered(cast.here, docx(*["ord " * 60_000]), "lang.docx")

    text = DocumentText.objects.get(document=document).text

    assert len(text) == extraction.MAX_CHARACTERS
    assert "\x00" not in text
