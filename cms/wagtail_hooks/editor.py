"""Words and ways in Wagtail's admin: the menu, and the way back to the workspace."""

from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem


@hooks.register("register_admin_menu_item")
def workspace_menu_item():
    return MenuItem(_("Workspace"), reverse("workspace"), icon_name="date", order=50)


@hooks.register("construct_main_menu")
def only_what_is_ours(request, menu_items):
    """Reports and help lead outside one's own section or to pages elsewhere."""
    if not request.user.is_superuser:
        menu_items[:] = [item for item in menu_items if item.name not in ("reports", "help")]
