"""The whole address map on one screen. Wagtail comes last: it takes every address that is left."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.urls import serve_pattern
from wagtail.views import serve

from cms.urls import one_address
from cms.wagtail_hooks.walls import behind_walls

# Where the database is away that is no fault of ours, and what was sent is not lost.
handler500 = "portal.core.views.when_broken"

urlpatterns = [
    # One address in all languages: files, and the editor, which speaks the language of whoever uses it.
    path("", include(one_address)),
    path("redaktion/", include(behind_walls(wagtailadmin_urls))),
    # Everything else is Swedish, and English below /en/.
    *i18n_patterns(
        path("konto/", include("allauth.account.urls")),
        path("konto/tva-steg/", include("allauth.mfa.urls")),
        path("", include("portal.accounts.urls")),
        path("", include("portal.notifications.urls")),
        path("", include("portal.municipalities.urls")),
        path("", include("portal.conferences.urls")),
        path("", include("portal.events.urls")),
        path("", include("cms.urls")),
        path("", include("search.urls")),
        # Only its pages: Wagtail's own sign-in pages would be a second door without our rate limits.
        re_path(serve_pattern, serve, name="wagtail_serve"),
        prefix_default_language=False,
    ),
]
