"""Walls and words in Wagtail's admin, where Wagtail itself does not separate one municipality from another."""

from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.urls import reports as report_urls
from wagtail.models import Page
from wagtail.permissions import page_permission_policy
from wagtail.utils.urlpatterns import decorate_urlpatterns

from cms.models import HomePage, MunicipalityPage, SharedPage


@hooks.register("construct_page_chooser_queryset")
def choose_only_what_one_may_read(pages, request):
    """The chooser would list every page of every municipality, drafts with their titles too."""
    readable = SharedPage.objects.readable_by(request.user).values("pk")
    editable = page_permission_policy.instances_user_has_any_permission_for(
        request.user, {"change", "publish", "add"}
    ).values("pk")
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


@hooks.register("register_admin_menu_item")
def workspace_menu_item():
    return MenuItem(_("Workspace"), reverse("workspace"), icon_name="date", order=50)


@hooks.register("construct_main_menu")
def only_what_is_ours(request, menu_items):
    """Documents are not offered yet; reports and help lead outside one's own section or to pages elsewhere."""
    hidden = {"documents"} if request.user.is_superuser else {"documents", "reports", "help"}
    menu_items[:] = [item for item in menu_items if item.name not in hidden]


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


@hooks.register("before_serve_document")
def serve_no_documents(document, request):
    """Until documents follow the visibility of the pages they hang on, none is handed out."""
    raise Http404
