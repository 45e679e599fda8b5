"""A conference's released programme on paper, for whoever may read its page."""

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from cms.models import ConferencePage
from cms.templatetags.pages import conference_dates
from cms.views.programmes import conference_for
from portal.conferences.models import Conference
from portal.conferences.services.prints import Paper, PrintedFacts, programme_page, programme_pdf
from portal.core.exports import PdfUnavailable
from portal.municipalities.enums import Visibility

logger = logging.getLogger(__name__)


@require_GET
def programme_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """The public version as a PDF: a list on A4, or a timetable for the wall on A3; 404 before the first release."""
    conference, page = conference_for(request, public_id)
    if page.programme is None:
        raise Http404
    paper = Paper.A3 if request.GET.get("format") == Paper.A3 else Paper.A4
    facts = _facts(conference, page)
    try:
        content = programme_pdf(page.programme, facts, paper)
    except PdfUnavailable as error:
        logger.warning("no PDF, a page to print instead: %s", error)
        return HttpResponse(programme_page(page.programme, facts, paper, to_print=True))
    name = f"program-{slugify(page.title) or 'konferens'}{'-a3' if paper is Paper.A3 else ''}.pdf"
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    if page.visibility != Visibility.PUBLIC:
        patch_cache_control(response, private=True, no_store=True)
    return response


def _facts(conference: Conference, page: ConferencePage) -> PrintedFacts:
    collaboration = page.collaboration
    return PrintedFacts(
        title=page.title,
        municipality=page.municipality.name,
        dates=conference_dates(page),
        place=page.place,
        street=page.address,
        accessibility=page.accessibility,
        project=collaboration.title if collaboration else "",
        is_esf_project=bool(collaboration and collaboration.is_esf_project),
        address=settings.BASE_URL + conference.get_absolute_url(),
    )
