"""The mail server refuses, closes, knows nobody, forgets or dawdles: nothing is lost, and nobody waits."""

import pytest

from portal.notifications.models import OutboxMessage
from portal.notifications.services.outbox import MAX_ATTEMPTS
from tests.faults.mail_server import SLOW
from tests.faults.processes import let_time_pass, mails, unsent, wait_for

SIGN_UPS = 5
WAIT = 3.0  # seconds: what somebody waits for a page at most, and less than such a mail server takes
SWEPT = 60.0  # the sweep comes every 15 seconds


def all_are_tried() -> bool:
    return not OutboxMessage.objects.filter(attempts=0).exists() and not OutboxMessage.objects.filter(state="sending")


@pytest.mark.parametrize("manner", ["refuses", "421", "drops"])
def test_mails_wait_for_a_mail_server_that_takes_none(portal, mail_server, figures, manner):
    portal.web()
    portal.worker()
    portal.beat()
    portal.sign_up(1)
    wait_for(lambda: not unsent() and mails(), seconds=60, otherwise=mails)
    if manner == "refuses":
        mail_server.stop()
    mail_server.manner = manner

    wait = portal.sign_up(SIGN_UPS)
    wait_for(lambda: all_are_tried(), seconds=60, otherwise=mails)
    assert mails() == {"pending": SIGN_UPS, "sent": 1}
    mail_server.manner = "takes"
    if manner == "refuses":
        mail_server.start()
    let_time_pass()
    healthy = wait_for(lambda: not unsent(), seconds=SWEPT, otherwise=mails)

    numbers = {row.message_id for row in OutboxMessage.objects.all()}
    lost, doubled = len(numbers - set(mail_server.taken)), sum(mail_server.taken.values()) - len(numbers)
    allowed = SIGN_UPS if manner == "drops" else 0
    doubles = "one of each, with its Message-ID" if allowed else "0"
    figures(
        f"SMTP {manner}",
        lost=lost + portal.lost,
        doubled=doubled,
        wait=wait,
        healthy=healthy,
        bar=f"lost 0, doubled {doubles}, a page {WAIT:.0f} s, the next sweep",
    )
    assert (lost, portal.lost, portal.refused) == (0, 0, [])
    # What it took without saying so comes again, and with a number by which its double is known.
    assert (doubled, set(mail_server.taken)) == (allowed, numbers)
    assert wait < WAIT


def test_a_mail_to_nobody_is_given_up_and_shown_and_stops_no_other(portal, mail_server, figures, client_of):
    portal.web()
    portal.worker()
    portal.beat()
    mail_server.manner = "550"
    wait = portal.sign_up(1)
    for _attempt in range(MAX_ATTEMPTS):
        let_time_pass()
        before = mail_server.asked
        wait_for(lambda before=before: mail_server.asked > before or mails() == {"parked": 1}, seconds=60)
        wait_for(lambda: "sending" not in mails(), seconds=20)
        let_time_pass()

    wait_for(lambda: mails() == {"parked": 1}, seconds=SWEPT, otherwise=mails)
    row = OutboxMessage.objects.get()
    page = client_of("portal_admin").get("/arbetsyta/drift/").content.decode()
    mail_server.manner = "takes"
    portal.sign_up(1)
    healthy = wait_for(lambda: mails() == {"parked": 1, "sent": 1}, seconds=SWEPT, otherwise=mails)

    figures("SMTP 550", lost=portal.lost, wait=wait, healthy=healthy, bar="parked, shown to the portal administrator")
    assert (row.attempts, row.to_email in page, "550" in row.last_error) == (MAX_ATTEMPTS, True, True)
    assert (portal.refused, portal.lost) == ([], 0)


def test_nobody_waits_for_a_mail_server_that_dawdles(portal, mail_server, figures):
    portal.web()
    portal.worker()
    portal.beat()
    mail_server.manner = "slow"

    wait = portal.sign_up(SIGN_UPS)
    healthy = wait_for(lambda: mails() == {"sent": SIGN_UPS}, seconds=SWEPT + SLOW * SIGN_UPS, otherwise=mails)

    doubled = sum(mail_server.taken.values()) - SIGN_UPS
    figures(
        f"SMTP slow, {SLOW:.0f} s each",
        lost=portal.lost,
        doubled=doubled,
        wait=wait,
        healthy=healthy,
        bar=f"lost 0, doubled 0, a page {WAIT:.0f} s",
    )
    assert (portal.lost, doubled, portal.refused) == (0, 0, [])
    assert wait < WAIT
