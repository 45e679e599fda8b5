"""The search page."""

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from uuid import uuid4

from django.core.signing import Signer
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.core.background import after_commit
from portal.municipalities.permissions import tokens_of
from search.entries import KIND_LABELS
from search.query import SearchQuery, SearchResults
from search.services import search_log, searching, suggesting
from search.services.choices import LANGUAGES, SearchChoices
from search.tasks import note_search

logger = logging.getLogger(__name__)


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """One box for everything; the address holds the whole search, so it can be sent to somebody."""
    choices = SearchChoices(request.GET)
    query = choices.query(tokens_of(request.user))
    context: dict = {"choices": choices, "query": query, "results": None}
    if choices.is_asked:
        began = time.perf_counter()
        try:
            results = searching.search(query)
            if query.page > results.page_count:
                results = searching.search(replace(query, page=results.page_count))
        except DatabaseError:
            # Never an empty list, which would say that there is nothing.
            logger.exception("searching failed")
            response = render(request, "search/away.html", {"text": query.text}, status=503)
            response["Retry-After"] = "60"
            return response
        context |= {
            "mark": _noted(query, results, round(1000 * (time.perf_counter() - began))),
            "results": results,
            "hits": [
                {
                    "hit": hit,
                    "rank": rank,
                    "kind_label": KIND_LABELS[hit.kind],
                    "municipality": choices.municipality_name(hit.municipality_id),
                    "other_language": _other_language(hit.language),
                }
                for rank, hit in enumerate(results.hits, (results.page - 1) * results.per_page + 1)
            ],
            "facets": choices.facets(results),
            "kind_tabs": _kind_tabs(request, results.facets.get("kind", {}), choices.kind),
            "did_you_mean_href": _href(request, q=results.did_you_mean),
            "everything_href": _href(request, keep=("q",)),
            **_pages(request, results),
        }
    response = render(request, "search/search.html", context)
    # Noted by itself, with a number of its own: the next search for the same is another one.
    setattr(response, "is_this_readers", bool(context.get("mark")))  # noqa: B010 - not in its type
    return response


@require_GET
@never_cache
def suggestions(request: HttpRequest) -> JsonResponse:
    """What completes the text in the search box, for its script (`search_box.js`): titles with where they lead."""
    tokens = tokens_of(request.user)
    hits = suggesting.suggest(request.GET.get("q", ""), None if tokens is None else frozenset(tokens))
    return JsonResponse(
        {
            "suggestions": [
                {"title": hit.title, "kind": str(KIND_LABELS[hit.kind]), "href": hit.url, "lang": hit.language}
                for hit in hits
            ]
        }
    )


def _noted(query: SearchQuery, results: SearchResults, milliseconds: int) -> str:
    """Have a search noted for the editors' report; return its signed number, for telling what is opened."""
    if query.page > 1 or not search_log.text_to_note(query.text):
        return ""
    uid = str(uuid4())
    engine = searching.answered_by(is_fallback=results.is_fallback)
    # Without a broker there is no note, but an answer.
    after_commit(note_search, uid, query.text, results.total, engine, milliseconds)
    return Signer(salt="search").sign(uid)


def _other_language(language: str) -> str:
    """The name of a language that is not the page's own, else ""."""
    return "" if language == get_language() else str(LANGUAGES.get(language, ""))


def _href(request: HttpRequest, keep: tuple[str, ...] = (), **changes: str) -> str:
    """The address of this search, or of what is kept of it, with something else in it, from its first page."""
    query = request.GET.copy()
    query.pop("page", None)
    for name in list(query):
        if keep and name not in keep:
            query.pop(name)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


def _kind_tabs(request: HttpRequest, counts: Mapping[str, int], current: str) -> list[tuple[str, str, bool, int]]:
    tabs = [(_("Everything"), _href(request, kind=""), not current, sum(counts.values()))]
    tabs += [
        (str(label), _href(request, kind=kind), kind == current, counts.get(kind, 0))
        for kind, label in KIND_LABELS.items()
        if counts.get(kind) or kind == current
    ]
    return tabs


def _pages(request: HttpRequest, results: SearchResults) -> dict[str, str]:
    before, after = results.page - 1, results.page + 1
    return {
        "previous_href": _href(request, page=str(before)) if before else "",
        "next_href": _href(request, page=str(after)) if after <= results.page_count else "",
    }
