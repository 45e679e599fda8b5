"""What we share and what others share with us: withdraw, hide, write together, look again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.models import SharedPage
from cms.services import co_editing, reviews, sharing, translations
from portal.core.services import ActionRefused
from portal.core.views import posted
from portal.events.models import TrainingEvent
from portal.events.services import training_events
from portal.knowledge.models import CoEditing
from portal.municipalities.enums import Right, Visibility
from portal.municipalities.forms import TogetherForm
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import (
    allowed,
    get_for,
    has_right_somewhere,
    municipalities_with,
    shared_with_members_of,
)
from portal.municipalities.services.audiences import audience_text

PER_PAGE = 30


@require_GET
@login_required
@never_cache
def sharing_overview(request: HttpRequest) -> HttpResponse:
    """Two lists: what we share, with a way to withdraw it; and what others share with us, with a way to hide it."""
    if not has_right_somewhere(request.user, Right.EDIT_CONTENT):
        raise PermissionDenied
    own = municipalities_with(request.user, Right.EDIT_CONTENT)
    is_received = request.GET.get("vy") == "fran-andra"
    receiver = _receiver(request, own)
    rows = _received(receiver) if is_received else _given(request, own)
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "is_received": is_received,
        "receiver": receiver,
        "receivers": own,
        "page_obj": page_obj,
        "rows": [(page, audience_text(page), receiver in page.hidden_in.all()) for page in page_obj],
        "events": _events(request, receiver, is_received),
        "querystring": request.GET.urlencode(),
    }
    return render(request, "cms/sharing.html", context)


@require_POST
@login_required
def share_withdraw(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    if kind == "sida":
        page = get_for(request.user, "keep", SharedPage, pk=pk)
        sharing.withdraw(page=page, actor=request.user)
        title = page.title
    else:
        event = get_for(request.user, "own", TrainingEvent, pk=pk)
        training_events.withdraw_sharing(event_id=event.pk, actor=request.user)
        title = event.title
    messages.success(request, _("“%(title)s” is now read by your own municipality only.") % {"title": title})
    return redirect("sharing")


@require_POST
@login_required
def share_hide(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Hide something from the lists of one of our municipalities, or put it back."""
    municipality = get_for(request.user, "write for", Municipality, slug=request.POST.get("municipality", ""))
    item = get_for(request.user, "see", SharedPage if kind == "sida" else TrainingEvent, pk=pk)
    try:
        if "unhide" in request.POST:
            sharing.unhide(item=item, municipality=municipality, actor=request.user)
            messages.success(request, _("“%(title)s” is in your lists again.") % {"title": item.title})
        else:
            sharing.hide(item=item, municipality=municipality, actor=request.user)
            messages.success(
                request,
                _("“%(title)s” is no longer in your lists. Searching still finds it.") % {"title": item.title},
            )
    except ActionRefused as refusal:
        messages.error(request, refusal.message)
    response = redirect("sharing")
    response["Location"] += f"?vy=fran-andra&kommun={municipality.slug}"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def page_together(request: HttpRequest, pk: int) -> HttpResponse:
    """Who writes on the page with us, until when; invite and end."""
    page = get_for(request.user, "keep", SharedPage, pk=pk)
    if "revoke" in request.POST:
        found = get_for(request.user, "manage", CoEditing, page=page.pk, pk=request.POST["revoke"])
        co_editing.revoke(co_editing=found, actor=request.user)
        messages.success(request, _("They can no longer change the page."))
        return redirect("page_together", pk=pk)
    form = TogetherForm(posted(request), owner=page.municipality)
    if request.method == "POST" and form.is_valid():
        try:
            co_editing.invite(page=page, actor=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("Their coordinators can now write on the page. You publish it."))
            return redirect("page_together", pk=pk)
    context = {
        "item": page,
        "is_page": True,
        "form": form,
        "together": allowed(request.user, "manage", CoEditing)
        .active()
        .filter(page=page.pk)
        .select_related("municipality"),
    }
    return render(request, "cms/together.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def page_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Does the page still hold? Three buttons; the link to here stands in a mail, and opening it changes nothing."""
    page = get_for(request.user, "keep", SharedPage, pk=pk)
    if not page.specific_class.grows_old:
        raise Http404
    page = page.specific
    error = ""
    if request.method == "POST":
        try:
            if "confirm" in request.POST:
                day = reviews.confirm(page=page, actor=request.user)
                text = _("Thank you. We ask again %(day)s.") % {"day": date_format(day, "j F Y")}
                messages.success(request, text)
                return redirect("workspace")
            if "retire" in request.POST:
                reviews.retire(page=page, actor=request.user)
                messages.success(
                    request, _("“%(title)s” is taken down. It is kept as a draft.") % {"title": page.title}
                )
                return redirect("workspace")
            error = _("Choose what you want to do with one of the buttons.")
        except ActionRefused as refusal:
            error = refusal.message
    return render(request, "cms/page_review.html", {"page": page, "error": error}, status=409 if error else 200)


def _receiver(request: HttpRequest, own) -> Municipality | None:
    """The municipality whose lists are looked at: as asked for, else the first of one's own."""
    return own.filter(slug=request.GET.get("kommun", "")).first() or own.first()


def _given(request: HttpRequest, own):
    return (
        allowed(request.user, "keep", SharedPage)
        .live()
        .exclude(visibility=Visibility.INTERNAL)
        .filter(municipality__in=own)
        .select_related("municipality", "content_type")
        .prefetch_related("shared_with", "shared_with_collaborations", "hidden_in")
        .order_by("title", "pk")
    )


def _received(receiver: Municipality | None):
    if receiver is None:
        return SharedPage.objects.none()
    return (
        SharedPage.objects.received_by(receiver)
        .select_related("municipality", "content_type")
        .prefetch_related("shared_with", "shared_with_collaborations", "hidden_in")
        .order_by("-first_published_at", "-pk")
    )


def _events(request: HttpRequest, receiver: Municipality | None, is_received: bool):
    if receiver is None:
        return []
    if is_received:
        coming = allowed(request.user, "see", TrainingEvent).published().upcoming()
        events = shared_with_members_of(receiver, coming)
    else:
        events = (
            allowed(request.user, "own", TrainingEvent).published().upcoming().exclude(visibility=Visibility.INTERNAL)
        )
    events = events.select_related("municipality").prefetch_related(
        "shared_with", "shared_with_collaborations", "hidden_in"
    )
    return [(event, audience_text(event), receiver in event.hidden_in.all()) for event in events[:PER_PAGE]]


@require_POST
@login_required
@never_cache
def page_translate(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the page in English, or go on with it, in the editor."""
    page = get_for(request.user, "keep", SharedPage, pk=pk)
    try:
        translation = translations.begin(page=page, actor=request.user)
    except ActionRefused as refusal:
        messages.error(request, refusal.message)
        return redirect(page.get_url(request))
    return redirect("wagtailadmin_pages:edit", translation.pk)
