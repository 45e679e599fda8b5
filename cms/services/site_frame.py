"""What stands around every page: the portal's name, the menu, the footer."""

from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.translation import get_language, get_language_from_path
from django.utils.translation import gettext as _

from cms.models import PortalSettings
from cms.services import reading
from portal.core.kept import kept
from portal.municipalities.enums import Right
from portal.municipalities.permissions import viewer_for

_WORKSPACE_RIGHTS = set(Right) - {Right.READ_INTERNAL, Right.LEAD_TEAM}


def site_frame(request) -> dict:
    """Context processor. Asks for the portal's settings once a request; error pages without a site get defaults."""
    if request.path.startswith("/redaktion/"):
        return {}
    name, tagline = _name_and_tagline(request)
    viewer = viewer_for(getattr(request, "user", AnonymousUser()))
    links = [
        (_("Courses"), reverse("course_list")),
        (_("Events"), reverse("event_list")),
        (_("Methods"), reverse("method_list")),
        (_("Lessons learned"), reverse("lesson_list")),
        (_("Conferences"), reverse("conference_list")),
    ]
    footer = [
        (_("How it works"), reverse("wagtail_serve", args=["sa-fungerar-det/"])),
        (_("About the portal"), reverse("wagtail_serve", args=["om/"])),
        (_("Accessibility"), reverse("accessibility_statement")),
        (_("Personal data"), reverse("wagtail_serve", args=["personuppgifter/"])),
        (_("Register of processing"), reverse("processing_register")),
        (_("Cookies"), reverse("cookie_list")),
    ]
    return {
        "portal_name": name,
        "portal_tagline": tagline,
        "front_page": reverse("wagtail_serve", args=[""]),
        "other_language": other_language(request),
        "reading": " ".join(reading.as_words(reading.chosen(request))),
        "canonical": settings.BASE_URL + request.path,
        "alternates": [(code, settings.BASE_URL + href) for code, href in _in_each_language(request.path).items()],
        "main_navigation": [
            {"label": label, "href": href, "current": request.path.startswith(href)} for label, href in links
        ],
        "footer_links": [{"label": label, "href": href} for label, href in footer],
        # Who waits is led on from there.
        "workspace_allowed": viewer.is_portal_administrator
        or viewer.waits_for_second_factor
        or any(codename in _WORKSPACE_RIGHTS for codename, _municipality in viewer.rights),
        "shows_sent_mails": settings.SHOW_SENT_MAILS,
    }


class OtherLanguage(NamedTuple):
    """Where the page in view is read in the other language; `label` is that language's own name."""

    code: str
    label: str
    href: str


def other_language(request) -> OtherLanguage:
    """The same address, with its question, below the other language."""
    addresses = _in_each_language(request.get_full_path())
    if get_language_from_path(request.path_info) == "en":
        return OtherLanguage("sv", "Svenska", addresses["sv"])
    return OtherLanguage("en", "English", addresses["en"])


def _in_each_language(path: str) -> dict[str, str]:
    """An address by hreflang. Text alone: it is asked for addresses that lead nowhere, too."""
    swedish = path.removeprefix("/en") if path.startswith("/en/") else path
    return {"sv": swedish, "en": f"/en{swedish}", "x-default": swedish}


def _name_and_tagline(request) -> tuple[str, str]:
    def read() -> tuple[str, str]:
        portal = PortalSettings.for_request(request)
        return portal.name, portal.tagline_in(language)

    language = get_language() or settings.LANGUAGE_CODE
    return kept("portal-name", request.get_host(), language, make=read)
