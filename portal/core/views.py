"""Answers that any area may need."""

import errno
import logging
import sys
from functools import wraps
from typing import Any

from django.db import InterfaceError, OperationalError
from django.forms import BaseForm
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import server_error

from portal.core.storage import MediaAway

logger = logging.getLogger(__name__)

# No room, no room for this one, and larger than what a process may write.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TRY_AGAIN_SECONDS = 10
# Nobody's password or key stands in a page, not even for its owner to send again.
_NOT_KEPT = ("password", "password1", "password2", "oldpassword", "client_secret")


def when_broken(request: HttpRequest) -> HttpResponse:
    """The answer to a fault: 503, and the form to send again, where the database or media are away; 507 and a
    sentence where a disk is full (RFC 4918, 11.5); else 500.

    Asks nothing and shows no template that does: what is broken may be all of it.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OSError) and error.errno in _FULL:
        logger.error("the disk is full: %s", error.strerror)
        return HttpResponse(render_to_string("core/full.html", request=None), status=507)
    is_media = isinstance(error, MediaAway)
    if not is_media and not isinstance(error, (OperationalError, InterfaceError)):
        return server_error(request)
    # With its token, which is still good: the cookie that it belongs to is the same.
    posted = [(name, value) for name, values in request.POST.lists() if name not in _NOT_KEPT for value in values]
    context = {"posted": posted, "path": request.get_full_path(), "is_form": request.method == "POST"}
    template = "core/media_away.html" if is_media else "core/away.html"
    response = HttpResponse(render_to_string(template, context, request=None), status=503)
    response["Retry-After"] = str(TRY_AGAIN_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def answers_when_busy(view):
    """Turn a lock that could not be had in time into a kind "try again" (503), with nothing written."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except OperationalError:
            response = render(request, "core/busy.html", status=503)
            response["Retry-After"] = "3"
            return response

    return wrapped


def posted(request: HttpRequest) -> QueryDict | None:
    """The form data of a POST, however empty, else None: an empty POST is a form with everything missing."""
    return request.POST if request.method == "POST" else None


def one_more_row(data: QueryDict, prefix: str, most: int) -> QueryDict:
    """What was posted, with one more empty row in the formset `prefix`, and never more than `most`."""
    data = data.copy()
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    is_number = total.isascii() and total.isdigit() and len(total) < 4
    data[f"{prefix}-TOTAL_FORMS"] = str(min(int(total) + 1, most)) if is_number else "1"
    return data


def leave_unchecked(form: BaseForm | None, rows: Any) -> None:
    """Say nothing of mistakes yet, in a form (if any) and its formset: whoever asks for one more row is not done."""
    for part in (*([form] if form else []), *rows.forms):
        part._errors = ErrorDict()
        part.cleaned_data = {}
    rows._non_form_errors = rows.error_class()
