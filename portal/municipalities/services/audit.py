"""The audit log: one row per act, written in the act's own transaction, never changed afterwards.

Whom an act was about stands in it as a number alone. The name is read when the log is: whoever is erased is
named in no line, and no line has to be changed for it.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.core.retention import LOGGED
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import AuditEntry, Invitation, Municipality

SEEN_AGAIN_AFTER = timedelta(hours=12)
_MARK = AuditEntry.MARK


def record(
    *,
    municipality: Municipality | None,
    actor,
    act: AuditAct,
    subject: object = "",
    detail: Iterable[object] = (),
    now: datetime | None = None,
) -> AuditEntry:
    """Write that `actor` (None for the portal itself) did `act` with `subject`, in `municipality`'s log; for None in
    that of the whole portal.

    `detail` is a list of names, joined with commas; lazy texts are written in the portal's language, whatever
    the actor reads. People and invitations stand in both as numbers: give the objects. Call it inside the transaction
    of what it tells of.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return AuditEntry.objects.create(
            municipality=municipality,
            actor=_person(actor),
            act=act,
            subject=_written(subject)[:255],
            detail=_joined([_written(part) for part in detail], most=500),
            at=now or timezone.now(),
        )


def named(entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """The entries, unsaved, with names in the place of numbers; two queries, however many."""
    entries = list(entries)
    marks = {found for entry in entries for text in (entry.subject, entry.detail) for found in _MARK.findall(text)}
    people = get_user_model().objects.in_bulk([int(pk) for kind, pk in marks if kind == "p"])
    invitations = Invitation.objects.with_hidden().in_bulk([int(pk) for kind, pk in marks if kind == "i"])

    def name_of(found: re.Match) -> str:
        kind, pk = found[1], int(found[2])
        if kind == "p":
            return str(people.get(pk) or _("Erased person"))
        if pk not in invitations:
            return _("an address that is erased")
        return _("an address that is not shown") if invitations[pk].is_hidden else invitations[pk].email

    for entry in entries:
        entry.subject, entry.detail = _MARK.sub(name_of, entry.subject), _MARK.sub(name_of, entry.detail)
    return entries


def without_people(text: str) -> str:
    """A line's text with nobody named."""
    return _MARK.sub(lambda found: _("a person"), text)


def forget_old(now: datetime) -> int:
    """Take away lines older than five years, which is all that the database lets go; return how many."""
    return AuditEntry.objects.filter(at__lt=now - LOGGED).delete()[0]


def record_seen(*, municipality: Municipality, actor, act: AuditAct, subject: object) -> None:
    """Write that `actor` looked at a list of people; looking again within half a day is the same look."""
    since = timezone.now() - SEEN_AGAIN_AFTER
    seen = AuditEntry.objects.filter(
        municipality=municipality, actor=_person(actor), act=act, subject=_written(subject)[:255], at__gt=since
    )
    if not seen.exists():
        record(municipality=municipality, actor=actor, act=act, subject=subject)


def _person(actor) -> Any:
    return actor if actor is not None and actor.is_authenticated else None


def _written(part: object) -> str:
    if isinstance(part, get_user_model()):
        return AuditEntry.mark("p", part.pk)
    if isinstance(part, Invitation):
        return AuditEntry.mark("i", part.pk)
    # What people write must not pass for a number: it would show them the name of anybody.
    return str(part).replace(AuditEntry.FENCE, "")


def _joined(parts: Iterable[str], most: int) -> str:
    """With commas, as many whole parts as there is room for: half a number would be another person's."""
    text = ""
    for part in filter(None, parts):
        longer = f"{text}, {part}" if text else part
        if len(longer) > most:
            return text or part[:most].partition(AuditEntry.FENCE)[0]
        text = longer
    return text
