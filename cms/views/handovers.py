"""Moving on: handing pages and events to another owner, and the guide for a project that ends."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from cms.forms import HandoverForm, HandoverScopeForm
from cms.services import close_down, handovers
from portal.core.services import ActionRefused
from portal.core.views import posted
from portal.knowledge.models import Handover
from portal.municipalities.enums import Right
from portal.municipalities.models import Collaboration
from portal.municipalities.permissions import get_for, has_right_somewhere, municipalities_with, visible


@require_GET
@login_required
@never_cache
def handover_list(request: HttpRequest) -> HttpResponse:
    own = _own_municipalities(request)
    rows = (
        visible(request.user, Handover).select_related("from_municipality", "to_municipality").prefetch_related("items")
    )
    own_ids = set(own.values_list("pk", flat=True))
    context = {
        "to_answer": [row for row in rows.open() if row.to_municipality_id in own_ids],
        "offered": [row for row in rows.open() if row.from_municipality_id in own_ids],
        "answered": rows.exclude(state="offered")[:50],
    }
    return render(request, "cms/handover_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def handover_create(request: HttpRequest) -> HttpResponse:
    """Choose what to hand over and to whom; nothing moves before the other side says yes."""
    own = _own_municipalities(request)
    scope = HandoverScopeForm(request.GET, municipalities=own)
    scope.is_valid()
    owner = scope.cleaned_data.get("owner") or own.first()
    project = scope.cleaned_data.get("project")
    form = HandoverForm(
        posted(request),
        owner=owner,
        pages=close_down.pages_of(project, owner),
        events=close_down.events_of(project, owner),
    )
    if request.method == "POST" and form.is_valid():
        try:
            handover = handovers.offer(
                from_municipality=owner,
                to_municipality=form.cleaned_data["to_municipality"],
                pages=list(form.cleaned_data["pages"]),
                events=list(form.cleaned_data["events"]),
                note=form.cleaned_data["note"],
                actor=request.user,
                collaboration=project,
            )
        except ActionRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("The offer is sent. Everything stays with you until they say yes."))
            return redirect("handover_detail", public_id=handover.public_id)
    context = {"form": form, "scope": scope, "owner": owner, "project": project, "several": own.count() > 1}
    return render(request, "cms/handover_create.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def handover_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    handover = get_for(request.user, "see", Handover, public_id=public_id)
    own_ids = set(_own_municipalities(request).values_list("pk", flat=True))
    error = ""
    if request.method == "POST":
        try:
            return _act(request, handover)
        except ActionRefused as refusal:
            error = refusal.message
            handover.refresh_from_db()
    context = {
        "handover": handover,
        "may_answer": handover.state == "offered" and handover.to_municipality_id in own_ids,
        "may_withdraw": handover.state == "offered" and handover.from_municipality_id in own_ids,
        "error": error,
    }
    return render(request, "cms/handover_detail.html", context, status=409 if error else 200)


def _act(request: HttpRequest, handover: Handover) -> HttpResponse:
    if "accept" in request.POST:
        found = get_for(request.user, "answer", Handover, pk=handover.pk)
        moved = handovers.accept(handover=found, actor=request.user)
        text = ngettext("%(count)s thing is yours now.", "%(count)s things are yours now.", moved)
        messages.success(request, text % {"count": moved})
    elif "decline" in request.POST:
        handovers.decline(handover=get_for(request.user, "answer", Handover, pk=handover.pk), actor=request.user)
        messages.success(request, _("You declined. Everything stays where it is."))
    elif "withdraw" in request.POST:
        handovers.withdraw(handover=get_for(request.user, "withdraw", Handover, pk=handover.pk), actor=request.user)
        messages.success(request, _("The offer is taken back."))
    else:
        raise ActionRefused(_("Choose what you want to do with one of the buttons."), code="no_act")
    return redirect("handover_detail", public_id=handover.public_id)


@require_GET
@login_required
@never_cache
def project_close(request: HttpRequest, slug: str) -> HttpResponse:
    """What is left to do before the project ends, step by step."""
    collaboration = get_for(request.user, "manage", Collaboration, slug=slug)
    context = {"collaboration": collaboration, "left": close_down.left_to_do(collaboration)}
    return render(request, "cms/project_close.html", context)


def _own_municipalities(request: HttpRequest):
    if not has_right_somewhere(request.user, Right.EDIT_CONTENT):
        raise PermissionDenied
    return municipalities_with(request.user, Right.EDIT_CONTENT)
