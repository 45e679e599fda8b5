"""Elasticsearch 8 as the engine. It is told of changes after they are committed (`services/outbox.py`)."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import uuid4

import elasticsearch
from elasticsearch import Elasticsearch, helpers
from elasticsearch.dsl import Q, Search
from elasticsearch.dsl.query import Query

from search.analysis.questions import Question
from search.documents import EntryDocument, document_of, version_of
from search.engines.base import EngineAway, Found
from search.engines.ranking import REST
from search.models import SearchEntry
from search.query import FACETS, NEWEST, SearchQuery

logger = logging.getLogger(__name__)

# In seconds: a search that takes longer is answered by the database.
SEARCH_TIMEOUT, WRITE_TIMEOUT = 1.5, 30.0
FIELDS = ["title_terms^5", "words^5", "parts^2", "lemmas^2"]
MOST = 10_000  # as far as Elasticsearch turns pages
VALUES = 500  # of all facets together
BATCH = 500


@lru_cache
def client_of(url: str) -> Elasticsearch:
    """The client of a server, with its connections; one for each process."""
    return Elasticsearch(url, request_timeout=SEARCH_TIMEOUT, max_retries=0, retry_on_timeout=False)


@contextmanager
def _away() -> Iterator[None]:
    """Whatever keeps the server from answering, as EngineAway."""
    try:
        yield
    except (elasticsearch.TransportError, elasticsearch.ApiError) as error:
        raise EngineAway(f"{type(error).__name__}: {error}"[:300]) from error


class ElasticsearchEngine:
    """Searches go to the alias `name`; writes to each index with this alias or `name-next`, the one being built."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._client = client_of(url)

    def find(self, question: Question, query: SearchQuery, *, limit: int, now: datetime) -> Found:
        if query.tokens is not None and not query.tokens:
            return Found([], 0)
        chosen = _chosen(query, now)
        search = Search(using=self._client, index=self.name).source(False)[: min(limit, MOST)]
        # A part of the answer would look like all of it.
        search = search.extra(track_total_hits=True).params(allow_partial_search_results=False)
        search = search.query(Q("bool", must=_asked(question), filter=_readable(query, question)))
        if query.sort == NEWEST or not question.terms:
            search = search.sort("-dated_at")
        for name in (*FACETS, "joinable"):
            others = [wanted for facet, wanted in chosen.items() if facet != name]
            counted = search.aggs.bucket(name, "filter", filter=Q("bool", filter=others))
            if name == "joinable":
                counted.bucket("number", "filter", filter=_joinable(now))
            else:
                counted.bucket("values", "terms", field="facets", size=VALUES, include=f"{name}:.*")
        if chosen:
            search = search.post_filter(Q("bool", filter=list(chosen.values())))
        with _away():
            response = search.execute()
        counts = {
            name: {
                bucket.key.partition(":")[2]: bucket.doc_count
                for bucket in getattr(response.aggregations, name)["values"].buckets
            }
            for name in FACETS
        }
        ids = [int(hit.meta.id) for hit in response]
        total = response.hits.total.value  # type: ignore[attr-defined]
        return Found(ids, total, counts, response.aggregations.joinable.number.doc_count)

    # --- What is stored -----------------------------------------------------------------------------------------

    def write(self, entries: Sequence[SearchEntry]) -> None:
        """As the protocol says; where an index holds a newer one, that stays. Makes the first index when there is none.

        Raises EngineAway.
        """
        with _away():
            for index in self._indices() or [self._create_first()]:
                self._bulk({**_action(index, entry), "_source": document_of(entry)} for entry in entries)

    def delete(self, ids: Iterable[int]) -> None:
        ids = list(ids)
        with _away():
            for index in self._indices():
                self._bulk({"_op_type": "delete", "_index": index, "_id": str(pk)} for pk in ids)

    def versions(self, index: str = "") -> dict[int, int]:
        """The version of each entry that is stored, by its id. Raises EngineAway."""
        with _away():
            self._client.indices.refresh(index=index or self.name)
            hits = helpers.scan(
                self._client.options(request_timeout=WRITE_TIMEOUT),
                index=index or self.name,
                query={"query": {"match_all": {}}, "_source": False, "version": True},
            )
            return {int(hit["_id"]): hit["_version"] for hit in hits}

    # --- Indices ------------------------------------------------------------------------------------------------

    def create_next(self) -> str:
        """Make an empty index that changes are written to, in place of one that was never finished; return its name.

        Raises EngineAway.
        """
        with _away():
            self.drop(self._indices(f"{self.name}-next"))
            return self._create(f"{self.name}-{uuid4().hex[:12]}", alias=f"{self.name}-next")

    def _create_first(self) -> str:
        # Of one name: when two processes find no index at once, one of them makes it.
        return self._create(f"{self.name}-first", alias=self.name)

    def _create(self, name: str, *, alias: str) -> str:
        index = EntryDocument._index.clone(name=name)
        index.settings(**EntryDocument.Index.settings)
        client = self._client.options(request_timeout=WRITE_TIMEOUT)
        try:
            client.indices.create(index=name, aliases={alias: {}}, **index.to_dict())
        except elasticsearch.BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
        return name

    def switch_to(self, name: str) -> None:
        """Search in `name` from now on, in one step; the index before is kept without an alias. Raises EngineAway."""
        with _away():
            actions: list[dict[str, Any]] = [
                {"remove": {"index": f"{self.name}-*", "alias": self.name, "must_exist": False}},
                {"remove": {"index": name, "alias": f"{self.name}-next", "must_exist": False}},
                {"add": {"index": name, "alias": self.name}},
            ]
            self._client.options(request_timeout=WRITE_TIMEOUT).indices.update_aliases(actions=actions)

    def drop(self, names: Iterable[str]) -> None:
        """Remove indices; those that are gone already are no error. Raises EngineAway."""
        with _away():
            for name in names:
                self._client.options(ignore_status=404).indices.delete(index=name)

    def drop_all(self) -> None:
        """Remove all that was stored: for a scratch index. Raises EngineAway."""
        with _away():
            names = list(self._client.indices.get(index=f"{self.name}-*"))
        self.drop(names)

    def unused(self) -> list[str]:
        """The indices that are no longer searched nor being built, oldest first. Raises EngineAway."""
        with _away():
            found = self._client.indices.get(index=f"{self.name}-*")
        unused = [name for name, body in found.items() if not body["aliases"]]
        return sorted(unused, key=lambda name: int(found[name]["settings"]["index"]["creation_date"]))

    def is_filled(self) -> bool:
        """Whether there is an index to search in. Raises EngineAway."""
        with _away():
            return bool(self._indices(self.name))

    def refresh(self) -> None:
        """Make what was written so far findable now: for tests and the evaluation. Raises EngineAway."""
        with _away():
            self._client.indices.refresh(index=f"{self.name}*")

    def indices(self) -> list[str]:
        """The indices that changes are written to: the one that is searched, and the next one. Raises EngineAway."""
        with _away():
            return self._indices()

    def _indices(self, aliases: str = "") -> list[str]:
        aliases = aliases or f"{self.name},{self.name}-next"
        found = self._client.options(ignore_status=404).indices.get_alias(name=aliases)
        return sorted(name for name, body in found.items() if isinstance(body, dict) and "aliases" in body)

    def _bulk(self, actions: Iterable[dict]) -> None:
        actions = iter(actions)
        while batch := list(islice(actions, BATCH)):
            _done, errors = helpers.bulk(
                self._client.options(request_timeout=WRITE_TIMEOUT), batch, raise_on_error=False, stats_only=False
            )
            results = [next(iter(error.values())) for error in errors]  # type: ignore[union-attr]
            for refused in (result for result in results if result["status"] == 400):
                # Refused for ever: what comes after it must not wait. Its words are nobody's to log.
                reason = refused["error"]["type"] if isinstance(refused.get("error"), dict) else "?"
                logger.error("the search server refuses entry %s: %s", refused["_id"], reason)
            # 409: a newer one is there; 404: it is gone already.
            bad = [result for result in results if result["status"] not in (400, 404, 409)]
            if bad:
                raise EngineAway(f"{len(bad)} of {len(batch)} were not stored: {bad[0]}"[:300])


def _action(index: str, entry: SearchEntry) -> dict:
    return {
        "_op_type": "index",
        "_index": index,
        "_id": str(entry.pk),
        "version": version_of(entry),
        "version_type": "external_gte",
    }


def _asked(question: Question) -> list[Query]:
    """Each word once: the best of its terms, and a part of what its other terms give."""
    if not question.terms:
        return []
    words = [
        Q(
            "dis_max",
            tie_breaker=REST,
            queries=[Q("combined_fields", query=term, fields=FIELDS, boost=weight) for term, weight in group.terms],
        )
        for group in question.groups
        if group.terms
    ]
    return [Q("bool", should=words, minimum_should_match=1)]


def _readable(query: SearchQuery, question: Question) -> list[Query]:
    found: list[Query] = []
    if query.tokens is not None:
        found.append(Q("terms", audience=sorted(query.tokens)))
    if question.too_common:
        found.append(Q("combined_fields", query=" ".join(sorted(question.finding_terms)), fields=FIELDS))
    return found


def _chosen(query: SearchQuery, now: datetime) -> dict[str, Query]:
    chosen = {
        name: Q("terms", facets=sorted(f"{name}:{value}" for value in values))
        for name, values in query.filters.items()
        if values
    }
    if query.is_joinable:
        chosen["joinable"] = _joinable(now)
    return chosen


def _joinable(now: datetime) -> Query:
    return Q("range", joinable_until={"gt": now.isoformat()})
