"""Small answers around the pages: colours, the editor's door, the gallery of components."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET

from portal.municipalities.models import Municipality
from portal.municipalities.services import colours


@require_GET
@cache_control(public=True, max_age=300)
def municipality_colours(request: HttpRequest) -> HttpResponse:
    """Each municipality's accent colour as a stylesheet of our own, so that no page needs an inline style.

    A colour that could not be seen on the page's ground is made darker, or lighter where the device is dark.
    """
    chosen = list(Municipality.objects.values_list("slug", "accent_colour"))
    lines = [f'[data-municipality="{slug}"]{{--accent:{colours.on_light(colour)};}}' for slug, colour in chosen]
    dark = [f'[data-municipality="{slug}"]{{--accent:{colours.on_dark(colour)};}}' for slug, colour in chosen]
    lines += ["@media screen and (prefers-color-scheme:dark){", *dark, "}"]
    return HttpResponse("\n".join(lines), content_type="text/css; charset=utf-8")


@require_GET
@never_cache
def editor_sign_in(request: HttpRequest) -> HttpResponse:
    """Where the editor sends those it does not let in: to the portal's sign-in, or a plain no when signed in."""
    if request.user.is_authenticated:
        # The editor's own message in English would show on the next page.
        list(messages.get_messages(request))
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", "/redaktion/"))


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """The gallery of components, for developers."""
    if not settings.SHOW_SENT_MAILS:
        raise Http404
    return render(request, "styleguide.html")
