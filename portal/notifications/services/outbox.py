"""The outbox: queue a mail in a transaction, send it after commit, never twice and never lost.

The row is the truth. A worker is told after commit that there is something, to be quick, and sends all that is due; if
the broker loses the task, the next sweep finds the row. Claiming is compare-and-set on the row's state, so two workers
never send the same one.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.mime.text import MIMEText
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_guid import clear_guid, get_guid, set_guid
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from portal.core.background import after_commit
from portal.core.health import LATE_MINUTES, Sign
from portal.core.metrics import gauge
from portal.core.services import inserted
from portal.notifications.enums import OutboxState
from portal.notifications.models import OutboxMessage
from portal.notifications.services import mail_server
from portal.notifications.services.composers import content_of
from portal.notifications.services.reasons import reason_holds

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# A mail server that is away is no fault of the mail: it is tried after 2, 4, 8, 16 and 32 minutes, then each hour, for
# two days in all.
LONGEST_PAUSE = timedelta(hours=1)
MAX_PUT_OFF = 52
_muted: ContextVar[bool] = ContextVar("outbox_muted", default=False)
_holding: ContextVar[bool] = ContextVar("outbox_holding", default=False)
_rehearsed: ContextVar[list[OutboxMessage] | None] = ContextVar("outbox_rehearsed", default=None)
# Longer than sending takes, since a mail server that hangs is given up after EMAIL_TIMEOUT; and with the time between
# two sweeps less than the 90 seconds after which all must have gone on when a worker has died.
CLAIM_EXPIRES = timedelta(minutes=1)
# While a worker has been told and has not begun, nobody tells it again: of a hundred who sign up at once each would
# hand over a task, and each task be fetched. Seconds, no more than between two sweeps: what is told may be lost.
_TOLD, TOLD_EXPIRES = "outbox:told", 15
# Of what is due so many are looked up at once; others may be at it too.
_AT_ONCE = 20
# Less than a task may take at all (CELERY_TASK_SOFT_TIME_LIMIT): what is left is told anew.
SWEEP_SECONDS = 120


@contextmanager
def muted() -> Iterator[None]:
    """Queue nothing inside the block: for loading what happened earlier, which nobody is to be told of again."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


@contextmanager
def holding() -> Iterator[None]:
    """What is queued inside the block is held until the portal administrator sends or withdraws it: after a restoring,
    for what may have been sent before."""
    token = _holding.set(True)
    try:
        yield
    finally:
        _holding.reset(token)


@dataclass(frozen=True)
class Rehearsal:
    """How many would get a mail, and the first one's as it would be; None when nobody would."""

    number: int
    mail: OutboxMessage | None


@contextmanager
def rehearsing() -> Iterator[list[OutboxMessage]]:
    """Inside the block mails are only looked at; the list holds those that were queued."""
    rows: list[OutboxMessage] = []
    token = _rehearsed.set(rows)
    try:
        yield rows
    finally:
        _rehearsed.reset(token)


def is_rehearsing() -> bool:
    """Whoever reads what is written now is not whom the mail goes to: it must not hold their secrets."""
    return _rehearsed.get() is not None


def rehearse(act: Callable[[], object], *, message: str, is_named: bool = True) -> Rehearsal:
    """Do `act`, look at the mails named `message` that it queues, and undo it all: for whoever wants to see first.

    Without `is_named` the mail does not say to whom it goes. Raises what `act` raises; nothing is kept or sent.
    """
    with rehearsing() as rows, transaction.atomic():
        act()
        found = [row for row in rows if row.message == message]
        if found and not found[0].is_composed:
            if not is_named:
                found[0].recipient = None
            compose(found[0])
        transaction.set_rollback(True)
    return Rehearsal(len(found), found[0] if found else None)


def queue_mail(
    *,
    message: str,
    to_email: str | None,
    context: dict,
    recipient=None,
    attachments: list[dict] | None = None,
    reason: str = "",
    reason_object_id: int | None = None,
    deduplication_key: str | None = None,
    is_secret: bool = False,
) -> OutboxMessage | None:
    """Write a mail row from the templates emails/<message>/{subject,body}.txt and body.html.

    `attachments` are dicts with `name`, `type` (MIME type) and `text`. `is_secret` marks a text with a link that
    opens something: it is not kept after sending. Returns None when a mail with the same
    `deduplication_key` is already there, inside `muted()`, and for somebody without an address. Must run inside
    the transaction of what the mail tells about.
    """
    if _muted.get() or not to_email:
        return None
    if deduplication_key and OutboxMessage.objects.filter(deduplication_key=deduplication_key).exists():
        return None
    return queue_rendered_mail(
        message=message,
        to_email=to_email,
        **_rendered(message, recipient, context),
        recipient=recipient,
        attachments=attachments,
        reason=reason,
        reason_object_id=reason_object_id,
        deduplication_key=deduplication_key,
        is_secret=is_secret,
    )


@dataclass(frozen=True)
class PlannedMail:
    """A mail whose texts are written when it is sent, by the composer of its reason."""

    message: str
    recipient: Any  # a user; the model is a setting's
    to_email: str | None
    reason: str
    reason_object_id: int
    is_secret: bool = False


def queue_planned(mails: Iterable[PlannedMail]) -> None:
    """Write the rows of many mails at once and announce them after commit; nothing inside `muted()`, and none to
    somebody without an address.

    Must run inside the transaction of what they tell about, and is quick there: no text is written yet.
    """
    if _muted.get():
        return
    planned = [
        OutboxMessage(
            message=mail.message,
            recipient=mail.recipient,
            to_email=mail.to_email,
            reason=mail.reason,
            reason_object_id=mail.reason_object_id,
            is_composed=False,
            is_secret=mail.is_secret,
            request_id=_request_id(),
            state=_first_state(),
        )
        for mail in mails
        if mail.to_email
    ]
    rows = inserted(OutboxMessage, planned)
    _remember(rows)
    if rows and not _holding.get():
        _announce()


def compose(row: OutboxMessage) -> None:
    """Write the texts of a planned mail into `row`, as they are true now; changes nothing in the database."""
    content = content_of(row.reason, row.reason_object_id)
    for name, value in _rendered(row.message, row.recipient, content.context).items():
        setattr(row, name, value)
    row.attachments = content.attachments
    row.is_composed = True


def _rendered(message: str, recipient, context: dict) -> dict[str, str]:
    context = {"base_url": settings.BASE_URL, "recipient": recipient, **context}
    with translation.override(settings.LANGUAGE_CODE):
        return {
            # A line break in a subject would let a title write mail headers (RFC 5322, 2.2).
            "subject": " ".join(render_to_string(f"emails/{message}/subject.txt", context).split())[:255],
            "text": render_to_string(f"emails/{message}/body.txt", context).strip() + "\n",
            "html": render_to_string(f"emails/{message}/body.html", context).strip(),
        }


def queue_rendered_mail(
    *,
    message: str,
    to_email: str,
    subject: str,
    text: str,
    html: str = "",
    recipient=None,
    attachments: list[dict] | None = None,
    reason: str = "",
    reason_object_id: int | None = None,
    deduplication_key: str | None = None,
    is_secret: bool = False,
) -> OutboxMessage:
    """Write a mail row whose texts somebody else rendered (allauth), and announce it after commit."""
    row = OutboxMessage.objects.create(
        message=message,
        to_email=to_email,
        recipient=recipient,
        # As in `_rendered`: others' texts come here too.
        subject=" ".join(subject.split())[:255],
        text=text.strip() + "\n",
        html=html.strip(),
        attachments=attachments or [],
        reason=reason,
        reason_object_id=reason_object_id,
        deduplication_key=deduplication_key,
        is_secret=is_secret,
        request_id=_request_id(),
        state=_first_state(),
    )
    _remember([row])
    if not _holding.get():
        _announce()
    return row


def send(message_id: int, *, now: datetime | None = None) -> OutboxState:
    """Send one mail if it is due, its claim is free and its reason still holds; return the state it ends in.

    Every failure is kept on the row: it is tried again later, and parked for a person to look at after MAX_ATTEMPTS
    in which it was refused or raised, or MAX_PUT_OFF in which the mail server was away or asked to wait.
    Raises OutboxMessage.DoesNotExist for an unknown id.
    """
    now = now or timezone.now()
    claimed = (
        OutboxMessage.objects.filter(pk=message_id, state=OutboxState.PENDING)
        .filter(_due(now))
        .update(state=OutboxState.SENDING, claimed_at=now, attempts=models.F("attempts") + 1)
    )
    row = OutboxMessage.objects.get(pk=message_id)
    if not claimed:
        return OutboxState(row.state)
    # What is logged of it belongs to the request that it came of, whoever sends it.
    asked = get_guid()
    if row.request_id:
        set_guid(row.request_id)
    try:
        return _send(row, now)
    finally:
        if asked:
            set_guid(asked)
        else:
            clear_guid()


def _send(row: OutboxMessage, now: datetime) -> OutboxState:
    try:
        if not reason_holds(row.reason, row.reason_object_id):
            return _settle(row, OutboxState.WITHDRAWN)
        if not row.is_composed:
            compose(row)
        mail_server.hand_over(_as_email(row))
    except mail_server.Later as later:
        row.put_off += 1
        pause = min(timedelta(minutes=2 ** min(row.put_off, 10)), LONGEST_PAUSE)
        return _failed(row, later.error, now + pause, is_last=row.put_off >= MAX_PUT_OFF)
    except Exception as error:
        refused = row.attempts - row.put_off
        return _failed(row, error, now + timedelta(minutes=2**refused), is_last=refused >= MAX_ATTEMPTS)
    logger.info("mail %s sent: %s", row.uid, row.message)
    row.sent_at = now
    row.last_error = ""
    return _settle(row, OutboxState.SENT)


def _failed(row: OutboxMessage, error: Exception, again_at: datetime, *, is_last: bool) -> OutboxState:
    logger.warning("mail %s failed, attempt %s: %s", row.uid, row.attempts, type(error).__name__)
    row.last_error = f"{type(error).__name__}: {error}"[:300]
    if is_last:
        return _settle(row, OutboxState.PARKED)
    row.next_attempt_at = again_at
    return _settle(row, OutboxState.PENDING)


@transaction.atomic
def send_again(message_id: int) -> bool:
    """Try a mail anew that was given up, with all its attempts; return whether it was one."""
    parked = OutboxMessage.objects.filter(pk=message_id, state=OutboxState.PARKED)
    if not parked.update(state=OutboxState.PENDING, attempts=0, put_off=0, next_attempt_at=None, last_error=""):
        return False
    _announce()
    return True


def give_up(message_id: int) -> bool:
    """Let a mail that was given up be; return whether it was one."""
    return bool(
        OutboxMessage.objects.filter(pk=message_id, state=OutboxState.PARKED).update(state=OutboxState.WITHDRAWN)
    )


def hold_unsent() -> int:
    """Hold every mail that is not known as sent: a back-up does not know what was sent after it. Return how many.

    Those whose text holds a link are withdrawn, since after a restoring no link from before opens anything.
    """
    unsent = OutboxMessage.objects.filter(state__in=(OutboxState.PENDING, OutboxState.SENDING))
    unsent.filter(is_secret=True, is_composed=True).update(
        state=OutboxState.WITHDRAWN, claimed_at=None, text="", html=""
    )
    return unsent.update(state=OutboxState.HELD, claimed_at=None, attempts=0, put_off=0, next_attempt_at=None)


def release(ids: Iterable[int] | None = None) -> int:
    """Send mails that were held, these or all; return how many."""
    count = _held(ids).update(state=OutboxState.PENDING)
    if count:
        _announce()
    return count


def withdraw(ids: Iterable[int] | None = None) -> int:
    """Let mails be that were held, these or all; return how many."""
    return _held(ids).update(state=OutboxState.WITHDRAWN)


def held() -> models.QuerySet[OutboxMessage]:
    """The mails that were held after a restoring, the newest first."""
    return OutboxMessage.objects.filter(state=OutboxState.HELD).select_related("recipient")


def _held(ids: Iterable[int] | None) -> models.QuerySet[OutboxMessage]:
    return held() if ids is None else held().filter(pk__in=ids)


def parked() -> models.QuerySet[OutboxMessage]:
    """The mails that were given up after several attempts, the newest first."""
    return OutboxMessage.objects.filter(state=OutboxState.PARKED).select_related("recipient")


def signs(now: datetime | None = None) -> Iterator[Sign]:
    """How the outbox is: how many mails are to be sent, and for how long the oldest has waited for its turn."""
    now = now or timezone.now()
    unsent = OutboxMessage.objects.filter(state__in=(OutboxState.PENDING, OutboxState.SENDING))
    number, minutes = _waiting(unsent.filter(_due(now), put_off=0), now)
    yield Sign(
        _("Mails to be sent"),
        _waiting_text(number, minutes) if number else _("None waits"),
        is_fine=minutes < LATE_MINUTES,
        remedy=_("Look whether worker and scheduler run, and whether they reach the broker."),
    )
    number, minutes = _waiting(unsent.filter(put_off__gt=0), now)
    if number:
        yield Sign(
            _("Mails that wait for the mail server"),
            _waiting_text(number, minutes),
            is_fine=False,
            remedy=_(
                "It is away, lets nobody in, or asks to wait. They go out by themselves when it takes them again, "
                "within an hour; they are given up after two days."
            ),
        )
    number = parked().count()
    yield Sign(
        _("Mails that were given up"),
        str(number),
        is_fine=not number,
        remedy=_("They stand below. Mend what is wrong, and send them again."),
    )
    if number := held().count():
        yield Sign(
            _("Mails that are held after a restoring"),
            str(number),
            is_fine=False,
            remedy=_("They stand below. They may have been sent before the restoring: send them, or let them be."),
        )


def _waiting(rows: models.QuerySet[OutboxMessage], now: datetime) -> tuple[int, int]:
    """How many there are, and the oldest's age in minutes."""
    counted = rows.aggregate(number=models.Count("pk"), oldest=models.Min("created_at"))
    return counted["number"], int((now - counted["oldest"]).total_seconds() // 60) if counted["oldest"] else 0


def _waiting_text(number: int, minutes: int) -> str:
    return _("%(number)s, the oldest for %(minutes)s minutes") % {"number": number, "minutes": minutes}


def figures(now: datetime | None = None) -> Iterator[Metric]:
    """How many mails are not settled, by state, and for how long the oldest that is due has waited. One query."""
    now = now or timezone.now()
    unsettled = (OutboxState.PENDING, OutboxState.SENDING, OutboxState.PARKED)
    is_due = _due(now) & models.Q(put_off=0) & ~models.Q(state=OutboxState.PARKED)
    waits = models.Q(put_off__gt=0) & ~models.Q(state=OutboxState.PARKED)
    rows = OutboxMessage.objects.filter(state__in=unsettled).order_by().values("state")
    counted = rows.annotate(
        number=models.Count("pk"),
        oldest=models.Min("created_at", filter=is_due),
        put_off=models.Count("pk", filter=waits),
    )
    found = {row["state"]: row for row in counted}
    family = GaugeMetricFamily("portal_outbox_mails", "Mails that are not settled, by state.", labels=["state"])
    for state in unsettled:
        family.add_metric([state.value], found[state]["number"] if state in found else 0)
    yield family
    oldest = min((row["oldest"] for row in found.values() if row["oldest"]), default=now)
    yield gauge(
        "portal_outbox_oldest_seconds",
        "For how long the oldest mail that is due has waited.",
        max(0.0, (now - oldest).total_seconds()),
    )
    yield gauge(
        "portal_outbox_put_off",
        "Mails that wait for a mail server that is away, lets nobody in, or asked to wait.",
        sum(row["put_off"] for row in found.values()),
    )


def sweep(*, now: datetime | None = None, limit: int = 200) -> int:
    """Send what is due, and take back what a dead worker had claimed; return how many were tried."""
    now = now or timezone.now()
    abandoned = OutboxMessage.objects.filter(state=OutboxState.SENDING, claimed_at__lt=now - CLAIM_EXPIRES)
    # A mail that takes its worker down every time must not do so for ever.
    abandoned.filter(attempts__gte=models.F("put_off") + MAX_ATTEMPTS).update(state=OutboxState.PARKED, claimed_at=None)
    abandoned.update(state=OutboxState.PENDING, claimed_at=None)
    # Before anything is looked up: whoever queues a mail from now on tells a worker of it.
    cache.delete(_TOLD)
    mail_server.ask_again()
    began, tried = monotonic(), 0
    with mail_server.kept_open():
        while ids := _ids_of_due(now):
            for message_id in ids:
                passed = monotonic() - began
                if tried == limit or passed > SWEEP_SECONDS:
                    _announce()
                    return tried
                # Claimed when its turn comes: by the moment the sweep began, a late one would look abandoned at once.
                with suppress(OutboxMessage.DoesNotExist):  # erased together with its receiver meanwhile
                    send(message_id, now=now + timedelta(seconds=passed))
                tried += 1
                if mail_server.is_away():
                    return tried  # each of the others would wait for it as long; the next sweep asks again
    return tried


def _ids_of_due(now: datetime) -> list[int]:
    due = OutboxMessage.objects.filter(state=OutboxState.PENDING).filter(_due(now)).order_by("pk")
    return list(due.values_list("pk", flat=True)[:_AT_ONCE])


def _first_state() -> OutboxState:
    return OutboxState.HELD if _holding.get() else OutboxState.PENDING


def _request_id() -> str:
    """Of the request that is being answered; "" where nobody asked. Whoever sends one of their own may write much."""
    return (get_guid() or "")[:36]


def _due(now: datetime) -> models.Q:
    return models.Q(next_attempt_at__isnull=True) | models.Q(next_attempt_at__lte=now)


def _settle(row: OutboxMessage, state: OutboxState) -> OutboxState:
    row.state = state
    row.claimed_at = None
    if row.is_secret and state in (OutboxState.SENT, OutboxState.WITHDRAWN) and not settings.SHOW_SENT_MAILS:
        row.text = row.html = ""
    row.save()
    return state


def _remember(rows: Iterable[OutboxMessage]) -> None:
    rehearsed = _rehearsed.get()
    if rehearsed is not None:
        rehearsed.extend(rows)


def _announce() -> None:
    transaction.on_commit(_tell_worker, robust=True)


def _tell_worker() -> None:
    # Imported here: tasks stand beside services and call them.
    from portal.notifications.tasks import sweep_outbox

    if cache.add(_TOLD, True, TOLD_EXPIRES):
        after_commit(sweep_outbox)


def _as_email(row: OutboxMessage) -> EmailMultiAlternatives:
    email = EmailMultiAlternatives(
        subject=row.subject,
        body=row.text,
        to=[row.to_email],
        headers={
            "Message-ID": row.message_id,
            "Auto-Submitted": "auto-generated",
            **({"X-Request-ID": row.request_id} if row.request_id else {}),
        },
    )
    if row.html:
        email.attach_alternative(row.html, "text/html")
    for attachment in row.attachments:
        email.attach(_as_part(attachment))
    return email


def _as_part(attachment: dict) -> MIMEText:
    """A text attachment as UTF-8; attached by name, Django would drop the parameters (method=…) of a calendar part."""
    content_type, *parameters = [piece.strip() for piece in attachment["type"].split(";")]
    part = MIMEText(attachment["text"], content_type.split("/", 1)[1], "utf-8")
    for parameter in parameters:
        name, value = parameter.split("=", 1)
        part.set_param(name, value)
    part.add_header("Content-Disposition", "attachment", filename=attachment["name"])
    return part
