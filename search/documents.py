"""What Elasticsearch holds of an entry. Nothing but the terms, the audience and what results are narrowed by: the rest
is read from the database, which also has the last word on who may see it."""

from elasticsearch.dsl import Date, Document, Keyword, Text

from search.models import SearchEntry

# The terms are finished: whatever else an analyser would do to them could only spoil them.
FINISHED = "whitespace"
SETTINGS = {
    "number_of_shards": 1,
    "number_of_replicas": 0,
    # Found a second after it was written at the latest.
    "refresh_interval": "1s",
    # Results are turned over to page 200.
    "max_result_window": 10_000,
}


class EntryDocument(Document):
    title_terms = Text(analyzer=FINISHED)
    words = Text(analyzer=FINISHED)
    parts = Text(analyzer=FINISHED)
    lemmas = Text(analyzer=FINISHED)
    audience = Keyword()
    facets = Keyword()
    dated_at = Date()
    joinable_until = Date()
    fingerprint = Keyword()

    class Index:
        settings = SETTINGS


def document_of(entry: SearchEntry) -> dict:
    """The document of a saved entry, whose audience should be prefetched."""
    return {
        "title_terms": entry.title_terms,
        "words": entry.words,
        "parts": entry.parts,
        "lemmas": entry.lemmas,
        "audience": sorted(token.token for token in entry.audience.all()),
        "facets": entry.facets.split(),
        "dated_at": entry.dated_at,
        "joinable_until": entry.joinable_until,
        "fingerprint": entry.fingerprint,
    }


def version_of(entry: SearchEntry) -> int:
    """Grows with every writing of an entry: an older text that comes late does not replace a newer one."""
    return int(entry.updated_at.timestamp() * 1_000_000)
