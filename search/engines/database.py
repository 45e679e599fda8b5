"""The engine that needs nothing but the database: an inverted index in a table, ranked by BM25 in Python.

BM25: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import math
from collections import Counter, defaultdict

from django.db.models import Avg, Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from search.analysis import swedish
from search.models import SearchAudience, SearchEntry, SearchTerm
from search.query import SearchHit, SearchQuery, SearchResults

TITLE_WEIGHT = 4.0
K1, B = 1.2, 0.7
# What has passed is still worth reading, but comes after what one can join.
PAST_FACTOR = 0.4
MAX_CHARACTERS, MAX_TERMS = 300, 24
PASSAGE_CHARACTERS = 220


class DatabaseEngine:
    def search(self, query: SearchQuery) -> SearchResults:
        terms = list(dict.fromkeys(swedish.terms(query.text[:MAX_CHARACTERS])))[:MAX_TERMS]
        found = self._allowed(query)
        if query.text.strip():
            scores = self._scores(found, terms)
        else:
            scores = dict.fromkeys(found.order_by("-updated_at", "-pk").values_list("pk", flat=True), 0.0)
        kinds = dict(found.filter(pk__in=scores).values_list("pk", "kind")) if scores else {}
        kind_counts = Counter(kinds.values())
        chosen = [pk for pk in scores if not query.kind or kinds[pk] == query.kind]
        chosen.sort(key=lambda pk: -scores[pk])
        start = (query.page - 1) * query.per_page
        shown = chosen[start : start + query.per_page]
        entries = SearchEntry.objects.in_bulk(shown)
        wanted = set(terms)
        hits = [self._hit(entries[pk], scores[pk], wanted) for pk in shown if pk in entries]
        return SearchResults(hits, len(chosen), dict(kind_counts), query.page, query.per_page)

    def _allowed(self, query: SearchQuery) -> QuerySet[SearchEntry]:
        """The audience is part of the question: filtering the answers would leak totals and counts."""
        entries = SearchEntry.objects.all()
        if query.tokens is not None:
            tokens = SearchAudience.objects.filter(entry=OuterRef("pk"), token__in=query.tokens)
            entries = entries.filter(Exists(tokens))
        if query.municipality_id:
            entries = entries.filter(municipality=query.municipality_id)
        if query.topic_id:
            entries = entries.filter(topics=query.topic_id)
        return entries

    def _scores(self, found: QuerySet[SearchEntry], terms: list[str]) -> dict[int, float]:
        if not terms:
            return {}
        collection = found.aggregate(count=Count("pk"), average=Avg("length"))
        count, average = collection["count"], collection["average"] or 1.0
        rows = SearchTerm.objects.filter(term__in=terms, entry__in=found.values("pk")).values_list(
            "entry_id", "term", "in_title", "in_body", "entry__length", "entry__ends_at"
        )
        by_entry: dict[int, list] = defaultdict(list)
        frequency: Counter[str] = Counter()
        for entry_id, term, in_title, in_body, length, ends_at in rows:
            by_entry[entry_id].append((term, TITLE_WEIGHT * in_title + in_body, length, ends_at))
            frequency[term] += 1
        now = timezone.now()
        scores = {}
        for entry_id, matches in by_entry.items():
            score = 0.0
            for term, occurrences, length, _ends_at in matches:
                rarity = math.log(1 + (count - frequency[term] + 0.5) / (frequency[term] + 0.5))
                score += rarity * occurrences * (K1 + 1) / (occurrences + K1 * (1 - B + B * length / average))
            # Texts with all the words asked for come before long texts with one of them.
            score *= 0.4 + 0.6 * len(matches) / len(terms)
            if matches[0][3] and matches[0][3] < now:
                score *= PAST_FACTOR
            scores[entry_id] = score
        return scores

    def _hit(self, entry: SearchEntry, score: float, terms: set[str]) -> SearchHit:
        return SearchHit(
            kind=entry.kind,
            object_id=entry.object_id,
            title=entry.title,
            url=entry.url,
            municipality_id=entry.municipality_id,
            score=score,
            passage=_passage(entry.body, terms),
        )


def _passage(body: str, terms: set[str]) -> list[tuple[str, bool]]:
    """A piece of the body around its first match, split into what matched and what did not."""
    text = body.replace("\n", " ")
    matches = [
        (start, end) for word, start, end in swedish.words(text) if terms.intersection(swedish.terms_of_word(word))
    ]
    first = matches[0][0] if matches else 0
    begin = 0 if first < PASSAGE_CHARACTERS // 2 else text.rfind(" ", 0, first - PASSAGE_CHARACTERS // 3) + 1
    finish = len(text)
    if finish - begin > PASSAGE_CHARACTERS:
        finish = text.rfind(" ", begin, begin + PASSAGE_CHARACTERS)
        if finish < begin + PASSAGE_CHARACTERS // 2:  # one endless word: cut it
            finish = begin + PASSAGE_CHARACTERS
    pieces: list[tuple[str, bool]] = []
    at = begin
    for start, end in matches:
        if start < at or end > finish:
            continue
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:finish], False))
    if begin:
        pieces.insert(0, ("… ", False))
    if finish < len(text):
        pieces.append((" …", False))
    return [piece for piece in pieces if piece[0]]
