"""Other words for the same thing, kept by the portal administrator."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.core.views import posted
from portal.municipalities.permissions import allowed, get_for, viewer_for
from search.forms import SynonymForm
from search.models import Synonym
from search.services import synonyms


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def synonym_list(request: HttpRequest) -> HttpResponse:
    """The whole list, and one more row for it."""
    if not viewer_for(request.user).is_portal_administrator:
        raise PermissionDenied
    return _edited(request, Synonym())


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def synonym_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edited(request, get_for(request.user, "manage", Synonym, pk=pk))


@require_POST
@login_required
def synonym_delete(request: HttpRequest, pk: int) -> HttpResponse:
    synonym = get_for(request.user, "manage", Synonym, pk=pk)
    synonyms.delete(synonym)
    messages.success(request, _("“%(words)s” is taken away.") % {"words": synonym.words})
    return redirect("synonym_list")


def _edited(request: HttpRequest, synonym: Synonym) -> HttpResponse:
    form = SynonymForm(posted(request), instance=synonym)
    if request.method == "POST" and form.is_valid():
        synonyms.save(form.save(commit=False))
        messages.success(request, _("Saved. Searches count with it from now on."))
        return redirect("synonym_list")
    context = {"form": form, "synonym": synonym, "rows": allowed(request.user, "manage", Synonym)}
    return render(request, "search/synonyms.html", context, status=400 if form.errors else 200)
