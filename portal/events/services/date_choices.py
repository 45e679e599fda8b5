"""Which of an event's dates a person comes to, where everybody chooses some of them.

The seat is the event's; a date may have fewer seats than the event. Chosen dates are counted while the event's row is
locked, as seats are, and only those of people with a seat count.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.services import ActionRefused, moment_text
from portal.events.enums import SignUpState
from portal.events.models import DateChoice, EventOccasion, SignUp, TrainingEvent
from portal.events.services.seat_book import opened_with

_COUNTS = Q(choices__sign_up__state=SignUpState.CONFIRMED)


def with_chosen(occasions: QuerySet[EventOccasion], *, but: SignUp | None = None) -> QuerySet[EventOccasion]:
    """The dates, earliest first, with `chosen`: how many people with a seat come to each, `but` for one."""
    others = _COUNTS & ~Q(choices__sign_up=but.pk) if but is not None else _COUNTS
    # Said here: a query that counts has no order of its own.
    return occasions.annotate(chosen=Count("choices", filter=others)).order_by("starts_at", "pk")


def _chosen(event: TrainingEvent, *, but: SignUp | None = None) -> dict[int, int]:
    return {row.pk: row.chosen for row in with_chosen(event.occasions.all(), but=but)}  # type: ignore[attr-defined]


def seats_of(occasion: EventOccasion, event: TrainingEvent) -> int:
    return event.capacity if occasion.capacity is None else min(occasion.capacity, event.capacity)


@transaction.atomic
def choose(*, sign_up_id: int, occasion_ids: Iterable[int], actor, now: datetime | None = None) -> SignUp:
    """Write which dates somebody with a seat comes to, and send the file that puts them in the calendar.

    Choosing the same again changes nothing. Raises ActionRefused, with nothing written, for another number of dates
    than the event says, a date that is full, one that has been (which also cannot be left any more), and without a
    seat.
    """
    now = now or timezone.now()
    book, entry = opened_with(sign_up_id, now)
    event, wanted = book.event, set(occasion_ids)
    if event.dates_to_choose is None or entry.state != SignUpState.CONFIRMED:
        raise ActionRefused(_("There are no dates to choose here now."), code="nothing_to_choose")
    rows = {row.pk: row for row in event.occasions.all()}
    chosen = _chosen(event, but=entry)
    before = set(entry.date_choices.values_list("occasion", flat=True))
    if not wanted <= rows.keys():
        raise ActionRefused(_("The dates have changed. Choose again."), code="unknown_date", field="dates")
    if len(wanted) != event.dates_to_choose:
        text = ngettext("Choose %(number)s date.", "Choose %(number)s dates.", event.dates_to_choose)
        raise ActionRefused(text % {"number": event.dates_to_choose}, code="number_of_dates", field="dates")
    if wanted == before:
        return entry
    for pk in sorted(wanted ^ before, key=lambda pk: rows[pk].starts_at):
        if rows[pk].starts_at <= now:
            text = _("%(when)s has been, and can neither be chosen nor left.")
            raise ActionRefused(text % {"when": moment_text(rows[pk].starts_at)}, code="date_is_over", field="dates")
        if pk in wanted and chosen[pk] >= seats_of(rows[pk], event):
            text = _("%(when)s is full. Choose another date.")
            raise ActionRefused(text % {"when": moment_text(rows[pk].starts_at)}, code="date_is_full", field="dates")
    entry.date_choices.filter(occasion__in=before - wanted).delete()
    DateChoice.objects.bulk_create(DateChoice(sign_up=entry, occasion_id=pk) for pk in sorted(wanted - before))
    # A calendar takes only what has a higher number than before.
    entry.times_chosen += 1
    entry.save(update_fields=["times_chosen", "updated_at"])
    book.tell(entry, actor=actor, reason="chose_dates")
    book.write()
    return entry


def refuse_unless_enough(event: TrainingEvent) -> None:
    """Raise ActionRefused when not everybody with a seat could find as many dates as they are to choose, and when
    more have chosen a date than it has seats for; for code that holds the event's lock and has written its dates."""
    to_choose = event.dates_to_choose
    if to_choose is None:
        return
    rows, chosen = list(event.occasions.all()), _chosen(event)
    if to_choose >= len(rows):
        raise ActionRefused(
            _("There are only %(dates)s dates: leave this empty when everybody comes to all of them.")
            % {"dates": len(rows)},
            code="too_few_dates",
            field="dates_to_choose",
        )
    for row in rows:
        if chosen[row.pk] > seats_of(row, event):
            raise ActionRefused(
                _("%(chosen)s people have chosen %(when)s already, so it cannot have fewer seats.")
                % {"chosen": chosen[row.pk], "when": moment_text(row.starts_at)},
                code="date_below_chosen",
                field="dates_to_choose",
            )
    if sum(seats_of(row, event) for row in rows) < to_choose * event.capacity:
        raise ActionRefused(
            _("The dates have too few seats together for everybody to come to so many."),
            code="too_few_seats_on_dates",
            field="dates_to_choose",
        )
