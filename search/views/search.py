"""The search page."""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID, uuid4

from django.core import signing
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from portal.municipalities.permissions import tokens_of
from search.entries import KIND_LABELS
from search.query import SearchQuery, SearchResults
from search.services import search_log, searching, suggesting
from search.services.choices import LANGUAGES, SearchChoices

logger = logging.getLogger(__name__)
_NOTED_WITHIN = 24 * 60 * 60  # seconds that a page may be open before one of its hits is


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """One box for everything; the address holds the whole search, so it can be sent to somebody."""
    choices = SearchChoices(request.GET)
    query = choices.query(tokens_of(request.user))
    context: dict = {"choices": choices, "query": query, "results": None}
    if choices.is_asked:
        began = time.perf_counter()
        try:
            results = searching.kept_search(query)
            if query.page > results.page_count:
                results = searching.kept_search(replace(query, page=results.page_count))
        except DatabaseError:
            # Never an empty list, which would say that there is nothing.
            logger.exception("searching failed")
            response = render(request, "search/away.html", {"text": query.text}, status=503)
            response["Retry-After"] = "60"
            return response
        context |= {
            "note": _note(query, results, round(1000 * (time.perf_counter() - began))),
            "results": results,
            "hits": [
                {
                    "url": hit.url,
                    "title": _marked(hit.marked_title),
                    "passage": _marked(hit.passage),
                    "rank": rank,
                    "kind_label": KIND_LABELS[hit.kind],
                    "municipality": choices.municipality_name(hit.municipality_id),
                    "language": hit.language,
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
    # Its note has a number of its own: the next search for the same is another one.
    setattr(response, "is_this_readers", bool(context.get("note")))  # noqa: B010 - not in its type
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


@require_POST
@csrf_exempt  # a beacon brings no token; the signed note of a search does, and nothing of anybody changes
def search_note(request: HttpRequest) -> HttpResponse:
    """Told by the page's script (`search_log.js`): which search was shown, and which of its hits was opened.

    Reading writes nothing, so this is asked for by itself. 204, whatever it says.
    """
    try:
        note = signing.loads(request.POST.get("note", ""), salt="search", max_age=_NOTED_WITHIN)
    except signing.BadSignature:
        return HttpResponse(status=204)
    uid = UUID(note.pop("uid"))
    search_log.note(uid=uid, **note)
    rank = request.POST.get("rank", "")
    if rank.isascii() and rank.isdigit() and 0 < len(rank) < 5:
        search_log.note_opened(uid, int(rank))
    return HttpResponse(status=204)


def _note(query: SearchQuery, results: SearchResults, milliseconds: int) -> str:
    """What the page's script has noted for the editors' report, signed; "" for a search that is not to be noted."""
    text = search_log.text_to_note(query.text)
    if query.page > 1 or not text:
        return ""
    note = {
        "uid": str(uuid4()),
        "text": text,
        "hits": results.total,
        "engine": searching.answered_by(is_fallback=results.is_fallback),
        "milliseconds": milliseconds,
    }
    return signing.dumps(note, salt="search")


def _marked(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """Pieces of text, those that matched marked; here, since a template takes longer for it than the search."""
    return mark_safe(  # noqa: S308 - each piece is escaped
        "".join(f"<mark>{escape(piece)}</mark>" if is_matched else escape(piece) for piece, is_matched in pieces)
    )


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
