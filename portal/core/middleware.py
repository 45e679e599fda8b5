"""What every request passes."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.utils.translation import get_language


class LanguageOfAddressMiddleware(LocaleMiddleware):
    """The address alone says the language: `/en/…` is English, everything else Swedish.

    Neither the browser's wishes nor a cookie count, so an address shows everybody the same and may be kept by caches;
    Django's own would have them keep one copy for each browser's list of languages.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", get_language())
        return response


class GuestsHaveNoAccountMiddleware:
    """A guest came in by a mailed link, which may have been passed on: no address or password is changed with that."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        if not name.startswith("account_") or name == "account_logout" or not request.user.is_authenticated:
            return None
        return redirect("my_pages") if request.user.is_guest else None
