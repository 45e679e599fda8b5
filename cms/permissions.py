"""Pages and their files in the access module: who may see one, and which an event may point to."""

from collections.abc import Iterable
from typing import TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import Http404
from wagtail.models import Page, ReferenceIndex
from wagtail.permissions import policy_registry

from cms.models import CoursePage, MunicipalityPage, PortalDocument, PortalImage, SharedPage
from portal.municipalities.enums import Right, Visibility
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
register_scope(SharedPage, "see", lambda user: SharedPage.objects.readable_by(user))
register_scope(Page, "see", _readable_pages)
register_scope(Page, "link from event", _linkable_courses)


# --- Files: a picture or a document has no readers of its own, it has those of the pages that use it -----------


def get_file_for(user, model: type[PortalFile], *, folder: str) -> tuple[PortalFile, bool]:
    """The file in `folder` if `user` may read it, and whether everybody may. Raises Http404 otherwise."""
    file = model.objects.filter(folder=folder).first()
    if file is None:
        raise Http404
    pages = _published_pages_with(file)
    if pages.filter(visibility=Visibility.PUBLIC).exists():
        return file, True
    if user.is_authenticated and (pages.readable_by(user).exists() or may_use_file(user, file)):
        return file, False
    raise Http404


def may_use_file(user, file: PortalImage | PortalDocument) -> bool:
    """An editor may choose or change it in its collection: drafts show files that no published page has yet."""
    policy = policy_registry.get_by_type(type(file))
    return policy.user_has_any_permission_for_instance(user, {"choose", "change"}, file)


def files_not_for(user, references: Iterable[tuple[type[Model], str]]) -> list[PortalImage | PortalDocument]:
    """Those of `references` (model and id) that are files which `user` may neither choose nor change."""
    wanted: dict[type[Model], list[int]] = {PortalImage: [], PortalDocument: []}
    for model, pk in references:
        if model in wanted and pk.isascii() and pk.isdigit():
            wanted[model].append(int(pk))
    files = [file for model, pks in wanted.items() if pks for file in model._default_manager.filter(pk__in=pks)]
    return [file for file in files if not may_use_file(user, file)]


def _published_pages_with(file: PortalImage | PortalDocument):
    """The published pages whose published text or picture refers to `file`; what stands in a draft does not count."""
    ids = ReferenceIndex.get_references_to(file).filter(base_content_type=ContentType.objects.get_for_model(Page))
    return SharedPage.objects.live().filter(pk__in=[int(pk) for pk in ids.values_list("object_id", flat=True)])
