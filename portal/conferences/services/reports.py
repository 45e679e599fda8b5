"""Who took part in a conference, in numbers that name nobody: counted, looked at, then made public.

A number below five could be somebody: such organisations are counted together, and so that no subtraction gives one
away, the smallest that is shown joins them when together they are fewer than five (the rule of the ESF+ figures).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.conferences.models import Conference
from portal.core.services import ActionRefused
from portal.events.models import SignUp
from portal.events.services import certificates
from portal.municipalities.enums import AuditAct
from portal.municipalities.services import audit

AT_LEAST = 5


@dataclass(frozen=True)
class Report:
    """`took_part` is None where all together are fewer than five; `by_organisation` is sorted, the largest first.

    `others` are those of organisations too small to be shown, and guests; 0 where there are none.
    """

    took_part: int | None
    by_organisation: list[tuple[str, int]]
    others: int

    @classmethod
    def stored(cls, report: Mapping | None) -> "Report | None":
        """What was kept with a conference; None where nothing is."""
        if report is None:
            return None
        rows = [(name, number) for name, number in report["by_organisation"]]
        return cls(report["took_part"], rows, report["others"])


def hidden(counts: Mapping[str, int], others: int = 0) -> Report:
    """`counts` by organisation and `others` who are counted together anyway, with nothing below five shown."""
    total = sum(counts.values()) + others
    if total < AT_LEAST:
        return Report(None, [], 0)
    by_size = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    shown = [row for row in by_size if row[1] >= AT_LEAST]
    others = total - sum(number for _name, number in shown)
    # What is left over could be computed: it must be nobody, or enough.
    while 0 < others < AT_LEAST and shown:
        others += shown.pop()[1]
    return Report(total, shown, others)


def count(conference: Conference, now: datetime | None = None) -> Report:
    """Those who were checked in on some day of the conference, by municipality; guests are among the others."""
    came = SignUp.objects.filter(certificates.came_by(now or timezone.now()), event=conference.registration_id)
    names = came.values_list("municipality__name", flat=True)
    counts = Counter(names)
    guests = counts.pop(None, 0)
    return hidden({str(name): number for name, number in counts.items()}, guests)


@transaction.atomic
def publish(*, conference: Conference, actor, now: datetime | None = None) -> Report:
    """Show on the conference's page who took part, as it is counted now; again to count anew.

    Raises ActionRefused before the conference is over, and when nobody was checked in.
    """
    now = now or timezone.now()
    if conference.last_day >= timezone.localtime(now).date():
        raise ActionRefused(_("You can do that when the conference is over."), code="not_over")
    found = count(conference, now)
    if found.took_part is None:
        raise ActionRefused(
            _("Fewer than five people were checked in. So few are not shown, since they could be recognised."),
            code="too_few",
        )
    conference.report, conference.reported_at = asdict(found), now
    conference.save(update_fields=["report", "reported_at", "updated_at"])
    _log(conference, AuditAct.REPORT_PUBLISHED, actor)
    return found


@transaction.atomic
def withdraw(*, conference: Conference, actor) -> None:
    """Show the numbers no more."""
    if conference.report is None:
        return
    conference.report = conference.reported_at = None
    conference.save(update_fields=["report", "reported_at", "updated_at"])
    _log(conference, AuditAct.REPORT_WITHDRAWN, actor)


def _log(conference: Conference, act: AuditAct, actor) -> None:
    audit.record(municipality=conference.municipality, actor=actor, act=act, subject=conference.title)
