"""Invitation links: the page they lead to, and where organisers make and end them."""

from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy, posted
from portal.events.enums import Availability, EventState, LinkState
from portal.events.forms import InvitationLinkForm
from portal.events.models import InvitationLink, TrainingEvent
from portal.events.services import invitation_links
from portal.events.views.public import show_event, take_sign_up
from portal.municipalities.permissions import allowed, get_for, visible

# Whoever tries keys gets no answer for a while, a right one no more than a wrong one. Right ones cost nothing: all of
# an office may open theirs at once from the same address.
WRONG_KEYS = {
    "action": "wrong_invitation",
    "config": {"wrong_invitation": "30/5m/ip"},
    "limit_get": True,
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@answers_when_busy
def event_invited(request: HttpRequest, key: str) -> HttpResponse:
    """An event's page for whoever has the link, and signing up there; 410 when it holds no more, 404 for no link."""
    return kept_secret(_answer_invited(request, key))


def kept_secret(response: HttpResponse) -> HttpResponse:
    """The address is a secret: no search engine is to keep it, nothing that is linked to is to be told it."""
    response["X-Robots-Tag"] = "noindex"
    # With "no-referrer" browsers would send the form with the origin "null", which is refused as forged.
    response["Referrer-Policy"] = "same-origin"
    return response


@rate_limit(**WRONG_KEYS, dry_run=True)
def _answer_invited(request: HttpRequest, key: str) -> HttpResponse:
    link = invitation_links.find(key)
    if link is None:
        return no_such_link(request)
    event = link.event
    sees_anyway = visible(request.user, TrainingEvent).filter(pk=event.pk).exists()
    if event.state == EventState.DRAFT and not sees_anyway:
        raise Http404
    # What is for those who may see the event is not for everybody who has a link.
    further: dict = {} if sees_anyway else {"materials": []}
    state = invitation_links.state_of(link)
    if state is not LinkState.OPEN:
        further |= {"invitation": None, "invitation_is_over": invitation_links.sentence(link, state)}
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        # Whoever presses twice has used it up themselves, and sees the event now.
        if state is LinkState.OPEN or sees_anyway:
            try:
                return take_sign_up(request, event, invitation=link, further=further)
            except ActionRefused as refusal:
                state, further["invitation_is_over"] = LinkState.ENDED, refusal.message
    if state is LinkState.OPEN:
        return show_event(request, event, invitation=link, further=further)
    if sees_anyway:
        status = 409 if request.method == "POST" else 200
        return show_event(request, event, status=status, further={**further, "invitation": None})
    return render(request, "events/invitation_over.html", {"why": further["invitation_is_over"]}, status=410)


@rate_limit(**WRONG_KEYS)
def no_such_link(request: HttpRequest) -> HttpResponse:
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_invitations(request: HttpRequest, public_id: str) -> HttpResponse:
    """The links to one event: what became of each, one more, and the end of one."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    if "end" in request.POST:
        link = get_for(request.user, "manage", InvitationLink, event=event, pk=request.POST["end"])
        invitation_links.end(link_id=link.pk, actor=request.user)
        messages.success(request, _("The link lets nobody in any more. Those who signed up with it keep their seats."))
        return redirect("event_invitations", public_id=public_id)
    form = InvitationLinkForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            invitation_links.make(event_id=event.pk, actor=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("The link is made. Copy its address and send it to those it is for."))
            return redirect("event_invitations", public_id=public_id)
    now = timezone.now()
    links = allowed(request.user, "manage", InvitationLink).filter(event=event).select_related("event").with_used()
    context = {
        "event": event,
        "form": form,
        "links": [(link, link.state_at(now, link.used), settings.BASE_URL + link.get_absolute_url()) for link in links],
        "may_make": event.availability not in (Availability.CANCELLED, Availability.PAST),
    }
    return render(request, "events/event_invitations.html", context, status=400 if form.errors else 200)
