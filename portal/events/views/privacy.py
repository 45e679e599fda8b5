"""Privacy, for the portal's administrators: what the nights erased, what is kept, and a person's requests."""

from collections.abc import Callable
from functools import wraps

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.exports import data_file
from portal.accounts.forms import AliasForm
from portal.accounts.models import PrivacyRun
from portal.accounts.services import legal_holds, personal_data, privacy_run
from portal.core.services import ActionRefused
from portal.core.views import posted
from portal.events.forms import AddressForm, HoldForm, RequestedErasureForm
from portal.events.services import evidence
from portal.municipalities.models import AuditEntry
from portal.municipalities.permissions import viewer_for, visible
from portal.municipalities.services import audit, privacy_requests


def _for_portal_administrators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Said before the password is asked for."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not viewer_for(request.user).is_portal_administrator:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


_RUNS_PER_PAGE = 10
_LINES_PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@_for_portal_administrators
@never_cache
def privacy(request: HttpRequest) -> HttpResponse:
    """What was erased, is held, and is kept; the way to one person goes by their exact address."""
    form = AddressForm(posted(request))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            person = privacy_requests.find(email=form.cleaned_data["email"], actor=request.user)
            if person is not None:
                return redirect("privacy_person", pk=person.pk)
            form.add_error("email", _("Nobody has that address."))
    page = Paginator(PrivacyRun.objects.all(), _RUNS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "runs": [(run, privacy_run.lines_of(run)) for run in page],
        "holds": legal_holds.in_force(),
        "kept": evidence.of_projects(timezone.now()),
    }
    return render(request, "events/privacy.html", context, status=status)


@require_GET
@_for_portal_administrators
@never_cache
def privacy_log(request: HttpRequest) -> HttpResponse:
    """The portal's own log: who did what with whose data."""
    entries = visible(request.user, AuditEntry).filter(municipality=None).select_related("actor")
    page = Paginator(entries, _LINES_PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = audit.named(page.object_list)
    return render(request, "events/privacy_log.html", {"page_obj": page, "trail": _trail(_("Log"))})


@require_http_methods(["GET", "HEAD", "POST"])
@_for_portal_administrators
@never_cache
@reauthentication_required
def privacy_person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: who it is, what would go and stay; a hold, a protected identity.

    Who stands behind an alias is shown to whoever asks for it (POST `look`): that they did is written in the log.
    """
    person = _person(pk)
    hold = person.legal_holds.filter(lifted_at=None).first()
    hold_form = HoldForm(request.POST if "hold" in request.POST else None)
    alias_form = AliasForm(request.POST if "protect" in request.POST else None)
    if request.method == "POST" and (done := _done_with(request, person, hold_form, alias_form)):
        messages.success(request, done)
        return redirect("privacy_person", pk=pk)
    looks = "look" in request.POST
    context = {
        "person": person,
        "identity": privacy_requests.identity(person=person, actor=request.user)
        if looks or not person.is_protected
        else None,
        "hold": hold,
        "hold_form": hold_form,
        "alias_form": alias_form,
        "trail": _trail(str(person)),
    }
    status = 400 if request.method == "POST" and not looks else 200
    return render(request, "events/privacy_person.html", context, status=status)


def _done_with(request: HttpRequest, person, hold_form: HoldForm, alias_form: AliasForm) -> str:
    """What was asked and done, as a sentence; empty where nothing was, and the form says why."""
    if "lift" in request.POST:
        privacy_requests.lift(person=person, actor=request.user)
        return _("The stop is lifted. Whoever asked to be erased meanwhile is erased in the night.")
    if "end_protection" in request.POST:
        privacy_requests.end_protection(person=person, actor=request.user)
        return _("Others read the name again.")
    try:
        if hold_form.is_bound and hold_form.is_valid():
            privacy_requests.hold(person=person, actor=request.user, **hold_form.cleaned_data)
            return _("Nothing of this person is erased now.")
        if alias_form.is_bound and alias_form.is_valid():
            alias = privacy_requests.protect(person=person, actor=request.user, **alias_form.cleaned_data)
            return _("Others read %(alias)s.") % {"alias": alias}
    except ActionRefused as refusal:
        form = hold_form if hold_form.is_bound else alias_form
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return ""


@require_POST
@_for_portal_administrators
@never_cache
@reauthentication_required
def privacy_export(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is known of the person, to be sent to them: JSON, as they would fetch it themselves."""
    person = _person(pk)
    return data_file(privacy_requests.export(person=person, actor=request.user), name="registerutdrag.json")


@require_http_methods(["GET", "HEAD", "POST"])
@_for_portal_administrators
@never_cache
@reauthentication_required
def privacy_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes and what stays, and then the erasing of somebody who asked for it."""
    person = _person(pk)
    if person == request.user:
        return redirect("account_erase")
    form = RequestedErasureForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            is_done = privacy_requests.erase(person=person, actor=request.user)
        except ActionRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            told = _("Erased.") if is_done else _("The account is closed. It is erased when the stop is lifted.")
            messages.success(request, told)
            return redirect("privacy")
    context = {
        "person": person,
        "form": form,
        "goes": privacy_requests.summary(person),
        "stays": personal_data.kept_after(person),
        "is_held": personal_data.is_held(person),
        "trail": _trail(_("Erase"), (str(person), reverse("privacy_person", kwargs={"pk": pk}))),
    }
    return render(request, "events/privacy_erase.html", context, status=400 if form.errors else 200)


def _person(pk: int):
    person = privacy_requests.person(pk)
    if person is None:
        raise Http404
    return person


def _trail(here: str, *between: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Workspace"), reverse("workspace")), (_("Privacy"), reverse("privacy")), *between, (here, "")]
