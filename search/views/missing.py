"""What people look for: told as missing, and the editors' report of searches."""

from datetime import timedelta

from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.views import posted
from portal.municipalities.enums import Right
from portal.municipalities.permissions import allowed, get_for, has_right_somewhere
from search.forms import MissingForm
from search.models import AskedSearch, MissingContent
from search.services import missing, search_log

PERIODS = (30, 90)  # days
HANDLED_SHOWN = 20
_TELLING = {"tell_missing": "10/h/ip"}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@rate_limit(action="tell_missing", config=_TELLING)
def missing_tell(request: HttpRequest) -> HttpResponse:
    """Tell the coordinators that something is missing; open to everybody."""
    form = MissingForm(posted(request), initial={"text": request.GET.get("q", "")[:120]})
    if request.method == "POST" and form.is_valid():
        row = missing.tell(**form.cleaned_data, user=request.user)
        if row.municipality:
            text = _("Thank you. The coordinators of %(name)s see what you wrote.")
            messages.success(request, text % {"name": row.municipality.short_name})
        else:
            messages.success(request, _("Thank you. The coordinators see what you wrote."))
        return redirect(f"{reverse('search')}?{urlencode({'q': row.text})}")
    context = {"form": form, "municipality": missing.municipality_of(request.user)}
    return render(request, "search/missing_tell.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def missing_list(request: HttpRequest) -> HttpResponse:
    """What is told as missing: what is open, and what was dealt with last."""
    _require_editor(request)
    if request.method == "POST":
        row = get_for(request.user, "manage", MissingContent, pk=request.POST.get("row", ""))
        if "again" in request.POST:
            missing.open_again(row)
            messages.success(request, _("“%(text)s” is open again.") % {"text": row.text})
        else:
            missing.handle(row, actor=request.user)
            messages.success(request, _("“%(text)s” is dealt with.") % {"text": row.text})
        return redirect("missing_list")
    rows = allowed(request.user, "manage", MissingContent).select_related("municipality", "handled_by")
    context = {
        "open": rows.filter(handled_at=None),
        "handled": rows.exclude(handled_at=None).order_by("-handled_at")[:HANDLED_SHOWN],
    }
    return render(request, "search/missing_list.html", context)


@require_GET
@login_required
@never_cache
def search_report(request: HttpRequest) -> HttpResponse:
    """What is searched for, what finds nothing, and what nobody opens."""
    _require_editor(request)
    days = PERIODS[1] if request.GET.get("days") == str(PERIODS[1]) else PERIODS[0]
    searches = allowed(request.user, "see", AskedSearch).filter(day__gt=timezone.localdate() - timedelta(days=days))
    context = {
        "periods": [
            (_("%(days)s days") % {"days": number}, f"?days={number}", number == days, None) for number in PERIODS
        ],
        "days": days,
        "number": searches.count(),
        "number_without": searches.filter(hits=0).count(),
        "least": search_log.LEAST,
        "without_hits": search_log.without_hits(searches),
        "not_opened": search_log.not_opened(searches),
        "most_frequent": search_log.most_frequent(searches),
    }
    return render(request, "search/search_report.html", context)


def _require_editor(request: HttpRequest) -> None:
    if not has_right_somewhere(request.user, Right.EDIT_CONTENT):
        raise PermissionDenied
