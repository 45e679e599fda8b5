"""Project records: paste or upload, see what was understood beside the text, correct, save."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from cms.forms import OwnerForm, ProjectTextForm, RecordForm
from cms.models import CollaborationPage
from cms.services import projects
from portal.core.services import ActionRefused
from portal.core.views import posted
from portal.municipalities.enums import Right
from portal.municipalities.forms import CollaborationForm
from portal.municipalities.models import Collaboration
from portal.municipalities.permissions import get_for, has_right_somewhere, visible
from portal.municipalities.services import collaborations
from portal.municipalities.services.esf_records import (
    ProjectRecord,
    UnreadableRecord,
    decode_record,
    parse_record,
)


@require_GET
@login_required
@never_cache
def project_list(request: HttpRequest) -> HttpResponse:
    _require_project_keeper(request)
    collaborations = visible(request.user, Collaboration).select_related("lead").prefetch_related("partners")
    return render(request, "cms/project_list.html", {"collaborations": collaborations})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def project_edit(request: HttpRequest, slug: str) -> HttpResponse:
    collaboration = get_for(request.user, "manage", Collaboration, slug=slug)
    form = CollaborationForm(posted(request), instance=collaboration)
    if request.method == "POST" and form.is_valid():
        collaborations.save(form.save(commit=False), partners=form.cleaned_data["partners"])
        messages.success(request, _("Saved."))
        return redirect("project_list")
    context = {
        "form": form,
        "collaboration": collaboration,
        "pages": CollaborationPage.objects.filter(collaboration=collaboration, municipality=collaboration.lead),
    }
    return render(request, "cms/project_edit.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def project_create(request: HttpRequest) -> HttpResponse:
    """A collaboration without a record to read it from: the same result as an import, written by hand."""
    _require_project_keeper(request)
    owner = OwnerForm(posted(request), user=request.user)
    facts_form, words = CollaborationForm(posted(request)), ProjectTextForm(posted(request))
    if request.method == "POST" and all([owner.is_valid(), facts_form.is_valid(), words.is_valid()]):
        facts = dict(facts_form.cleaned_data)
        partners = facts.pop("partners")
        try:
            saved = projects.save_project(
                municipality=owner.cleaned_data["municipality"],
                facts=facts,
                partners=partners,
                **words.cleaned_data,
                further_facts=[],
                actor=request.user,
            )
        except (ActionRefused, ValidationError) as refusal:
            facts_form.add_error(None, refusal.message if isinstance(refusal, ActionRefused) else refusal.messages)
        else:
            messages.success(request, _("The project is saved, with a draft of its page for you to publish."))
            return redirect("project_edit", slug=saved.collaboration.slug)
    context = {"owner": owner, "facts_form": facts_form, "words": words}
    return render(request, "cms/project_create.html", context, status=400 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def project_import(request: HttpRequest) -> HttpResponse:
    """First the text, then what was understood of it; the second form carries the text along, so nothing is lost."""
    _require_project_keeper(request)
    if request.method != "POST":
        return render(request, "cms/project_import.html", {"form": RecordForm(user=request.user)})
    form = RecordForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return render(request, "cms/project_import.html", {"form": form}, status=400)
    try:
        text = form.cleaned_data["text"]
        if form.cleaned_data["file"]:
            text = decode_record(form.cleaned_data["file"].read())
        record = parse_record(text)
    except UnreadableRecord as problem:
        form.add_error("file" if form.cleaned_data["file"] else "text", str(problem))
        return render(request, "cms/project_import.html", {"form": form}, status=400)
    if "save" in request.POST:
        return _save(request, form, text, record)
    return _show_understood(request, form, text, record)


def _save(request: HttpRequest, form: RecordForm, text: str, record: ProjectRecord) -> HttpResponse:
    municipality = form.cleaned_data["municipality"]
    existing = projects.find_existing(request.POST.get("diary_number", ""))
    own_existing = existing if existing and existing.lead_id == municipality.pk else None
    facts_form = CollaborationForm(request.POST, instance=own_existing or Collaboration(lead=municipality, slug="-"))
    words = ProjectTextForm(request.POST)
    if not all([facts_form.is_valid(), words.is_valid()]):
        return _show_understood(request, form, text, record, facts_form, words, status=400)
    facts = dict(facts_form.cleaned_data)
    partners = facts.pop("partners")
    try:
        saved = projects.save_project(
            municipality=municipality,
            facts=facts,
            partners=partners,
            summary=words.cleaned_data["summary"],
            description=words.cleaned_data["description"],
            further_facts=projects.further_facts_from(record),
            actor=request.user,
        )
    except (ActionRefused, ValidationError) as refusal:
        message = refusal.message if isinstance(refusal, ActionRefused) else refusal.messages
        facts_form.add_error(None, message)
        return _show_understood(request, form, text, record, facts_form, words, status=409)
    messages.success(
        request,
        _("The project is saved, with a draft of its page for you to publish.")
        if saved.created
        else _("The project is updated. The page has a new draft; what is published stays until you publish it."),
    )
    return redirect("project_edit", slug=saved.collaboration.slug)


def _show_understood(
    request: HttpRequest,
    form: RecordForm,
    text: str,
    record: ProjectRecord,
    facts_form=None,
    words=None,
    status=200,
) -> HttpResponse:
    municipality = form.cleaned_data["municipality"]
    # The number as corrected, when there is one: it decides whose project this is.
    number = request.POST.get("diary_number", record.value("diary_number"))
    existing = projects.find_existing(str(number or ""))
    facts_form = facts_form or CollaborationForm(initial=_initial_facts(record, existing))
    words = words or ProjectTextForm(
        initial={"summary": projects.summary_from(record), "description": "\n\n".join(record.description)}
    )
    context = {
        "form": form,
        "municipality": municipality,
        "text": text,
        "lines": _lines_with_fields(text, record),
        "record": record,
        "problems": record.problems,
        "facts_form": facts_form,
        "words": words,
        "existing": existing,
        "is_foreign": existing is not None and existing.lead_id != municipality.pk,
        "further_facts": projects.further_facts_from(record),
    }
    return render(request, "cms/project_understood.html", context, status=status)


def _initial_facts(record: ProjectRecord, existing: Collaboration | None) -> dict:
    initial = projects.facts_from(record)
    if existing is not None:
        initial["partners"] = existing.partners.all()
    return initial


def _lines_with_fields(text: str, record: ProjectRecord) -> list[tuple[int, str, list]]:
    """The text line by line, each with the fields read from it, as far as the last line that gave one."""
    by_line: dict[int, list] = {}
    for field in record.fields:
        by_line.setdefault(field.line, []).append(field)
    lines = re.split(r"\r\n|\r|\n", text)[: max(by_line, default=0)]
    return [(number, line, by_line.get(number, [])) for number, line in enumerate(lines, start=1)]


def _require_project_keeper(request: HttpRequest) -> None:
    if not has_right_somewhere(request.user, Right.MANAGE_COLLABORATIONS):
        raise PermissionDenied
