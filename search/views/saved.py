"""The searches that one keeps, among one's own pages, and the end of their mails."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.core.services import ActionRefused
from portal.municipalities.permissions import allowed, get_for
from search.models import SavedSearch
from search.services import saved_searches
from search.services.choices import SearchChoices, all_values


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def saved_search_list(request: HttpRequest) -> HttpResponse:
    """One's saved searches; a POST saves one more (`search`), or changes one (`row`)."""
    if request.method == "POST":
        if "row" in request.POST:
            _change(request)
        else:
            _keep(request)
        return redirect("saved_search_list")
    values = all_values()
    rows = [(row, saved_searches.choices_of(row, values)) for row in allowed(request.user, "manage", SavedSearch)]
    return render(request, "search/saved_searches.html", {"rows": rows})


def _keep(request: HttpRequest) -> None:
    choices = SearchChoices(QueryDict(request.POST.get("search", "")[:2000]))
    try:
        saved_searches.keep(person=request.user, choices=choices)
    except ActionRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Saved. Once a week you get a mail, if there is something new."))


def _change(request: HttpRequest) -> None:
    row = get_for(request.user, "manage", SavedSearch, public_id=request.POST["row"])
    if "forget" in request.POST:
        saved_searches.forget(row)
        messages.success(request, _("The search is taken away."))
    else:
        saved_searches.set_mailed(row, not row.is_mailed)
        messages.success(request, _("You get its mails again.") if row.is_mailed else _("You get no more mails of it."))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def saved_search_end(request: HttpRequest, key: str) -> HttpResponse:
    """The way out that stands in each mail: ends the mails of one search, without signing in, by a button."""
    row = saved_searches.of_end_key(key)
    if row is None:
        raise Http404
    if request.method == "POST":
        saved_searches.set_mailed(row, False)
    context = {"row": row, "search": saved_searches.choices_of(row).description}
    return render(request, "search/saved_search_end.html", context)
