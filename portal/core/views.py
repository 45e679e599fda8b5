"""Answers that any area may need."""

from functools import wraps

from django.db import OperationalError
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
