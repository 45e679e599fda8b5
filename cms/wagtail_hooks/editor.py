"""Words and ways in Wagtail's admin: the menu, and the way back to the workspace."""

from django.contrib import messages
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.userbar import ContentCheckerItem
from wagtail.models import Page

from cms.services import needs_me
from portal.municipalities.enums import Visibility


@hooks.register("register_admin_menu_item")
def workspace_menu_item():
    return MenuItem(_("Workspace"), reverse("workspace"), icon_name="date", order=50)


@hooks.register("insert_editor_js")
def readability_script():
    return format_html('<script src="{}" defer></script>', static("js/readability.js"))


@hooks.register("insert_global_admin_css")
def editor_style():
    return format_html('<link rel="stylesheet" href="{}">', static("css/editor.css"))


class WhatNeedsMe(Component):
    """The editor's start: what waits for me, as in the workspace."""

    name = "needs_me"
    order = 50
    template_name = "wagtailadmin/home_needs_me.html"

    def get_context_data(self, parent_context=None):
        return needs_me.start_of(parent_context["request"].user)


@hooks.register("construct_homepage_panels")
def what_needs_me_first(request, panels):
    panels.insert(0, WhatNeedsMe())


@hooks.register("construct_homepage_summary_items", order=1000)
def no_numbers_of_all(request, summary_items):
    """How many pages, pictures and documents there are helps nobody."""
    summary_items.clear()


class ChecksOfWhatIsWritten(ContentCheckerItem):
    """Wagtail's checks of the preview, of what an editor can change: not of what stands around the text."""

    axe_include = ["main"]
    axe_exclude = [".page__aside", ".no-print", ".term-note", "nav", "form"]


@hooks.register("construct_wagtail_userbar")
def check_what_is_written(request, items, page):
    items[:] = [
        ChecksOfWhatIsWritten(in_editor=item.in_editor) if isinstance(item, ContentCheckerItem) else item
        for item in items
    ]


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
