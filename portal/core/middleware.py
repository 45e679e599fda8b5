"""What every request passes."""

from hmac import compare_digest
from time import perf_counter
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from prometheus_client import CONTENT_TYPE_LATEST
from wagtail.models import Site

from portal.core import metrics
from portal.core.kept import CONTENT, SEATS, Place, gathered, is_possible, kept


class HealthMiddleware:
    """`/healthz`: the process answers. `/readyz`: what a request needs is there, each part by name, or 503.

    Before everything else, since whoever asks has neither TLS nor the portal's host name, and a dead database must not
    keep the answer. A search server or a broker that is away keeps nobody from reading and signing up, and is no part;
    a bucket of media that is away is told of, and takes no web out of use.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return _uncached(HttpResponse("ok", content_type="text/plain"))
        if request.path_info == "/readyz":
            parts = {name: "ok" if _works(check) else "fails" for name, check in _PARTS.items()}
            if parts["files"] == "fails" and settings.MEDIA_STORAGE:
                parts["files"] = "away"
            status = 503 if "fails" in parts.values() else 200
            return _uncached(JsonResponse(parts, status=status))
        return self.get_response(request)


class MetricsMiddleware:
    """`/metrics`: figures for whoever knows METRICS_TOKEN. Where none is set nothing is there, and nothing is measured.

    Whoever asks comes from inside, as those of `HealthMiddleware`; the proxy lets nobody else through.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = settings.METRICS_TOKEN
        if request.path_info == "/metrics":
            return _uncached(_figures(request, token))
        if not token:
            return self.get_response(request)
        began = perf_counter()
        response = self.get_response(request)
        metrics.count_request(request, response, perf_counter() - began)
        return response


def _figures(request: HttpRequest, token: str) -> HttpResponse:
    if not token:
        return HttpResponse(status=404)
    given = request.headers.get("Authorization", "")
    # In the same time however much of it is right, so that nobody finds it letter by letter.
    if not compare_digest(given.encode(), f"Bearer {token}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


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


_PARTS = {"database": _database_answers, "cache": _cache_keeps, "files": lambda: cast(Any, default_storage).answers()}


# What differs in a page by these is told apart below, or does not concern those who have sent no cookie.
_MAY_VARY_BY = {"cookie", "accept-encoding", "hx-request", "origin"}
_LARGEST_KEPT = 512 * 1024
_LONGEST_ADDRESS = 500


class PublicPagesMiddleware:
    """A page that somebody reads of whom nothing is known is kept ready for the next one of whom nothing is known.

    The same readers as at the proxy: no cookie (signed in, a form's token, reading settings) and no authorisation. A
    page that says "no-store" or "private", sets a cookie, or says `response.is_this_readers = True`, is not kept.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or not is_possible():
            return self.get_response(request)
        address = (request.get_host(), request.is_secure(), request.get_full_path(), request.headers.get("HX-Request"))
        # The number of a session is not to be found in the memory of a process.
        reader = hash(request.META.get("HTTP_COOKIE"))
        with gathered((address, reader)):
            return self._kept(request, address) if _is_unknown(request) else self.get_response(request)

    def _kept(self, request: HttpRequest, address: tuple) -> HttpResponseBase:
        place = Place("page", *address, about=(CONTENT, SEATS))
        if not place.is_empty:
            content, headers, view = place.value
            response = HttpResponse(content, headers=headers)
            setattr(response, "kept_view", view)  # noqa: B010 - for whoever counts requests; not in its type
            return _unless_there(request, response)
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and _is_everybodys(response):
            # Only such a page has a tag: one of what not everybody may read would answer questions about it.
            set_response_etag(response)
            view = request.resolver_match.view_name if request.resolver_match else ""
            place.keep((response.content, dict(response.headers), view))
            return _unless_there(request, response)
        return response


def _unless_there(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """304 without the page for whoever has it already (RFC 9110, 13.1)."""
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _is_unknown(request: HttpRequest) -> bool:
    return (
        request.method == "GET"
        and not request.META.get("HTTP_COOKIE")
        and not request.META.get("HTTP_AUTHORIZATION")
        and len(request.META.get("QUERY_STRING", "")) < _LONGEST_ADDRESS
    )


def _is_everybodys(response: HttpResponse) -> bool:
    control = response.get("Cache-Control", "")
    varies = {name.strip().lower() for name in response.get("Vary", "").split(",") if name.strip()}
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not getattr(response, "is_this_readers", False)
        and not ("no-store" in control or "private" in control)
        and varies <= _MAY_VARY_BY
        and len(response.content) <= _LARGEST_KEPT
    )


class SiteMiddleware:
    """Wagtail's site with its front page, which each page asks for, without a question to the database for each."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Where Wagtail itself remembers it for a request.
        setattr(request, "_wagtail_site", SimpleLazyObject(lambda: _site_of(request)))  # noqa: B010 - not in its type
        return self.get_response(request)


def _site_of(request: HttpRequest) -> Site:
    def read() -> Site:
        bare = HttpRequest()
        bare.META = request.META
        site = Site.find_for_request(bare)
        if site is None:
            raise Site.DoesNotExist
        if is_possible():
            _ = site.root_page.specific  # remembered on the object, and kept with it
        return site

    return kept("site", request.get_host(), make=read)


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
