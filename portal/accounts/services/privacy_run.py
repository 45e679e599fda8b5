"""The nightly run that keeps what the retention classes promise, and its protocol."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from prometheus_client.metrics_core import Metric

from portal.accounts.models import LegalHold, PrivacyRun
from portal.accounts.services import legal_holds, sign_ins
from portal.accounts.services.personal_data import erase, holders
from portal.core.health import Sign
from portal.core.metrics import gauge
from portal.core.retention import LOGGED, UNUSED_ACCOUNT
from portal.core.services import ActionRefused, moment_text
from portal.notifications.enums import OutboxState
from portal.notifications.models import OutboxMessage
from portal.notifications.services import personal_data as mails
from portal.notifications.services.outbox import queue_mail

logger = logging.getLogger(__name__)

WARNED_BEFORE = timedelta(days=30)
LATE_AFTER = timedelta(hours=30)
_AT_A_TIME = 500


def run(*, now: datetime | None = None) -> PrivacyRun:
    """Erase what is older than promised; the protocol says how many of what.

    A part that fails keeps no other from its work: the log says where, the protocol what kind of fault it was.
    """
    now = now or timezone.now()
    protocol = PrivacyRun.objects.create(started_at=now)
    for sweep in [*(holder.sweep for holder in holders()), _of_the_portal]:
        try:
            for what, count in sweep(now):
                protocol.lines.append({"what": what, "count": count})
        except Exception as error:
            logger.exception("a part of the privacy run failed")
            protocol.problem = type(error).__name__
    protocol.ended_at = timezone.now()
    protocol.save()
    return protocol


def lines_of(protocol: PrivacyRun) -> list[tuple[str, int]]:
    """The protocol in the language in use: sentence and number, those of zero left out."""
    return [(translation.gettext(row["what"]), row["count"]) for row in protocol.lines if row["count"]]


def signs(now: datetime | None = None) -> Iterable[Sign]:
    """Whether the run of the last night was made, whole."""
    last = PrivacyRun.objects.first()
    # On the first day nobody can say that a night was missed.
    is_fine = last is None or (not last.problem and last.started_at > (now or timezone.now()) - LATE_AFTER)
    yield Sign(
        _("Erasing of old personal data"),
        moment_text(last.started_at) if last else _("Not yet"),
        is_fine=is_fine,
        remedy=_("See the log of the worker and of beat; “manage.py privacy_run” runs it by hand."),
    )


def figures() -> Iterable[Metric]:
    """When a run was last made whole; nothing before the first. One query."""
    ended = PrivacyRun.objects.filter(ended_at__isnull=False, problem="").values_list("ended_at", flat=True).first()
    if ended is not None:
        yield gauge(
            "portal_privacy_run_last_success_timestamp_seconds",
            "When old personal data was last erased, every part of it.",
            ended.timestamp(),
        )


def _of_the_portal(now: datetime) -> Iterable[tuple[str, int]]:
    """What is no area's alone."""
    since = now - LOGGED
    yield gettext_noop("mails whose text was erased, or that were taken away whole"), mails.sweep(now)
    yield gettext_noop("holds whose last day has passed"), legal_holds.lift_ended(now)
    yield gettext_noop("sessions that had run out"), _end_old_sessions(now)
    yield gettext_noop("people who asked for it while a hold forbade it"), _erase_those_who_asked(now)
    yield gettext_noop("people whose account nobody used"), _erase_unused(now)
    yield gettext_noop("holds that were lifted long ago"), LegalHold.objects.filter(lifted_at__lt=since).delete()[0]
    yield gettext_noop("protocols of this run"), PrivacyRun.objects.filter(started_at__lt=since).delete()[0]


def _end_old_sessions(now: datetime) -> int:
    ended = Session.objects.filter(expire_date__lt=now).delete()[0]
    sign_ins.forget_ended(now)
    return ended


def _erase_those_who_asked(now: datetime) -> int:
    asked = get_user_model().objects.filter(erasure_asked_at__isnull=False, erased_at=None)
    return sum(_erase_or_leave(person, now) for person in asked.exclude(legal_holds__in=_holds())[:_AT_A_TIME])


def _erase_unused(now: datetime) -> int:
    """Guests after their last event, accounts without use for years; the latter a month after they were told."""
    users = get_user_model().objects.filter(erased_at=None, is_superuser=False).order_by("pk")
    for found in [users.filter(holder.in_use(now)).values("pk") for holder in holders()]:
        users = users.exclude(pk__in=found)
    users = users.exclude(legal_holds__in=_holds())
    # Who cannot sign in (no address, a guest) is of use to nobody; a new one may be on the way to an event.
    helpless = models.Q(is_guest=True) | models.Q(email=None)
    left = users.filter(helpless, date_joined__lt=now - timedelta(days=7))
    since = models.functions.Coalesce("last_login", "date_joined")
    silent = users.exclude(helpless).annotate(used_at=since).filter(used_at__lt=now - UNUSED_ACCOUNT)
    told = [person for person in silent[:_AT_A_TIME] if _was_told(person, now)]
    return sum(_erase_or_leave(person, now) for person in [*left[:_AT_A_TIME], *told])


def _was_told(person, now: datetime) -> bool:
    """A month ago that the account is to be erased; whoever was not told yet is told now."""
    key = f"accounts.unused:{person.pk}:{person.used_at:%Y%m%d}"
    mail = OutboxMessage.objects.filter(deduplication_key=key).first()
    if mail is None:
        queue_mail(
            message="accounts/unused",
            to_email=person.email,
            recipient=person,
            context={"days": WARNED_BEFORE.days},
            deduplication_key=key,
        )
        return False
    # One that is held after a restoring has told nobody anything.
    return mail.state != OutboxState.HELD and mail.created_at <= now - WARNED_BEFORE


def _erase_or_leave(person, now: datetime) -> bool:
    try:
        return erase(person=person, now=now)
    except ActionRefused:  # somebody whom others cannot do without; not the run's to decide
        return False


def _holds() -> models.QuerySet[LegalHold]:
    return LegalHold.objects.filter(lifted_at=None)
