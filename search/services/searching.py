"""From a search to its results: the question is read, an engine finds, the best are ranked and shown with a passage."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from prometheus_client import Counter

from portal.core import kept
from portal.core.metrics import counted
from portal.core.services import in_language
from search import analysis
from search.analysis import text as texts
from search.analysis.questions import MAX_CHARACTERS, Question, ask
from search.analysis.spelling import Vocabulary
from search.analysis.synonyms import Synonyms
from search.engines import current_engine, current_server
from search.engines.base import CANDIDATES, SearchEngine
from search.engines.ranking import Statistics, rank
from search.models import (
    ENTRIES,
    LENGTH,
    SYNONYMS_VERSION,
    WORDS_VERSION,
    SearchAudience,
    SearchEntry,
    SearchTerm,
    SearchWord,
    Synonym,
)
from search.query import NEWEST, SearchHit, SearchQuery, SearchResults
from search.services.indexing import analysis_for

PASSAGE_CHARACTERS = 220
# A word in more of the entries than this ranks but finds nothing on its own; but never one that so few have.
TOO_COMMON, FEW = 0.4, 500
# Words that only a single long text has are kept; but no more of them than a process can hold.
MAX_VOCABULARY = 60_000
_known: "_Known | None" = None


@dataclass(frozen=True)
class _Known:
    """What a process keeps of the words of public texts and of the synonyms, with the versions they had."""

    versions: tuple[int, int]
    vocabulary: Vocabulary
    synonyms: dict[str, Synonyms]  # by language


_searches = Counter("portal_searches", "Searches, by who answered.", ["engine"], registry=counted)


def answered_by(*, is_fallback: bool) -> str:
    """Who answers searches: the search server, the database, or the database in the server's place."""
    return "fallback" if is_fallback else "elasticsearch" if current_server() else "database"


def search(query: SearchQuery, *, engine: SearchEngine | None = None, now: datetime | None = None) -> SearchResults:
    """Answer `query` with what its tokens may find, best first; never raises for any text."""
    now = now or timezone.now()
    engine = engine or current_engine()
    question, statistics = _known_question(query.text)
    if query.text.strip() and not question.terms:
        meant = _did_you_mean(query.text, question)
        return SearchResults([], 0, page=query.page, per_page=query.per_page, did_you_mean=meant)
    start = (query.page - 1) * query.per_page
    end = start + query.per_page
    found = engine.find(question, query, limit=max(CANDIDATES, end), now=now)
    _searches.labels(answered_by(is_fallback=found.is_fallback)).inc()
    shown: list[tuple[SearchEntry, float]] = []
    if start < CANDIDATES:
        shown = _ranked(found.ids[:CANDIDATES], query, question, statistics, now)[start:end]
    # Far down, the engine's own order will do.
    shown += [(entry, 0.0) for entry in _entries(found.ids[max(start, CANDIDATES) : end], query)]
    terms = question.terms
    return SearchResults(
        hits=[_hit(entry, score, terms if query.has_passages else None) for entry, score in shown],
        total=found.total,
        facets=found.facets,
        joinable=found.joinable,
        page=query.page,
        per_page=query.per_page,
        is_fallback=found.is_fallback,
        did_you_mean=_did_you_mean(query.text, question),
    )


def kept_search(query: SearchQuery) -> SearchResults:
    """What `search` answers, kept ready for all with the same tokens; but not what a stand-in answered."""
    if not kept.is_possible():
        return search(query)
    place = kept.Place("search", query.as_key(), get_language(), about=(kept.CONTENT,))
    if not place.is_empty:
        _searches.labels("kept").inc()
        return place.value
    results = search(query)
    if not results.is_fallback:
        place.keep(results)
    return results


def newest_ids(query: SearchQuery, number: int, *, now: datetime | None = None) -> list[int]:
    """The ids of the newest entries that `query` finds, at most `number`; whatever its page and order."""
    question, _statistics_of_it = _known_question(query.text)
    if query.text.strip() and not question.terms:
        return []
    query = replace(query, sort=NEWEST)
    found = current_engine().find(question, query, limit=number, now=now or timezone.now())
    return [entry.pk for entry in _entries(found.ids, query)]


def read(text: str) -> Question:
    """The question that a text asks, in Swedish and in English at once: entries are in both."""
    known = _all_known()
    swedish, english = (
        ask(text, analysis_for(language), vocabulary=vocabulary, synonyms=known.synonyms[language])
        for language, vocabulary in ((analysis.SWEDISH, known.vocabulary), (analysis.ENGLISH, None))
    )
    groups = {group.word: group for group in swedish.groups}
    for group in english.groups:
        known_group = groups.get(group.word)
        groups[group.word] = replace(known_group, terms=known_group.terms + group.terms) if known_group else group
    # What says nothing in either language says nothing by its letters.
    silent = analysis_for(analysis.ENGLISH).stop_words
    telling = [word for word in swedish.text.split() if word not in silent]
    return Question(tuple(groups.values()), " ".join(telling) or swedish.text)


def vocabulary() -> Vocabulary:
    """The words that misspelt ones are compared with, kept until one is new or gone.

    A word that nobody may read any more is not suggested a moment longer.
    """
    return _all_known().vocabulary


def _all_known() -> _Known:
    global _known
    names = (WORDS_VERSION, SYNONYMS_VERSION)
    stored = dict(SearchTerm.objects.filter(term__in=names).values_list("term", "entries"))
    versions = (stored.get(WORDS_VERSION, 0), stored.get(SYNONYMS_VERSION, 0))
    if _known is None or versions != _known.versions:
        rows = SearchWord.objects.order_by("-entries", "word").values_list("word", "entries")
        pairs = [pair for synonym in Synonym.objects.all() for pair in synonym.pairs()]
        languages = (analysis.SWEDISH, analysis.ENGLISH)
        synonyms = {language: Synonyms(pairs, analysis_for(language)) for language in languages}
        _known = _Known(versions, Vocabulary(dict(rows[:MAX_VOCABULARY])), synonyms)
    return _known


def forget_vocabulary() -> None:
    """Read the words anew when they are asked for next."""
    global _known
    _known = None


def _known_question(text: str) -> tuple[Question, Statistics]:
    """The question with the terms that some entry has, and how many have each."""
    question = read(text)
    statistics = _statistics(question)
    return _without_common(question.only(statistics.terms), statistics), statistics


def _statistics(question: Question) -> Statistics:
    wanted = {*question.terms, ENTRIES, LENGTH}
    terms = dict(SearchTerm.objects.filter(term__in=wanted).values_list("term", "entries"))
    entries = terms.pop(ENTRIES, 0)
    return Statistics(entries, terms.pop(LENGTH, 0) / max(entries, 1) or 1.0, terms)


def _without_common(question: Question, statistics: Statistics) -> Question:
    """Where rarer words find enough, those that most entries have need not find the rest of them, too."""
    most = max(TOO_COMMON * statistics.entries, FEW)
    common = frozenset(term for term, count in statistics.terms.items() if count > most)
    is_enough = any(0 < count <= most for count in statistics.terms.values())
    return replace(question, too_common=common) if is_enough else question


def _ranked(
    ids: list[int], query: SearchQuery, question: Question, statistics: Statistics, now: datetime
) -> list[tuple[SearchEntry, float]]:
    entries = _entries(ids, query)
    if not question.terms or query.sort == NEWEST:
        return [(entry, 0.0) for entry in entries]
    return rank(entries, question, statistics, now=now)


def _entries(ids: list[int], query: SearchQuery) -> list[SearchEntry]:
    """The entries in the order of their ids; once more only those that may be read, whatever the engine says."""
    found = readable(query.tokens).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def readable(tokens: frozenset[str] | None) -> QuerySet[SearchEntry]:
    """The entries that somebody with these tokens may find."""
    entries = SearchEntry.objects.all()
    if tokens is None:
        return entries
    return entries.filter(Exists(SearchAudience.objects.filter(entry=OuterRef("pk"), token__in=tokens)))


def _did_you_mean(text: str, question: Question) -> str:
    """The text with its misspelt words put right; "" when none is."""
    meant = {group.word: group.meant for group in question.groups if group.meant != group.word}
    if not meant:
        return ""
    text = texts.normalised(text[:MAX_CHARACTERS])
    pieces, at = [], 0
    for word in texts.words(text):
        if word.text in meant:
            pieces += [text[at : word.start], meant[word.text]]
            at = word.end
    return "".join([*pieces, text[at:]])


# What a hit without a passage shows of an entry.
PLAIN = ("kind", "object_id", "title", "url", "municipality_id", "language")


def plain_hit(entry: SearchEntry) -> SearchHit:
    """The hit of an entry that is shown by its title alone."""
    return SearchHit(**{name: getattr(entry, name) for name in PLAIN} | {"url": in_language(entry.url)})


def _hit(entry: SearchEntry, score: float, terms: frozenset[str] | None) -> SearchHit:
    """With the matching words marked; without `terms`, with nothing to show."""
    marked_title, passage = [(entry.title, False)], []
    if terms is not None:
        marked_title = _marked(entry.title, list(analysis_for(entry.language).marked(entry.title, terms)))
        passage = _passage(entry, terms)
    return SearchHit(
        kind=entry.kind,
        object_id=entry.object_id,
        title=entry.title,
        url=in_language(entry.url),
        municipality_id=entry.municipality_id,
        language=entry.language,
        score=score,
        marked_title=marked_title,
        passage=passage,
    )


def _passage(entry: SearchEntry, terms: frozenset[str]) -> list[tuple[str, bool]]:
    """A piece of the body around its first match, split into what matched and what did not."""
    text = entry.body.replace("\n", " ")
    matches: list[tuple[int, int]] = []
    for match in analysis_for(entry.language).marked(text, terms):
        if matches and match[0] > matches[0][0] + PASSAGE_CHARACTERS:
            break
        matches.append(match)
    first = matches[0][0] if matches else 0
    begin = 0 if first < PASSAGE_CHARACTERS // 2 else text.rfind(" ", 0, first - PASSAGE_CHARACTERS // 3) + 1
    finish = len(text)
    if finish - begin > PASSAGE_CHARACTERS:
        finish = text.rfind(" ", begin, begin + PASSAGE_CHARACTERS)
        if finish < begin + PASSAGE_CHARACTERS // 2:  # one endless word: cut it
            finish = begin + PASSAGE_CHARACTERS
    inside = [(start - begin, end - begin) for start, end in matches if start >= begin and end <= finish]
    pieces = _marked(text[begin:finish], inside)
    if begin:
        pieces.insert(0, ("… ", False))
    if finish < len(text):
        pieces.append((" …", False))
    return pieces


def _marked(text: str, matches: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    pieces, at = [], 0
    for start, end in matches:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:], False))
    return [piece for piece in pieces if piece[0]]
