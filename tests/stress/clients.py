"""The processes that act: one for each client, and one that moves the clock."""

import os
import random
import traceback
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.stress.acts import ACTS, Client
from tests.stress.browser import Browser, Log
from tests.stress.stage import Stage

# Forked before any connection to the database is opened: each process has its own.
CONTEXT = get_context("fork")


class Crowd:
    """The client processes of a run and how many sign-ups they have been answered so far."""

    def __init__(self, *, stage: Stage, number: int, sign_ups: int, seed: int, port: int, folder: Path):
        self.counts = CONTEXT.Array("i", number, lock=False)
        self.logs = [folder / f"client-{index}.jsonl" for index in range(number)]
        self._stop = CONTEXT.Event()
        self._wanted = sign_ups
        self._processes = [
            CONTEXT.Process(
                target=_act_until_done,
                args=(self.counts, index, sign_ups, _client(stage, index, number, seed, port), log, self._stop),
            )
            for index, log in enumerate(self.logs)
        ]

    def start(self) -> None:
        for process in self._processes:
            process.start()

    @property
    def done(self) -> int:
        return sum(self.counts)

    @property
    def progress(self) -> float:
        return self.done / self._wanted

    @property
    def is_at_work(self) -> bool:
        return any(process.is_alive() for process in self._processes)

    def stop(self) -> None:
        self._stop.set()
        for process in self._processes:
            _end(process)


class Clock:
    """A process that lets time pass for some: offers, requests and forms run out, kept seats are let go.

    It moves deadlines under the event's lock, and tells the worker to look for them more often than beat does.
    """

    def __init__(self, *, stage: Stage, seed: int, log: Path):
        self.log = log
        self._stop = CONTEXT.Event()
        self._process = CONTEXT.Process(target=_let_time_pass, args=(stage, seed, log, self._stop))

    def start(self) -> None:
        self._process.start()

    def stop(self) -> None:
        self._stop.set()
        _end(self._process)


def _end(process: Any) -> None:
    if process.pid is None:
        return  # it was never begun
    process.join(timeout=20)
    if process.is_alive():
        process.kill()


def _client(stage: Stage, index: int, number: int, seed: int, port: int) -> Callable[[Any], Client]:
    def make(file: Any) -> Client:
        people, coordinator = stage.people[index::number], stage.coordinators[index]
        managers = stage.managers[index::number]
        return Client(
            rng=random.Random(f"{seed}-{index}"),
            people=people,
            coordinator=coordinator,
            managers=managers,
            events=stage.events,
            own_events=stage.events[index::number],
            browsers={
                actor.pk: Browser(port, actor.session_key, Log(file)) for actor in [*people, coordinator, *managers]
            },
        )

    return make


def _act_until_done(counts: Any, index: int, wanted: int, make: Callable, path: Path, stop: Any) -> None:
    # These stand for browsers elsewhere: what is measured must not wait for a processor because of them.
    os.nice(10)
    weights, acts = zip(*ACTS, strict=True)
    with path.open("w") as file:
        log = Log(file)
        try:
            client = make(file)
            while sum(counts) < wanted and not stop.is_set():
                act = client.rng.choices(acts, weights)[0]
                act(client)
                counts[index] = client.signed_up
        except BaseException:
            log.write(trouble=traceback.format_exc())
    os._exit(0)  # nothing of the parent's is to be tidied up here


def _let_time_pass(stage: Stage, seed: int, path: Path, stop: Any) -> None:
    from django.db import OperationalError

    rng = random.Random(f"{seed}-clock")
    with path.open("w") as file:
        log = Log(file)
        while not stop.wait(1.0):
            try:
                _pass_time_for_some(stage, rng)
            except OperationalError:
                continue  # others hold the locks: the next round comes in a second
            except BaseException:
                log.write(trouble=traceback.format_exc())
                break
    os._exit(0)


def _pass_time_for_some(stage: Stage, rng: random.Random) -> None:
    from django.db import transaction
    from django.utils import timezone

    from portal.events import tasks
    from portal.events.enums import UNANSWERED_STATES
    from portal.events.models import SignUp, TrainingEvent

    asked = SignUp.objects.filter(state__in=UNANSWERED_STATES, answer_by__gt=timezone.now()).order_by("event")
    events = list(asked.values_list("event", flat=True).distinct())
    for event_id in sorted(rng.sample(events, min(len(events), 6))):
        with transaction.atomic():
            TrainingEvent.objects.select_for_update().get(pk=event_id)
            now = timezone.now()
            ids = list(asked.filter(event=event_id).values_list("pk", flat=True))
            late = [pk for pk in ids if rng.random() < 0.2]
            SignUp.objects.filter(pk__in=late).update(answer_by=now)
    holding = list(TrainingEvent.objects.exclude(form_holds={}).values_list("pk", flat=True))
    for event_id in sorted(rng.sample(holding, min(len(holding), 3))):
        with transaction.atomic():
            event = TrainingEvent.objects.select_for_update().get(pk=event_id)
            event.form_holds = {
                team: [place, seats, int(timezone.now().timestamp()) if rng.random() < 0.3 else until]
                for team, (place, seats, until) in event.form_holds.items()
            }
            event.save(update_fields=["form_holds"])
    tasks.lapse_offers.delay()
    keeping = list(
        TrainingEvent.objects.filter(kept_until__gt=timezone.now(), kept_released_at=None)
        .exclude(kept_seats={})
        .values_list("pk", flat=True)
    )
    if keeping and rng.random() < 0.3:
        with transaction.atomic():
            event = TrainingEvent.objects.select_for_update().get(pk=rng.choice(keeping))
            event.kept_until = timezone.now()
            event.save(update_fields=["kept_until"])
        tasks.release_kept_seats.delay()
