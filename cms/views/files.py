"""Pictures and documents: handed out only after the pages that use them have been asked who may read."""

import mimetypes
import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from cms.models import PortalDocument, PortalImage
from cms.permissions import get_file_for

_PICTURE = re.compile(r"^(?:original_)?images/(?P<folder>[0-9a-f]{32})/[^/\\]+$")
_LOGO = re.compile(r"^logos/[^/\\]+$")
# How long a public file may still be shown from somebody's cache after its page was withdrawn.
_PUBLIC_SECONDS = 300


@require_safe
def picture(request: HttpRequest, path: str) -> HttpResponse:
    """A picture in any of its sizes, or a municipality's logo, which everybody may see."""
    is_public = bool(_LOGO.match(path))
    if not is_public:
        match = _PICTURE.match(path)
        if match is None:
            raise Http404
        _image, is_public = get_file_for(request.user, PortalImage, folder=match["folder"])
    content_type = mimetypes.guess_type(path)[0] or ""
    if not content_type.startswith("image/") or content_type == "image/svg+xml":
        raise Http404
    return _answer(path, is_public=is_public, content_type=content_type)


@require_safe
def document(request: HttpRequest, folder: str) -> HttpResponse:
    """A document, to be saved and never shown in the browser."""
    found, is_public = get_file_for(request.user, PortalDocument, folder=folder)
    return _answer(
        found.file.name,
        is_public=is_public,
        content_type=found.content_type,
        as_attachment=True,
        filename=found.filename,
    )


def _answer(path: str, *, is_public: bool, **options) -> HttpResponse:
    """The whole file, without ETag or Last-Modified: nobody is told "unchanged" before the rule has been asked."""
    if not default_storage.exists(path):
        raise Http404
    response = FileResponse(default_storage.open(path, "rb"), **options)
    if is_public:
        patch_cache_control(response, public=True, max_age=_PUBLIC_SECONDS)
    else:
        patch_cache_control(response, private=True, no_store=True)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
