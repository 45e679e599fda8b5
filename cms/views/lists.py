"""The lists of courses, methods, lessons and conferences, alike but for their words; lessons first by topic."""

from dataclasses import dataclass
from functools import cache as once

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from cms.models import ConferencePage, CoursePage, LessonPage, MethodPage
from cms.services import listings
from portal.knowledge.models import Topic
from portal.municipalities.models import Municipality

PER_PAGE = 18


@dataclass(frozen=True)
class ListKind:
    model: type
    heading: str
    lead: str
    order: tuple[str, ...] = ("-first_published_at", "-pk")


KINDS = {
    "course": ListKind(CoursePage, _("Courses"), _("Courses that municipalities share. Read them when it suits you.")),
    "method": ListKind(MethodPage, _("Methods"), _("How to do something, step by step, tried by others.")),
    "lesson": ListKind(
        LessonPage, _("Lessons learned"), _("What worked, what did not, and what we would do differently.")
    ),
    "conference": ListKind(
        ConferencePage,
        _("Conferences"),
        _("Where projects show what they have learned."),
        ("-start_date", "-pk"),
    ),
}


class FilterForm(forms.Form):
    """Filters in the address; a value that does not exist is ignored."""

    municipality = forms.ModelChoiceField(
        label=_("Municipality or organisation"),
        queryset=Municipality.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All"),
    )
    topic = forms.ModelChoiceField(
        label=_("Topic"),
        queryset=Topic.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All"),
    )


@require_GET
def lesson_list(request: HttpRequest) -> HttpResponse:
    """Lessons by topic, each by what it says in one sentence; with a filter, a list of those."""
    if any(request.GET.get(name) for name in ("municipality", "topic", "failed", "all")):
        return page_list(request, kind="lesson")
    listed = KINDS["lesson"]
    context = {
        "heading": listed.heading,
        "lead": listed.lead,
        "groups": once(lambda: listings.lessons_grouped(request.user)),
        "filters": FilterForm(),
    }
    return render(request, "cms/lesson_list.html", context)


@require_GET
def page_list(request: HttpRequest, kind: str) -> HttpResponse:
    listed = KINDS[kind]
    filters = FilterForm(request.GET)
    filters.is_valid()
    pages = listed.model.objects.listed_for(request.user).for_listing().order_by(*listed.order)
    if municipality := filters.cleaned_data.get("municipality"):
        pages = pages.filter(municipality=municipality)
    if topic := filters.cleaned_data.get("topic"):
        pages = pages.filter(topics=topic)
    if kind == "lesson" and request.GET.get("failed"):
        pages = pages.filter(describes_failure=True)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "kind": kind,
        "heading": listed.heading,
        "lead": listed.lead,
        "filters": filters,
        "filtered": any(request.GET.get(name) for name in ("municipality", "topic", "failed")),
        "page_obj": once(lambda: Paginator(pages, PER_PAGE).get_page(request.GET.get("page"))),
        "querystring": query.urlencode(),
    }
    return render(request, "cms/page_list.html", context)
