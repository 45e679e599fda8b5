"""Walls in Wagtail's admin, where Wagtail itself does not separate one municipality from another."""

from functools import wraps

from django.apps import apps
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import urls as admin_urls
from wagtail.admin.urls import reports as report_urls
from wagtail.models import Page
from wagtail.permissions import policy_registry
from wagtail.utils.urlpatterns import decorate_urlpatterns

from cms.models import HomePage, MunicipalityPage, SharedPage
from cms.permission_policies import page_policy


@hooks.register("construct_page_chooser_queryset")
def choose_only_what_one_may_read(pages, request):
    """The chooser would list every page of every municipality, drafts with their titles too."""
    readable = SharedPage.objects.readable_by(request.user).values("pk")
    editable = page_policy.instances_user_has_any_permission_for(request.user, {"change", "publish", "add"}).values(
        "pk"
    )
    return pages.filter(pk__in=readable) | pages.filter(pk__in=editable)


def _refuse_for_section(request, page):
    """A section's root belongs to its municipality: deleting or moving it would take everything with it."""
    if isinstance(page.specific, MunicipalityPage | HomePage):
        messages.error(request, _("A municipality’s own page cannot be deleted, moved or copied."))
        return redirect(reverse("wagtailadmin_explore", args=[page.pk]))
    return None


@hooks.register("before_delete_page")
def keep_sections(request, page):
    return _refuse_for_section(request, page)


@hooks.register("before_move_page")
def keep_sections_in_place(request, page, destination):
    # Wagtail says no with the titles of both pages in the sentence.
    if not page.permissions_for_user(request.user).can_move_to(destination.specific):
        raise Http404
    return _refuse_for_section(request, page)


@hooks.register("before_copy_page")
def keep_sections_single(request, page):
    return _refuse_for_section(request, page)


@hooks.register("before_bulk_action")
def keep_sections_in_bulk(request, action_type, objects, action_class_instance):
    if action_type not in ("delete", "move"):
        return None
    for item in objects:
        if isinstance(item, Page) and (answer := _refuse_for_section(request, item)):
            return answer
    return None


def _for_portal_administrators(view):
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.user.is_portal_administrator:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


# Wagtail's reports ask whether one may edit pages, not whose: the report on page types names the page of each
# type that was edited last, drafts of other municipalities too.
decorate_urlpatterns(report_urls.urlpatterns, _for_portal_administrators)


def _only_what_one_may_change(view):
    """A bulk action lists by title what it was asked for and may not touch: ask before it does."""

    @wraps(view)
    def guarded(request, app_label, model_name, action):
        wanted = set(request.GET.getlist("id"))
        if "all" in wanted:
            wanted = wanted - {"all"} | {request.GET.get("childOf", "")}
        wanted = {int(pk) for pk in wanted if pk.isascii() and pk.isdigit()}
        if (app_label, model_name) == ("wagtailcore", "page"):
            policy, rights = page_policy, {"add", "change", "publish"}
        else:
            policy = policy_registry.get_by_type(apps.get_model(app_label, model_name))
            rights = {"change", "delete"}
        own = policy.instances_user_has_any_permission_for(request.user, rights)
        if own.filter(pk__in=wanted).count() != len(wanted):
            raise Http404
        return view(request, app_label, model_name, action)

    return guarded


for _pattern in admin_urls.urlpatterns:
    if getattr(_pattern, "name", None) == "wagtail_bulk_action":
        _pattern.callback = _only_what_one_may_change(_pattern.callback)
