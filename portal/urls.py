"""The whole address map on one screen. Wagtail comes last: it takes every address that is left."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.urls import serve_pattern
from wagtail.views import serve

urlpatterns = [
    # Signing in to the editor is signing in to the portal.
    path("redaktion/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("redaktion/", include(wagtailadmin_urls)),
    path("dokument/", include(wagtaildocs_urls)),
    path("konto/", include("allauth.account.urls")),
    path("", include("portal.notifications.urls")),
    path("", include("portal.municipalities.urls")),
    path("", include("portal.events.urls")),
    path("", include("cms.urls")),
    path("", include("search.urls")),
    # Only its pages: Wagtail's own sign-in pages would be a second door without our rate limits.
    re_path(serve_pattern, serve, name="wagtail_serve"),
]
