"""Walls in Wagtail's admin, where Wagtail itself does not separate one municipality from another."""

from functools import update_wrapper

from csp.decorators import csp_update
from django.apps import apps
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest
from django.db.models import ProtectedError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import filters as media_filters
from wagtail.admin.views.pages.bulk_actions.page_bulk_action import PageBulkAction
from wagtail.admin.views.pages.listing import PageFilterSet
from wagtail.images.views import chooser as image_chooser
from wagtail.models import Page, TaskState
from wagtail.permissions import policy_registry
from wagtail.users.views.users import IndexView as UserListing

from cms.models import HomePage, MunicipalityPage
from cms.permissions import pages_one_may_change, pages_one_may_choose
from portal.municipalities.enums import Right
from portal.municipalities.middleware import to_second_factor
from portal.municipalities.permissions import municipalities_with, viewer_for


@hooks.register("construct_page_chooser_queryset")
def choose_only_what_one_may_read(pages, request):
    """The chooser would list every page of every municipality, drafts with their titles too."""
    return pages.filter(pk__in=pages_one_may_choose(request.user).values("pk"))


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
    return _refuse_for_section(request, page)


@hooks.register("before_copy_page")
def keep_sections_single(request, page):
    return _refuse_for_section(request, page)


@hooks.register("before_bulk_action")
def keep_sections_in_bulk(request, action_type, objects, action_class_instance):
    pages = [item for item in objects if isinstance(item, Page)]
    if action_type in ("delete", "move"):
        return next((answer for page in pages if (answer := _refuse_for_section(request, page))), None)
    if action_type == "publish" and any(page.alias_of_id for page in pages):
        messages.error(request, _("A page that mirrors another is published with that one."))
        return redirect(reverse("wagtailadmin_explore_root"))
    return None


# Addresses that no feature of the portal uses, by namespace or name: they would show or change what is everybody's.
# Reports ask whether one may edit pages, not whose; tags and the editor's API know no municipalities; Wagtail's own
# views of people, groups and workflows would be a second way beside ours.
ONLY_FOR_PORTAL_ADMINISTRATORS = {
    "wagtailadmin_api:documents",
    "wagtailadmin_api:images",
    "wagtailadmin_api:pages:action",
    "wagtailadmin_api:pages:find",
    "wagtailadmin_collections",
    "wagtailadmin_pages:set_privacy",
    "wagtailadmin_reports",
    "wagtailadmin_tag_autocomplete",
    "wagtailadmin_tag_model_autocomplete",
    "wagtailadmin_workflows",
    "wagtailimages:preview",
    "wagtailsettings",
    "wagtailsites",
    "wagtailsnippets",
    "wagtailusers_groups",
}
FOR_NOBODY = {"wagtailadmin_error_test"}  # fails on purpose

# Wagtail's own pages hold scripts and styles; nothing that a reader's page is made of may.
EDITOR_POLICY = {"script-src": ["'self'", "'unsafe-inline'"], "style-src": ["'self'", "'unsafe-inline'"]}

LONGEST_ID = 18  # figures; more do not fit into the database's number

# What the arguments of the addresses under `wagtailadmin_pages` are called when they are a page's id.
_PAGE_ARGUMENTS = ("page_id", "page_to_move_id", "parent_page_id", "destination_id", "pk")


def behind_walls(urls):
    """Wagtail's editor (its module of URLs) with our walls; to be called once, where the portal's URL map is made."""
    for name, pattern in _named_patterns(urls.urlpatterns, ()):
        parts = name.split(":")
        names = {":".join(parts[:end]) for end in range(1, len(parts) + 1)}
        if names & FOR_NOBODY:
            guard = _for_nobody
        elif "wagtailusers_users" in names:
            guard = _only_people_who_are_shown
        elif names & ONLY_FOR_PORTAL_ADMINISTRATORS:
            guard = _for_portal_administrators
        else:
            guard = _GUARDS.get(name) or _GUARDS.get(parts[0])
        guarded = csp_update(EDITOR_POLICY)(_guarded(guard, pattern.callback))
        pattern.callback = update_wrapper(guarded, pattern.callback)
    return urls


def _named_patterns(patterns, namespaces: tuple):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _named_patterns(pattern.url_patterns, inner)
        else:
            yield ":".join((*namespaces, pattern.name or "")), pattern


def _guarded(guard, view):
    """`guard` raises Http404 for whoever may not pass; who has not signed in is sent there by Wagtail.

    What Wagtail's views answer with a server error, being asked what its own pages never ask, gets an answer.
    """

    def guarded(request, *args, **kwargs):
        # Wagtail asks its own rights, which know of no second factor.
        if request.user.is_authenticated and viewer_for(request.user).waits_for_second_factor:
            return to_second_factor(request)
        if guard and request.user.is_authenticated:
            guard(request, **kwargs)
        try:
            return view(request, *args, **kwargs)
        except MultiValueDictKeyError as error:
            raise BadRequest(f"{error} is missing") from error
        except ProtectedError:
            messages.error(request, _("It cannot be deleted while other things in the portal depend on it."))
            return redirect("wagtailadmin_home")

    return guarded


def _for_nobody(request, **kwargs):
    raise Http404


def _for_portal_administrators(request, **kwargs):
    if not request.user.is_portal_administrator:
        raise Http404


def _only_people_who_are_shown(request, pk=None, **kwargs):
    """Wagtail's forms show names and addresses side by side; whoever is protected is looked at in the portal's own
    view, which writes down that somebody looked."""
    _for_portal_administrators(request)
    if get_user_model().objects.filter(pk=pk, is_protected=True).exists():
        raise Http404


def _only_pages_one_may_change(request, **kwargs):
    """Wagtail asks each view by itself, and some say no with the page's title, its workflow or its task."""
    wanted = {int(kwargs[name]) for name in _PAGE_ARGUMENTS if name in kwargs}
    if pages_one_may_change(request.user).filter(pk__in=wanted).count() != len(wanted):
        raise Http404


def _only_tasks_of_the_page(request, page_id, task_id):
    _only_pages_one_may_change(request, page_id=page_id)
    page = Page.objects.get(pk=page_id)
    if not TaskState.objects.filter(workflow_state__in=page.workflow_states, task=task_id).exists():
        raise Http404


def _ids(given) -> set[int]:
    """The ids that an address was given. Raises BadRequest for what is no id, on which Wagtail fails."""
    if any(len(pk) > LONGEST_ID for pk in given):
        raise BadRequest("no id")
    try:
        return {int(pk) for pk in given}
    except ValueError as error:
        raise BadRequest("no id") from error


def _only_what_one_may_choose(request, parent_page_id=None):
    """The chooser names the page one browses, and the pages one says one has chosen, whichever they are."""
    wanted = _ids(request.GET.getlist("id"))
    if parent_page_id is not None:
        wanted.add(parent_page_id)
    if pages_one_may_choose(request.user).filter(pk__in=wanted).count() != len(wanted):
        raise Http404


def _only_with_an_address(request):
    """Wagtail's form takes an empty address for a good one and fails on it."""
    if request.method == "POST" and not request.POST.get("external-link-chooser-url"):
        raise BadRequest("no address")


def _only_what_one_may_change(request, app_label, model_name, action):
    """A bulk action lists by title what it was asked for and may not touch: ask before it does.

    "All" is what Wagtail lists: `_all_that_one_may_change` for pages, and for files what one may change anyway.
    """
    wanted = request.GET.getlist("id")
    if "all" in wanted:
        _ids(request.GET.getlist("childOf"))
        return
    policy = policy_registry.get_by_type(apps.get_model(app_label, model_name))
    own = policy.instances_user_has_any_permission_for(request.user, {"change", "delete"})
    if own.filter(pk__in=_ids(wanted)).count() != len(set(wanted)):
        raise Http404


_GUARDS = {
    "wagtailadmin_pages": _only_pages_one_may_change,
    "wagtailadmin_pages:workflow_preview": _only_tasks_of_the_page,
    "wagtailadmin_choose_page_child": _only_what_one_may_choose,
    "wagtailadmin_choose_page_chosen_multiple": _only_what_one_may_choose,
    "wagtailadmin_choose_page_external_link": _only_with_an_address,
    "wagtail_bulk_action": _only_what_one_may_change,
}


def _people_of_ones_municipalities(request):
    """Whom one may filter pages by: Wagtail offers everybody who ever wrote one, by name."""
    people = get_user_model().objects.filter(owned_pages__isnull=False).distinct()
    if request.user.is_portal_administrator:
        return people
    return people.filter(memberships__municipality__in=municipalities_with(request.user, Right.EDIT_CONTENT))


for _name in ("owner", "edited_by"):
    PageFilterSet.declared_filters[_name].queryset = _people_of_ones_municipalities


_all_people = UserListing.get_base_queryset


def _people_who_are_shown(view):
    """An address that a list is filtered by would tell whose the alias is."""
    return _all_people(view).filter(is_protected=False)


UserListing.get_base_queryset = _people_who_are_shown


_all_listed = PageBulkAction.get_all_objects_in_listing_query


def _all_that_one_may_change(action, parent_id):
    """The ids of all pages of a listing; Wagtail would take everybody's, and name what one may not touch."""
    if parent_id is not None and not Page.objects.filter(pk=parent_id).exists():
        raise Http404
    own = set(pages_one_may_change(action.request.user).values_list("pk", flat=True))
    return [pk for pk in _all_listed(action, parent_id) if pk in own]


PageBulkAction.get_all_objects_in_listing_query = _all_that_one_may_change


def _no_tags(model, count=10):
    return []


# Tags are shared by all municipalities; pictures have none in their form, and lists do not offer others'.
media_filters.popular_tags_for_model = image_chooser.popular_tags_for_model = _no_tags
