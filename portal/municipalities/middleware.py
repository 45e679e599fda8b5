"""Whoever must use a second factor first is told so at the door, and meets no view behind it."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from portal.municipalities.permissions import viewer_for

_READ = ("GET", "HEAD")


class AskForSecondFactorMiddleware:
    """Leads from the doors of the workspace, the editor and one's unit to the page that says why, whatever was asked.

    The rights themselves are kept back in `permissions`: elsewhere, and should a door be forgotten here, there is
    nothing to see either. The editor asks Wagtail, which does not know of it, and is closed here and by its own walls.
    """

    DOORS = ("/arbetsyta/", "/redaktion/", "/mina-sidor/min-enhet/")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponseBase | None:
        if not settings.SECOND_FACTOR_DEMANDED or not request.path_info.removeprefix("/en").startswith(self.DOORS):
            return None
        if not viewer_for(request.user).waits_for_second_factor:
            return None
        return to_second_factor(request)


def to_second_factor(request: HttpRequest) -> HttpResponse:
    """To the page that says why; from there back to what was to be read, and to the workspace after anything else."""
    is_part = "HX-Request" in request.headers
    back = request.get_full_path() if request.method in _READ and not is_part else reverse("workspace")
    address = f"{reverse('second_factor_needed')}?{urlencode({'next': back})}"
    if is_part:
        return HttpResponseClientRedirect(address)
    response = HttpResponseRedirect(address)
    response.status_code = 302 if request.method in _READ else 303
    return response
