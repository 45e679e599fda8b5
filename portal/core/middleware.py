"""What every request passes."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils.translation import get_language


class LanguageOfAddressMiddleware(LocaleMiddleware):
    """The address alone says the language: `/en/…` is English, everything else Swedish.

    Neither the browser's wishes nor a cookie count, so an address shows everybody the same and may be kept by caches;
    Django's own would have them keep one copy for each browser's list of languages.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", get_language())
        return response
