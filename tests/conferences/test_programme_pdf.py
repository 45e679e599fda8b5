"""The programme on paper: what stands in it, for whom, and that a PDF reader finds its way."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from cms.models import ConferencePage
from portal.conferences.enums import PartRole, RoomKind, SessionKind
from portal.conferences.services import planning, prints, programmes
from portal.conferences.services.prints import Paper, PrintedFacts, programme_page, wall_day
from tests.events.test_certificates import needs_pango, reader, structure
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_room, add_session, add_speaker, add_track, at, conference_of, release
from tests.factories.municipalities import CollaborationFactory

pytestmark = pytest.mark.django_db

FACTS = PrintedFacts(
    title="Dela skörden",
    municipality="Trelleborgs kommun",
    dates="3–4 december 2026",
    place="Kunskapshuset",
    address="http://localhost:8000/konferenser/abc/program/",
)


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def page(cast):
    first = timezone.localdate() + timedelta(days=40)
    return ConferencePageFactory(
        owner=cast.here,
        title="Dela skörden",
        visibility="public",
        place="Kunskapshuset",
        address="Exempelgatan 4",
        accessibility="Hörslinga i Stora salen.",
        start_date=first,
        end_date=first + timedelta(days=1),
    )


@pytest.fixture
def conference(page):
    """Two days, two rooms, one who is named and one who is not; released."""
    conference = conference_of(page)
    hall = add_room(conference, "Stora salen", directions="Rakt fram")
    online = add_room(conference, "Digitala salen", kind=RoomKind.DIGITAL)
    track = add_track(conference, "Kök och måltid")
    ylva = add_speaker(conference, "Ylva Berg", occupation="Kock", organisation="Trelleborg")
    shy = add_speaker(conference, "Bo Tyst", consents=False)
    add_session(conference, "Mindre matsvinn", room=hall, track=track, speakers=(ylva, shy), role=PartRole.MODERATOR)
    add_session(conference, "På nätet", room=online)
    add_session(conference, "Lunch", "12:00", "13:00", kind=SessionKind.BREAK)
    add_session(conference, "Avslut", "09:00", "10:00", day=2, room=hall)
    release(conference, name="Programmet är klart")
    return conference


def path_of(conference, paper: str = "", language: str = "") -> str:
    return f"{language}/konferenser/{conference.public_id}/program.pdf{paper and f'?format={paper}'}"


def text_of(pdf) -> str:
    """Of all sheets, in one line: where a line ends is the layout's."""
    return " ".join(" ".join(sheet.extract_text() for sheet in pdf.pages).split())


# --- What stands in it ----------------------------------------------------------------------------------------------


@needs_pango
@pytest.mark.parametrize("paper", ["", "a3"])
def test_it_has_the_released_programme_and_names_only_those_who_said_yes(client_of, conference, paper):
    hall = conference.rooms.first()
    add_session(conference, "Hemlig punkt", "15:00", "16:00", room=hall)

    answer = client_of("anonymous").get(path_of(conference, paper))
    text = text_of(reader(answer.content))

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'inline; filename="program-dela-skorden{paper and "-a3"}.pdf"'
    for wanted in (
        "Trelleborgs kommun",
        "Dela skörden",
        "Kunskapshuset, Exempelgatan 4",
        "Programmet är klart",
        "Mindre matsvinn",
        "09:00–09:45",
        "Lunch",
        "Avslut",
        "Stora salen",
        "Rakt fram",
        "Digitala salen",
        "Kök och måltid",
        "Ylva Berg",
    ):
        assert wanted in text
    assert "Bo Tyst" not in text
    assert "Hemlig punkt" not in text


@needs_pango
def test_whoever_takes_back_their_consent_is_in_no_file_afterwards(client_of, conference):
    client = client_of("anonymous")
    before = text_of(reader(client.get(path_of(conference)).content))
    ylva = conference.speakers.get(name="Ylva Berg")
    planning.save_speaker(speaker=ylva, consents=False)

    after = text_of(reader(client.get(path_of(conference)).content))

    assert ("Ylva Berg (moderator), Kock, Trelleborg" in before, "Ylva" in after) == (True, False)


@needs_pango
def test_the_same_file_is_laid_out_once(client_of, conference):
    client = client_of("anonymous")

    first, second = (client.get(path_of(conference)).content for _time in range(2))
    cache.clear()

    # Each time that one is written, its parts are named anew: two that are the same byte by byte are one.
    assert first == second != client.get(path_of(conference)).content


@needs_pango
@pytest.mark.parametrize(("fund", "shown"), [("ESF+", True), ("", False)])
@pytest.mark.parametrize("paper", ["", "a3"])
def test_the_programme_of_an_esf_project_says_who_paid(cast, client_of, page, conference, paper, fund, shown):
    project = CollaborationFactory(lead=cast.here, title="Morgondagens kompetens", fund=fund)
    ConferencePage.objects.filter(pk=page.pk).update(collaboration=project)

    text = text_of(reader(client_of("anonymous").get(path_of(conference, paper)).content))

    assert ("Medfinansieras av Europeiska unionen" in text, "Morgondagens kompetens" in text) == (shown, True)


# --- How a reader finds its way (PDF/UA-1) --------------------------------------------------------------------------


@needs_pango
@pytest.mark.parametrize(("paper", "sheets"), [("", 1), ("a3", 2), ("a2", 1)])
def test_it_is_a_tagged_pdf_with_a_title_headings_and_tables(client_of, conference, paper, sheets):
    pdf = reader(client_of("anonymous").get(path_of(conference, paper)).content)
    root = pdf.trailer["/Root"]
    kinds, alternatives = structure(pdf)
    box = pdf.pages[0].mediabox

    assert len(pdf.pages) == sheets
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == (
        True,
        "sv",
        True,
    )
    assert pdf.metadata.title == "Program: Dela skörden"
    assert "pdfuaid:part" in root["/Metadata"].get_object().get_data().decode()
    assert (kinds.count("/H1"), kinds.count("/H2") >= 2, "/Table" in kinds, "/TH" in kinds) == (1, True, True, True)
    # The code is a picture with a text, on each sheet of the wall.
    assert kinds.count("/Figure") == len(alternatives) == sheets
    # A3 lies, A4 stands (ISO 216; in points).
    assert (round(box.width), round(box.height)) == ((1191, 842) if paper == "a3" else (595, 842))
    assert f"1 ({sheets})" in pdf.pages[0].extract_text()
    links = {note["/A"]["/URI"] for sheet in pdf.pages for note in sheet.get("/Annots", [])}
    assert links == {f"http://localhost:8000{conference.get_absolute_url()}"}


@needs_pango
@pytest.mark.parametrize("paper", ["", "a3"])
def test_every_row_of_a_table_has_a_cell_in_each_column(client_of, conference, paper):
    """No cell fills several: the structure as it is written could not say so (see `services.prints`)."""
    pdf = reader(client_of("anonymous").get(path_of(conference, paper)).content)
    widths: list[set[int]] = []

    def walk(element) -> None:
        element = element.get_object()
        if isinstance(element, int):
            return
        if element.get("/S") == "/Table":
            widths.append(set())
        if element.get("/S") == "/TR":
            widths[-1].add(sum(1 for child in element["/K"] if child.get_object().get("/S") in ("/TH", "/TD")))
        for child in element.get("/K", []):
            walk(child)

    walk(pdf.trailer["/Root"]["/StructTreeRoot"])
    assert widths
    assert all(len(width) == 1 for width in widths)


@needs_pango
def test_an_english_reader_gets_english_words_around_the_same_programme(client_of, conference):
    pdf = reader(client_of("anonymous").get(path_of(conference, language="/en")).content)
    text = text_of(pdf)

    assert (pdf.trailer["/Root"]["/Lang"], pdf.metadata.title) == ("en", "Programme: Dela skörden")
    assert ("Accessibility" in text, "Hörslinga i Stora salen." in text) == (True, True)


def test_where_no_pdf_can_be_made_the_page_says_how_to_print_it(conference):
    for paper in Paper:
        page = programme_page(programmes.latest(conference), FACTS, paper, to_print=True)

        assert "Det går inte att skapa en PDF just nu." in page
        assert "Mindre matsvinn" in page


# --- For whom -------------------------------------------------------------------------------------------------------


def test_there_is_no_file_before_the_first_release(client_of, page):
    conference = conference_of(page)
    add_session(conference)

    assert client_of("coordinator_here").get(path_of(conference)).status_code == 404


@pytest.mark.parametrize(
    ("actor", "status"), [("anonymous", 404), ("staff_there", 404), ("coordinator_there", 404), ("staff_here", 200)]
)
def test_an_internal_conference_has_no_file_for_others(client_of, page, conference, actor, status):
    ConferencePage.objects.filter(pk=page.pk).update(visibility="internal")

    assert client_of(actor).get(path_of(conference)).status_code == status


def test_the_programme_leads_to_both_files(client_of, conference):
    text = client_of("anonymous").get(conference.get_absolute_url()).content.decode()

    assert [f'href="{path_of(conference, paper)}"' in text for paper in ("", "a3")] == [True, True]


# --- The wall -------------------------------------------------------------------------------------------------------


def test_the_wall_has_every_session_once_and_says_what_goes_on(conference):
    conference.sessions.all().delete()
    hall, online = conference.rooms.all()
    add_session(conference, "Alla", "08:00", "09:00", room=hall)
    add_session(conference, "Lång", "09:00", "11:00", room=hall)
    add_session(conference, "Kort", "09:00", "09:45", room=online)
    add_session(conference, "Sedan", "10:00", "11:00", room=online)
    add_session(conference, "Utan lokal", "10:30", "11:00")
    add_session(conference, "Lunch", "11:00", "12:00", kind=SessionKind.BREAK)

    programme = programmes.draft(conference)
    wall = wall_day(programme.days[0], programme.rooms)

    def told(session_list) -> list[str]:
        return [session.title for session in session_list]

    assert wall.columns == (programme.rooms[0], programme.rooms[1], None)
    assert [block.together.title if block.together else "" for block in wall.blocks] == ["Alla", "", "Lunch"]
    rows = wall.blocks[1].rows
    assert [(row.starts_at, row.ends_at and timezone.localtime(row.ends_at)) for row in rows] == [
        (at(conference, "09:00"), None),
        (at(conference, "10:00"), at(conference, "11:00")),
        (at(conference, "10:30"), at(conference, "11:00")),
    ]
    assert [[(told(cell.sessions), told(cell.going_on)) for cell in row.cells] for row in rows] == [
        [(["Lång"], []), (["Kort"], []), ([], [])],
        [([], ["Lång"]), (["Sedan"], []), ([], [])],
        [([], ["Lång"]), ([], ["Sedan"]), (["Utan lokal"], [])],
    ]
    assert [room.name for room in wall.rooms] == ["Stora salen"]


@needs_pango
def test_nothing_is_cut_off_when_two_hundred_sessions_are_in_eight_rooms(conference):
    conference.sessions.all().delete()
    rooms = [*conference.rooms.all(), *(add_room(conference, f"Sal {number}") for number in range(6))]
    for number in range(200):
        day, here = divmod(number, 100)
        slot = here // 8
        starts, ends = (f"{7 + minutes // 60:02}:{minutes % 60:02}" for minutes in (slot * 50, slot * 50 + 45))
        add_session(conference, f"Programpunkt nr{number:03}", starts, ends, day=day + 1, room=rooms[here % 8])
    programme = programmes.draft(conference)

    for paper in Paper:
        pdf = reader(prints.programme_pdf(programme, FACTS, paper))
        text = text_of(pdf)
        assert [number for number in range(200) if text.count(f"nr{number:03}") != 1] == []
        # The names of the rooms stand on each sheet, or of the columns where it is a list.
        assert all("Sal 5" in sheet.extract_text() for sheet in pdf.pages)
