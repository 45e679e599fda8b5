"""Own copies of pictures and documents: what one municipality takes over does not hang on another's files."""

from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from wagtail.models import Collection, ReferenceIndex

from cms.models import PortalImage, SharedPage

# Set by the file's own content or anew by saving, never copied.
_NOT_COPIED = {"id", "file", "collection", "created_at", "folder", "file_hash", "uploaded_by_user"}


def own_copy(file: Any, collection: Collection) -> Any:
    """A copy of a picture or document in `collection`, with a file of its own; None when its file is gone."""
    try:
        with file.file.open("rb") as opened:
            content = opened.read()
    except FileNotFoundError:
        return None
    values = {
        field.name: getattr(file, field.name) for field in file._meta.concrete_fields if field.name not in _NOT_COPIED
    }
    copy = type(file)(**values, collection=collection)
    copy.file = ContentFile(content, name=PurePosixPath(file.file.name).name)
    copy.save()
    return copy


def used_only_by(pages: list[SharedPage], models: tuple = (PortalImage,)) -> list[Any]:
    """The pictures and documents that `pages` show and no other page does: they can move along with them."""
    page_ids = {str(page.pk) for page in pages}
    found: list[Any] = []
    for model in models:
        references = ReferenceIndex.objects.filter(
            base_content_type__app_label="wagtailcore",
            object_id__in=page_ids,
            to_content_type__model=model._meta.model_name,
            to_content_type__app_label=model._meta.app_label,
        )
        for file in model.objects.filter(pk__in={reference.to_object_id for reference in references}):
            users = ReferenceIndex.get_references_to(file).values_list("object_id", flat=True)
            if set(users) <= page_ids:
                found.append(file)
    return found
