from collections.abc import Mapping
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.core.models import normalise_text
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import tokens_of
from search.entries import KIND_LABELS
from search.forms import SearchForm
from search.query import MAX_PAGE, SearchQuery
from search.services import searching


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """One box for everything; the address holds the whole search, so it can be sent to somebody."""
    form = SearchForm(request.GET)
    form.is_valid()
    text = normalise_text(form.cleaned_data.get("q") or "")
    tokens = tokens_of(request.user)
    filters = form.filters()
    query = SearchQuery(
        text=text,
        tokens=None if tokens is None else frozenset(tokens),
        filters=filters,
        page=_page_number(request),
    )
    asked = bool(text or filters.keys() - {"kind"})
    results = searching.search(query) if asked else None
    if results is not None and query.page > results.page_count:
        query = replace(query, page=results.page_count)
        results = searching.search(query)
    kind = next(iter(filters.get("kind", ())), "")
    context = {"form": form, "query": query, "kind": kind, "results": results}
    if results is not None:
        names: dict[int | None, str] = dict(Municipality.objects.values_list("pk", "short_name"))
        context["hits"] = [
            {
                "hit": hit,
                "kind_label": KIND_LABELS[hit.kind],
                "municipality": names.get(hit.municipality_id, ""),
            }
            for hit in results.hits
        ]
        context["did_you_mean_href"] = _href(request, q=results.did_you_mean)
        context["kind_tabs"] = _kind_tabs(request, results.facets.get("kind", {}), kind)
        context.update(_pages(request, results))
    return render(request, "search/search.html", context)


def _page_number(request: HttpRequest) -> int:
    page = request.GET.get("page", "1")
    return min(max(int(page), 1), MAX_PAGE) if page.isascii() and page.isdigit() and len(page) < 5 else 1


def _href(request: HttpRequest, **changes: str) -> str:
    """The address of this search with something else in it, from its first page."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


def _kind_tabs(request: HttpRequest, counts: Mapping[str, int], current: str) -> list[tuple[str, str, bool, int]]:
    def link(kind: str) -> str:
        return _href(request, kind=kind)

    tabs = [(_("Everything"), link(""), not current, sum(counts.values()))]
    tabs += [
        (str(label), link(kind), kind == current, counts.get(kind, 0))
        for kind, label in KIND_LABELS.items()
        if counts.get(kind) or kind == current
    ]
    return tabs


def _pages(request: HttpRequest, results) -> dict:
    query = request.GET.copy()
    query.pop("page", None)
    base = query.urlencode()
    return {
        "previous_href": f"?{base}&page={results.page - 1}" if results.page > 1 else "",
        "next_href": f"?{base}&page={results.page + 1}" if results.page < results.page_count else "",
    }
