"""The search page."""

from collections.abc import Mapping
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.municipalities.permissions import tokens_of
from search.entries import KIND_LABELS
from search.forms import SearchChoices
from search.query import SearchResults
from search.services import searching, suggesting


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """One box for everything; the address holds the whole search, so it can be sent to somebody."""
    choices = SearchChoices(request.GET)
    query = choices.query(tokens_of(request.user))
    context: dict = {"choices": choices, "query": query, "results": None}
    if choices.is_asked:
        results = searching.search(query)
        if query.page > results.page_count:
            results = searching.search(replace(query, page=results.page_count))
        context |= {
            "results": results,
            "hits": [
                {
                    "hit": hit,
                    "kind_label": KIND_LABELS[hit.kind],
                    "municipality": choices.municipality_name(hit.municipality_id),
                }
                for hit in results.hits
            ],
            "facets": choices.facets(results),
            "kind_tabs": _kind_tabs(request, results.facets.get("kind", {}), choices.kind),
            "did_you_mean_href": _href(request, q=results.did_you_mean),
            "everything_href": _href(request, keep=("q",)),
            **_pages(request, results),
        }
    return render(request, "search/search.html", context)


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
