"""What a conference that is over left behind: in numbers, in films and in what its sessions were about."""

from dataclasses import dataclass
from datetime import datetime

from portal.conferences.enums import MaterialKind, SessionKind
from portal.conferences.models import Conference, SessionMaterial
from portal.conferences.services import materials
from portal.conferences.services.programmes import Programme, ProgrammeSession
from portal.conferences.services.reports import Report


@dataclass(frozen=True)
class Results:
    """`films` and `texts` are materials with the session they belong to, in the order of the programme."""

    sessions: int
    people: int
    organisations: list[str]
    films: list[tuple[ProgrammeSession, SessionMaterial]]
    texts: list[tuple[ProgrammeSession, SessionMaterial]]
    page_ids: list[int]
    report: Report | None = None


def results_of(conference: Conference, programme: Programme, now: datetime) -> Results:
    """Counted from the released programme: breaks are no sessions, and only people who may be named count."""
    shown = materials.shown(conference, programme, now)
    rows = [(session, material) for session in programme.sessions for material in shown.get(session.id, [])]
    speakers = programme.speakers
    return Results(
        sessions=sum(session.kind != SessionKind.BREAK for session in programme.sessions),
        people=len(speakers),
        organisations=sorted({speaker.organisation for speaker in speakers if speaker.organisation}),
        films=[(session, material) for session, material in rows if material.kind == MaterialKind.RECORDING],
        texts=[(session, material) for session, material in rows if material.kind != MaterialKind.RECORDING],
        report=Report.stored(conference.report),
        page_ids=sorted({page for session in programme.sessions for page in session.page_ids}),
    )
