"""Pages and their files in the access module: who may see one, which an event may point to, what a page may take in."""

from functools import reduce
from operator import or_
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from wagtail.models import Page, ReferenceIndex, TaskState
from wagtail.permissions import policy_registry

from cms.models import (
    CollaborationPage,
    ConferencePage,
    CoursePage,
    LessonPage,
    MethodPage,
    MunicipalityPage,
    PortalDocument,
    PortalImage,
    SharedPage,
)
from cms.permission_policies import page_policy
from portal.conferences.models import Conference, Session
from portal.conferences.services import materials, programmes
from portal.conferences.services.programmes import Programme
from portal.municipalities.enums import Right, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import register_scope, viewer_for

PortalFile = TypeVar("PortalFile", PortalImage, PortalDocument)


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


def pages_one_may_change(user) -> QuerySet[Page]:
    """What lies in the sections where `user` writes, what they write together with others, and what they approve."""
    own = page_policy.instances_user_has_any_permission_for(user, {"add", "change", "publish"})
    return Page.objects.filter(Q(pk__in=own.values("pk")) | Q(pk__in=_waiting_for_approval_by(user)))


def _waiting_for_approval_by(user) -> list[int]:
    ids = TaskState.objects.reviewable_by(user).values_list("workflow_state__object_id", flat=True)
    return [int(pk) for pk in ids]


def pages_one_may_choose(user) -> QuerySet[Page]:
    """What `user` may link to: the pages they may change or read.

    Wagtail's choosers name a page and those above it by the titles of their next versions: a page with such a
    title that is not published, or below one that may not be read, is nobody else's to choose.
    """
    own = Q(pk__in=pages_one_may_change(user).values("pk"))
    root = Q(depth=1)
    plain = Q(pk__in=SharedPage.objects.readable_by(user).filter(draft_title=F("title")).values("pk"))
    closed = Page.objects.exclude(Q(numchild=0) | root | plain).values_list("path", flat=True)
    below_closed = reduce(or_, (Q(path__startswith=path) for path in closed), Q(pk__in=[]))
    return Page.objects.filter(own | root | (plain & ~below_closed))


def may_take(user, model: type, pk) -> bool:
    """Whether `user` may put that picture, document or page into a page they write."""
    if issubclass(model, Page):
        return pages_one_may_choose(user).filter(pk=pk).exists()
    policy = policy_registry.get_by_type(model)
    return policy.instances_user_has_any_permission_for(user, {"choose"}).filter(pk=pk).exists()


def _choosable(user, model: type) -> QuerySet:
    """The files in the collections where the user may choose some."""
    return policy_registry.get_by_type(model).instances_user_has_any_permission_for(user, {"choose"})


def _readable_conferences(user) -> QuerySet[Conference]:
    """Who may read a conference's page may read its released programme, and all that is told from it."""
    return Conference.objects.filter(page__in=ConferencePage.objects.readable_by(user).values("pk"))


def _pages_of_sessions(user) -> QuerySet[Page]:
    """What a session can be said to be about: courses, methods, lessons and projects that its organiser may read, of
    their own municipality and of those it runs a project with. All of the portal's would be no choice."""
    kinds = [CoursePage, MethodPage, LessonPage, CollaborationPage]
    viewer = viewer_for(user)
    together = Municipality.objects.filter(
        Q(led_collaborations__in=viewer.collaboration_ids) | Q(partner_collaborations__in=viewer.collaboration_ids)
    )
    near = Q(municipality__in=viewer.municipality_ids) | Q(municipality__in=together.values("pk"))
    readable = SharedPage.objects.readable_by(user).type(*kinds).in_language(settings.LANGUAGE_CODE)
    if not viewer.is_portal_administrator:
        readable = readable.filter(near)
    return Page.objects.filter(pk__in=readable.values("pk")).order_by("title")


def _readable_sessions(user) -> QuerySet[Session]:
    """Those of conferences whose page the user may read; which of them are public yet, the programme says."""
    return Session.objects.filter(conference__in=_readable_conferences(user))


register_scope(Conference, "see", _readable_conferences)
register_scope(Session, "see", _readable_sessions)
register_scope(Page, "link from session", _pages_of_sessions)
register_scope(PortalDocument, "link from session", lambda user: _choosable(user, PortalDocument))
register_scope(PortalImage, "show with speaker", lambda user: _choosable(user, PortalImage))
register_scope(SharedPage, "see", lambda user: SharedPage.objects.readable_by(user))
register_scope(Page, "see", _readable_pages)
register_scope(Page, "link from event", _linkable_courses)


# --- Files: a picture or a document has no readers of its own, it has those of the pages that use it -----------


def get_file_for(user, model: type[PortalFile], *, folder: str) -> tuple[PortalFile, bool]:
    """The file in `folder` if `user` may read it, and whether everybody may. Raises Http404 otherwise."""
    file = model.objects.filter(folder=folder).first()
    if file is None:
        raise Http404
    pages = published_pages_with(file)
    if pages.filter(visibility=Visibility.PUBLIC).exists():
        return file, True
    if pages.readable_by(user).exists() or may_use_file(user, file):
        return file, False
    if _is_shown_in_a_programme(AnonymousUser(), file):
        return file, True
    if user.is_authenticated and _is_shown_in_a_programme(user, file):
        return file, False
    raise Http404


def _is_shown_in_a_programme(user, file: PortalImage | PortalDocument) -> bool:
    """In the released programme of a conference that the user may read it is material of a session, and the time for
    it has come, or the picture of somebody who may be named."""
    is_picture = isinstance(file, PortalImage)
    if is_picture:
        is_there = Q(speakers__picture=file)
    else:
        is_there = Q(sessions__materials__document=file) | Q(sessions__materials__captions=file)
    conferences = _readable_conferences(user).filter(is_there).distinct()
    return any(file.pk in _files_shown(conference, pictures=is_picture) for conference in conferences)


def _files_shown(conference: Conference, *, pictures: bool) -> set[int | None]:
    programme = programmes.latest(conference) or Programme()
    if pictures:
        return {speaker.picture_id for speaker in programme.speakers}
    shown = materials.shown(conference, programme, timezone.now())
    files = [(material.document_id, material.captions_id) for rows in shown.values() for material in rows]
    return {pk for pair in files for pk in pair}


def may_use_file(user, file: PortalImage | PortalDocument) -> bool:
    """An editor may choose or change it in its collection: drafts show files that no published page has yet."""
    if viewer_for(user).waits_for_second_factor:
        return False
    policy = policy_registry.get_by_type(type(file))
    return policy.user_has_any_permission_for_instance(user, {"choose", "change"}, file)


def published_pages_with(file: PortalImage | PortalDocument):
    """The published pages whose published text or picture refers to `file`; what stands in a draft does not count."""
    ids = ReferenceIndex.get_references_to(file).filter(base_content_type=ContentType.objects.get_for_model(Page))
    return SharedPage.objects.live().filter(pk__in=[int(pk) for pk in ids.values_list("object_id", flat=True)])


def documents_on_pages(page_id: int | None = None) -> set[tuple[int, int]]:
    """(page, document) for each document that the published text of a page offers; of one page, or of all."""
    references = ReferenceIndex.objects.filter(
        base_content_type=ContentType.objects.get_for_model(Page),
        to_content_type=ContentType.objects.get_for_model(PortalDocument),
    )
    if page_id is not None:
        references = references.filter(object_id=str(page_id))
    found = {(int(page), int(document)) for page, document in references.values_list("object_id", "to_object_id")}
    # A reference may outlive its document for a moment.
    there = set(PortalDocument.objects.filter(pk__in={pk for _page, pk in found}).values_list("pk", flat=True))
    return {(page, document) for page, document in found if document in there}
