"""Words and ways in Wagtail's admin: the menu, and the way back to the workspace."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.models import Page

from portal.municipalities.enums import Visibility


@hooks.register("register_admin_menu_item")
def workspace_menu_item():
    return MenuItem(_("Workspace"), reverse("workspace"), icon_name="date", order=50)


@hooks.register("construct_main_menu")
def only_what_is_ours(request, menu_items):
    """Reports and help lead outside one's own section or to pages elsewhere."""
    if not request.user.is_superuser:
        menu_items[:] = [item for item in menu_items if item.name not in ("reports", "help")]


@hooks.register("before_bulk_action")
def share_nothing_unfinished(request, action_type, objects, action_class_instance):
    """Publishing many at once passes no form: ask here what each page's own form would have asked."""
    if action_type != "publish" or request.method != "POST":
        return None
    chosen = [item for item in objects if isinstance(item, Page)]
    below = [page for item in chosen for page in item.get_descendants().not_live()]
    for page in [*chosen, *below]:
        draft = page.specific.get_latest_revision_as_object()
        lacking = draft.lacks_for_sharing if draft.visibility != Visibility.INTERNAL else []
        if lacking:
            messages.error(request, f"{draft.title}: {lacking[0]}")
            return redirect("wagtailadmin_pages:edit", page.pk)
    return None
