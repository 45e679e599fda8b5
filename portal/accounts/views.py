"""One's own account, where allauth has no page of its own."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.exports import data_file
from portal.accounts.forms import AliasForm, ErasureForm
from portal.accounts.services import personal_data, processing, protected_identity, sign_ins
from portal.core.services import ActionRefused


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


@require_GET
@login_required
@never_cache
def account_own_data(request: HttpRequest) -> HttpResponse:
    """All that the portal knows of who reads it (Article 15 GDPR)."""
    # Who one is comes first, as those who read it expect.
    sections = sorted(personal_data.export(request.user), key=lambda section: section.key != "account")
    context = {"sections": sections, "trail": _trail(_("What the portal knows of me"))}
    return render(request, "account/own_data.html", context)


@require_POST
@login_required
@never_cache
def account_own_data_file(request: HttpRequest) -> HttpResponse:
    """The same for machines; a POST, so no link does it."""
    return data_file(personal_data.export(request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@reauthentication_required
def account_erase(request: HttpRequest) -> HttpResponse:
    """Erase one's account and what is known of one (Article 17 GDPR); what stays is said before."""
    form = ErasureForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            is_done = personal_data.erase(person=request.user)
        except ActionRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            logout(request)
            return render(request, "account/erased.html", {"is_done": is_done})
    own_data = (_("What the portal knows of me"), reverse("account_own_data"))
    trail = _trail(_("Erase my account"), own_data)
    context = {"form": form, "stays": personal_data.kept_after(request.user), "trail": trail}
    return render(request, "account/erase.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@reauthentication_required
def account_protected_identity(request: HttpRequest) -> HttpResponse:
    """Be met by others under an alias, choose another, or be met by one's name again."""
    person = request.user
    if request.method == "POST" and "end" in request.POST:
        protected_identity.end(person=person)
        messages.success(request, _("Others read your name again."))
        return redirect("account_protected_identity")
    form = AliasForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            alias = protected_identity.protect(person=person, actor=person, alias=form.cleaned_data["alias"])
        except ActionRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Others know you as %(alias)s.") % {"alias": alias})
            return redirect("account_protected_identity")
    context = {
        "form": form,
        "name": protected_identity.name_for(person, person),
        "trail": _trail(_("Protected identity"), (_("What the portal knows of me"), reverse("account_own_data"))),
    }
    return render(request, "account/protected_identity.html", context, status=400 if form.errors else 200)


def _trail(here: str, *between: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("My pages"), reverse("my_pages")), *between, (here, "")]


@require_GET
def processing_register(request: HttpRequest) -> HttpResponse:
    """What is done with people's data, for everybody to read."""
    return render(request, "account/processing.html", {"register": processing.REGISTER})


@require_GET
def cookie_list(request: HttpRequest) -> HttpResponse:
    return render(request, "account/cookies.html", {"cookies": processing.COOKIES})
