"""Signing up without an account: the form, the link in the mail, and the way back to one's own sign-up."""

from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.exports import data_file
from portal.accounts.forms import ErasureForm
from portal.accounts.services import personal_data
from portal.accounts.services.sign_in import sign_guest_in
from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy, posted
from portal.events.enums import LinkState
from portal.events.forms import AddressForm, GuestDetailsForm, GuestForm
from portal.events.models import GuestRequest, InvitationLink, SignUp, TrainingEvent
from portal.events.services import guests, invitation_links, sign_ups
from portal.events.views.invitations import WRONG_KEYS, kept_secret, no_such_link
from portal.municipalities.permissions import get_for, visible

_WRONG_TOKENS = {"action": "wrong_guest_link", "config": {"wrong_guest_link": "30/5m/ip"}, "limit_get": True}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@answers_when_busy
def guest_sign_up(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form for somebody without an account, to an event that everybody may read."""
    event = get_for(request.user, "see", TrainingEvent, public_id=public_id)
    return _answer_form(request, event)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@answers_when_busy
def guest_invited(request: HttpRequest, key: str) -> HttpResponse:
    """The same form, for a group that was invited by a link."""
    return kept_secret(_answer_invited(request, key))


@rate_limit(**WRONG_KEYS, dry_run=True)
def _answer_invited(request: HttpRequest, key: str) -> HttpResponse:
    link = invitation_links.find(key)
    if link is None:
        return no_such_link(request)
    if invitation_links.state_of(link) is not LinkState.OPEN:
        return redirect(link)
    return _answer_form(request, link.event, link)


def _answer_form(request: HttpRequest, event: TrainingEvent, link: InvitationLink | None = None) -> HttpResponse:
    back = (link or event).get_absolute_url()
    if own := visible(request.user, SignUp).active().filter(event=event).first():
        return redirect(own)
    if not guests.may_come(event, request.user, link):
        raise Http404
    # Whoever is signed in has confirmed the address before.
    person = request.user if request.user.is_authenticated else None
    gets_seat = sign_ups.would_get_seat(event, request.user, None)
    form = GuestForm(posted(request), person=person, gets_seat=gets_seat, instance=GuestRequest())
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return _take(request, event, form, link)
            except ActionRefused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
                status = 429 if refusal.code == "too_many" else 409
    elif not event.takes_sign_ups:
        return redirect(back)
    context = {"event": event, "form": form, "invitation": link, "back": back, "gets_seat": gets_seat, "person": person}
    return render(request, "events/guest_sign_up.html", context, status=status)


def _take(request: HttpRequest, event: TrainingEvent, form: GuestForm, link: InvitationLink | None) -> HttpResponse:
    if request.user.is_authenticated:
        data = {"takes_seat_at_once": False, **form.cleaned_data}
        entry = sign_ups.sign_up(
            event_id=event.pk,
            person=request.user,
            municipality_id=None,
            form_token=form.instance.form_token,
            invitation=link,
            **data,
        )
        return redirect(entry)
    _refuse_too_many(request, form.cleaned_data["email"])
    guests.ask(event=event, invitation=link, **form.cleaned_data)
    return redirect("guest_mailed")


def _refuse_too_many(request: HttpRequest, email: str) -> None:
    """Nobody gets many mails because somebody else writes their address again and again."""
    is_within = ratelimit.consume(request, action="guest_mail")
    if not (is_within and ratelimit.consume(request, action="guest_address", key=email.lower())):
        raise ActionRefused(_("That was too many tries. Wait a while."), code="too_many", field="email")


@require_GET
@never_cache
def guest_mailed(request: HttpRequest) -> HttpResponse:
    """What to do next, the same whatever address was written."""
    return render(request, "events/guest_mailed.html")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@answers_when_busy
def guest_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the mail leads to: a button that confirms, since programs that read mails follow links."""
    return kept_secret(_answer_token(request, token))


@rate_limit(**_WRONG_TOKENS, dry_run=True)
def _answer_token(request: HttpRequest, token: str) -> HttpResponse:
    found = guests.find_request(token)
    if found is None:
        return _no_such_token(request)
    error = ""
    if request.method == "POST":
        try:
            entry = guests.confirm(request=found)
        except ActionRefused as refusal:
            error = refusal.message
        else:
            sign_guest_in(request, entry.person)
            return redirect(entry)
    gets_seat = sign_ups.would_get_seat(found.event, request.user, None)
    context = {"event": found.event, "found": found, "error": error, "gets_seat": gets_seat}
    return render(request, "events/guest_confirm.html", context, status=409 if error else 200)


@rate_limit(**_WRONG_TOKENS)
def _no_such_token(request: HttpRequest) -> HttpResponse:
    return render(request, "events/guest_link_over.html", status=410)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def guest_entry(request: HttpRequest, uid, key: str) -> HttpResponse:
    """The secret address of a guest's sign-up: a button that opens their page, for them and for two hours."""
    return kept_secret(_answer_entry(request, uid, key))


@rate_limit(**_WRONG_TOKENS, dry_run=True)
def _answer_entry(request: HttpRequest, uid, key: str) -> HttpResponse:
    entry = guests.find_entry(uid, key)
    if entry is None:
        return _no_such_token(request)
    # Whoever has an account by now signs in with it.
    if entry.person == request.user or (entry.person.is_active and not entry.person.is_guest):
        return redirect(entry)
    if not guests.link_holds(entry):
        return render(request, "events/guest_link_over.html", status=410)
    if request.method == "POST":
        sign_guest_in(request, entry.person)
        return redirect(entry)
    return render(request, "events/guest_entry.html", {"event": entry.event})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def my_details(request: HttpRequest, uid) -> HttpResponse:
    """What stands on a guest's badge; somebody with an account has a name there."""
    entry = get_for(request.user, "answer", SignUp, uid=uid)
    if not (request.user.is_guest and entry.is_active):
        raise Http404
    person = entry.person
    known = {"first_name": person.first_name, "last_name": person.last_name, "organisation": entry.organisation}
    form = GuestDetailsForm(posted(request), initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            guests.change_details(sign_up_id=entry.pk, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect(entry)
    context = {"form": form, "sign_up": entry, "event": entry.event}
    return render(request, "events/my_details.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def guest_link(request: HttpRequest) -> HttpResponse:
    """Whoever has lost the mail gets the links again, to the address that they have confirmed."""
    form = AddressForm(posted(request))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                _refuse_too_many(request, form.cleaned_data["email"])
            except ActionRefused as refusal:
                form.add_error(refusal.field, refusal.message)
                status = 429
            else:
                guests.mail_links(email=form.cleaned_data["email"])
                return redirect("guest_mailed")
    return render(request, "events/guest_link.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def guest_data_ask(request: HttpRequest) -> HttpResponse:
    """Where a guest asks for the link to all that is known of them; whoever has an account reads it there."""
    person = request.user
    if not person.is_guest:
        return redirect("account_own_data")
    error = ""
    if request.method == "POST":
        try:
            _refuse_too_many(request, person.email)
            guests.mail_data_link(person=person)
        except ActionRefused as refusal:
            error = refusal.message
        else:
            messages.success(request, _("The link is on its way to %(email)s.") % {"email": person.email})
            return redirect("guest_data_ask")
    return render(request, "events/guest_data_ask.html", {"error": error}, status=429 if error else 200)


@require_GET
@never_cache
def guest_data(request: HttpRequest, pk: int, until: int, key: str) -> HttpResponse:
    """All that the portal knows of a guest, to whoever reads the guest's mail."""
    return kept_secret(_answer_data(request, pk, until, key))


@rate_limit(**_WRONG_TOKENS, dry_run=True)
def _answer_data(request: HttpRequest, pk: int, until: int, key: str) -> HttpResponse:
    person = guests.find_by_data_link(pk=pk, until=until, key=key)
    if person is None:
        return _no_such_token(request)
    sections = sorted(personal_data.export(person), key=lambda section: section.key != "account")
    return render(request, "events/guest_data.html", {"sections": sections, "way": (pk, until, key)})


@require_POST
@never_cache
def guest_data_file(request: HttpRequest, pk: int, until: int, key: str) -> HttpResponse:
    """The same for machines, as `account_own_data_file` gives it."""
    return kept_secret(_answer_data_file(request, pk, until, key))


@rate_limit(**_WRONG_TOKENS, dry_run=True)
def _answer_data_file(request: HttpRequest, pk: int, until: int, key: str) -> HttpResponse:
    person = guests.find_by_data_link(pk=pk, until=until, key=key)
    if person is None:
        return _no_such_token(request)
    return data_file(personal_data.export(person))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@answers_when_busy
def guest_erase(request: HttpRequest, pk: int, until: int, key: str) -> HttpResponse:
    """What stays, and a button that erases the rest."""
    return kept_secret(_answer_erase(request, pk, until, key))


@rate_limit(**_WRONG_TOKENS, dry_run=True)
def _answer_erase(request: HttpRequest, pk: int, until: int, key: str) -> HttpResponse:
    person = guests.find_by_data_link(pk=pk, until=until, key=key)
    if person is None:
        return _no_such_token(request)
    form = ErasureForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            is_done = personal_data.erase(person=person)
        except ActionRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            if request.user == person:
                logout(request)
            return render(request, "events/guest_erased.html", {"is_done": is_done})
    context = {"form": form, "stays": personal_data.kept_after(person), "way": (pk, until, key)}
    return render(request, "events/guest_erase.html", context, status=400 if form.errors else 200)
