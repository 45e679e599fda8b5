"""Who took part in EU projects: what must be kept of somebody who is erased, and for how long.

Documents are kept for five years after the last payment to the project (Regulation (EU) 2021/1060, article 82; the
portal counts from the end of that year). Erasure does not reach what a public task needs (GDPR, article 17.3 b).
Where a project has no diary number, or nobody has written the year of its last payment, the name is kept, locked away,
until somebody does: an erased evidence cannot be made again.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.services.personal_data import Known
from portal.events.models import Attendance, KeptName, SignUp
from portal.municipalities.models import Collaboration

YEARS = 5


class Evidence(NamedTuple):
    """That somebody came to an event of an EU project."""

    person: int
    name: str
    event: str
    project: str
    municipality: str
    days: list[date]


def until(collaboration: Collaboration) -> date | None:
    """The last day for which names of participants are kept; None while it is not known."""
    if collaboration.last_payment_year is None or not collaboration.diary_number:
        return None
    return date(collaboration.last_payment_year + YEARS, 12, 31)


def needed(now: datetime, person=None) -> QuerySet[SignUp]:
    """Sign-ups of those who came to an event of an EU project whose time is not up."""
    came = SignUp.objects.filter(
        pk__in=Attendance.objects.values("sign_up"), event__collaboration__fund__istartswith="ESF"
    )
    if person is not None:
        came = came.filter(person=person)
    year = timezone.localtime(now).year
    is_over = Q(event__collaboration__last_payment_year__lt=year - YEARS) & ~Q(
        Q(event__collaboration__diary_number=None) | Q(event__collaboration__diary_number="")
    )
    return came.exclude(is_over)


def reasons(person) -> Iterator[str]:
    """A sentence for each project because of which the name of `person` would be kept."""
    projects = Collaboration.objects.filter(events__in=needed(timezone.now(), person).values("event")).distinct()
    for project in projects.order_by("title"):
        last = until(project)
        if last is None:
            yield _(
                "That you took part in the EU project “%(project)s”: your name, encrypted and in no list, until the "
                "year of its last payment is known, and five years more."
            ) % {"project": project.title}
        else:
            yield _(
                "That you took part in the EU project “%(project)s”: your name, encrypted and in no list, "
                "until %(date)s."
            ) % {"project": project.title, "date": last.isoformat()}


def keep(known: Known, now: datetime | None = None) -> None:
    """Put the name away before it is erased, where a project needs it; of a protected identity the alias."""
    if known.name and needed(now or timezone.now(), known.person).exists():
        KeptName.objects.get_or_create(person=known.person, defaults={"name": str(known.person)})


def let_go(now: datetime) -> int:
    """Erase the names that no project needs any more; return how many."""
    still = needed(now).values("person")
    return KeptName.objects.exclude(person__in=still).delete()[0]


def of(collaboration: Collaboration) -> list[Evidence]:
    """Everybody who came to the project's events, those who are erased by the name that was kept; by event and name."""
    came = needed(timezone.now()).filter(event__collaboration=collaboration)
    came = came.select_related("event", "municipality", "person__kept_name").prefetch_related("attendances__occasion")
    found = [
        Evidence(
            entry.person_id,
            _kept_name_of(entry.person) or str(entry.person),
            entry.event.title,
            collaboration.title,
            entry.municipality.name if entry.municipality else entry.organisation,
            sorted({timezone.localdate(row.occasion.starts_at) for row in entry.attendances.all()}),
        )
        for entry in came
    ]
    return sorted(found, key=lambda row: (row.event, row.name, row.person))


class Kept(NamedTuple):
    """What is kept as evidence of one project; `until` is None while nobody knows, and then it is kept."""

    project: Collaboration
    people: int
    erased: int
    until: date | None


def of_projects(now: datetime) -> list[Kept]:
    """Of each EU project with evidence: how many people, of whom so many are erased but for their name; by title."""
    came = needed(now).values("event__collaboration")
    counted = came.annotate(
        people=Count("person", distinct=True),
        erased=Count("person", distinct=True, filter=Q(person__kept_name__isnull=False)),
    )
    rows = {row["event__collaboration"]: row for row in counted.order_by()}
    return [
        Kept(project, rows[project.pk]["people"], rows[project.pk]["erased"], until(project))
        for project in Collaboration.objects.filter(pk__in=rows).select_related("lead").order_by("title", "pk")
    ]


def _kept_name_of(person) -> str:
    kept = getattr(person, "kept_name", None)
    return kept.name if kept else ""
