"""What must hold after a run and at each moment of it, told from the rows and from what clients were answered."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.stress.services import Kill
from tests.stress.stage import Event

GOES_ON_WITHIN = 90.0  # seconds after a kill
THREADS_OF_WORKER = 2


@dataclass
class Findings:
    """Violations, each a sentence, by the check that found them; and figures for people."""

    violations: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, object] = field(default_factory=dict)
    looks: int = 0  # at all seats while the run went on
    troubles: list[str] = field(default_factory=list)  # of the run itself: what it says is worth nothing

    def add(self, check: str, sentences: Iterable[str]) -> None:
        if found := list(sentences):
            self.violations.setdefault(check, []).extend(found)


def read_logs(paths: Iterable[Path]) -> list[dict]:
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


# --- The history, replayed ----------------------------------------------------------------------------------------


def replay(events: list[Event]) -> Iterator[str]:
    """Row by row: never a seat too many, never a row that disagrees with the one before, nobody overtaken."""
    from portal.events.enums import SignUpState
    from portal.events.models import SignUp, SignUpChange, TrainingEvent

    entries = {entry.pk: entry for entry in SignUp.objects.only("pk", "queued_at", "team")}
    rows: dict[int, list[SignUpChange]] = defaultdict(list)
    for change in SignUpChange.objects.order_by("pk"):
        rows[change.event_id].append(change)
    for event in TrainingEvent.objects.filter(pk__in=[event.pk for event in events]):
        kind = next(known.kind for known in events if known.pk == event.pk)
        taken, states, waiting = 0, {}, {}
        for row in rows[event.pk]:
            name = f"{event.title}, change {row.pk} ({row.reason})"
            delta = _holds(row.to_state) - _holds(row.from_state)
            if row.from_state != states.get(row.sign_up_id, ""):
                yield f"{name}: from {row.from_state!r}, and it was {states.get(row.sign_up_id, '')!r}"
            if row.seats_delta != delta:
                yield f"{name}: says {row.seats_delta} seats, and it is {delta}"
            taken += row.seats_delta
            if taken != row.seats_taken_after:
                yield f"{name}: says {row.seats_taken_after} are taken after it, and {taken} are"
            if not 0 <= taken <= row.capacity:
                yield f"{name}: {taken} seats taken of {row.capacity}"
            if kind == "plain" and _overtakes(row, waiting, entries):
                yield f"{name}: somebody who waited longer was overtaken"
            waiting.pop(row.sign_up_id, None)
            if row.to_state == SignUpState.WAITING:
                waiting[row.sign_up_id] = entries[row.sign_up_id]
            states[row.sign_up_id] = row.to_state
        now = dict(event.sign_ups.values_list("pk", "state"))
        if now != states:
            yield f"{event.title}: {_differing(now, states)} sign-ups stand otherwise than their history says"
        if not taken == event.seats_taken == sum(_holds(state) for state in now.values()):
            yield f"{event.title}: {taken} by the history, {event.seats_taken} by the counter"


def _overtakes(row, waiting: dict, entries: dict) -> bool:
    """`row` gives a seat although a party that waits since before is no larger, and so would have fitted.

    Only a larger team may be overtaken; and anybody by a team whose seats were held while its form was filled in,
    which the history does not tell.
    """
    own = entries[row.sign_up_id]
    is_new = row.reason == "signed_up"
    if row.reason not in ("seat_freed", "seat_taken_for_you", "signed_up") or (is_new and own.team_id):
        return False
    sizes = Counter(entry.team_id for entry in waiting.values() if entry.team_id)
    # Those of a team get their seats row by row; the first of these rows sees it whole.
    size = sizes[own.team_id] if own.team_id else 1
    ahead = [
        entry
        for pk, entry in waiting.items()
        if pk != own.pk
        and not (own.team_id and entry.team_id == own.team_id)
        and (is_new or (entry.queued_at, pk) < (own.queued_at, own.pk))
    ]
    return any((sizes[entry.team_id] if entry.team_id else 1) <= size for entry in ahead)


def seat_problems(when: str) -> list[str]:
    """What the portal's own check finds, in one snapshot of the database."""
    from django.db import connection, transaction

    from portal.events.services import seat_checks

    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.transaction_mode = None  # only this process: to read it need not lock the others out
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return [f"{when}: {problem.event}: {problem.text} ({problem.code})" for problem in seat_checks.find()]


def _holds(state: str) -> int:
    from portal.events.enums import SignUpState

    return int(bool(state) and SignUpState(state).holds_seat)


def _differing(first: dict, second: dict) -> int:
    return sum(first.get(key) != second.get(key) for key in first.keys() | second.keys())


# --- What clients were answered -----------------------------------------------------------------------------------


def answers(lines: list[dict]) -> Iterator[str]:
    """No answer of 500 or above, a 503 that asks for patience included."""
    for (act, status), number in sorted(Counter((line["act"], line["status"]) for line in lines).items()):
        if status >= 500:
            yield f"{number} answers {status} to {act!r}"


def acknowledged(lines: list[dict]) -> Iterator[str]:
    """All that somebody was told is done is in the database, once, and nothing that nobody asked for."""
    from portal.events.models import SignUp, SignUpChange, TrainingEvent

    entries = {str(entry.uid): entry for entry in SignUp.objects.all()}
    by_token = {str(entry.form_token): entry for entry in entries.values()}
    changes: dict[int, list[SignUpChange]] = defaultdict(list)
    for change in SignUpChange.objects.order_by("pk"):
        changes[change.sign_up_id].append(change)
    done = [line for line in lines if line["status"] == 302]
    told = {line["form_token"] for line in done if line["act"] == "sign up"}
    for token in by_token.keys() - told:
        if by_token[token].team_id is None:
            yield f"sign-up {by_token[token].pk}: nobody was told of it"
    yield from _teams(done, entries.values())
    wishes: dict[str, bool] = {}
    capacities, kept = {}, {}
    for line in sorted(done, key=lambda line: line["ended"]):
        act, what = line["act"], f"{line['act']} that was answered with {line['uid'] or line.get('event')}"
        if act == "sign up":
            entry = by_token.get(line["form_token"])
            if entry is None or str(entry.uid) != line["uid"]:
                yield f"{what}: not there, or another"
            elif (entry.person_id, entry.event_id) != (line["person"], line["event"]):
                yield f"{what}: another person's or event's"
            wishes.setdefault(line["uid"], line["at_once"])
        elif act in ("say yes", "say no"):
            if line["of"] not in entries or entries[line["of"]].current_state.awaits_manager:
                yield f"{what} for {line['of']}: nothing was answered"
        elif act == "cancel for one of team":
            if any(entry.pk == line["entry"] and entry.is_active for entry in entries.values()):
                yield f"{what}: sign-up {line['entry']} goes on"
        elif act in ("cancel", "accept", "decline", "take", "at_once", "ask_first"):
            entry = entries.get(line["of"])
            states = [change.to_state for change in changes[entry.pk]] if entry else []
            if entry is None or line["uid"] != line["of"]:
                yield f"{what}: not there"
            elif act == "cancel" and entry.is_active:
                yield f"{what}: is {entry.state}"
            elif act in ("accept", "take") and "confirmed" not in states:
                yield f"{what}: never had a seat"
            elif act == "decline" and entry.state != "declined":
                yield f"{what}: is {entry.state}"
            elif act in ("at_once", "ask_first"):
                wishes[line["of"]] = act == "at_once"
        elif act == "change capacity":
            capacities[line["event"]] = line["capacity"]
        elif act == "keep seats":
            kept[line["event"]] = line["kept"]
        elif act == "give seats":
            for pk in line["given"]:
                if not any(c.reason in ("given_by_organiser", "offered_by_organiser") for c in changes[pk]):
                    yield f"{what}: {pk} was given nothing"
        elif act == "cancel event":
            event = TrainingEvent.objects.get(pk=line["event"])
            if not event.is_cancelled or event.sign_ups.active().exists():
                yield f"{what}: goes on, or somebody has a place in it"
    for uid, wish in wishes.items():
        entry = entries.get(uid)
        # A team's wish is one, and several of it may change it at the same moment.
        if entry and entry.team_id is None and entry.state == "waiting" and entry.takes_seat_at_once != wish:
            yield f"sign-up {uid}: the wish to get a seat at once is another than was answered"
    for event in TrainingEvent.objects.filter(pk__in=capacities):
        if event.capacity != capacities[event.pk]:
            yield f"{event.title}: {event.capacity} seats, and {capacities[event.pk]} were saved last"
    for event in TrainingEvent.objects.filter(pk__in=kept):
        if event.kept_seats != kept[event.pk]:
            yield f"{event.title}: keeps {event.kept_seats}, and {kept[event.pk]} was saved last"


def _teams(done: list[dict], entries: Iterable) -> Iterator[str]:
    """Each team that was told so is signed up, all of it, once; each other is not, and given up is gone."""
    from portal.events.models import Team
    from portal.municipalities.models import Membership

    person_of = dict(Membership.objects.values_list("pk", "person"))
    members: dict[int, list] = defaultdict(list)
    for entry in entries:
        if entry.team_id:
            members[entry.team_id].append(entry)
    teams = {str(team.uid): team for team in Team.objects.all()}
    told = {line["team"]: line for line in done if line["act"] == "sign up team"}
    for uid, line in told.items():
        team = teams.get(uid)
        people = sorted(entry.person_id for entry in members[team.pk]) if team else []
        if team is None or team.signed_up_at is None or people != sorted(person_of[pk] for pk in line["people"]):
            yield f"team {uid}: {people} are signed up, and {line['people']} (memberships) were to be"
        elif {entry.event_id for entry in members[team.pk]} != {line["event"]} or team.leader_id != line["leader"]:
            yield f"team {uid}: at another event, or somebody else's"
    for uid, team in teams.items():
        if (team.signed_up_at or members[team.pk]) and uid not in told:
            yield f"team {uid}: nobody was told that it is signed up"
        wishes = {entry.takes_seat_at_once for entry in members[team.pk] if entry.state == "waiting"}
        if len(wishes) > 1:
            yield f"team {uid}: some want a seat at once, and others not"
    begun = {line["uid"] for line in done if line["act"] == "begin team"}
    given_up = {line["team"] for line in done if line["act"] == "give up team"}
    for uid in begun - teams.keys() - given_up:
        yield f"team {uid}: is gone, and nobody gave it up"
    for uid in given_up & teams.keys():
        if teams[uid].signed_up_at is None:
            yield f"team {uid}: was given up and is there"


# --- Mails --------------------------------------------------------------------------------------------------------


def mails(folder: Path, kills: list[Kill]) -> tuple[list[str], dict[str, object]]:
    """One row for each change, one to each manager who is asked or told; each is sent once, or withdrawn because it is
    old.

    A worker that is killed between handing a mail over and noting it has told nobody that it did: its mail goes out
    again, with the same Message-ID, so that the receiver can drop it (RFC 5322, 3.6.4). No other mail may.
    """
    from portal.events.models import SignUpChange
    from portal.events.services.mails import AWAITS_ANSWER, INFORMS_MANAGER, UNCHANGED
    from portal.notifications.models import OutboxMessage

    found: list[str] = []
    rows = list(OutboxMessage.objects.only("uid", "state", "attempts", "reason", "reason_object_id", "recipient"))
    told = Counter(row.reason_object_id for row in rows if row.reason == UNCHANGED)
    changes = set(SignUpChange.objects.values_list("pk", flat=True))
    for pk in changes ^ told.keys():
        found.append(f"change {pk}: {'no mail' if pk in changes else 'a mail and no such change'}")
    found += [f"change {pk}: {number} mails" for pk, number in told.items() if number > 1]
    to_managers = 0
    for reason, verb, right in (
        (AWAITS_ANSWER, "ask", Counter(_who_is_asked())),
        (INFORMS_MANAGER, "tell", Counter(_who_is_told())),
    ):
        mailed = Counter((row.reason_object_id, row.recipient_id) for row in rows if row.reason == reason)
        to_managers += mailed.total()
        for entry, manager in sorted((mailed - right) + (right - mailed)):
            number, due = mailed[entry, manager], right[entry, manager]
            found.append(f"sign-up {entry}: {number} mails {verb} manager {manager}, and {due} should")
    others = len(rows) - told.total() - to_managers
    found += [f"{others} mails about something else"] * bool(others)
    sent = _delivered(folder)
    again = 0
    for row in rows:
        times, once = sent.pop(row.message_id, 0), int(row.state == "sent")
        if row.state not in ("sent", "withdrawn"):
            found.append(f"mail {row.uid} is {row.state} at the end")
        elif times != once and row.attempts > 1 and times > once:
            again += times - once
        elif times != once:
            found.append(f"mail {row.uid} is {row.state} and was delivered {times} times")
    found += [f"{len(sent)} mails of no row were delivered"] * bool(sent)
    most = THREADS_OF_WORKER * sum(kill.what == "worker" for kill in kills)
    if again > most:
        found.append(f"{again} mails went out again, and killed workers had {most} in their hands at most")
    states = Counter(row.state for row in rows)
    return found, {"mails": len(rows), **{f"mails {state}": n for state, n in states.items()}, "mails again": again}


def _who_is_asked() -> Iterator[tuple[int, int]]:
    """(sign-up, manager) of each request there was and each manager of the person's unit."""
    from portal.events.models import SignUpChange

    managers = _managers()
    asked = SignUpChange.objects.filter(reason="asked_manager")
    for entry, person, unit in asked.values_list("sign_up", "sign_up__person", "sign_up__unit"):
        yield from ((entry, manager) for manager in managers[unit] if manager != person)


def _who_is_told() -> Iterator[tuple[int, int]]:
    """(sign-up, manager) of each seat somebody got where managers are told of it, but for what they did themselves."""
    from portal.events.models import SignUpChange

    managers = _managers()
    seats = SignUpChange.objects.filter(event__approval="inform", to_state="confirmed").exclude(from_state="confirmed")
    for entry, person, unit, actor in seats.values_list("sign_up", "sign_up__person", "sign_up__unit", "actor"):
        yield from ((entry, manager) for manager in managers[unit] if manager not in (person, actor))


def _managers() -> dict[int | None, list[int]]:
    """User ids of each unit's managers; these never change."""
    from portal.municipalities.enums import Role
    from portal.municipalities.models import Membership

    managers: dict[int | None, list[int]] = defaultdict(list)
    groups = "person__groups__role_group__role"
    for unit, person in Membership.objects.filter(**{groups: Role.MANAGER}).values_list("unit", "person"):
        managers[unit].append(person)
    return managers


def _delivered(folder: Path) -> Counter[str]:
    """Message-IDs of all mails that were handed over in full."""
    times: Counter[str] = Counter()
    for path in folder.glob("*.log"):
        *whole, _rest = path.read_bytes().split(b"-" * 79 + b"\n")
        times.update(
            match.group(1).decode() for text in whole if (match := re.search(rb"^Message-ID: (\S+)", text, re.M))
        )
    return times


# --- After a kill -------------------------------------------------------------------------------------------------


def recoveries(lines: list[dict], kills: list[Kill]) -> tuple[list[str], list[dict]]:
    """For each kill the seconds until a sign-up that began later was done, and until the mails of before were."""
    from portal.notifications.models import OutboxMessage

    done = sorted((x["began"], x["ended"]) for x in lines if x["act"] == "sign up" and x["status"] == 302)
    rows = list(OutboxMessage.objects.values_list("created_at", "updated_at"))
    mails_done = [(created.timestamp(), updated.timestamp()) for created, updated in rows]
    found, figures = [], []
    for kill in kills:
        ended = min((ended for began, ended in done if began >= kill.at), default=None)
        figure = {"what": kill.what, "sign_up": None if ended is None else ended - kill.at}
        if kill.what == "worker":
            after = [updated - kill.at_time for _created, updated in mails_done if updated > kill.at_time]
            before = [u - kill.at_time for created, u in mails_done if created <= kill.at_time < u]
            figure |= {"first_mail": min(after, default=None), "queued_mails": max(before, default=0.0)}
        figures.append(figure)
        found += [
            f"{kill.what} killed: {name} after {'never' if seconds is None else round(seconds, 1)} s"
            for name, seconds in list(figure.items())[1:]
            if seconds is None or seconds > GOES_ON_WITHIN
        ]
    return found, figures
