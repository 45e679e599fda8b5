"""What every request passes."""

import os

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.utils.translation import get_language


class HealthMiddleware:
    """`/healthz`: the process answers. `/readyz`: what a request needs is there, each part by name, or 503.

    Before everything else, since whoever asks has neither TLS nor the portal's host name, and a dead database must not
    keep the answer. A search server or a broker that is away keeps nobody from reading and signing up, and is no part.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return _uncached(HttpResponse("ok", content_type="text/plain"))
        if request.path_info == "/readyz":
            parts = {name: "ok" if _works(check) else "fails" for name, check in _PARTS.items()}
            status = 200 if set(parts.values()) == {"ok"} else 503
            return _uncached(JsonResponse(parts, status=status))
        return self.get_response(request)


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _works(check) -> bool:
    try:
        return bool(check())
    except Exception:  # whatever is wrong with it: it does not work
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _cache_keeps() -> bool:
    cache.set("readyz", "ok", 10)
    return cache.get("readyz") == "ok"


def _files_can_be_written() -> bool:
    return os.access(settings.MEDIA_ROOT if os.path.exists(settings.MEDIA_ROOT) else settings.DATA_DIR, os.W_OK)


_PARTS = {"database": _database_answers, "cache": _cache_keeps, "files": _files_can_be_written}


class LanguageOfAddressMiddleware(LocaleMiddleware):
    """The address alone says the language: `/en/…` is English, everything else Swedish.

    Neither the browser's wishes nor a cookie count, so an address shows everybody the same and may be kept by caches;
    Django's own would have them keep one copy for each browser's list of languages.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", get_language())
        return response


class GuestsHaveNoAccountMiddleware:
    """A guest came in by a mailed link, which may have been passed on: no address, password or second factor is changed
    with that."""

    # What the names of allauth's views begin with.
    ACCOUNT = ("account_", "mfa_", "second_factor_", "provider_")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        if not name.startswith(self.ACCOUNT) or name == "account_logout" or not request.user.is_authenticated:
            return None
        return redirect("my_pages") if request.user.is_guest else None
