"""Answers that any area may need."""

from functools import wraps
from typing import Any

from django.db import OperationalError
from django.forms import BaseForm
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render


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
