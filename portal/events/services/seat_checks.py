"""Impossible states of seats, looked for and never repaired: what it finds is a fault in the program.

Counts again from the sign-ups themselves, by other means than the services that write them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from prometheus_client.metrics_core import Metric

from portal.core.health import Sign
from portal.core.metrics import gauge
from portal.core.services import moment_text
from portal.events.enums import ACTIVE_STATES, SEAT_HOLDING_STATES, UNANSWERED_STATES, EventState, SignUpState
from portal.events.models import SeatCheck, SignUp, SignUpChange, TrainingEvent
from portal.events.services.seat_pool import GUESTS

# The task that lapses offers runs each minute; a quarter of an hour late it does not run at all.
LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class SeatProblem:
    """One thing that cannot be, and of which event; `code` is stable, `text` a translated sentence."""

    event_id: int
    event: str
    code: str
    text: str


@dataclass(frozen=True)
class _Counts:
    """What is counted from the sign-ups and their history, each by event."""

    held: defaultdict[int, Counter[int]]
    held_by_unit: defaultdict[int, Counter[int]]
    waiting: Counter[int]
    active: Counter[int]
    late: Counter[int]
    doubles: Counter[int]
    out_of_step: Counter[int]
    split_teams: Counter[int]
    replayed: dict[int, int]


def find(now: datetime | None = None, *, event_ids: Iterable[int] | None = None) -> list[SeatProblem]:
    """All problems at `now`, by event; [] when every seat is where it should be. A handful of queries in all."""
    now = now or timezone.now()
    events = TrainingEvent.objects.order_by("pk")
    if event_ids is not None:
        events = events.filter(pk__in=event_ids)
    counts = _count(SignUp.objects.filter(event__in=events), now)
    return [
        SeatProblem(event.pk, event.title, code, text)
        for event in events
        for code, text in _problems_of(event, counts, now)
    ]


def _count(entries, now: datetime) -> _Counts:
    holding = entries.filter(state__in=SEAT_HOLDING_STATES)
    active = entries.filter(state__in=ACTIVE_STATES)
    late = entries.filter(state__in=UNANSWERED_STATES, answer_by__lt=now - LATE)
    persons = active.values_list("event", "person").annotate(times=Count("pk")).order_by()
    together = active.filter(team__isnull=False).values_list("event", "team").order_by()
    teams = together.annotate(states=Count("state", distinct=True))
    changes = SignUpChange.objects.filter(sign_up__in=entries).order_by()
    return _Counts(
        held=_by_event(holding.values_list("event", "municipality")),
        held_by_unit=_by_event(holding.filter(unit__isnull=False).values_list("event", "unit")),
        waiting=Counter(entries.filter(state=SignUpState.WAITING).values_list("event", flat=True)),
        active=Counter(active.values_list("event", flat=True)),
        late=Counter(late.values_list("event", flat=True)),
        doubles=Counter(event for event, _person, times in persons if times > 1),
        out_of_step=Counter(_out_of_step(entries)),
        split_teams=Counter(event for event, _team, states in teams if states > 1),
        replayed=dict(changes.values_list("event").annotate(Sum("seats_delta"))),
    )


def _problems_of(event: TrainingEvent, counts: _Counts, now: datetime) -> Iterator[tuple[str, str]]:
    by_municipality = counts.held[event.pk]
    taken = by_municipality.total()
    kept = Counter({int(pk): n for pk, n in event.kept_seats.items()} if event.keeps_seats_at(now) else {})
    promised = (kept | by_municipality).total()
    if taken > event.capacity:
        yield "oversold", _("%(taken)s seats are taken of %(all)s.") % {"taken": taken, "all": event.capacity}
    elif promised > event.capacity:
        yield (
            "promised",
            _("%(taken)s seats are taken or kept of %(all)s.") % {"taken": promised, "all": event.capacity},
        )
    if event.seats_taken != taken:
        yield (
            "counter",
            _("The counter says %(counter)s, and %(taken)s seats are taken.")
            % {"counter": event.seats_taken, "taken": taken},
        )
    if Counter({int(pk): n for pk, n in event.held_seats.items()}) != by_municipality:
        yield "counter_by_municipality", _("The seats of each municipality are counted wrong.")
    if event.waiting_count != counts.waiting[event.pk]:
        yield "waiting_counter", _("The waiting list is counted wrong.")
    if counts.replayed.get(event.pk, 0) != taken:
        yield "history", _("The history ends at another number of seats taken.")
    if number := counts.out_of_step[event.pk]:
        yield "out_of_step", _("Sign-ups in another state than their history says: %(number)s.") % {"number": number}
    if number := counts.doubles[event.pk]:
        yield "double", _("People who are signed up twice: %(number)s.") % {"number": number}
    if number := counts.late[event.pk]:
        yield "late_offer", _("Offers and requests that ran out and still stand: %(number)s.") % {"number": number}
    if number := counts.split_teams[event.pk]:
        yield "split_team", _("Teams of which some have a seat and others wait: %(number)s.") % {"number": number}
    if event.state == EventState.CANCELLED and (number := counts.active[event.pk]):
        yield "orphaned", _("The event is cancelled, and sign-ups are not: %(number)s.") % {"number": number}
    if event.max_per_unit and max(counts.held_by_unit[event.pk].values(), default=0) > event.max_per_unit:
        yield "unit", _("More from one unit have a seat than may.")


def run(now: datetime | None = None) -> SeatCheck:
    """Look for problems and remember what was found, for the portal administrator's page."""
    now = now or timezone.now()
    problems = [f"{problem.event}: {problem.text}" for problem in find(now)]
    return SeatCheck.objects.create(at=now, events=TrainingEvent.objects.count(), problems=problems)


def latest() -> SeatCheck | None:
    return SeatCheck.objects.order_by("-at", "-pk").first()


def signs() -> Iterator[Sign]:
    """What the last nightly count found."""
    check = latest()
    if check is None:
        yield Sign(_("Seats"), _("Not checked yet"))
        return
    is_late = check.at < timezone.now() - timedelta(days=2)
    yield Sign(
        _("Seats"),
        _("%(events)s events checked %(when)s, %(number)s problems")
        % {"events": check.events, "when": moment_text(check.at), "number": len(check.problems)},
        is_fine=not check.problems and not is_late,
        remedy=_("Look whether the scheduler runs.")
        if is_late
        else _("A fault in the program: tell those who make it."),
    )


def figures() -> Iterator[Metric]:
    """Whether the counters of seats are right now, and what the last nightly count found. Two queries."""
    held = Count("sign_ups", filter=Q(sign_ups__state__in=SEAT_HOLDING_STATES))
    events = TrainingEvent.objects.order_by().annotate(held=held)
    yield gauge(
        "portal_seats_miscounted_events",
        "Events whose counter of seats taken differs from their sign-ups.",
        events.exclude(seats_taken=F("held")).count(),
    )
    if check := latest():
        yield gauge("portal_seat_check_timestamp_seconds", "When all seats were counted again.", check.at.timestamp())
        yield gauge("portal_seat_check_problems", "Impossible states that it found.", len(check.problems))


def _by_event(pairs) -> defaultdict[int, Counter[int]]:
    counts: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for event, key in pairs:
        counts[event][key or GUESTS] += 1
    return counts


def _out_of_step(entries) -> Iterable[int]:
    """The events of sign-ups whose last history row says another state, or that have none."""
    last = entries.annotate(last=Max("changes")).order_by()
    told = SignUpChange.objects.filter(pk__in=last.values("last"))
    right = told.filter(to_state=F("sign_up__state")).values("sign_up")
    return last.filter(~Q(pk__in=right)).values_list("event", flat=True)
