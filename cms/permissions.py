"""Pages in the access module: who may see one, which an event may point to, and what an editor may take into a page."""

from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet
from wagtail.models import Page
from wagtail.permissions import page_permission_policy, policy_registry

from cms.models import CoursePage, SharedPage
from portal.municipalities.permissions import register_scope, viewer_for


def _readable_pages(user) -> QuerySet[Page]:
    return Page.objects.filter(pk__in=SharedPage.objects.readable_by(user).values("pk"))


def _linkable_courses(user) -> QuerySet[Page]:
    """Published courses that the coordinator may read: one's own and those shared with one."""
    return Page.objects.filter(pk__in=CoursePage.objects.readable_by(user).values("pk")).order_by("title")


def pages_one_may_change(user) -> QuerySet[Page]:
    """What lies in the sections where `user` writes."""
    return page_permission_policy.instances_user_has_any_permission_for(user, {"add", "change", "publish"})


def pages_one_may_choose(user) -> QuerySet[Page]:
    """What `user` may link to: the pages they may change or read.

    Wagtail's choosers name a page and those above it by the titles of their next versions: while such a title is
    not published, the page is nobody else's to choose.
    """
    if viewer_for(user).is_portal_administrator:
        return Page.objects.all()
    own = Q(pk__in=pages_one_may_change(user).values("pk"))
    root = Q(depth=1)
    readable = Q(pk__in=SharedPage.objects.readable_by(user).values("pk"))
    renamed = (
        SharedPage.objects.filter(live=True).exclude(Q(draft_title=F("title")) | own).values_list("path", flat=True)
    )
    below_renamed = reduce(or_, (Q(path__startswith=path) for path in renamed), Q(pk__in=[]))
    return Page.objects.filter(own | root | (readable & ~below_renamed))


def may_take(user, model: type, pk) -> bool:
    """Whether `user` may put that picture, document or page into a page they write."""
    if issubclass(model, Page):
        return pages_one_may_choose(user).filter(pk=pk).exists()
    policy = policy_registry.get_by_type(model)
    return policy.instances_user_has_any_permission_for(user, {"choose"}).filter(pk=pk).exists()


register_scope(SharedPage, "see", lambda user: SharedPage.objects.readable_by(user))
register_scope(Page, "see", _readable_pages)
register_scope(Page, "link from event", _linkable_courses)
