"""Keeping the search entries in step with the content."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from django.conf import settings
from django.db import connection, transaction

from cms.models import PortalDocument
from cms.permissions import documents_on_pages
from portal.municipalities.permissions import PUBLIC_TOKEN
from search import analysis
from search.analysis import text as texts
from search.analysis.base import Analysis
from search.engines import current_engine
from search.engines.database import DatabaseEngine
from search.entries import all_items, entry_for, kinds_of
from search.entries.base import EntryContent
from search.models import (
    ENTRIES,
    LENGTH,
    SYNONYMS_VERSION,
    WORDS_VERSION,
    DocumentOnPage,
    SearchAudience,
    SearchEntry,
    SearchStart,
    SearchTerm,
    SearchWord,
)
from search.services import outbox

MAX_WORD, MAX_TITLE = 80, 255
BATCH = 200


def update(item) -> None:
    """Write the entry of a page (specific), event or document anew, or remove it when that is not to be found now."""
    content = entry_for(item)
    if content is None:
        remove(item)
    else:
        write([content])


def update_documents_of(page_id: int) -> None:
    """Follow a page whose readers or text changed with the documents that it offers, or offered."""
    offered = {document for _page, document in documents_on_pages(page_id)}
    known = set(DocumentOnPage.objects.filter(page_id=page_id).values_list("document", flat=True))
    DocumentOnPage.objects.filter(page_id=page_id, document__in=known - offered).delete()
    DocumentOnPage.objects.bulk_create(
        [DocumentOnPage(document_id=pk, page_id=page_id) for pk in sorted(offered - known)], ignore_conflicts=True
    )
    for document in PortalDocument.objects.filter(pk__in=known | offered).order_by("pk"):
        update(document)


def remove(item) -> None:
    """Remove the entry of a page, event or document, of whatever kind the page was."""
    delete(SearchEntry.objects.filter(kind__in=kinds_of(item), object_id=item.pk))


def _link_documents() -> None:
    """Know of every document which pages offer it, as the pages stand now."""
    links = [DocumentOnPage(document_id=document, page_id=page) for page, document in documents_on_pages()]
    with transaction.atomic():
        DocumentOnPage.objects.all().delete()
        DocumentOnPage.objects.bulk_create(links, batch_size=BATCH, ignore_conflicts=True)


def rebuild() -> int:
    """Write every entry anew and drop those whose content is gone; return how many there are."""
    _link_documents()
    kept: set[tuple[str, int]] = set()
    for contents in _batches(content for item in all_items() if (content := entry_for(item)) is not None):
        write(contents)
        kept.update((content.kind, content.object_id) for content in contents)
    _drop_all_but(kept)
    recount()
    return len(kept)


def repair() -> int:
    """Write anew what differs from the content, drop what is gone, and count again; return how many differed."""
    _link_documents()
    known: set[tuple[str, int]] = set()
    different = 0
    for contents in _batches(content for item in all_items() if (content := entry_for(item)) is not None):
        known.update((content.kind, content.object_id) for content in contents)
        stored = {
            (entry.kind, entry.object_id): entry
            for entry in SearchEntry.objects.filter(
                object_id__in=[content.object_id for content in contents]
            ).prefetch_related("audience")
        }
        wrong = [one for one in contents if not _is_as(stored.get((one.kind, one.object_id)), one)]
        write(wrong)
        different += len(wrong)
    different += _drop_all_but(known)
    recount()
    return different + DatabaseEngine().mend()


def _is_as(entry: SearchEntry | None, content: EntryContent) -> bool:
    if entry is None or {token.token for token in entry.audience.all()} != content.audience:
        return False
    wanted = SearchEntry()
    _fill(wanted, content)
    names = (
        "title",
        "url",
        "body",
        "facets",
        "fingerprint",
        "municipality_id",
        "dated_at",
        "ends_at",
        "joinable_until",
    )
    return all(getattr(entry, name) == getattr(wanted, name) for name in names)


def _drop_all_but(kept: set[tuple[str, int]]) -> int:
    gone = [
        pk for pk, kind, item in SearchEntry.objects.values_list("pk", "kind", "object_id") if (kind, item) not in kept
    ]
    for pks in _batches(gone):
        delete(SearchEntry.objects.filter(pk__in=pks))
    return len(gone)


def is_stale() -> bool:
    """Whether some entry was made by another analysis than this installation's: its terms find other words."""
    current = [analysis_for(language).fingerprint for language in (analysis.SWEDISH, analysis.ENGLISH)]
    return SearchEntry.objects.exclude(fingerprint__in=current).exists()


def analysis_for(language: str) -> Analysis:
    """The analysis of texts in a language, as this installation has it."""
    return analysis.analysis_of(language, settings.SWEDISH_LEXICON)


@transaction.atomic
def write(contents: Iterable[EntryContent]) -> None:
    """Write the entries of contents, all of different objects, in place of what is there of them."""
    contents = list(contents)
    _wait_for_turn()
    old = {
        (entry.kind, entry.object_id): entry
        for entry in SearchEntry.objects.filter(
            object_id__in=[content.object_id for content in contents]
        ).prefetch_related("audience")
    }
    terms: Counter[str] = Counter()
    words: Counter[str] = Counter()
    new, changed = [], []
    for content in contents:
        entry = old.get((content.kind, content.object_id))
        if entry is None:
            entry = SearchEntry(kind=content.kind, object_id=content.object_id)
            new.append(entry)
        else:
            changed.append(entry)
            _count(entry, {token.token for token in entry.audience.all()}, terms, words, -1)
        _fill(entry, content)
        _count(entry, content.audience, terms, words, 1)
    SearchEntry.objects.bulk_create(new)
    for entry in changed:
        entry.save()
    SearchAudience.objects.filter(entry__in=changed).delete()
    tokens = {(content.kind, content.object_id): content.audience for content in contents}
    SearchAudience.objects.bulk_create(
        SearchAudience(entry=entry, token=token)
        for entry in (*new, *changed)
        for token in sorted(tokens[entry.kind, entry.object_id])
    )
    entries = [*new, *changed]
    SearchStart.objects.filter(entry__in=changed).delete()
    SearchStart.objects.bulk_create(
        SearchStart(entry=entry, term=term, position=position)
        for entry in entries
        for term, position in _starts(entry.title, analysis_for(entry.language))
    )
    _add(terms, words)
    current_engine().write(entries)
    outbox.queue(entry.pk for entry in entries)


@transaction.atomic
def delete(entries) -> None:
    """Remove a queryset of entries from the database and the engine."""
    terms: Counter[str] = Counter()
    words: Counter[str] = Counter()
    ids = []
    _wait_for_turn()
    for entry in entries.prefetch_related("audience"):
        _count(entry, {token.token for token in entry.audience.all()}, terms, words, -1)
        ids.append(entry.pk)
    if not ids:
        return
    SearchEntry.objects.filter(pk__in=ids).delete()
    _add(terms, words)
    current_engine().delete(ids)
    outbox.queue(ids)


@transaction.atomic
def recount() -> None:
    """Count terms and words from the entries anew: what was deleted together with others is still counted."""
    _wait_for_turn()
    terms: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for entry in SearchEntry.objects.prefetch_related("audience").iterator(chunk_size=BATCH):
        _count(entry, {token.token for token in entry.audience.all()}, terms, words, 1)
    # The row that others wait for stays: without it they would not wait.
    SearchTerm.objects.exclude(term__in=[WORDS_VERSION, SYNONYMS_VERSION, ENTRIES]).delete()
    SearchTerm.objects.filter(term=ENTRIES).update(entries=0)
    SearchWord.objects.all().delete()
    _add(terms, words)


def _fill(entry: SearchEntry, content: EntryContent) -> None:
    language = analysis_for(content.language)
    title, body = language.streams(content.title, with_stop_words=True), language.streams(content.body)
    entry.language = content.language
    entry.title, entry.url = texts.normalised(content.title)[:MAX_TITLE], content.url
    entry.body = texts.normalised(content.body)
    entry.title_terms = " ".join(title.words)
    entry.words = " ".join(body.words)
    entry.parts = " ".join((*title.parts, *body.parts))
    entry.lemmas = " ".join((*title.lemmas, *body.lemmas))
    entry.length = max(1, len(title.words) + len(body.words))
    entry.fingerprint = language.fingerprint
    entry.municipality_id = content.municipality_id
    entry.facets = " ".join([*content.facets, f"language:{content.language}"])
    entry.dated_at = content.dated_at
    entry.ends_at, entry.joinable_until = content.ends_at, content.joinable_until


def _starts(title: str, language: Analysis) -> Iterator[tuple[str, int]]:
    """What a title may be completed from, as terms: its words, their pieces and parts, also written without å, ä, ö."""
    for position, word in enumerate(texts.words(title)):
        pieces = texts.pieces(word.text)
        found = {*pieces, *(part for piece in pieces for part in language.parts_of(piece))}
        for term in {texts.as_term(form) for one in found for form in (one, one.translate(texts.WITHOUT_ACCENTS))}:
            yield term, position


def _count(entry: SearchEntry, audience: set[str], terms: Counter[str], words: Counter[str], sign: int) -> None:
    for term in {*entry.title_terms.split(), *entry.words.split(), *entry.parts.split(), *entry.lemmas.split()}:
        terms[term] += sign
    terms[ENTRIES] += sign
    terms[LENGTH] += sign * entry.length
    if PUBLIC_TOKEN not in audience:
        return
    language = analysis_for(entry.language)
    found = {piece for word in texts.words(f"{entry.title}\n{entry.body}") for piece in texts.pieces(word.text)}
    for word in {other for piece in found if piece.isalpha() for other in (piece, *language.parts_of(piece))}:
        if len(word) <= MAX_WORD:
            words[word] += sign


def _wait_for_turn() -> None:
    """Let whoever writes entries finish first: one transaction at a time, or two that write several each, in different
    orders, would wait for each other's counters for ever."""
    SearchTerm.objects.bulk_create([SearchTerm(term=ENTRIES, entries=0)], ignore_conflicts=True)
    SearchTerm.objects.select_for_update().get(term=ENTRIES)


def _add(terms: Counter[str], words: Counter[str]) -> None:
    if any(words.values()):
        terms[WORDS_VERSION] = 1
    _add_counts(SearchTerm, "term", terms)
    _add_counts(SearchWord, "word", words)


def _add_counts(model, name: str, counts: Counter[str]) -> None:
    rows = [(value, number) for value, number in counts.items() if number]
    if not rows:
        return
    table = model._meta.db_table
    # A counter never gets below nought, even where rows were deleted behind our back.
    least = "MAX" if connection.vendor == "sqlite" else "GREATEST"
    sql = (
        f"INSERT INTO {table} ({name}, entries) VALUES (%s, {least}(%s, 0)) "  # noqa: S608 - our own names
        f"ON CONFLICT ({name}) DO UPDATE SET entries = {least}({table}.entries + %s, 0)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(value, number, number) for value, number in rows])
    fewer = [value for value, number in rows if number < 0 and value != ENTRIES]
    for values in _batches(fewer):
        model.objects.filter(pk__in=values, entries=0).delete()


def _batches(items: Iterable) -> Iterator[list]:
    items = iter(items)
    while batch := list(islice(items, BATCH)):
        yield batch
