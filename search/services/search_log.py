"""Which searches are made, and what editors may learn from them. Nobody's name, address or time of day is noted."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Avg, Count, Max, Q, QuerySet
from django.utils import timezone

from search.analysis import text as texts
from search.models import AskedSearch

KEPT = timedelta(days=90)
# A text that fewer searches had may tell of somebody: editors do not see it.
LEAST = 3
SHOWN = 30
MAX_TEXT = 120
# An e-mail address, a telephone or personal number.
_PERSONAL = re.compile(r"@|(?:\d[\s+-]*){6}")


@dataclass(frozen=True)
class Asked:
    """What editors see of a text that was searched for: how often, with how many hits, how often one was opened."""

    text: str
    times: int
    hits: float
    opened: int
    rank: float | None  # of what was opened, on average
    last_day: date


def text_to_note(text: str) -> str:
    """The text as it is counted, in small letters; "" for one that may hold somebody's address or number."""
    text = " ".join(texts.normalised(text).lower().split())[:MAX_TEXT]
    return "" if _PERSONAL.search(text) else text


def note(*, uid: UUID, text: str, hits: int, engine: str, milliseconds: int) -> None:
    """Note a search once, however often it is told of; nothing for a text without what may be noted."""
    if text := text_to_note(text):
        AskedSearch.objects.bulk_create(
            [
                AskedSearch(
                    uid=uid,
                    day=timezone.localdate(),
                    text=text,
                    hits=hits,
                    engine=engine,
                    milliseconds=milliseconds,
                )
            ],
            ignore_conflicts=True,
        )


def note_opened(uid: UUID, rank: int) -> None:
    """Note that the hit with this rank was opened; the best one counts."""
    AskedSearch.objects.filter(pk=uid).filter(Q(clicked_rank=None) | Q(clicked_rank__gt=rank)).update(clicked_rank=rank)


def forget_old() -> int:
    """Remove what is older than KEPT; return how many."""
    return AskedSearch.objects.filter(day__lt=timezone.localdate() - KEPT).delete()[0]


def without_hits(searches: QuerySet[AskedSearch]) -> list[Asked]:
    """The texts that found nothing, the most frequent first."""
    return _counted(searches.filter(hits=0))


def most_frequent(searches: QuerySet[AskedSearch]) -> list[Asked]:
    return _counted(searches)


def not_opened(searches: QuerySet[AskedSearch]) -> list[Asked]:
    """The texts whose hits nobody opened: something is found, but not what was meant."""
    return _counted(searches.filter(hits__gt=0), opened=0)


def _counted(searches: QuerySet[AskedSearch], **narrowed: int) -> list[Asked]:
    rows = (
        searches.values("text")
        .annotate(
            times=Count("pk"),
            last_day=Max("day"),
            found=Avg("hits"),
            opened=Count("clicked_rank"),
            rank=Avg("clicked_rank"),
        )
        .filter(times__gte=LEAST, **narrowed)
        .order_by("-times", "text")
    )
    return [
        Asked(row["text"], row["times"], row["found"], row["opened"], row["rank"], row["last_day"])
        for row in rows[:SHOWN]
    ]
