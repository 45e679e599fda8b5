"""Using what others share: show it, adapt it, see what is new, say how it went."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from cms.forms import AdoptForm, AdoptionTextForm, EndAdoptionForm, QuestionForm
from cms.models import SharedPage
from cms.services import adoptions
from portal.core.services import ActionRefused
from portal.core.views import posted
from portal.knowledge.models import Adoption
from portal.municipalities.enums import Right
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import allowed, get_for, has_right_somewhere


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """The two ways to use a page, side by side; nothing happens before a button is pressed."""
    page = get_for(request.user, "see", SharedPage, pk=pk)
    own = allowed(request.user, "write for", Municipality).exclude(pk=page.municipality_id)
    if not own.exists():
        raise PermissionDenied
    form = AdoptForm(posted(request), municipalities=own)
    if request.method == "POST" and form.is_valid():
        municipality = form.cleaned_data["municipality"]
        try:
            if form.cleaned_data["act"] == "show":
                adoption = adoptions.show(page=page, municipality=municipality, actor=request.user)
                messages.success(request, _("The page is now shown in your section, with its owner’s text."))
                return redirect("adoption_edit", public_id=adoption.public_id)
            adoption = adoptions.adapt(
                page=page,
                municipality=municipality,
                actor=request.user,
                what_changed=form.cleaned_data["what_changed"],
                why=form.cleaned_data["why"],
            )
        except ActionRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("You have an own version, as a draft. Change what you need and publish it."))
            return redirect("adoption_edit", public_id=adoption.public_id)
    status = 400 if form.errors else 200
    return render(request, "cms/adopt.html", {"page": page, "form": form}, status=status)


@require_GET
@login_required
@never_cache
def adoption_list(request: HttpRequest) -> HttpResponse:
    if not has_right_somewhere(request.user, Right.EDIT_CONTENT):
        raise PermissionDenied
    rows = allowed(request.user, "manage", Adoption).select_related("municipality", "source_municipality")
    with_news = set(rows.with_newer_source().values_list("pk", flat=True))
    context = {
        "active": [(row, row.pk in with_news) for row in rows.active()],
        "ended": rows.filter(ended_at__isnull=False)[:50],
    }
    return render(request, "cms/adoption_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def adoption_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """One page that we use: what we changed and why, what is new, and how to stop."""
    adoption = get_for(request.user, "manage", Adoption, public_id=public_id)
    ending = request.method == "POST" and "end" in request.POST
    saving = request.method == "POST" and not ending
    text_form = AdoptionTextForm(request.POST if saving else None, instance=adoption)
    end_form = EndAdoptionForm(request.POST if ending else None)
    if saving and text_form.is_valid():
        text_form.save()
        messages.success(request, _("Saved."))
        return redirect("adoption_edit", public_id=public_id)
    if ending and end_form.is_valid():
        try:
            adoptions.end(adoption=adoption, reason=end_form.cleaned_data["ended_reason"], actor=request.user)
        except ActionRefused as refusal:
            end_form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("You have stopped using it. Those who read the original see why."))
            return redirect("adoption_list")
    source = adoptions.source_of(adoption)
    context = {
        "adoption": adoption,
        "text_form": text_form,
        "end_form": end_form,
        "source": source,
        "has_news": source is not None and adoptions.has_news(adoption.pk),
        "shown_at": _shown_at(adoption) if source is not None else "",
    }
    status = 400 if text_form.errors or end_form.errors else 200
    return render(request, "cms/adoption_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def adoption_news(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is new in the original, part by part: take it, keep ours, or decide later."""
    adoption = get_for(request.user, "manage", Adoption, public_id=public_id)
    error = ""
    if request.method == "POST":
        prefix = "part-"
        decisions = {
            name.removeprefix(prefix): value for name, value in request.POST.items() if name.startswith(prefix)
        }
        try:
            taken = adoptions.take_over(
                adoption=adoption,
                decisions=decisions,
                actor=request.user,
                version_at=_moment(request.POST.get("version", "")),
            )
        except ActionRefused as refusal:
            error = refusal.message
        else:
            messages.success(request, _taken_text(taken))
            return redirect("adoption_edit", public_id=public_id)
    news = adoptions.news_for(adoption)
    context = {"adoption": adoption, "news": news, "error": error}
    return render(request, "cms/adoption_news.html", context, status=409 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def adoption_question(request: HttpRequest, public_id: str) -> HttpResponse:
    """Two questions after six months. The link stands in a mail; only the button answers."""
    adoption = get_for(request.user, "manage", Adoption, public_id=public_id)
    form = QuestionForm(posted(request), instance=adoption)
    if request.method == "POST" and form.is_valid():
        try:
            adoptions.answer(
                adoption=adoption,
                still_in_use=form.cleaned_data["still_in_use"],
                outcome=form.cleaned_data["outcome"],
                actor=request.user,
            )
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("Thank you. The others who use it can now read how it went for you."))
            return redirect("adoption_list")
    context = {"adoption": adoption, "form": form}
    return render(request, "cms/adoption_question.html", context, status=400 if form.errors else 200)


def _shown_at(adoption: Adoption) -> str:
    if adoption.is_adapted or not adoption.is_active:
        return ""
    return reverse("wagtail_serve", args=[f"{adoption.municipality.slug}/{adoption.slug}/"])


def _taken_text(taken: int) -> str:
    if not taken:
        return _("Your choices are kept. Nothing in your version has changed.")
    return ngettext(
        "%(count)s part is taken over, as a draft. Read it and publish it.",
        "%(count)s parts are taken over, as a draft. Read them and publish.",
        taken,
    ) % {"count": taken}


def _moment(text: str):
    try:
        return parse_datetime(text)
    except ValueError:
        return None
