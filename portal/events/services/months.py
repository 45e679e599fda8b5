"""Events laid out on the days of a month."""

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from portal.events.models import EventOccasion

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Day:
    """A day and what takes place on it, by the hour. Days of the months around have `in_month` false."""

    date: date
    in_month: bool
    is_today: bool
    occasions: list[EventOccasion]


@dataclass(frozen=True)
class Month:
    """`first` is its first day; `weeks` are whole ones, from Monday (ISO 8601). None where no month is before or
    after."""

    first: date
    weeks: list[list[Day]]
    previous: date | None
    next: date | None

    @property
    def is_empty(self) -> bool:
        return not any(day.occasions for week in self.weeks for day in week if day.in_month)


def month_named(text: str) -> date:
    """The first day of the month that an address names as "2026-12"; of this month where it names none."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError:
        first = timezone.localdate().replace(day=1)
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else timezone.localdate().replace(day=1)


def moments_of(first: date) -> tuple[datetime, datetime]:
    """From when until when the weeks of the month last, in Swedish time; the end is not in it."""
    days = [day for week in calendar.Calendar().monthdatescalendar(first.year, first.month) for day in week]
    midnight = timezone.make_aware(datetime.combine(days[0], time.min))
    return midnight, timezone.make_aware(datetime.combine(days[-1] + timedelta(days=1), time.min))


def lay_out(first: date, occasions: Iterable[EventOccasion]) -> Month:
    """`occasions`, in the order of their beginning, on the days of the month. One that lasts over midnight stands on
    each of its days."""
    on_day: dict[date, list[EventOccasion]] = defaultdict(list)
    from_moment, to_moment = moments_of(first)
    for occasion in occasions:
        day = timezone.localdate(max(occasion.starts_at, from_moment))
        # An end at midnight sharp is the end of the day before.
        last = timezone.localdate(min(occasion.ends_at, to_moment) - timedelta(microseconds=1))
        while day <= last:
            on_day[day].append(occasion)
            day += timedelta(days=1)
    today = timezone.localdate()
    weeks = [
        [Day(day, day.month == first.month, day == today, on_day[day]) for day in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    return Month(
        first,
        weeks,
        before.replace(day=1) if before.year >= FIRST_YEAR else None,
        after.replace(day=1) if after.year <= LAST_YEAR else None,
    )
