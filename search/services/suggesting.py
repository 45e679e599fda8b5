"""Titles that complete what somebody has begun to write. The database answers, whichever engine searches."""

from datetime import datetime

from django.db import connection
from django.db.models import Case, Exists, Min, OuterRef, Q, When
from django.utils import timezone

from search.analysis import text as texts
from search.models import SearchAudience, SearchEntry, SearchStart
from search.query import SearchHit
from search.services.searching import PLAIN, plain_hit

SHOWN = 8
MIN_LENGTH, MAX_WORDS = 2, 6


def suggest(text: str, tokens: frozenset[str] | None, *, now: datetime | None = None) -> list[SearchHit]:
    """At most SHOWN entries that somebody with these tokens may read and whose titles have all words of `text`.

    The last word, as the others, may be the beginning of one, or of a part of a compound; å, ä and ö may lack their
    marks. What the title begins with comes first, what is over last. [] for any text too short.
    """
    words = [word.text for word in texts.words(texts.normalised(text[:100]))][:MAX_WORDS]
    terms = list(dict.fromkeys(texts.as_term(piece) for word in words for piece in texts.pieces(word)[:1]))
    if not terms or max(map(len, terms)) < MIN_LENGTH:
        return []
    # Asked by its longest word: fewest titles have it.
    longest = max(terms, key=len)
    over = Case(When(entry__ends_at__lt=now or timezone.now(), then=1), default=0)
    starts = SearchStart.objects.filter(_begins(longest))
    if tokens is not None:
        starts = starts.filter(Exists(SearchAudience.objects.filter(entry=OuterRef("entry_id"), token__in=tokens)))
    for term in terms:
        if term != longest:
            starts = starts.filter(Exists(SearchStart.objects.filter(_begins(term), entry=OuterRef("entry_id"))))
    ids = list(
        starts.values("entry_id")
        .annotate(first=Min("position"), over=over)
        .order_by("over", "first", "-entry__dated_at", "entry_id")
        .values_list("entry_id", flat=True)[:SHOWN]
    )
    found = SearchEntry.objects.only(*PLAIN).in_bulk(ids)
    return [plain_hit(found[pk]) for pk in ids if pk in found]


def _begins(term: str) -> Q:
    """By the index: LIKE on PostgreSQL, which sorts by a language's rules; between two terms on SQLite, whose LIKE uses
    no index."""
    if connection.vendor == "sqlite":
        return Q(term__gte=term, term__lt=f"{term}~")  # after every letter and digit
    return Q(term__startswith=term)
