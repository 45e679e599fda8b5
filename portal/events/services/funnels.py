"""From the sign-up to the chair: how many signed up for an event, have a seat, and came."""

from dataclasses import dataclass

from django.db.models import Count, Q

from portal.events.enums import SignUpState
from portal.events.models import Attendance, TrainingEvent


@dataclass(frozen=True)
class Stages:
    """Different people; `place` is a municipality's short name, or "" for everybody. `came` is None until there is
    anybody who was checked in: where nobody was, nobody kept a list."""

    place: str
    signed_up: int
    confirmed: int
    came: int | None


@dataclass(frozen=True)
class Funnel:
    """The stages of everybody, and of each municipality where there are several."""

    everybody: Stages
    by_municipality: tuple[Stages, ...]

    @property
    def all(self) -> tuple[Stages, ...]:
        return (self.everybody, *self.by_municipality)


def of_event(event: TrainingEvent) -> Funnel:
    """How many ever signed up for the event, have a seat now, and of these came to one of its dates at least.

    Three queries. Somebody who signed up for two municipalities is one among everybody, and one in each.
    """
    rows = event.sign_ups.order_by()
    has_seat = Q(state=SignUpState.CONFIRMED)
    counts = {
        "signed_up": Count("person", distinct=True),
        "confirmed": Count("person", distinct=True, filter=has_seat),
        "came": Count("person", distinct=True, filter=has_seat & Q(attendances__isnull=False)),
    }
    has_list = Attendance.objects.filter(occasion__event=event).exists()
    places = rows.values("municipality__short_name").annotate(**counts).order_by("municipality__short_name")
    by_municipality = tuple(
        _stages(name, *numbers, has_list=has_list)
        for name, *numbers in places.values_list("municipality__short_name", *counts)
    )
    everybody = _stages("", **rows.aggregate(**counts), has_list=has_list)
    return Funnel(everybody, by_municipality if len(by_municipality) > 1 else ())


def _stages(place: str, signed_up: int, confirmed: int, came: int, *, has_list: bool) -> Stages:
    return Stages(place, signed_up, confirmed, came if has_list else None)
