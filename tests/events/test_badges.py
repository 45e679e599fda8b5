"""Name badges: who gets one, what stands on it, and the sheet as a PDF."""

import io

import pytest
from pypdf import PdfReader

from portal.events.models import SignUp
from portal.municipalities.models import AuditEntry
from tests.events.test_certificates import needs_pango
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, PersonFactory


@pytest.fixture
def event(cast):
    project = CollaborationFactory(lead=cast.here, fund="ESF+")
    return TrainingEventFactory(
        municipality=cast.here, title="Dela skörden", capacity=9, visibility="public", collaboration=project
    )


def badges_of(event) -> str:
    return f"/arbetsyta/tillfallen/{event.public_id}/namnskyltar.pdf"


@needs_pango
def test_everybody_with_a_seat_has_a_badge_eight_on_a_sheet(cast, client_of, event):
    for number in range(9):
        person = PersonFactory(first_name=f"Namn{number}", last_name="Ås", member_of=cast.here)
        sign_up(event, person)
    sign_up(event, PersonFactory(first_name="Väntar", member_of=cast.here))

    answer = client_of("coordinator_here").get(badges_of(event))

    reader = PdfReader(io.BytesIO(answer.content))
    sheets = [page.extract_text() for page in reader.pages]
    text = " ".join(sheets)
    assert (answer["Content-Type"], [sheet.count("Trelleborgs kommun") for sheet in sheets]) == (
        "application/pdf",
        [8, 1],
    )
    assert [f"Namn{number}" in text for number in range(9)] == [True] * 9
    assert ("Väntar" in text, text.count("Medfinansieras")) == (False, 9)
    assert bool(reader.trailer["/Root"]["/MarkInfo"]["/Marked"])
    assert AuditEntry.objects.filter(act="participants_exported", subject=event.title).count() == 1


@needs_pango
def test_a_guests_badge_says_what_they_wrote(cast, client_of, event):
    SignUp.objects.create(
        event=event,
        person=PersonFactory(first_name="Göran", last_name="Åström", is_guest=True),
        organisation="Föreningen Måltid",
        state="confirmed",
    )

    answer = client_of("coordinator_here").get(badges_of(event))

    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert ["Göran" in text, "Föreningen Måltid" in text] == [True, True]


def test_without_anybody_there_is_nothing_to_print(client_of, event):
    answer = client_of("coordinator_here").get(badges_of(event), follow=True)

    assert answer.redirect_chain == [(f"/arbetsyta/tillfallen/{event.public_id}/", 302)]
    assert "Ingen har en plats än" in answer.content.decode()
