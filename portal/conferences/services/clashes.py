"""What is odd about a programme that is being planned: refused at release, or only said."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from portal.conferences.enums import REFUSED, ClashKind, SessionKind
from portal.conferences.models import Conference, Speaker
from portal.conferences.services.programmes import Programme, ProgrammeSession


@dataclass(frozen=True)
class Clash:
    """One oddity, the sessions it is about, and who or which room."""

    kind: ClashKind
    sessions: tuple[ProgrammeSession, ...]
    who: str = ""

    @property
    def is_refused(self) -> bool:
        return self.kind in REFUSED

    @property
    def text(self) -> str:
        return str(self.kind.label)


def found_in(conference: Conference, programme: Programme) -> list[Clash]:
    """Everything odd, what is refused first; one statement for the people's names."""
    names = dict(Speaker.objects.filter(conference=conference).values_list("public_id", "name"))
    named = {speaker.id for speaker in programme.speakers}
    clashes = [*_overlapping(programme, names)]
    for session in programme.scheduled:
        if session.day and not conference.first_day <= session.day <= conference.last_day:
            clashes.append(Clash(ClashKind.OUTSIDE, (session,)))
        if session.room is None and programme.rooms:
            clashes.append(Clash(ClashKind.NO_ROOM, (session,)))
    clashes += [Clash(ClashKind.NO_TIME, (session,)) for session in programme.unscheduled]
    for who in sorted({who for session in programme.scheduled for who, _role in session.people} - named):
        clashes.append(Clash(ClashKind.NO_CONSENT, tuple(programme.sessions_of(who)), names.get(who, "")))
    return sorted(clashes, key=lambda clash: list(ClashKind).index(clash.kind))


def _overlapping(programme: Programme, names: dict[str, str]) -> Iterator[Clash]:
    for one, other in combinations(programme.scheduled, 2):
        if not one.overlaps(other):
            continue
        # Coffee is drunk between the tables of an exhibition.
        if {one.kind, other.kind} == {SessionKind.BREAK, SessionKind.EXHIBITION}:
            continue
        if one.room and one.room == other.room:
            yield Clash(ClashKind.ROOM, (one, other), one.room.name)
        for who in sorted({who for who, _role in one.people} & {who for who, _role in other.people}):
            yield Clash(ClashKind.SPEAKER, (one, other), names.get(who, ""))
        if one.is_break != other.is_break:
            yield Clash(ClashKind.BREAK, (one, other))
