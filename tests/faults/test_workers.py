"""Workers, their processes and schedulers: killed at work, killed by their own work, or too many."""

import time

import pytest

from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.faults.processes import kill_children, mails, wait_for

SIGN_UPS = 4
HEALTHY = 90.0  # seconds


def in_hands() -> int:
    return OutboxMessage.objects.filter(state="sending").count()


@pytest.mark.parametrize("what", ["worker", "its processes"])
def test_what_was_in_the_hands_of_a_killed_worker_goes_on(portal, mail_server, figures, what):
    portal.web()
    worker = portal.worker()
    portal.beat()
    mail_server.manner = "slow"
    wait = portal.sign_up(SIGN_UPS)
    wait_for(lambda: in_hands() > 0, seconds=60, otherwise=mails)
    time.sleep(0.5)

    if what == "worker":
        worker.stop()
        mail_server.manner = "takes"
        worker.start()
    else:
        assert kill_children(worker) > 0
        mail_server.manner = "takes"
    healthy = wait_for(lambda: mails() == {"sent": SIGN_UPS}, seconds=HEALTHY, otherwise=mails)

    numbers = {row.message_id for row in OutboxMessage.objects.all()}
    doubled = sum(mail_server.taken.values()) - len(mail_server.taken)
    figures(
        f"kill -9 of {what} at work",
        lost=portal.lost + len(numbers - set(mail_server.taken)),
        doubled=doubled,
        wait=wait,
        healthy=healthy,
        bar=f"lost 0, doubled at most what it had in its hands, healthy {HEALTHY:.0f} s",
    )
    assert (portal.lost, portal.refused, set(mail_server.taken)) == (0, [], numbers)
    # The server had the text of what was being sent, and answers when nobody is there: that is sent again.
    assert doubled <= 2


def test_a_mail_that_kills_its_process_each_time_stops_no_other(portal, mail_server, figures):
    """Each attempt is counted before it begins: what nobody survives to tell of is given up too."""
    portal.environment |= {"EMAIL_URL": "", "FAULTS_MAIL_PORT": str(mail_server.port)}
    portal.environment |= {"DJANGO_SETTINGS_MODULE": "tests.faults.poisoned_settings"}
    portal.web()
    portal.worker()
    portal.beat()
    for subject in ("poison: kill", "poison: raise"):
        outbox.queue_rendered_mail(message="test/mail", to_email="a@b.example", subject=subject, text="Hej")
    OutboxMessage.objects.all().update(state="pending", attempts=0, sent_at=None)

    began = time.monotonic()
    wait = portal.sign_up(SIGN_UPS)
    wait_for(lambda: mails().get("sent") == SIGN_UPS, seconds=HEALTHY, otherwise=mails)
    healthy = time.monotonic() - began
    doubled = sum(mail_server.taken.values()) - SIGN_UPS

    # At its last attempt but one, so that nobody waits for half an hour; then it is given up like any other.
    OutboxMessage.objects.exclude(state="sent").update(attempts=4, next_attempt_at=None)
    wait_for(lambda: mails() == {"parked": 2, "sent": SIGN_UPS}, seconds=150, otherwise=mails)
    figures(
        "Poison mails: one kills its process, one raises",
        lost=portal.lost,
        doubled=doubled,
        wait=wait,
        healthy=healthy,
        bar=f"lost 0, doubled 0, others within {HEALTHY:.0f} s; both are parked",
    )
    assert (portal.lost, portal.refused, doubled) == (0, [], 0)


def test_two_schedulers_and_two_workers_send_each_mail_once(portal, mail_server, figures):
    portal.web()
    for number in (1, 2):
        portal.worker(f"worker-{number}")
        portal.beat(f"beat-{number}")

    wait = portal.sign_up(20)
    # Found by the sweeps alone, of both at once.
    healthy = wait_for(lambda: mails() == {"sent": 20}, seconds=HEALTHY, otherwise=mails)
    OutboxMessage.objects.all().update(state="pending", sent_at=None)
    mail_server.taken.clear()
    healthy = max(healthy, wait_for(lambda: mails() == {"sent": 20}, seconds=HEALTHY, otherwise=mails))
    time.sleep(16)  # until both have looked once more

    doubled = sum(mail_server.taken.values()) - 20
    figures("Two schedulers", lost=portal.lost, doubled=doubled, wait=wait, healthy=healthy, bar="lost 0, doubled 0")
    assert (portal.lost, portal.refused, doubled, len(mail_server.taken)) == (0, [], 0, 20)
