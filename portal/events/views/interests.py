"""Interest in a course: shown and taken back on the course's page, turned into seats by a coordinator."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.models import Page

from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy
from portal.events.forms import OfferToInterestedForm
from portal.events.models import Interest, TrainingEvent
from portal.events.services import interests
from portal.events.views.decisions import MANY, mail_first, to_look_at
from portal.municipalities.permissions import get_for


@require_POST
@login_required
def course_interest(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that I want to do a course, or that I do not any more."""
    if "withdraw" in request.POST:
        # Also from a course that is shown no more.
        get_for(request.user, "manage", Interest, course=pk)
        interests.withdraw(course_id=pk, person=request.user)
        messages.success(request, _("You are no longer in the queue for the course."))
        return redirect("my_pages")
    course = get_for(request.user, "link from event", Page, pk=pk)
    try:
        interests.show(course=course, person=request.user)
    except ActionRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("You are in the queue. When there is a seat for you, you get a mail."))
    return redirect(course.get_url(request))


@require_POST
@login_required
@answers_when_busy
def event_interested(request: HttpRequest, public_id: str) -> HttpResponse:
    """Offer seats to the first in the course's queue."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    form = OfferToInterestedForm(request.POST)
    if form.is_valid():

        def offer() -> int:
            return interests.offer_seats(event_id=event.pk, number=form.cleaned_data["number"], actor=request.user)

        try:
            # Who is in the queue is told once they have a seat to answer.
            message = "events/offered_to_interested"
            if rehearsal := to_look_at(request, offer, message=message, least=MANY, is_named=False):
                return mail_first(request, event, rehearsal, heading=_("Offer seats"))
            number = offer()
        except ActionRefused as refusal:
            messages.error(request, refusal.message)
        else:
            text = ngettext("%(number)s person is offered a seat.", "%(number)s people are offered a seat.", number)
            messages.success(request, text % {"number": number})
    else:
        messages.error(request, _("Write how many: a number from 1 upwards."))
    return redirect("event_participants", public_id=public_id)
