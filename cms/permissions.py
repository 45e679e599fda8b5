"""Pages in the access module: who may see one, and which an event may point to."""

from django.db.models import QuerySet
from wagtail.models import Page

from cms.models import CoursePage, SharedPage
from portal.municipalities.permissions import register_scope


def _readable_pages(user) -> QuerySet[Page]:
    return Page.objects.filter(pk__in=SharedPage.objects.readable_by(user).values("pk"))


def _linkable_courses(user) -> QuerySet[Page]:
    """Published courses that the coordinator may read: one's own and those shared with one."""
    return Page.objects.filter(pk__in=CoursePage.objects.readable_by(user).values("pk")).order_by("title")


register_scope(SharedPage, "see", lambda user: SharedPage.objects.readable_by(user))
register_scope(Page, "see", _readable_pages)
register_scope(Page, "link from event", _linkable_courses)
