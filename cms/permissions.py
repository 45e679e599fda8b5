"""Pages in the access module: who may see one, and which an event may point to."""

from django.db.models import QuerySet
from wagtail.models import Page

from cms.models import CoursePage, MunicipalityPage, SharedPage
from portal.municipalities.enums import Right
from portal.municipalities.permissions import register_scope, viewer_for


def _readable_pages(user) -> QuerySet[Page]:
    return Page.objects.filter(pk__in=SharedPage.objects.readable_by(user).values("pk"))


def _linkable_courses(user) -> QuerySet[Page]:
    """Published courses that the coordinator may read: one's own and those shared with one."""
    return Page.objects.filter(pk__in=CoursePage.objects.readable_by(user).values("pk")).order_by("title")


def _kept_pages(user) -> QuerySet[SharedPage]:
    """The pages of the municipalities that the user publishes for, drafts too; never a section's own page."""
    pages = SharedPage.objects.filter(municipality__isnull=False).not_type(MunicipalityPage)
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return pages
    return pages.filter(municipality__in=viewer.municipalities_with(Right.EDIT_CONTENT))


register_scope(SharedPage, "keep", _kept_pages)
register_scope(SharedPage, "see", lambda user: SharedPage.objects.readable_by(user))
register_scope(Page, "see", _readable_pages)
register_scope(Page, "link from event", _linkable_courses)
