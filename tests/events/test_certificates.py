"""Certificates of attendance: for whoever came and nobody else, true afterwards too, and checked by their code."""

import io
import re
import sys
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from django.utils import timezone
from pypdf import PdfReader

from portal.core.exports import PdfUnavailable, pdf_file
from portal.core.services import ActionRefused
from portal.events.models import Attendance, Certificate, EventOccasion, TrainingEvent
from portal.events.services import certificates, training_events
from portal.municipalities.models import AuditEntry
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, PersonFactory


def on_day(day: int, *, hours: float = 3) -> tuple[datetime, datetime]:
    """A date in March of the year to come, from nine o'clock."""
    starts_at = datetime(timezone.localdate().year + 1, 3, day, 9, tzinfo=timezone.get_default_timezone())
    return starts_at, starts_at + timedelta(hours=hours)


DURING = on_day(2)[0]  # the first date has ended, the second begins
AFTER = on_day(3)[0]


@pytest.fixture
def event(cast):
    """Two mornings in March, to which several people have a seat."""
    return TrainingEventFactory(
        municipality=cast.here, title="Mindre matsvinn", occasions=[on_day(1), on_day(2, hours=2.5)], capacity=9
    )


@pytest.fixture
def entry(cast, event):
    return sign_up(event, cast.staff_here)


def came(entry, *days: int) -> None:
    for day in days:
        occasion = entry.event.occasions.get(starts_at=on_day(day)[0])
        Attendance.objects.create(sign_up=entry, occasion=occasion)


def take_place(event) -> None:
    """Move the event as a whole into the past."""
    long_ago = timedelta(days=500)
    for occasion in event.occasions.all():
        EventOccasion.objects.filter(pk=occasion.pk).update(
            starts_at=occasion.starts_at - long_ago, ends_at=occasion.ends_at - long_ago
        )
    event.first_starts_at, event.last_ends_at = event.first_starts_at - long_ago, event.last_ends_at - long_ago
    event.save()


def path_of(entry) -> str:
    return f"/mina-sidor/anmalan/{entry.uid}/intyg.pdf"


def said(certificate: Certificate) -> tuple:
    return certificate.name, certificate.event_title, certificate.arranger, certificate.moments, certificate.minutes


# --- Who gets one ---------------------------------------------------------------------------------------------


def test_a_certificate_says_who_came_to_what_when_and_for_how_long(cast, entry):
    came(entry, 1, 2)

    certificate = certificates.issue(sign_up_id=entry.pk, now=AFTER)

    dates = [on_day(1), on_day(2, hours=2.5)]
    assert said(certificate) == ("staff_here Ek", "Mindre matsvinn", "Trelleborgs kommun", dates, 330)
    assert certificates.find(certificate.code, now=AFTER) == certificate


@pytest.mark.parametrize(("days", "now"), [([], AFTER), ([2], DURING), ([1], on_day(1)[0])])
def test_whoever_came_to_no_date_that_has_ended_gets_none(cast, event, entry, days, now):
    came(entry, *days)
    came(sign_up(event, cast.manager), 1, 2)

    with pytest.raises(ActionRefused) as refusal:
        certificates.issue(sign_up_id=entry.pk, now=now)

    assert (refusal.value.code, Certificate.objects.count()) == ("did_not_come", 0)


def test_only_the_dates_that_have_ended_count(cast, entry):
    came(entry, 1, 2)

    during = certificates.issue(sign_up_id=entry.pk, now=DURING)
    during_said = said(during)[3:]
    after = certificates.issue(sign_up_id=entry.pk, now=AFTER)

    assert (during_said, said(after)[3:]) == (([on_day(1)], 180), ([on_day(1), on_day(2, hours=2.5)], 330))
    assert (after.pk, after.code) == (during.pk, during.code)


def test_a_certificate_stays_true_when_the_event_is_changed_afterwards(cast, event, entry):
    came(entry, 1)
    before = said(certificates.issue(sign_up_id=entry.pk, now=AFTER))

    event.title = "Något helt annat"
    training_events.save(event=event, occasions=[on_day(10, hours=8), on_day(11)])
    training_events.hand_over(event_id=event.pk, to=cast.there, actor=cast.portal_admin)
    again = certificates.issue(sign_up_id=entry.pk, now=on_day(20)[0])

    assert said(again) == before
    assert said(certificates.find(again.code, now=on_day(20)[0])) == before


def test_another_attendance_makes_it_new_with_the_same_code(cast, entry):
    came(entry, 1, 2)
    first = certificates.issue(sign_up_id=entry.pk, now=AFTER)

    entry.attendances.filter(occasion__starts_at=on_day(2)[0]).delete()
    read = certificates.find(first.code, now=AFTER)
    second = certificates.issue(sign_up_id=entry.pk, now=AFTER + timedelta(hours=1))

    assert said(read)[3:] == said(second)[3:] == ([on_day(1)], 180)
    assert (second.pk, second.code) == (first.pk, first.code)
    assert second.issued_at == AFTER + timedelta(hours=1)


def test_an_attendance_taken_back_takes_its_certificate_back(entry):
    came(entry, 1)
    code = certificates.issue(sign_up_id=entry.pk, now=AFTER).code

    entry.attendances.all().delete()

    assert certificates.find(code, now=AFTER) is None


def test_everybody_who_came_gets_one_in_the_order_of_names(cast, event, entry):
    other, missing, elsewhere = (sign_up(event, person) for person in (cast.manager, cast.coordinator_here, None))
    elsewhere_event = TrainingEventFactory(municipality=cast.here, occasions=[on_day(1)])
    came(sign_up(elsewhere_event, cast.staff_here), 1)
    came(entry, 1)
    came(other, 2)

    issued = certificates.issue_all(event_id=event.pk, now=AFTER)

    assert [(certificate.name, certificate.minutes) for certificate in issued] == [
        ("manager Ek", 150),
        ("staff_here Ek", 180),
    ]
    assert certificates.issue_all(event_id=event.pk, now=AFTER) == issued
    assert Certificate.objects.filter(sign_up__in=[missing, elsewhere]).count() == 0


def test_whoever_is_ticked_off_at_the_door_waits_for_the_end_of_the_date(client_of, event, entry):
    came(entry, 1)
    client = client_of("staff_here")

    early = certificates.issue_all(event_id=event.pk, now=on_day(1)[0])
    pages = [client.get(path).content.decode() for path in (entry.get_absolute_url(), "/mina-sidor/")]

    assert (early, Certificate.objects.count()) == ([], 0)
    assert ["intyg.pdf" in page for page in pages] == [False, False]
    assert [certificates.has_come(entry.pk, now=now) for now in (on_day(1)[0], on_day(1)[1])] == [False, True]


# --- The code -------------------------------------------------------------------------------------------------


def test_codes_are_in_groups_of_letters_that_nobody_mistakes_and_hard_to_guess(cast, event):
    entries = [sign_up(event) for _number in range(9)]
    for entry in entries:
        came(entry, 1)

    codes = [certificate.code for certificate in certificates.issue_all(event_id=event.pk, now=AFTER)]

    assert len(set(codes)) == 9
    assert {len(part) for code in codes for part in code.split("-")} == {4}
    assert set("".join(codes)) - {"-"} <= set(certificates.ALPHABET)
    assert (len(certificates.ALPHABET) ** certificates.CODE_LENGTH).bit_length() > 60
    assert set(certificates.ALPHABET) & set("ILOU") == set()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("7KQ2-M4XT-9RBC", "7KQ2-M4XT-9RBC"),
        (" 7kq2 m4xt 9rbc ", "7KQ2-M4XT-9RBC"),
        ("7kq2–m4xt–9rbc.", "7KQ2-M4XT-9RBC"),
        ("OIl0-oooo-1111", "0110-0000-1111"),
        ("7KQ2-M4XT-9RB", ""),
        ("7KQ2-M4XT-9RBCC", ""),
        ("7KQ2-M4XT-9RBU", ""),
        ("7KQ2-M4XT-9RBÅ", ""),
        ("٣KQ2-M4XT-9RBC", ""),
        ("", ""),
    ],
)
def test_a_code_is_read_as_people_type_it(typed, code):
    assert certificates.normalised(typed) == code


# --- The PDF --------------------------------------------------------------------------------------------------


@pytest.fixture
def has_been(event, entry):
    """The sign-up of staff_here, who came to both dates of an event that has taken place."""
    came(entry, 1, 2)
    take_place(event)
    entry.refresh_from_db()
    return entry


def can_write_pdf() -> bool:
    try:
        pdf_file("<p>Prov</p>")
    except PdfUnavailable:
        return False
    return True


needs_pango = pytest.mark.skipif(not can_write_pdf(), reason="PDF needs the system library Pango")


def reader(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def structure(pdf: PdfReader) -> list:
    """The kinds of all elements of the structure tree, and the alternative texts in it."""
    kinds, alternatives = [], []

    def walk(element) -> None:
        element = element.get_object()
        if isinstance(element, int):
            return
        if "/S" in element:
            kinds.append(element["/S"])
        if "/Alt" in element:
            alternatives.append(element["/Alt"])
        for child in element.get("/K", []):
            walk(child)

    walk(pdf.trailer["/Root"]["/StructTreeRoot"])
    return [kinds, alternatives]


@needs_pango
def test_the_certificate_is_a_tagged_pdf_in_swedish(client_of, has_been):
    answer = client_of("staff_here").get(path_of(has_been))

    pdf = reader(answer.content)
    root = pdf.trailer["/Root"]
    text = pdf.pages[0].extract_text()
    code = Certificate.objects.get().code
    assert (answer.status_code, answer["Content-Type"], len(pdf.pages)) == (200, "application/pdf", 1)
    assert answer["Content-Disposition"] == 'inline; filename="intyg-mindre-matsvinn.pdf"'
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == (
        True,
        "sv",
        True,
    )
    assert "Mindre matsvinn, staff_here Ek" in pdf.metadata.title
    assert "pdfuaid:part" in root["/Metadata"].get_object().get_data().decode()
    kinds, alternatives = structure(pdf)
    assert (kinds.count("/H1"), kinds.count("/LI"), kinds.count("/Figure"), len(alternatives)) == (1, 2, 1, 1)
    for wanted in ("staff_here Ek", "Mindre matsvinn", "Trelleborgs kommun", "5 ", "30 ", code):
        assert wanted in text
    assert [link["/A"]["/URI"] for link in pdf.pages[0]["/Annots"]] == [f"http://localhost:8000/intyg/{code}/"]
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))


@needs_pango
@pytest.mark.parametrize(("fund", "shown"), [("ESF+", True), ("", False)])
def test_the_certificate_of_an_esf_project_says_who_paid(cast, client_of, event, has_been, fund, shown):
    TrainingEvent.objects.filter(pk=event.pk).update(collaboration=CollaborationFactory(lead=cast.here, fund=fund))

    text = reader(client_of("staff_here").get(path_of(has_been)).content).pages[0].extract_text()
    page = client_of("anonymous").get(Certificate.objects.get().get_absolute_url()).content.decode()

    statement = "Medfinansieras av Europeiska unionen"
    assert (statement in text, statement in page) == (shown, shown)


@needs_pango
def test_nothing_is_cut_off_when_there_are_many_dates(cast, client_of):
    event = TrainingEventFactory(
        municipality=cast.here, occasions=[on_day(day) for day in range(1, 29)], title="Ä" * 120
    )
    entry = sign_up(event, cast.staff_here)
    came(entry, *range(1, 29))
    take_place(event)

    pdf = reader(client_of("staff_here").get(path_of(entry)).content)

    text = "".join(page.extract_text() for page in pdf.pages)
    assert (len(re.findall(r"\d\d:\d\d–\d\d:\d\d", text)), Certificate.objects.get().code in text) == (28, True)


@pytest.mark.parametrize("actor", ["staff_there", "manager", "coordinator_here", "municipality_admin", "portal_admin"])
def test_nobody_else_gets_my_certificate(client_of, has_been, actor):
    answer = client_of(actor).get(path_of(has_been))

    assert (answer.status_code, Certificate.objects.count()) == (404, 0)


def test_a_stranger_is_asked_to_sign_in(client_of, has_been):
    answer = client_of("anonymous").get(path_of(has_been))

    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/konto/login/")


def test_somebody_with_a_seat_who_did_not_come_finds_no_certificate(cast, client_of, event, has_been):
    Attendance.objects.all().delete()
    client = client_of("staff_here")

    answers = [client.get(path) for path in (path_of(has_been), has_been.get_absolute_url(), "/mina-sidor/")]

    assert [answer.status_code for answer in answers] == [404, 200, 200]
    assert ["intyg.pdf" in answer.content.decode().split("<main", 1)[1] for answer in answers] == [False, False, False]


def test_my_pages_lead_to_my_certificate(client_of, has_been):
    client = client_of("staff_here")

    pages = [client.get(path).content.decode() for path in (has_been.get_absolute_url(), "/mina-sidor/")]

    assert [path_of(has_been) in page for page in pages] == [True, True]


def test_without_the_system_library_the_certificate_is_a_page_to_print(client_of, has_been, tmp_path, monkeypatch):
    (tmp_path / "weasyprint").mkdir()
    (tmp_path / "weasyprint" / "__init__.py").write_text('raise OSError("cannot load library")')
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)

    answer = client_of("staff_here").get(path_of(has_been))

    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    for wanted in ("staff_here Ek", Certificate.objects.get().code, 'role="note"', "/static/css/certificate.css"):
        assert wanted in page


class _Asked(BaseHTTPRequestHandler):
    """A server outside that notes what it is asked for."""

    paths: ClassVar[list[str]] = []

    def do_GET(self):
        self.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/css")
        self.end_headers()
        self.wfile.write(b"h1::after { content: 'utifr\xc3\xa5n' }")

    def log_message(self, *arguments):
        pass


@needs_pango
def test_a_pdf_is_made_of_our_static_files_alone(tmp_path):
    outside = HTTPServer(("127.0.0.1", 0), _Asked)
    Thread(target=outside.serve_forever, daemon=True).start()
    (tmp_path / "a.css").write_text("h1::after { content: 'filen' }")
    address = f"http://127.0.0.1:{outside.server_port}"
    sheets = [f"{address}/a.css", f"{address}/static/a.css", (tmp_path / "a.css").as_uri(), "/media/a.css"]
    sheets += ["/static/../a.css", "/static/%2e%2e/%2e%2e/pyproject.toml", "/static/finns-inte.css"]
    links = "".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in [*sheets, "/static/css/certificate.css"])
    page = f'<html lang="sv"><head><title>Prov</title>{links}</head><body><h1>Prov</h1></body></html>'

    pdf = reader(pdf_file(page))
    outside.shutdown()

    assert (pdf.pages[0].extract_text().strip(), _Asked.paths) == ("Prov", [])
    # The one that is ours was read: the heading is 26 points high, in the PDF's own units.
    assert _size_of("Prov", pdf) == pytest.approx(26 / 0.75, rel=0.01)


def _size_of(wanted: str, pdf: PdfReader) -> float:
    sizes = {}
    pdf.pages[0].extract_text(visitor_text=lambda text, _cm, _tm, _font, size: sizes.update({text.strip(): size}))
    return sizes[wanted]


# --- All of an event ------------------------------------------------------------------------------------------


@needs_pango
def test_a_coordinator_gets_all_certificates_of_an_event_one_page_each(cast, client_of, event, entry):
    other, missing = sign_up(event, cast.manager), sign_up(event, cast.municipality_admin)
    came(entry, 1)
    came(other, 1, 2)
    take_place(event)
    path = f"/arbetsyta/tillfallen/{event.public_id}/intyg.pdf"

    answers = {actor: client_of(actor).get(path) for actor in cast.actors()}

    found = {actor: answer.status_code for actor, answer in answers.items()}
    assert found == {
        **dict.fromkeys(cast.actors(), 404),
        "anonymous": 302,
        "coordinator_here": 200,
        "portal_admin": 200,
    }
    pages = [page.extract_text() for page in reader(answers["coordinator_here"].content).pages]
    assert [["manager Ek" in page, "staff_here Ek" in page] for page in pages] == [[True, False], [False, True]]
    assert not any(str(missing.person) in page for page in pages)
    log = AuditEntry.objects.filter(act="participants_exported", actor=cast.coordinator_here).get()
    assert (log.subject, log.detail) == ("Mindre matsvinn", "pdf, 2")


def test_where_nobody_is_ticked_off_the_coordinator_is_told_to_do_that_first(client_of, event, entry):
    take_place(event)
    client = client_of("coordinator_here")

    answer = client.get(f"/arbetsyta/tillfallen/{event.public_id}/intyg.pdf", follow=True)

    assert (answer.redirect_chain, len(answer.context["messages"])) == (
        [(f"/arbetsyta/tillfallen/{event.public_id}/", 302)],
        1,
    )
    assert (Certificate.objects.count(), AuditEntry.objects.filter(act="participants_exported").count()) == (0, 0)


# --- Is it genuine? -------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(has_been) -> Certificate:
    return certificates.issue(sign_up_id=has_been.pk)


def test_anybody_with_the_code_reads_what_the_certificate_says(cast, client_of, certificate):
    answers = [client_of(actor).get(f"/intyg/{certificate.code}/") for actor in cast.actors()]

    assert {answer.status_code for answer in answers} == {200}
    page = answers[0].content.decode()
    year = str(timezone.localtime(certificate.moments[0][0]).year)
    for wanted in ("staff_here Ek", "Mindre matsvinn", "Trelleborgs kommun", year, "notice--success"):
        assert wanted in page
    assert "staff_here@example.org" not in page
    assert answers[0]["X-Robots-Tag"] == "noindex"
    assert "no-store" in answers[0]["Cache-Control"]


def test_a_code_is_typed_in_any_way(client_of, certificate):
    client = client_of("anonymous")
    typed = certificate.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    answer = client.get("/intyg/", {"kod": f"  {typed} "}, follow=True)
    direct = client.get(f"/intyg/{certificate.code.lower().replace('-', '')}/")

    assert answer.redirect_chain == [(f"/intyg/{certificate.code}/", 302)]
    assert (answer.context["certificate"], direct.context["certificate"]) == (certificate, certificate)


@pytest.mark.parametrize("typed", ["", "7KQ2", "7KQ2-M4XT-9RBU", "/../", "x" * 400, "\x00"])
def test_what_cannot_be_a_code_is_told_at_the_field(client_of, certificate, typed):
    answer = client_of("anonymous").get("/intyg/", {"kod": typed})

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["kod"])


@pytest.mark.parametrize("code", ["0000-0000-0000", "x", "%00", "å" * 90])
def test_an_unknown_code_gets_a_page_with_the_form(client_of, certificate, code):
    answer = client_of("anonymous").get(f"/intyg/{code}/")

    page = answer.content.decode()
    assert (answer.status_code, answer["X-Robots-Tag"]) == (404, "noindex")
    assert 'name="kod"' in page
    assert "staff_here" not in page


def test_a_certificate_taken_back_is_not_genuine_any_more(client_of, has_been, certificate):
    has_been.attendances.all().delete()

    answer = client_of("anonymous").get(certificate.get_absolute_url())

    assert (answer.status_code, "staff_here" in answer.content.decode()) == (404, False)


def test_guessing_is_slowed_down_for_right_and_wrong_codes_alike(client_of, certificate):
    client = client_of("anonymous")

    answers = [client.get("/intyg/0000-0000-0000/").status_code for _try in range(30)]
    refused = [client.get(path) for path in ("/intyg/0000-0000-0000/", certificate.get_absolute_url())]

    assert set(answers) == {404}
    assert [answer.status_code for answer in refused] == [429, 429]
    assert "staff_here" not in refused[1].content.decode()
    assert client.get(certificate.get_absolute_url(), REMOTE_ADDR="192.0.2.7").status_code == 200


def test_a_person_without_a_name_is_certified_by_address(cast, event):
    entry = sign_up(event, PersonFactory(member_of=cast.here, first_name="", last_name="", email="namnlos@example.org"))
    came(entry, 1)

    assert certificates.issue(sign_up_id=entry.pk, now=AFTER).name == "namnlos@example.org"
