"""Pictures and documents: handed out only after the pages that use them have been asked who may read."""

import mimetypes
import re
from typing import IO, Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from cms.models import PortalDocument, PortalImage
from cms.permissions import get_file_for

_PICTURE = re.compile(r"^(?:original_)?images/(?P<folder>[0-9a-f]{32})/[^/\\]+$")
_ONE_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,15})-(?P<last>[0-9]{0,15})\Z")
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
    """A document, to be saved and never shown in the browser; a film plays in our own pages, and is sent in parts."""
    found, is_public = get_file_for(request.user, PortalDocument, folder=folder)
    return _answer(
        found.file.name,
        part=request.headers.get("Range", "") if found.is_film else None,
        is_public=is_public,
        content_type=found.content_type,
        as_attachment=True,
        filename=found.filename,
    )


class _Part:
    """So many bytes of an open file, from where it stands."""

    def __init__(self, file: IO[bytes], length: int):
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()


def _answer(path: str, *, is_public: bool, part: str | None = None, **options) -> HttpResponse:
    """The file, without ETag or Last-Modified: nobody is told "unchanged" before the rule has been asked.

    `part` is what the browser says of the bytes it wants, "" for all; None where only the whole is given.
    """
    try:
        file = default_storage.open(path, "rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, **options) if part is None else _in_parts(file, part, options)
    if is_public:
        patch_cache_control(response, public=True, max_age=_PUBLIC_SECONDS)
    else:
        patch_cache_control(response, private=True, no_store=True)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _in_parts(file: Any, wanted: str, options: dict) -> HttpResponse:
    """One range of bytes (RFC 9110, 14): without, some browsers play no film, and none lets one move in it.

    Several ranges, and what is none, are answered with the whole, as the RFC allows.
    """
    size = file.size
    match = _ONE_RANGE.match(wanted)
    if match is None or not (match["first"] or match["last"]):
        response = FileResponse(file, **options)
        response["Accept-Ranges"] = "bytes"
        return response
    if match["first"]:
        first, last = int(match["first"]), min(int(match["last"] or size), size - 1)
    else:
        first, last = max(size - int(match["last"]), 0), size - 1
    if first > last:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(first)
    length = last - first + 1
    response = FileResponse(_Part(file, length), status=206, **options)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = length
    response["Accept-Ranges"] = "bytes"
    return response
