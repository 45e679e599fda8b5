"""What else one may want to read who reads something: found by the engine, with the reader's rights."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count

from portal.knowledge.models import Adoption
from portal.municipalities.permissions import tokens_of
from search.entries import kinds_of
from search.models import SearchEntry
from search.query import SearchHit, SearchQuery
from search.services import searching

SHOWN = 3
# A lesson that fits so much worse than the best one has only a common word in common.
LEAST_FIT = 0.35


@dataclass(frozen=True)
class Related:
    lessons: list[SearchHit] = field(default_factory=list)
    also_used: list[SearchHit] = field(default_factory=list)


def related_to(item, user) -> Related:
    """The lessons that are about the same as a page or event, and what those who use a page also use.

    Lessons have words of its title, and a topic where it has any. Nothing for what cannot be found by searching,
    as a draft. Costs the same questions however much there is.
    """
    entry = SearchEntry.objects.filter(kind__in=kinds_of(item), object_id=item.pk).first()
    if entry is None:
        return Related()
    tokens = tokens_of(user)
    readable = None if tokens is None else frozenset(tokens)
    return Related(_lessons(entry, readable), [] if entry.kind == "event" else _also_used(entry, readable))


def _lessons(entry: SearchEntry, tokens: frozenset[str] | None) -> list[SearchHit]:
    topics = frozenset(value for name, _colon, value in _facets(entry) if name == "topic")
    query = SearchQuery(
        text=entry.title,
        tokens=tokens,
        filters={"kind": frozenset({"lesson"}), "topic": topics},
        per_page=SHOWN + 1,
        has_passages=False,
    )
    hits = searching.search(query).hits
    others = [hit for hit in hits if (hit.kind, hit.object_id) != (entry.kind, entry.object_id)]
    return [hit for hit in others[:SHOWN] if hit.score >= LEAST_FIT * others[0].score]


def _also_used(entry: SearchEntry, tokens: frozenset[str] | None) -> list[SearchHit]:
    using = Adoption.objects.active().filter(source=entry.object_id)
    sources = (
        Adoption.objects.active()
        .filter(municipality__in=using.values("municipality"), source__isnull=False)
        .exclude(source=entry.object_id)
        .values("source")
        .annotate(users=Count("municipality", distinct=True))
        .order_by("-users", "-source")
        .values_list("source", flat=True)
    )
    ids = list(sources[: 10 * SHOWN])
    found = {
        other.object_id: other
        for other in searching.readable(tokens).exclude(kind="event").filter(object_id__in=ids).only(*searching.PLAIN)
    }
    return [searching.plain_hit(found[pk]) for pk in ids if pk in found][:SHOWN]


def _facets(entry: SearchEntry) -> Iterable[tuple[str, str, str]]:
    return (facet.partition(":") for facet in entry.facets.split())
