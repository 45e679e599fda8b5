"""Participant lists as files: complete, intact, and without anything a spreadsheet would calculate."""

import csv
import io
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest
from django.utils import timezone

from portal.events import exports
from portal.events.models import SignUp, TrainingEvent
from portal.events.services import sign_ups, training_events
from portal.municipalities.models import Unit
from portal.municipalities.services import memberships
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PersonFactory

HEADINGS = ["Namn", "E-post", "Kommun", "Enhet", "Status", "Anmäld"]
# As a person may write a name → as the CSV file has it. Excel shows the rest as text or as a plain number.
NAMES = {
    '=HYPERLINK("https://ond.example";"Klicka")': '\'=HYPERLINK("https://ond.example";"Klicka")',
    "+46 70 123 45 67": "+46 70 123 45 67",
    "-1": "-1",
    "@SUM(A1:A9)": "'@SUM(A1:A9)",
    "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0",
    "-2+3+cmd|x": "'-2+3+cmd|x",
    "Åsa Öberg": "Åsa Öberg",
    "a;b\"c'd": "a;b\"c'd",
}
# White space at the start is trimmed from names when they are saved; older or imported rows may still have it.
UNITS = {"\tx": "'\tx", "\r=1+1": "'\r=1+1", "=1+1": "'=1+1", "Köket": "Köket", "1-2": "1-2"}


def path_of(event: TrainingEvent, file_format: str) -> str:
    return f"/arbetsyta/tillfallen/{event.public_id}/deltagare.{file_format}"


def read_csv(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def read_xlsx(data: bytes) -> list[list[str]]:
    """The cells of the first sheet; fails on any cell that is not a text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314
    texts = ["".join(item.itertext()) for item in shared.findall("{*}si")]
    cells = sheet.findall(".//{*}c")
    assert {cell.get("t") for cell in cells} == {"s"}
    assert sheet.findall(".//{*}f") == []
    return [[texts[int(cell.find("{*}v").text)] for cell in row] for row in sheet.findall(".//{*}row")]


def signed_up_at(entry: SignUp) -> str:
    return f"{timezone.localtime(entry.created_at):%Y-%m-%d %H:%M}"


def test_both_files_have_headings_and_a_row_for_each_sign_up(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, title="Laga mat på rester", visibility="members")
    kitchen = Unit.objects.create(municipality=cast.here, name="Köket")
    memberships.change(membership=cast.staff_here.memberships.get(), roles=[], unit=kitchen, occupational_group=None)
    first = sign_up(event, cast.staff_here)
    second = sign_up(event, cast.staff_there, municipality=cast.there)
    expected = [
        HEADINGS,
        ["staff_here Ek", "staff_here@example.org", "Trelleborg", "Köket", "Har en plats", signed_up_at(first)],
        ["staff_there Ek", "staff_there@example.org", "Skurup", "", "Har en plats", signed_up_at(second)],
    ]

    answers = {name: client_of("coordinator_here").get(path_of(event, name)) for name in ("csv", "xlsx")}

    assert {name: (a.status_code, a.headers["Content-Type"]) for name, a in answers.items()} == {
        "csv": (200, "text/csv; charset=utf-8"),
        "xlsx": (200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    }
    assert {name: a.headers["Content-Disposition"] for name, a in answers.items()} == {
        "csv": 'attachment; filename="laga-mat-pa-rester.csv"',
        "xlsx": 'attachment; filename="laga-mat-pa-rester.xlsx"',
    }
    assert all("no-store" in answer.headers["Cache-Control"] for answer in answers.values())
    assert read_csv(answers["csv"].content) == expected
    assert read_xlsx(answers["xlsx"].content) == expected


def test_names_are_harmless_and_intact(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, capacity=len(NAMES))
    for name in NAMES:
        sign_up(event, PersonFactory(first_name=name, last_name="", member_of=cast.here))
    client = client_of("coordinator_here")

    in_csv = [row[0] for row in read_csv(client.get(path_of(event, "csv")).content)]
    in_xlsx = [row[0] for row in read_xlsx(client.get(path_of(event, "xlsx")).content)]

    assert in_csv == ["Namn", *NAMES.values()]
    assert in_xlsx == ["Namn", *NAMES]


def test_a_name_saved_with_a_tab_before_it_is_trimmed(cast):
    person = PersonFactory(first_name="\tx", last_name="\r\n=1+1", member_of=cast.here)

    person.refresh_from_db()

    assert (person.first_name, person.last_name) == ("x", "=1+1")


def test_every_other_column_is_harmless_too(cast):
    event = TrainingEventFactory(municipality=cast.here)
    entry = sign_up(event, PersonFactory(email="=1+1@trelleborg.example", member_of=cast.here))

    tables = {}
    for unit in UNITS:
        entry.unit = Unit(municipality=cast.here, name=unit)
        entry.municipality.short_name = unit
        tables[unit] = (read_csv(exports.as_csv([entry]))[1], read_xlsx(exports.as_xlsx([entry]))[1])

    assert {unit: cells[1:4] for unit, (cells, _xlsx) in tables.items()} == {
        unit: ["'=1+1@trelleborg.example", harmless, harmless] for unit, harmless in UNITS.items()
    }
    # Excel writes a carriage return as _x000D_ and reads it back.
    assert {unit: cells[3].replace("_x000D_", "\r") for unit, (_csv, cells) in tables.items()} == {u: u for u in UNITS}


def test_every_state_has_its_words(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, capacity=2)
    gone, _stays, declines, lapses, is_offered, _waits = [sign_up(event) for _number in range(6)]
    sign_ups.cancel(sign_up_id=gone.pk, actor=gone.person)
    sign_ups.decline_offer(sign_up_id=declines.pk, actor=declines.person)
    lapses.refresh_from_db()
    sign_ups.lapse_offers(event_id=event.pk, now=lapses.answer_by)
    is_offered.refresh_from_db()
    called_off = TrainingEventFactory(municipality=cast.here)
    sign_up(called_off)
    training_events.cancel(event_id=called_off.pk, actor=cast.coordinator_here, reason="Sjuk.")
    client = client_of("coordinator_here")

    states = [[row[4] for row in read_csv(client.get(path_of(e, "csv")).content)] for e in (event, called_off)]

    assert is_offered.state == "offered"
    assert states[0][2:] == [
        "Har en plats",
        "Har tackat nej",
        "Svarade inte i tid",
        "Erbjuds en plats",
        "På reservlistan",
    ]
    assert states[1] == ["Status", "Tillfället är inställt"]
    # Not "Inställt": that is said of an event, and this person gave up the seat.
    assert "avbok" in states[0][1].lower()


def test_an_event_without_sign_ups_gives_headings_only(cast):
    assert read_csv(exports.as_csv([])) == [HEADINGS]
    assert read_xlsx(exports.as_xlsx([])) == [HEADINGS]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize("actor", ["coordinator_there", "staff_here", "manager", "municipality_admin", "outsider"])
def test_others_than_the_organiser_get_no_file_and_no_bytes_of_it(cast, client_of, actor, file_format):
    event = TrainingEventFactory(municipality=cast.here, visibility="public", title="Öppet för alla")
    person = PersonFactory(first_name="Kanarie", last_name="Fågel", email="kanarie@trelleborg.example")
    memberships.join(person=person, municipality=cast.here)
    sign_up(event, person)

    answer = client_of(actor).get(path_of(event, file_format))

    assert answer.status_code == 404
    assert "Content-Disposition" not in answer.headers
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "kanarie" not in answer.content.decode().lower()


def test_an_unknown_kind_of_file_is_not_found(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)
    sign_up(event, cast.staff_here)

    answers = [client_of("coordinator_here").get(path_of(event, kind)) for kind in ("pdf", "CSV", "csv.exe")]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert not any(b"staff_here" in answer.content for answer in answers)


def test_a_coordinator_of_another_municipality_gets_no_own_file_of_a_foreign_event(cast, client_of):
    """Both have events; the address of the foreign one is what is asked for."""
    own = TrainingEventFactory(municipality=cast.there)
    foreign = TrainingEventFactory(municipality=cast.here, visibility="members")
    sign_up(own, cast.staff_there)
    sign_up(foreign, cast.staff_here)
    client = client_of("coordinator_there")

    answers = [client.get(path_of(event, "csv")) for event in (own, foreign)]

    assert [row[1] for row in read_csv(answers[0].content)] == ["E-post", "staff_there@example.org"]
    assert answers[1].status_code == 404
    assert b"staff_here" not in answers[1].content
