"""The engine that needs nothing but the database: FTS5 on SQLite, a text vector on PostgreSQL.

FTS5's bm25() and PostgreSQL's ts_rank() only choose the candidates; `ranking.py` ranks those alike for all engines.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from search.analysis.questions import Question
from search.engines.base import Found, Match, narrowed
from search.models import SearchEntry
from search.query import NEWEST, SearchQuery

# The streams' weights: title, words, parts, lemmas. PostgreSQL's stand in migration 0004.
_SQLITE_WEIGHTS = "5.0, 5.0, 2.0, 2.0"
AT_ONCE = 500


class DatabaseEngine:
    def find(self, question: Question, query: SearchQuery, *, limit: int, now: datetime) -> Found:
        terms = sorted(question.finding_terms)
        if query.tokens is not None and not query.tokens:
            return Found([], 0)
        newest = "entry.dated_at DESC, entry.id DESC"
        if terms and connection.vendor == "postgresql":
            # The function of migration 0004 looks at the audience itself.
            source, order = "search_matches(to_tsquery('simple', %s), %s::text[]) AS entry", "entry.rank DESC, entry.id"
            parameters = [" | ".join(terms), None if query.tokens is None else sorted(query.tokens)]
        else:
            source, order, parameters = "search_searchentry AS entry WHERE TRUE", newest, []
            if terms:
                source = "search_fts JOIN search_searchentry AS entry ON entry.id = search_fts.rowid"
                source += " WHERE search_fts MATCH %s"
                order = f"bm25(search_fts, {_SQLITE_WEIGHTS}), entry.id"
                parameters = [" OR ".join(f'"{term}"' for term in terms)]
            if query.tokens is not None:
                marks = ", ".join(["%s"] * len(query.tokens))
                source += f""" AND EXISTS (
                    SELECT 1 FROM search_searchaudience AS audience
                    WHERE audience.entry_id = entry.id AND audience.token IN ({marks}))"""  # noqa: S608 - marks only
                parameters += sorted(query.tokens)
        sql = f"""
            SELECT entry.id, entry.facets, entry.joinable_until IS NOT NULL AND entry.joinable_until > %s
            FROM {source} ORDER BY {newest if query.sort == NEWEST else order}
        """  # noqa: S608 - put together from this module's own texts; all values are parameters
        with connection.cursor() as cursor:
            cursor.execute(sql, [now, *parameters])
            matches = [Match(pk, facets, bool(is_joinable)) for pk, facets, is_joinable in cursor.fetchall()]
        return narrowed(matches, query, limit=limit)

    def write(self, entries: Sequence[SearchEntry]) -> None:
        if connection.vendor != "sqlite":
            return  # PostgreSQL keeps its vector itself
        self.delete(entry.pk for entry in entries)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_fts (rowid, title_terms, words, parts, lemmas) VALUES (%s, %s, %s, %s, %s)",
                [(entry.pk, entry.title_terms, entry.words, entry.parts, entry.lemmas) for entry in entries],
            )

    def mend(self) -> int:
        """Bring in what is missing of the entries, and drop what is left of others; return how many there were."""
        if connection.vendor != "sqlite":
            return 0
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM search_fts WHERE rowid NOT IN (SELECT id FROM search_searchentry)")
            left = cursor.rowcount
            cursor.execute("SELECT id FROM search_searchentry WHERE id NOT IN (SELECT rowid FROM search_fts)")
            missing = [pk for (pk,) in cursor.fetchall()]
        for start in range(0, len(missing), AT_ONCE):
            self.write(list(SearchEntry.objects.filter(pk__in=missing[start : start + AT_ONCE])))
        return left + len(missing)

    def delete(self, ids: Iterable[int]) -> None:
        if connection.vendor != "sqlite":
            return
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM search_fts WHERE rowid = %s", [(pk,) for pk in ids])
