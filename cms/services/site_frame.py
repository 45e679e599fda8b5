"""What stands around every page: the portal's name, the menu, the footer."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.translation import gettext as _

from cms.models import PortalSettings
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
        (_("How it works"), "/sa-fungerar-det/"),
        (_("About the portal"), "/om/"),
        (_("Personal data and cookies"), "/personuppgifter/"),
    ]
    return {
        "portal_name": name,
        "portal_tagline": tagline,
        "main_navigation": [
            {"label": label, "href": href, "current": request.path.startswith(href)} for label, href in links
        ],
        "footer_links": [{"label": label, "href": href} for label, href in footer],
        "workspace_allowed": viewer.is_portal_administrator
        or any(codename in _WORKSPACE_RIGHTS for codename, _municipality in viewer.rights),
        "shows_sent_mails": settings.SHOW_SENT_MAILS,
    }


def _name_and_tagline(request) -> tuple[str, str]:
    portal = PortalSettings.for_request(request)
    return portal.name, portal.tagline
