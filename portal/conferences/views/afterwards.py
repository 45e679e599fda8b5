"""When a conference is over: mail those who came what they took part in, and show who took part, in numbers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.conferences.models import Conference
from portal.conferences.services import follow_ups, reports
from portal.conferences.services.reports import Report
from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy
from portal.municipalities.permissions import get_for
from portal.notifications.services import outbox


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def conference_afterwards(request: HttpRequest, public_id: str) -> HttpResponse:
    """What would be mailed, and to how many; what would be shown; then the acts, each with a button of its own."""
    conference = get_for(request.user, "manage", Conference, public_id=public_id)
    error = ""
    if request.method == "POST":
        try:
            done = _act(request, conference)
        except ActionRefused as refusal:
            error = refusal.message
        else:
            messages.success(request, done)
            return redirect("conference_afterwards", public_id=public_id)
    is_over = conference.last_day < timezone.localdate()
    has_sign_up = conference.registration_id is not None
    context = {
        "conference": conference,
        "is_over": is_over,
        "has_sign_up": has_sign_up,
        "error": error,
        "rehearsal": _rehearsal(conference) if is_over and has_sign_up else None,
        "would_show": reports.count(conference) if is_over and has_sign_up else None,
        "shown": Report.stored(conference.report),
    }
    return render(request, "conferences/conference_afterwards.html", context, status=409 if error else 200)


def _act(request: HttpRequest, conference: Conference) -> str:
    act = request.POST.get("act")
    if act == "send":
        number = follow_ups.send(conference_id=conference.pk)
        return ngettext("The mail goes to %(number)s person.", "The mail goes to %(number)s people.", number) % {
            "number": number
        }
    if act == "publish":
        reports.publish(conference=conference, actor=request.user)
        return _("The numbers stand on the conference’s page.")
    if act == "withdraw":
        reports.withdraw(conference=conference, actor=request.user)
        return _("The numbers are shown no more.")
    raise ActionRefused(_("Choose what you want to do with one of the buttons."), code="no_act")


def _rehearsal(conference: Conference) -> outbox.Rehearsal:
    return outbox.rehearse(lambda: follow_ups.send(conference_id=conference.pk), message=follow_ups.MESSAGE)
