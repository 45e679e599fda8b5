"""Who may have a seat: all seats, those kept for a municipality, and the common pool. Numbers only, no database.

A municipality's people take the seats kept for it first, then common ones; guests, who come for none, take common
ones. Kept seats that are not taken are nobody else's until they are released; with none kept, every seat is common.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from portal.events.models import TrainingEvent

GUESTS = 0  # stands for a municipality where somebody comes for none; no row has it


@dataclass
class SeatPool:
    """`kept`, `held` and `on_hold` count seats by municipality id: promised to its people, held by them, and held
    for a few minutes while somebody fills in the form of a team."""

    capacity: int
    kept: dict[int, int] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    on_hold: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, event: TrainingEvent, now: datetime, *, held: dict[int, int] | None = None) -> Self:
        """The pool as the event's row says, with nothing kept once the moment of release is there.

        `held` instead of what the row says, for an act that has changed it and not written yet.
        """
        kept = event.kept_seats if event.keeps_seats_at(now) else {}
        on_hold: Counter[int] = Counter()
        for municipality_id, seats in event.holds_at(now) if event.form_holds else ():
            on_hold[municipality_id] += seats
        return cls(event.capacity, _by_id(kept), _by_id(event.held_seats) if held is None else held, on_hold)

    @property
    def taken(self) -> int:
        return sum(self.held.values())

    @property
    def kept_free(self) -> int:
        """Kept for somebody and not taken yet."""
        return sum(self.own_free(pk) for pk in self.kept)

    @property
    def common_free(self) -> int:
        """Free for anybody; below nought when more is promised than there are seats."""
        return self.capacity - self.taken - sum(self.on_hold.values()) - self.kept_free

    def own_free(self, municipality_id: int | None) -> int:
        municipality_id = municipality_id or GUESTS
        used = self.held.get(municipality_id, 0) + self.on_hold.get(municipality_id, 0)
        return max(self.kept.get(municipality_id, 0) - used, 0)

    def has_room_for(self, municipality_id: int | None) -> bool:
        return self.common_free > 0 or self.own_free(municipality_id) > 0

    def free_for(self, municipality_id: int | None) -> int:
        return max(self.common_free, 0) + self.own_free(municipality_id)

    def municipalities_with_own_seats(self) -> set[int]:
        return {pk for pk in self.kept if self.own_free(pk)}

    def change(self, municipality_id: int | None, delta: int) -> None:
        """One seat more (1) or less (-1) is held by somebody of that municipality, or by a guest."""
        municipality_id = municipality_id or GUESTS
        held = self.held.get(municipality_id, 0) + delta
        if held:
            self.held[municipality_id] = held
        else:
            self.held.pop(municipality_id, None)


def _by_id(stored: dict[str, int]) -> dict[int, int]:
    return {int(pk): count for pk, count in stored.items() if count}


def stored(counts: dict[int, int]) -> dict[str, int]:
    """Counts by municipality id as the event's row holds them."""
    return {str(pk): count for pk, count in sorted(counts.items()) if count}
