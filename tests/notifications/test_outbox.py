"""Mail is a row before it is a message: written with what it tells of, sent once, never lost."""

import email
import email.policy
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from time import sleep

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.events.models import SignUp
from portal.events.services import sign_ups, training_events
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from portal.notifications.tasks import send_message, sweep_outbox
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.faults.mail_server import MailServer
from tests.helpers import mail_servers

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def entry(cast) -> SignUp:
    """A sign-up nobody was mailed about."""
    with outbox.muted():
        return sign_up(TrainingEventFactory(municipality=cast.here, capacity=1, title="Laga mat på rester"))


def queue(entry: SignUp, **fields) -> OutboxMessage | None:
    """A mail of the product, from its templates."""
    return outbox.queue_mail(
        message="events/waiting",
        to_email=entry.person.email,
        recipient=entry.person,
        context={"sign_up": entry, "event": entry.event},
        **fields,
    )


def a_mail(**fields) -> OutboxMessage:
    fields = {"message": "test/mail", "to_email": "asa@trelleborg.example", "subject": "Hej", "text": "Hej!", **fields}
    return outbox.queue_rendered_mail(**fields)


def as_sent(message) -> email.message.EmailMessage:
    """The mail as a mail program reads it."""
    return email.message_from_bytes(message.message().as_bytes(), policy=email.policy.default)


def state_of(row: OutboxMessage) -> str:
    return OutboxMessage.objects.get(pk=row.pk).state


# --- Queueing ------------------------------------------------------------------------------------------------


def test_a_mail_is_sent_after_the_commit_of_what_it_tells_of(entry, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = queue(entry)
        before_commit = len(mailoutbox)

    assert before_commit == 0
    assert state_of(row) == "sent"
    assert [message.to for message in mailoutbox] == [[entry.person.email]]


def test_a_mail_is_gone_with_the_transaction_that_is_rolled_back(entry, mailoutbox, django_capture_on_commit_callbacks):
    @transaction.atomic
    def fail_after_queueing():
        queue(entry)
        raise ZeroDivisionError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        fail_after_queueing()
    outbox.sweep()

    assert list(OutboxMessage.objects.all()) == []
    assert mailoutbox == []


def test_the_same_occasion_queues_one_mail(entry):
    rows = [queue(entry, deduplication_key=key) for key in ("påminnelse 1", "påminnelse 1", "påminnelse 2")]

    assert [row is not None for row in rows] == [True, False, True]
    assert OutboxMessage.objects.count() == 2


def test_mails_without_a_key_are_each_queued(entry):
    rows = [queue(entry), queue(entry)]

    assert [row.deduplication_key for row in rows] == [None, None]
    assert OutboxMessage.objects.count() == 2


def test_the_database_refuses_two_mails_with_one_key(entry):
    queue(entry, deduplication_key="påminnelse 1")

    with pytest.raises(IntegrityError), transaction.atomic():
        a_mail(deduplication_key="påminnelse 1")


def test_nothing_is_queued_while_muted_and_again_afterwards(entry):
    with outbox.muted():
        muted = queue(entry)
    with pytest.raises(ZeroDivisionError), outbox.muted():
        raise ZeroDivisionError
    afterwards = queue(entry)

    assert muted is None
    assert list(OutboxMessage.objects.all()) == [afterwards]


def test_line_breaks_in_a_subject_become_spaces(mailoutbox):
    row = a_mail(subject="Ny tid\r\nBcc: spion@example.org\nX-Ond: ja\n")

    outbox.send(row.pk)

    [message] = mailoutbox
    sent = as_sent(message)
    assert sent["Subject"].strip() == "Ny tid Bcc: spion@example.org X-Ond: ja"
    assert (sent["Bcc"], sent["X-Ond"]) == (None, None)
    assert message.recipients() == ["asa@trelleborg.example"]


# --- Sending -------------------------------------------------------------------------------------------------


def test_a_mail_is_sent_as_text_and_html_with_a_stable_id(entry, mailoutbox):
    row = queue(entry)

    state = outbox.send(row.pk, now=NOW)

    row.refresh_from_db()
    [message] = mailoutbox
    sent = as_sent(message)
    assert (state, row.state, row.attempts, row.sent_at, row.claimed_at) == ("sent", "sent", 1, NOW, None)
    assert sent["Message-ID"] == f"<{row.uid}@samlarande>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["To"] == entry.person.email
    assert sent["Subject"].strip() == row.subject
    assert row.subject.endswith("Laga mat på rester")
    assert [part.get_content_type() for part in sent.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert sent.get_body(("plain",)).get_content() == row.text
    assert sent.get_body(("html",)).get_content().strip() == row.html


def test_a_mail_without_html_is_plain_text(mailoutbox):
    outbox.send(a_mail(text="Hej Åsa!").pk)

    sent = as_sent(mailoutbox[0])
    assert (sent.get_content_type(), sent.get_content()) == ("text/plain", "Hej Åsa!\n")


def test_a_mail_sent_once_is_not_sent_again(entry, mailoutbox):
    row = queue(entry)

    states = [outbox.send(row.pk), outbox.send(row.pk), outbox.send(row.pk, now=NOW + timedelta(days=2))]
    outbox.sweep(now=NOW + timedelta(days=2))

    row.refresh_from_db()
    assert states == ["sent", "sent", "sent"]
    assert (len(mailoutbox), row.attempts) == (1, 1)


def test_a_task_for_a_mail_that_was_erased_does_nothing(mailoutbox):
    row = a_mail()
    pk = row.pk
    row.delete()

    send_message(message_id=pk)

    assert mailoutbox == []
    with pytest.raises(OutboxMessage.DoesNotExist):
        outbox.send(pk)


def test_a_sweep_goes_on_past_a_mail_that_is_erased_meanwhile(entry, mailoutbox, settings, monkeypatch):
    settings.EMAIL_BACKEND = mail_servers.SLOW
    rows = [queue(entry), a_mail(to_email="borta@trelleborg.example"), a_mail(to_email="kvar@trelleborg.example")]
    monkeypatch.setattr(
        mail_servers.SlowBackend, "meanwhile", lambda: OutboxMessage.objects.filter(pk=rows[1].pk).delete()
    )

    outbox.sweep()

    assert [message.to for message in mailoutbox] == [[entry.person.email], ["kvar@trelleborg.example"]]


def test_two_workers_with_the_same_mail_send_it_once(entry, mailoutbox, settings, monkeypatch):
    settings.EMAIL_BACKEND = mail_servers.SLOW
    row = queue(entry)
    seen = []
    monkeypatch.setattr(
        mail_servers.SlowBackend,
        "meanwhile",
        lambda: seen.extend([outbox.send(row.pk), outbox.sweep(), state_of(row)]),
    )

    state = outbox.send(row.pk)

    assert seen == ["sending", 0, "sending"]
    assert state == "sent"
    assert len(mailoutbox) == 1


def test_a_long_sweep_claims_each_mail_when_its_turn_comes(entry, settings, monkeypatch):
    settings.EMAIL_BACKEND = mail_servers.SLOW
    rows = [queue(entry), queue(entry)]
    claims = OutboxMessage.objects.filter(state="sending").values_list("claimed_at", flat=True)
    seen = []
    monkeypatch.setattr(mail_servers.SlowBackend, "meanwhile", lambda: (seen.extend(claims.all()), sleep(0.05)))

    outbox.sweep(now=NOW)

    assert [state_of(row) for row in rows] == ["sent", "sent"]
    assert len(seen) == 2
    assert seen[1] - seen[0] >= timedelta(seconds=0.05)


def test_the_calendar_file_arrives_as_a_calendar_part_that_decodes(cast, mailoutbox):
    event = TrainingEventFactory(municipality=cast.here, title="Måltid på hjul: å, ä och ö")
    sign_up(event)
    row = OutboxMessage.objects.get(message="events/confirmed")

    state = outbox.send(row.pk)

    row.refresh_from_db()
    assert (state, row.last_error) == ("sent", "")
    [part] = as_sent(mailoutbox[0]).iter_attachments()
    assert part.get_content_type() == "text/calendar"
    assert dict(part["Content-Type"].params) == {"charset": "utf-8", "method": "PUBLISH"}
    assert part.get_content_disposition() == "attachment"
    assert part.get_filename() == "maltid-pa-hjul-a-a-och-o.ics"
    assert part.get_payload(decode=True).decode("utf-8") == row.attachments[0]["text"]
    assert "SUMMARY:Måltid på hjul: å\\, ä och ö" in part.get_content()


def test_a_calendar_file_does_not_replace_text_and_html(cast, mailoutbox):
    entry = sign_up(TrainingEventFactory(municipality=cast.here))

    outbox.send(OutboxMessage.objects.get(recipient=entry.person).pk)

    assert [part.get_content_type() for part in as_sent(mailoutbox[0]).walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


# --- A mail server that fails --------------------------------------------------------------------------------


def test_a_mail_that_is_refused_is_tried_later_and_parked_after_five_attempts(entry, mailoutbox, settings):
    settings.EMAIL_BACKEND = mail_servers.ANSWERING
    row = queue(entry)

    moment, kept = NOW, []
    for _attempt in range(5):
        outbox.send(row.pk, now=moment)
        row.refresh_from_db()
        kept.append((row.state, row.attempts, row.next_attempt_at and row.next_attempt_at - moment))
        moment = row.next_attempt_at
    settings.EMAIL_BACKEND = mail_servers.WORKING
    outbox.send(row.pk, now=moment + timedelta(days=1))
    outbox.sweep(now=moment + timedelta(days=1))

    assert kept[:4] == [("pending", attempt, timedelta(minutes=2**attempt)) for attempt in (1, 2, 3, 4)]
    assert kept[4][:2] == ("parked", 5)
    assert row.last_error.startswith("SMTPDataError: (554, 'Tas inte emot.")
    assert len(row.last_error) == 300
    assert (row.claimed_at, row.sent_at) == (None, None)
    assert mailoutbox == []
    assert state_of(row) == "parked"


def test_a_mail_server_that_is_away_is_waited_for_two_days(entry, mailoutbox, settings):
    settings.EMAIL_BACKEND = mail_servers.AWAY
    row = queue(entry)

    moment, pauses = NOW, []
    while outbox.send(row.pk, now=moment) == "pending":
        row.refresh_from_db()
        pauses.append(row.next_attempt_at - moment)
        moment = row.next_attempt_at

    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert (minutes[:5], set(minutes[5:])) == ([2, 4, 8, 16, 32], {60})
    assert timedelta(days=2) - timedelta(hours=1) <= moment - NOW <= timedelta(days=2)
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("parked", "TimeoutError: Inget svar.")

    settings.EMAIL_BACKEND = mail_servers.WORKING
    assert outbox.send_again(row.pk)
    assert outbox.send(row.pk, now=moment) == "sent"


def refused(*codes: int) -> SMTPRecipientsRefused:
    return SMTPRecipientsRefused({f"person{code}@example.org": (code, b"") for code in codes})


@pytest.mark.parametrize(
    ("error", "put_off"),
    [
        (SMTPDataError(451, "Later"), 1),
        (SMTPSenderRefused(421, b"Closing", "a@b.example"), 1),
        (refused(450), 1),
        (refused(421), 1),
        (ConnectionRefusedError(), 1),
        (SMTPDataError(554, "No"), 0),
        (refused(550), 0),
        (refused(450, 550), 0),
        # It may have been taken: trying for two days would be fifty doubles.
        (SMTPServerDisconnected("Gone"), 0),
        (TimeoutError(), 0),
        (ValueError("A mail that raises"), 0),
    ],
    ids=repr,
)
def test_what_counts_against_a_mail_and_what_does_not(entry, settings, monkeypatch, error, put_off):
    settings.EMAIL_BACKEND = mail_servers.ANSWERING
    monkeypatch.setattr(mail_servers.AnsweringBackend, "error", error)
    row = queue(entry)

    state = outbox.send(row.pk)

    row.refresh_from_db()
    assert (state, row.attempts, row.put_off) == ("pending", 1, put_off)


def test_a_mail_that_waited_for_the_server_has_all_its_attempts_left(entry, settings):
    row = queue(entry)
    OutboxMessage.objects.filter(pk=row.pk).update(attempts=7, put_off=7)
    settings.EMAIL_BACKEND = mail_servers.ANSWERING

    moment, states = NOW, []
    for _attempt in range(5):
        states.append(str(outbox.send(row.pk, now=moment)))
        moment += timedelta(hours=1)

    assert states == ["pending"] * 4 + ["parked"]


def test_a_sweep_asks_a_mail_server_that_is_away_once(entry, mailoutbox, settings):
    rows = [queue(entry) for _number in range(3)]
    settings.EMAIL_BACKEND = mail_servers.AWAY

    tried = outbox.sweep(now=NOW)

    assert (tried, [OutboxMessage.objects.get(pk=row.pk).attempts for row in rows]) == (1, [1, 0, 0])
    settings.EMAIL_BACKEND = mail_servers.WORKING
    assert (outbox.sweep(now=NOW + timedelta(minutes=3)), len(mailoutbox)) == (3, 3)


def test_that_mails_wait_for_the_mail_server_is_shown_and_not_as_if_nothing_ran(entry, settings):
    settings.EMAIL_BACKEND = mail_servers.AWAY
    row = queue(entry)
    outbox.sweep(now=row.created_at)

    signs = [(sign.name, sign.value, sign.is_fine) for sign in outbox.signs(row.created_at + timedelta(minutes=45))]

    assert signs == [
        ("Mejl som ska skickas", "Inget väntar", True),
        ("Mejl som väntar på mejlservern", "1, det äldsta sedan 45 minuter", False),
        ("Mejl som gavs upp", "0", True),
    ]


def test_a_failed_mail_waits_for_its_next_attempt(entry, mailoutbox, settings):
    settings.EMAIL_BACKEND = mail_servers.BROKEN
    row = queue(entry)
    outbox.send(row.pk, now=NOW)
    settings.EMAIL_BACKEND = mail_servers.WORKING

    too_early = NOW + timedelta(minutes=2, seconds=-1)
    early = (outbox.send(row.pk, now=too_early), outbox.sweep(now=too_early), len(mailoutbox))
    in_time = (outbox.sweep(now=NOW + timedelta(minutes=2)), len(mailoutbox))

    row.refresh_from_db()
    assert early == ("pending", 0, 0)
    assert in_time == (1, 1)
    assert (row.state, row.attempts, row.last_error) == ("sent", 2, "")


def test_every_attempt_carries_the_same_message_id(entry, mailoutbox, settings):
    settings.EMAIL_BACKEND = mail_servers.FORGETFUL
    row = queue(entry)

    outbox.send(row.pk, now=NOW)
    outbox.send(row.pk, now=NOW + timedelta(hours=1))

    assert [as_sent(message)["Message-ID"] for message in mailoutbox] == [f"<{row.uid}@samlarande>"] * 2


def test_a_broken_mail_server_does_not_disturb_what_the_mail_tells_of(
    cast, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = mail_servers.BROKEN
    event = TrainingEventFactory(municipality=cast.here)

    with django_capture_on_commit_callbacks(execute=True):
        entry = sign_up(event)

    assert SignUp.objects.get(pk=entry.pk).state == "confirmed"
    assert OutboxMessage.objects.get(recipient=entry.person).state == "pending"


# --- Reasons -------------------------------------------------------------------------------------------------


def test_an_offer_that_lapsed_before_it_was_mailed_is_withdrawn(cast, mailoutbox):
    event = TrainingEventFactory(municipality=cast.here, capacity=1)
    first, second = sign_up(event), sign_up(event)
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    deadline = SignUp.objects.get(pk=second.pk).answer_by
    sign_ups.lapse_offers(event_id=event.pk, now=deadline)

    outbox.sweep()

    of_second = OutboxMessage.objects.filter(recipient=second.person).order_by("pk")
    assert list(of_second.values_list("message", "state")) == [
        ("events/waiting", "withdrawn"),
        ("events/offered", "withdrawn"),
        ("events/lapsed", "sent"),
    ]
    assert [m.subject for m in mailoutbox if m.to == [second.person.email]] == [of_second.last().subject]


def test_an_offer_that_stands_is_mailed(cast, mailoutbox):
    event = TrainingEventFactory(municipality=cast.here, capacity=1)
    first, second = sign_up(event), sign_up(event)
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)

    state = outbox.send(OutboxMessage.objects.get(message="events/offered").pk)

    assert state == "sent"
    assert [message.to for message in mailoutbox] == [[second.person.email]]


def test_new_details_are_not_mailed_to_somebody_who_gave_up_the_seat_meanwhile(cast, mailoutbox):
    event = TrainingEventFactory(municipality=cast.here)
    stays, leaves = sign_up(event), sign_up(event)
    event.refresh_from_db()
    training_events.save(event=event, occasions=[a_morning(31)])
    sign_ups.cancel(sign_up_id=leaves.pk, actor=leaves.person)

    told = {
        row.recipient: outbox.send(row.pk) == "withdrawn"
        for row in OutboxMessage.objects.filter(message="events/changed")
    }

    assert told == {stays.person: False, leaves.person: True}
    assert leaves.person.email not in [message.to[0] for message in mailoutbox]


def test_a_mail_whose_reason_cannot_be_asked_is_kept_and_not_sent(entry, mailoutbox):
    row = queue(entry, reason="events.nobody_registered_this", reason_object_id=entry.pk)

    moment = NOW
    for _attempt in range(6):
        outbox.sweep(now=moment)
        moment += timedelta(days=1)

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("parked", 5)
    assert "events.nobody_registered_this" in row.last_error
    assert mailoutbox == []


# --- The sweep -----------------------------------------------------------------------------------------------


def test_the_sweep_sends_what_no_task_was_told_of(entry, mailoutbox):
    rows = [queue(entry) for _number in range(3)]

    sweep_outbox()

    assert [state_of(row) for row in rows] == ["sent"] * 3
    assert [message.extra_headers["Message-ID"] for message in mailoutbox] == [row.message_id for row in rows]


def test_the_sweep_takes_back_what_a_dead_worker_had_claimed(entry, mailoutbox):
    dead, alive = queue(entry), queue(entry)
    for row, ago in ((dead, timedelta(seconds=61)), (alive, timedelta(seconds=59))):
        OutboxMessage.objects.filter(pk=row.pk).update(state="sending", claimed_at=NOW - ago, attempts=1)

    tried = outbox.sweep(now=NOW)

    assert tried == 1
    assert [state_of(dead), state_of(alive)] == ["sent", "sending"]
    assert [message.extra_headers["Message-ID"] for message in mailoutbox] == [dead.message_id]


def test_a_mail_that_took_five_workers_down_is_parked(entry, mailoutbox):
    row = queue(entry)
    OutboxMessage.objects.filter(pk=row.pk).update(state="sending", claimed_at=NOW - timedelta(minutes=3), attempts=5)

    outbox.sweep(now=NOW)

    assert state_of(row) == "parked"
    assert mailoutbox == []


def test_one_broken_mail_does_not_hold_up_the_others(entry, mailoutbox):
    broken = a_mail(to_email="asa@trelleborg.example\nBcc: spion@example.org")
    whole = queue(entry)

    outbox.sweep()

    assert [state_of(broken), state_of(whole)] == ["pending", "sent"]
    assert [message.recipients() for message in mailoutbox] == [[entry.person.email]]


@pytest.mark.parametrize(("manner", "connections"), [("takes", 1), ("one_each", 3)])
def test_mails_of_one_sweep_go_by_one_connection_while_it_holds(settings, entry, manner, connections):
    server = MailServer()
    server.manner = manner
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    rows = [queue(entry) for _number in range(3)]
    server.start()
    try:
        outbox.sweep()
    finally:
        server.stop()

    assert [state_of(row) for row in rows] == ["sent"] * 3
    assert server.taken == {row.message_id: 1 for row in rows}
    assert server.greeted == connections


def test_a_worker_is_told_once_until_it_has_begun(in_committed_database, monkeypatch):
    told = []
    monkeypatch.setattr(sweep_outbox, "apply_async", lambda *args, **kwargs: told.append(1))

    def tells(number: int) -> int:
        told.clear()
        for _number in range(number):
            a_mail()
        return len(told)

    before, after = tells(3), (outbox.sweep(), tells(3))

    assert (before, after) == (1, (3, 1))


def test_a_mail_that_comes_while_others_are_sent_is_sent_too(settings, mailoutbox):
    settings.EMAIL_BACKEND = "tests.helpers.mail_servers.SlowBackend"
    first, late = a_mail(), []
    mail_servers.SlowBackend.meanwhile = lambda: late or late.append(a_mail())

    tried = outbox.sweep()

    assert (tried, state_of(first), state_of(late[0])) == (2, "sent", "sent")


def test_a_sweep_that_has_done_enough_tells_a_worker_of_the_rest(in_committed_database, monkeypatch):
    told = []
    monkeypatch.setattr(sweep_outbox, "apply_async", lambda *args, **kwargs: told.append(1))
    rows = [a_mail() for _number in range(3)]
    told.clear()

    tried = outbox.sweep(limit=2)

    assert (tried, [state_of(row) for row in rows], len(told)) == (2, ["sent", "sent", "pending"], 1)


def test_sent_mails_are_shown_in_development_only(client, settings, entry):
    mail = queue(entry)
    paths = ["/utveckling/mejl/", f"/utveckling/mejl/{mail.uid}/"]
    shown = {}
    for shows in (True, False):
        settings.SHOW_SENT_MAILS = shows
        shown[shows] = [client.get(path).status_code for path in paths]

    assert shown == {True: [200, 200], False: [404, 404]}
