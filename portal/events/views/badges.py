"""Name badges of those who come, on paper to cut."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.core.exports import PdfUnavailable
from portal.events import exports
from portal.events.enums import SignUpState
from portal.events.models import SignUp, TrainingEvent
from portal.municipalities.enums import AuditAct
from portal.municipalities.permissions import allowed, get_for
from portal.municipalities.services import audit

logger = logging.getLogger(__name__)


@require_GET
@login_required
@never_cache
def event_badges(request: HttpRequest, public_id: str) -> HttpResponse:
    """A badge for everybody with a seat, by first name, eight on a sheet; a page to print where no PDF is made."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    seats = allowed(request.user, "manage", SignUp).filter(event=event, state=SignUpState.CONFIRMED)
    entries = list(
        seats.select_related("person", "municipality").order_by("person__first_name", "person__last_name", "pk")
    )
    if not entries:
        messages.error(request, _("Nobody has a seat yet, so there are no badges to print."))
        return redirect("event_participants", public_id=public_id)
    audit.record(
        municipality=event.municipality,
        actor=request.user,
        act=AuditAct.PARTICIPANTS_EXPORTED,
        subject=event.title,
        detail=[_("badges"), str(len(entries))],
    )
    try:
        content = exports.badges_pdf(event, entries)
    except PdfUnavailable as error:
        logger.warning("no PDF, a page to print instead: %s", error)
        return HttpResponse(exports.badges_page(event, entries, to_print=True))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="namnskyltar-{slugify(event.title) or "tillfalle"}.pdf"'
    return response
