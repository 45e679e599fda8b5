"""Prove that the seats hold under load, through HTTP, while processes are killed: `make stress`.

    DATABASE_URL=… python -m tests.stress [--sign-ups N] [--clients N] [--servers N] [--kill N] [--no-lock] [--seed N]

Plays on a database of its own: on the PostgreSQL server of DATABASE_URL, else a SQLite file. Prints figures and every
violation. Ends with 0 when there was none, 1 when there was, 2 when the run itself failed and says nothing.
"""

import argparse
import os
import random
import secrets
import shutil
import signal
import statistics
import sys
import tempfile
import time
import traceback
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.stress import services
from tests.stress.checks import Findings
from tests.stress.services import Kill

LOOKS_EVERY = 5.0  # seconds between two looks at all seats while the run goes on; more when there is much to look at
LOOKING = 0.05  # and at most this part of the time
SHOWN = 8  # of what each check found


def main() -> int:
    options = _options()
    # However the run is told to stop, the servers are stopped and the database is dropped.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(2))
    folder = Path(tempfile.mkdtemp(prefix="samlarande-stress-"))
    try:
        return _run(options, folder)
    except Exception:
        traceback.print_exc()
        return 2
    finally:
        if options.keep:
            sys.stdout.write(f"kept: {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sign-ups", type=int, default=24_000, help="so many sign-ups are answered with yes")
    parser.add_argument("--clients", type=int, default=16, help="processes that act")
    parser.add_argument("--servers", type=int, default=4, help="processes that answer")
    parser.add_argument("--kill", type=int, default=0, metavar="N", help="kill something with -9 so many times")
    parser.add_argument("--no-lock", action="store_true", help="lock no row: the run must find violations")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other choices")
    parser.add_argument("--port", type=int, default=0, help="of the web server; any free one if not said")
    parser.add_argument("--template", default="", metavar="URL", help="a migrated database to begin as a copy of")
    parser.add_argument("--hurry", action="store_true", help="save time where the portal would just wait")
    parser.add_argument("--minutes", type=float, default=120, help="give up after so many")
    parser.add_argument("--keep", action="store_true", help="leave database, logs and mails where they are")
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path) -> int:
    from tests.stress.stage import own_database

    server = os.environ.get("DATABASE_URL", "")
    with own_database(server, folder, template=options.template, keep=options.keep) as address:
        port = options.port or services.free_port()
        _surround(folder, address, port)
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        if not options.template:
            _say("migrating …")
            call_command("migrate", verbosity=0)
        findings = _play(options, folder, port)
        connection.close()
    return _report(findings)


def _surround(folder: Path, address: str, port: int) -> None:
    """The settings of this process and all it starts: those of `make run`, which need no TLS and no broker."""
    mails = folder / "mails"
    mails.mkdir()
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
            "DEBUG": "false",
            "DATA_DIR": str(folder),
            "DATABASE_URL": address,
            "SECRET_KEY": secrets.token_urlsafe(40),
            "ALLOWED_HOSTS": "127.0.0.1",
            "BASE_URL": f"http://127.0.0.1:{port}",
            "EMAIL_URL": f"filemail:///{mails}",
            "CELERY_BROKER_URL": "filesystem://localhost",
            "CACHE_URL": "locmemcache://",
            "LOG_LEVEL": "WARNING",
            # Where the broker of files puts down a message for a moment.
            "TMPDIR": str(folder),
        }
    )


def _play(options: argparse.Namespace, folder: Path, port: int) -> Findings:
    from django.db import connections

    from tests.stress import checks, stage
    from tests.stress.clients import Clock, Crowd

    findings, rng = Findings(), random.Random(options.seed)
    _say("preparing …")
    events = max(options.sign_ups // 100, 8)
    scene = stage.prepare(
        people=max(options.sign_ups // 12, 4 * options.clients), events=events, coordinators=options.clients, rng=rng
    )
    connections.close_all()
    web = services.web(
        port=port, processes=options.servers, folder=folder, without_lock=options.no_lock, preload=options.hurry
    )
    worker = services.worker(folder=folder)
    crowd = Crowd(
        stage=scene, number=options.clients, sign_ups=options.sign_ups, seed=options.seed, port=port, folder=folder
    )
    clock = Clock(stage=scene, seed=options.seed, log=folder / "clock.jsonl")
    kills: list[Kill] = []
    try:
        web.start()
        worker.start()
        services.wait_until_up(port)
        _say(f"{options.sign_ups} sign-ups by {options.clients} clients through {options.servers} servers …")
        began = time.monotonic()
        crowd.start()
        clock.start()
        _watch(options, findings, crowd, (web, worker), kills, rng, began + 60 * options.minutes)
        played = time.monotonic() - began
        clock.stop()
        _say("waiting for the last mails …")
        drained = _drain((web, worker), limit=max(checks.GOES_ON_WITHIN, played), hurry=options.hurry)
    finally:
        crowd.stop()
        clock.stop()
        web.stop()
        worker.stop()
    _say("checking …")
    lines = checks.read_logs([*crowd.logs, clock.log])
    findings.troubles += [line["trouble"] for line in lines if "trouble" in line]
    lines = [line for line in lines if "trouble" not in line]
    if crowd.done < options.sign_ups and not findings.troubles:
        findings.troubles.append(f"only {crowd.done} sign-ups were done in time")
    findings.add("services", web.deaths + worker.deaths)
    findings.add("answers", checks.answers(lines))
    findings.add("history", checks.replay(scene.events))
    findings.add("seats", checks.seat_problems("at the end"))
    findings.add("acknowledged", checks.acknowledged(lines))
    found, mail_figures = checks.mails(folder / "mails", kills)
    findings.add("mails", found)
    found, recoveries = checks.recoveries(lines, kills)
    findings.add("recovery", found)
    findings.figures = {"looks at all seats": findings.looks} | _figures(
        lines, crowd.done, played, drained, mail_figures, recoveries
    )
    if findings.violations and (text := _last_words(folder)):
        findings.figures["last words of the servers"] = text
    return findings


def _watch(options, findings: Findings, crowd, running, kills: list[Kill], rng: random.Random, ends_at: float) -> None:
    """While clients act: keep the services running, kill them as often as asked for, look at all seats."""
    from tests.stress import checks

    web, worker = running
    ways = [lambda: web.kill_child(rng), worker.kill, web.kill]
    # Spread over the run, and none so late that nothing is left to go on with.
    due = [(number + 0.5 + rng.uniform(-0.3, 0.3)) / (options.kill + 0.5) for number in range(options.kill)]
    look_at, tenths = time.monotonic() + LOOKS_EVERY, 0
    while crowd.is_at_work and time.monotonic() < ends_at:
        time.sleep(0.1)
        for service in running:
            service.tend()
        if int(10 * crowd.progress) > tenths:
            tenths = int(10 * crowd.progress)
            _say(f"  {crowd.done} sign-ups")
        if len(kills) < len(due) and crowd.progress >= due[len(kills)] and (kill := ways[len(kills) % len(ways)]()):
            kills.append(kill)
        if (began := time.monotonic()) >= look_at:
            findings.add("seats", checks.seat_problems(f"after {crowd.done} sign-ups"))
            ended = time.monotonic()
            look_at = ended + max(LOOKS_EVERY, (ended - began) / LOOKING)
            findings.looks += 1
    crowd.stop()


def _drain(running, limit: float, hurry: bool) -> float:
    """Wait until no mail and no offer that ran out is left to deal with; return the seconds it took.

    In a `hurry`, what a killed worker had in its hands is taken back when the others are done, not after a minute.
    """
    from django.utils import timezone

    from portal.events.services import sign_ups
    from portal.events.tasks import lapse_offers
    from portal.notifications.models import OutboxMessage
    from portal.notifications.services.outbox import CLAIM_EXPIRES
    from portal.notifications.tasks import sweep_outbox

    began = time.monotonic()
    lapse_offers.delay()
    claimed = OutboxMessage.objects.filter(state="sending")
    while time.monotonic() - began < limit:
        left = OutboxMessage.objects.filter(state__in=["pending", "sending"]).exists()
        if not left and not sign_ups.events_with_expired_offers():
            break
        if hurry and not OutboxMessage.objects.filter(state="pending").exists():
            for row in claimed.filter(claimed_at__lt=timezone.now() - timedelta(seconds=5)):
                claimed.filter(pk=row.pk).update(claimed_at=row.claimed_at - CLAIM_EXPIRES)
                sweep_outbox.delay()
        time.sleep(0.25)
        for service in running:
            service.tend()
    return time.monotonic() - began


def _figures(lines, sign_ups: int, played: float, drained: float, mails: dict, recoveries: list[dict]) -> dict:
    spent = sorted(1000 * (x["ended"] - x["began"]) for x in lines if x["act"] == "sign up" and x["status"] == 302)
    statuses = Counter(line["status"] for line in lines)
    acts = Counter(line["act"] for line in lines)
    return {
        "sign-ups": f"{sign_ups} in {played:.0f} s, {sign_ups / played:.1f} per second",
        "a sign-up, ms": f"p50 {statistics.median(spent):.0f}, p99 {spent[int(0.99 * (len(spent) - 1))]:.0f}"
        if spent
        else "-",
        "answers": ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items())),
        "acts": ", ".join(f"{act}: {number}" for act, number in acts.most_common()),
        "connections cut": sum(line["cut"] for line in lines),
        **mails,
        "all mails dealt with after the end": f"{drained:.1f} s",
        "kills": "".join(
            f"\n  {figure.pop('what')}: "
            + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in figure.items() if seconds is not None)
            for figure in recoveries
        )
        or "none",
    }


def _last_words(folder: Path) -> str:
    """The end of what the services wrote: where a 500 comes from."""
    texts = [(folder / name).read_text(errors="replace") for name in ("web.log", "worker.log")]
    lines = [[line for line in text.splitlines() if " WARNING django.request " not in line] for text in texts]
    return "".join(f"\n{line}" for own in lines for line in own[-40:])


def _report(findings: Findings) -> int:
    from django.db import connection

    out = sys.stdout
    out.write(f"\n{connection.vendor}\n")
    for name, value in findings.figures.items():
        out.write(f"{name}: {value}\n")
    for trouble in findings.troubles:
        out.write(f"\nThe run itself failed:\n{trouble}\n")
    out.write(f"\nviolations: {sum(map(len, findings.violations.values()))}\n")
    for check, sentences in findings.violations.items():
        out.write(f"  {check}: {len(sentences)}\n")
        out.writelines(f"    {sentence}\n" for sentence in sentences[:SHOWN])
    if findings.troubles:
        return 2
    return int(bool(findings.violations))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
