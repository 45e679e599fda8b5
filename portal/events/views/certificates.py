"""Certificates: one's own, all of an event, and the public page that says whether one is genuine."""

import logging
from collections.abc import Sequence

from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from portal.accounts.services.protected_identity import name_for
from portal.core.exports import PdfUnavailable
from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy
from portal.events import exports
from portal.events.forms import CertificateCodeForm
from portal.events.models import Certificate, SignUp, TrainingEvent
from portal.events.services import certificates
from portal.municipalities.enums import AuditAct
from portal.municipalities.permissions import get_for
from portal.municipalities.services import audit

logger = logging.getLogger(__name__)

# Enough for somebody who checks a pile of paper; to try the 2^60 codes would take for ever.
_CHECKS = {"check_certificate": "30/5m/ip"}


@require_GET
@login_required
@never_cache
@answers_when_busy
def my_certificate(request: HttpRequest, uid) -> HttpResponse:
    """My certificate; 404 while there is nothing to certify."""
    entry = get_for(request.user, "see", SignUp, uid=uid)
    try:
        certificate = certificates.issue(sign_up_id=entry.pk)
    except ActionRefused:
        raise Http404 from None
    # On the paper that is handed to the person, and nowhere else: whoever checks the code reads the alias.
    certificate.name = name_for(request.user, entry.person) if entry.person.is_protected else certificate.name
    return _as_file([certificate], certificate.event_title)


@require_GET
@login_required
@never_cache
@answers_when_busy
def event_certificates(request: HttpRequest, public_id: str) -> HttpResponse:
    """The certificates of everybody who came, one page each, for those who hand them out on paper."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    issued = certificates.issue_all(event_id=event.pk)
    if not issued:
        messages.error(request, _("Nobody who came is ticked off yet. Tick off who came first."))
        return redirect("event_participants", public_id=public_id)
    audit.record(
        municipality=event.municipality,
        actor=request.user,
        act=AuditAct.PARTICIPANTS_EXPORTED,
        subject=event.title,
        detail=["pdf", str(len(issued))],
    )
    return _as_file(issued, event.title)


@require_safe
@never_cache
def certificate_lookup(request: HttpRequest) -> HttpResponse:
    """For those who have a certificate on paper: type its code."""
    form = CertificateCodeForm(request.GET if "kod" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("certificate_check", code=form.cleaned_data["kod"])
    return render(request, "events/certificate_lookup.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
@never_cache
@rate_limit(action="check_certificate", config=_CHECKS, limit_get=True)
def certificate_check(request: HttpRequest, code: str) -> HttpResponse:
    """What a certificate says, to whoever has its code; nothing about any other."""
    certificate = certificates.find(code)
    context = {"certificate": certificate, "form": CertificateCodeForm(initial={"kod": code[:60]})}
    status = 200 if certificate else 404
    response = render(request, "events/certificate_check.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def _as_file(issued: Sequence[Certificate], title: str) -> HttpResponse:
    try:
        content = exports.certificates_pdf(issued)
    except PdfUnavailable as error:
        logger.warning("no PDF, a page to print instead: %s", error)
        return HttpResponse(exports.certificates_page(issued, to_print=True))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="intyg-{slugify(title) or "utbildning"}.pdf"'
    return response
