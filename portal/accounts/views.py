"""One's own account, where allauth has no page of its own."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.services import sign_ins


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def account_sign_ins(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; ending one, or all others."""
    if request.method == "POST":
        _end(request)
        return redirect("account_sign_ins")
    rows = list(sign_ins.open_of(request.user))
    context = {
        "here": next((row for row in rows if row.session_key == request.session.session_key), None),
        "others": [row for row in rows if row.session_key != request.session.session_key],
    }
    return render(request, "account/sign_ins.html", context)


def _end(request: HttpRequest) -> None:
    asked = request.POST.get("end", "")
    if asked == "others":
        count = sign_ins.end_others(request=request, person=request.user)
        told = ngettext(
            "You are signed out in %(count)s other place.", "You are signed out in %(count)s other places.", count
        )
        messages.success(request, told % {"count": count})
    elif asked.isascii() and asked.isdecimal() and len(asked) < 18:
        sign_ins.end(person=request.user, pk=int(asked))
        messages.success(request, _("You are signed out there."))
    else:
        raise Http404
