"""The whole address map on one screen. Wagtail comes last: it takes every address that is left."""

from django.urls import include, path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

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
    path("", include(wagtail_urls)),
]
