"""Members, roles and invitations within the own municipality; municipalities for the portal administrator."""

from urllib.parse import quote, urlencode

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.decorators import reauthentication_required
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.services import second_factor
from portal.core import health
from portal.core.services import ActionRefused, ids_in
from portal.core.views import posted
from portal.municipalities import exports
from portal.municipalities.enums import AuditAct, Right, Role, rights_of
from portal.municipalities.forms import (
    AudienceQuestionForm,
    AuditFilterForm,
    IdentityProviderForm,
    InvitationForm,
    MembershipForm,
    MunicipalityForm,
    NewAccountForm,
    UnitForm,
    WorkAddressForm,
)
from portal.municipalities.models import AuditEntry, IdentityProvider, Invitation, Membership, Municipality
from portal.municipalities.permissions import allowed, get_for, has_right, viewer_for, visible
from portal.municipalities.services import (
    audit,
    colours,
    identity_providers,
    invitations,
    memberships,
    municipalities,
    people,
    privacy_requests,
)
from portal.municipalities.services.audiences import sentences
from portal.notifications.services import outbox

AUDIT_PER_PAGE = 50


MOST_PARKED = 50


@require_GET
@login_required
@never_cache
def member_list(request: HttpRequest, slug: str) -> HttpResponse:
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    return _show_members(request, municipality, InvitationForm(municipality=municipality))


@require_POST
@login_required
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    form = InvitationForm(request.POST, municipality=municipality)
    if form.is_valid():
        try:
            invitations.invite(
                municipality=municipality,
                email=form.cleaned_data["email"],
                roles=[Role(role) for role in form.cleaned_data["roles"]],
                unit=form.cleaned_data["unit"],
                invited_by=request.user,
            )
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("The invitation is on its way. It can be used for 14 days."))
            return redirect("member_list", slug=slug)
    return _show_members(request, municipality, form, status=400)


@require_POST
@login_required
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = get_for(request.user, "manage", Invitation, pk=pk)
    invitations.withdraw(invitation=invitation, actor=request.user)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("member_list", slug=invitation.municipality.slug)


@require_POST
@login_required
def unit_create(request: HttpRequest, slug: str) -> HttpResponse:
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    form = UnitForm(request.POST)
    form.instance.municipality = municipality
    if form.is_valid():
        if municipality.units.filter(name=form.cleaned_data["name"]).exists():
            messages.error(request, _("There is a unit with that name already."))
        else:
            form.save()
            messages.success(request, _("The unit is added."))
    else:
        messages.error(request, _("Write the unit’s name, at most 120 characters."))
    return redirect("member_list", slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def member_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Roles, unit and occupational group of one member, or ending the membership."""
    membership = get_for(request.user, "manage", Membership, pk=pk)
    municipality = membership.municipality
    initial = {
        "roles": [role.value for role in membership.roles if role is not Role.STAFF],
        "unit": membership.unit_id,
        "occupational_group": membership.occupational_group_id,
    }
    form = MembershipForm(posted(request), municipality=municipality, initial=initial)
    if "reset_second_factor" in request.POST:
        own = get_for(request.user, "reset second factor", Membership, pk=pk)
        try:
            people.reset_second_factor(membership=own, actor=request.user)
            messages.success(
                request, _("The second step is reset, and %(person)s is signed out.") % {"person": own.person}
            )
        except ActionRefused as refusal:
            messages.error(request, refusal.message)
        return redirect("member_edit", pk=pk)
    if "protect" in request.POST:
        return _protect(request, membership)
    if "leave" in request.POST:
        try:
            memberships.leave(membership=membership, actor=request.user)
        except ActionRefused as refusal:
            # Shown with what holds, not with the empty form beside the button: saving that would take every role.
            form = MembershipForm(initial, municipality=municipality)
            form.add_error("roles", refusal.message)
            return _show_member(request, membership, form, status=400)
        messages.success(request, _("%(person)s is no longer a member.") % {"person": membership.person})
        return redirect("member_list", slug=municipality.slug)
    if request.method == "POST":
        try:
            if form.is_valid():
                memberships.change(
                    membership=membership,
                    roles=[Role(role) for role in form.cleaned_data["roles"]],
                    unit=form.cleaned_data["unit"],
                    occupational_group=form.cleaned_data["occupational_group"],
                    actor=request.user,
                )
                messages.success(request, _("Saved."))
                return redirect("member_list", slug=municipality.slug)
        except ActionRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return _show_member(request, membership, form, status=400 if form.errors else 200)


@reauthentication_required
def _protect(request: HttpRequest, membership: Membership) -> HttpResponse:
    """By whoever has just given the password: only the person can end it."""
    # Whoever is protected already keeps the alias, so that the answer does not tell who is.
    alias = privacy_requests.protect(person=membership.person, alias="", actor=request.user)
    messages.success(request, _("Others read %(alias)s.") % {"alias": alias})
    return redirect("member_edit", pk=membership.pk)


def _show_member(request: HttpRequest, membership: Membership, form: MembershipForm, status: int) -> HttpResponse:
    may_reset = allowed(request.user, "reset second factor", Membership).filter(pk=membership.pk).exists()
    context = {
        "membership": membership,
        "municipality": membership.municipality,
        "form": form,
        "has_second_factor": second_factor.factors_of(membership.person).exists(),
        "may_reset_second_factor": may_reset,
    }
    return render(request, "municipalities/member_edit.html", context, status=status)


@require_GET
@login_required
@never_cache
def second_factor_needed(request: HttpRequest) -> HttpResponse:
    """Why there is a second step before this work, and the way to it; on, for whoever needs none or has taken it."""
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("workspace")
    if not viewer_for(request.user).waits_for_second_factor:
        return redirect(back)
    context = {"has_factor": second_factor.factors_of(request.user).exists(), "next_quoted": quote(back)}
    return render(request, "municipalities/second_factor_needed.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation's link leads. Opening it changes nothing: mail scanners follow links."""
    found = invitations.find_open(token)
    if found is None:
        return render(request, "municipalities/invitation_gone.html", status=404)
    signed_in = request.user.is_authenticated and not request.user.is_guest
    form = None if signed_in else NewAccountForm(posted(request))
    error = ""
    if request.method == "POST":
        try:
            if signed_in:
                invitations.accept(invitation=found, person=request.user)
                return _welcome(request, found)
            if form.is_valid():
                data = form.cleaned_data
                person = invitations.open_account(
                    invitation=found,
                    first_name=data["first_name"],
                    last_name=data["last_name"],
                    password=data["password"],
                )
                if provider := identity_providers.demanded_of(person):
                    return redirect("provider_sign_in", key=provider.key)
                login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
                return _welcome(request, found)
        except ActionRefused as refusal:
            error = refusal.message
    context = {"invitation": found, "form": form, "error": error, "token": token}
    failed = bool(error or (form and form.errors))
    return render(request, "municipalities/invitation.html", context, status=400 if failed else 200)


@require_GET
@login_required
@never_cache
def municipality_list(request: HttpRequest) -> HttpResponse:
    _require_portal_administrator(request)
    context = {"municipalities": visible(request.user, Municipality)}
    return render(request, "municipalities/municipality_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def municipality_create(request: HttpRequest) -> HttpResponse:
    _require_portal_administrator(request)
    form = MunicipalityForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            municipality = municipalities.create(**form.cleaned_data)
        except ValidationError as error:
            # A page at the portal's root may have the address already.
            form.add_error("slug", error.messages)
        else:
            messages.success(
                request,
                _("%(name)s is created. Now invite its first administrator.") % {"name": municipality.name},
            )
            _tell_of_colour(request, municipality)
            return redirect("member_list", slug=municipality.slug)
    return render(request, "municipalities/municipality_edit.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def municipality_edit(request: HttpRequest, slug: str) -> HttpResponse:
    municipality = get_for(request.user, "manage", Municipality, slug=slug)
    form = MunicipalityForm(posted(request), request.FILES or None, instance=municipality)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        _tell_of_colour(request, municipality)
        return redirect("municipality_list")
    context = {"form": form, "municipality": municipality}
    return render(request, "municipalities/municipality_edit.html", context, status=400 if form.errors else 200)


def _tell_of_colour(request: HttpRequest, municipality: Municipality) -> None:
    """A colour too pale to be seen is shown darker; who chose it hears so rather than wonder."""
    shown = colours.on_light(municipality.accent_colour)
    if shown != municipality.accent_colour.lower():
        text = _("The colour %(chosen)s is too pale to be seen on white. The portal shows it as %(shown)s.")
        messages.info(request, text % {"chosen": municipality.accent_colour, "shown": shown})


@require_GET
@login_required
@never_cache
def role_list(request: HttpRequest, slug: str) -> HttpResponse:
    """For each member, in plain words: what they may do here, and who can change it."""
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    memberships_here = visible(request.user, Membership).filter(municipality=municipality).with_roles()
    context = {
        "municipality": municipality,
        "members": [(membership, rights_of(membership.roles)) for membership in memberships_here],
        "administrators": people.holders_of(municipality, Role.ADMINISTRATOR),
        "roles": [(role.label, rights_of([role])) for role in Role],
    }
    return render(request, "municipalities/role_list.html", context)


@require_GET
@login_required
@never_cache
def my_roles(request: HttpRequest) -> HttpResponse:
    """What I may do, in each municipality I belong to, and who can change it."""
    own = allowed(request.user, "see own", Membership).with_roles()
    context = {
        "memberships": [
            (membership, rights_of(membership.roles), people.holders_of(membership.municipality, Role.ADMINISTRATOR))
            for membership in own
        ]
    }
    return render(request, "municipalities/my_roles.html", context)


@require_POST
@login_required
def approval_switch(request: HttpRequest, slug: str) -> HttpResponse:
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    needed = "on" in request.POST
    municipalities.switch_approval(municipality=municipality, needed=needed, actor=request.user)
    messages.success(
        request,
        _("From now on somebody else than the writer approves each page.")
        if needed
        else _("Coordinators publish by themselves again."),
    )
    return redirect("role_list", slug=slug)


@require_GET
@login_required
@never_cache
def audit_log(request: HttpRequest, slug: str) -> HttpResponse:
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    form, entries = _audit_entries(request, municipality)
    page = Paginator(entries, AUDIT_PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = audit.named(page.object_list)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "municipality": municipality,
        "form": form,
        "page_obj": page,
        "querystring": query.urlencode(),
    }
    return render(request, "municipalities/audit_log.html", context)


@require_POST
@login_required
def audit_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The log as a file, as it is filtered. A POST: fetching it is written in the log itself."""
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    _form, entries = _audit_entries(request, municipality)
    content = exports.audit_as_csv(audit.named(entries))
    audit.record(municipality=municipality, actor=request.user, act=AuditAct.LOG_EXPORTED)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="logg-{municipality.slug}.csv"'
    return response


@require_GET
@login_required
@never_cache
def audience_sentences(request: HttpRequest) -> JsonResponse:
    """Who would see it now: the sentences under the choices, for what is ticked in an editor of ours."""
    form = AudienceQuestionForm(request.GET)
    if not form.is_valid():
        raise Http404
    owner = form.cleaned_data["owner"]
    if not any(has_right(request.user, right, owner.pk) for right in (Right.EDIT_CONTENT, Right.MANAGE_EVENTS)):
        raise Http404
    return JsonResponse(
        sentences(
            owner,
            [m.pk for m in form.cleaned_data["shared_with"]],
            [c.pk for c in form.cleaned_data["shared_with_collaborations"]],
        )
    )


def _audit_entries(request: HttpRequest, municipality: Municipality):
    """The filter and the entries it leaves; wrong values filter nothing."""
    form = AuditFilterForm(request.GET)
    form.is_valid()
    entries = visible(request.user, AuditEntry).filter(municipality=municipality).select_related("actor")
    return form, entries.matching(text=form.cleaned_data.get("q", ""), act=form.cleaned_data.get("act", ""))


def _show_members(
    request: HttpRequest, municipality: Municipality, form: InvitationForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "municipality": municipality,
        "memberships": visible(request.user, Membership).filter(municipality=municipality).with_roles(),
        "invitations": visible(request.user, Invitation).open().filter(municipality=municipality),
        "units": municipality.units.all(),
        "unit_form": UnitForm(),
        "form": form,
    }
    return render(request, "municipalities/member_list.html", context, status=status)


def _welcome(request: HttpRequest, found: Invitation) -> HttpResponse:
    messages.success(request, _("Welcome to %(municipality)s.") % {"municipality": found.municipality.name})
    return redirect("my_pages")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def operations(request: HttpRequest) -> HttpResponse:
    """How the portal is, sign by sign, and the mails that were given up or held: to send, or to let be."""
    _require_portal_administrator(request)
    if request.method == "POST":
        for name, act, done in (
            ("again", outbox.send_again, _("The mail is sent again.")),
            ("give_up", outbox.give_up, _("The mail is not sent.")),
        ):
            for message_id in ids_in(request.POST.getlist(name)):
                if act(message_id):
                    messages.success(request, done)
        for name, decide in (("send_held", outbox.release), ("withdraw_held", outbox.withdraw)):
            chosen = request.POST.getlist(name)
            if number := decide(None if chosen == ["all"] else ids_in(chosen)):
                messages.success(request, _told_of_held(name, number))
        return redirect("operations")
    parked, held = outbox.parked(), outbox.held()
    context = {
        "signs": health.signs(),
        "parked": parked[:MOST_PARKED],
        "more": max(parked.count() - MOST_PARKED, 0),
        "held": held[:MOST_PARKED],
        "more_held": max(held.count() - MOST_PARKED, 0),
    }
    return render(request, "municipalities/operations.html", context)


def _told_of_held(act: str, number: int) -> str:
    if act == "send_held":
        return ngettext("%(number)s mail is sent.", "%(number)s mails are sent.", number) % {"number": number}
    return ngettext("%(number)s mail is not sent.", "%(number)s mails are not sent.", number) % {"number": number}


def _require_portal_administrator(request: HttpRequest) -> None:
    if not viewer_for(request.user).is_portal_administrator:
        raise PermissionDenied


@sensitive_post_parameters("password")  # the sign-in form's own, which is not looked at
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def provider_list(request: HttpRequest) -> HttpResponse:
    """The municipalities whose people sign in with the account of their work, and which of them an address belongs to.

    Only the domain is looked at: what is answered says nothing of who has an account.
    """
    form = WorkAddressForm(posted(request))
    then = _own_address(request, request.POST.get("next", "") or request.GET.get("next", ""))
    if request.method == "POST" and form.is_valid():
        if provider := identity_providers.for_address(form.cleaned_data["login"]):
            identity_providers.ask(request, email=form.cleaned_data["login"], then=then)
            return redirect("provider_sign_in", key=provider.key)
        form.add_error("login", _("No municipality has people with such addresses sign in here. Use your password."))
    context = {"providers": identity_providers.in_use(), "form": form, "next": then}
    return render(request, "municipalities/provider_list.html", context, status=400 if form.errors else 200)


def _own_address(request: HttpRequest, address: str) -> str:
    """`address` if it leads to a page of ours, else nothing."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else ""


@require_http_methods(["GET", "HEAD"])
@never_cache
def provider_sign_in(request: HttpRequest, key: str) -> HttpResponse:
    """A page with a link on to the provider: no form may be sent elsewhere from here."""
    provider = _provider(key)
    context = {"provider": provider, "only": "only" in request.GET}
    return render(request, "municipalities/provider_sign_in.html", context)


@require_GET
@never_cache
def provider_begin(request: HttpRequest, key: str) -> HttpResponse:
    provider = _provider(key)
    callback = settings.BASE_URL + reverse("provider_callback", args=[key])
    try:
        return identity_providers.begin(request, provider, callback)
    except ActionRefused as refusal:
        return _provider_refused(request, provider, refusal)


@require_GET
@never_cache
def provider_callback(request: HttpRequest, key: str) -> HttpResponse:
    """Where the provider sends people back: in as with a password, so that a second factor is asked for here too."""
    going = identity_providers.going_on(request, key)
    if going.get("purpose") == identity_providers.Purpose.TRY:
        return _back_from_trial(request, key)
    provider = _provider(key)
    then = _own_address(request, going.get("then", ""))
    if going.get("purpose") == identity_providers.Purpose.AGAIN:
        return _back_again(request, provider, going, then)
    try:
        claims = identity_providers.claims_of(request, provider)
        person = identity_providers.sign_in(provider=provider, claims=claims)
        if person is None:
            identity_providers.wait_for_owner(request, provider, claims)
            return redirect(f"{reverse('account_login')}?{urlencode({'next': reverse('provider_connect')})}")
    except ActionRefused as refusal:
        return _provider_refused(request, provider, refusal)
    if request.user.is_authenticated:
        logout(request)
    request.came_through = provider.pk
    identity_providers.note_second_factor(request, provider, person, claims)
    return perform_login(
        request, person, email_verification=EmailVerificationMethod.MANDATORY, redirect_url=then or None
    )


@require_GET
@login_required
@never_cache
def provider_again(request: HttpRequest, key: str) -> HttpResponse:
    """Showing once more that it is oneself, for whoever signs in through a provider: why, and the way there."""
    provider = identity_providers.again_for(request.user)
    if provider is None or provider.key != key:
        raise Http404
    then = _own_address(request, request.GET.get("next", ""))
    if "go" not in request.GET:
        way = f"?{urlencode({'go': 1, 'next': then})}"
        return render(request, "municipalities/provider_again.html", {"provider": provider, "way": way})
    identity_providers.ask(request, email=request.user.email, then=then)
    callback = settings.BASE_URL + reverse("provider_callback", args=[key])
    try:
        return identity_providers.begin(request, provider, callback, identity_providers.Purpose.AGAIN)
    except ActionRefused as refusal:
        return _not_again(request, provider, refusal, then)


def _back_again(request: HttpRequest, provider: IdentityProvider, going: dict, then: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("account_login")
    try:
        claims = identity_providers.claims_of(request, provider)
        identity_providers.show_again(request, provider, request.user, claims, since=going["at"])
    except ActionRefused as refusal:
        return _not_again(request, provider, refusal, then)
    return redirect(then or "my_pages")


def _not_again(request: HttpRequest, provider: IdentityProvider, refusal: ActionRefused, then: str) -> HttpResponse:
    way = f"{reverse('provider_again', args=[provider.key])}?{urlencode({'go': 1, 'next': then})}"
    context = {"provider": provider, "way": way, "refusal": refusal.message}
    return render(request, "municipalities/provider_again.html", context, status=400)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def provider_connect(request: HttpRequest) -> HttpResponse:
    """Whether one wants to sign in through one's municipality from now on."""
    provider = identity_providers.waiting_for(request, request.user)
    if provider is None:
        return redirect("my_pages")
    if request.method == "POST":
        try:
            identity_providers.connect(request=request, person=request.user)
        except ActionRefused as refusal:
            return _provider_refused(request, provider, refusal)
        messages.success(request, _("From now on you can sign in through %(name)s.") % {"name": provider})
        return redirect("my_pages")
    return render(request, "municipalities/provider_connect.html", {"provider": provider})


def _provider(key: str) -> IdentityProvider:
    provider = identity_providers.in_use().filter(key=key).first()
    if provider is None:
        raise Http404
    return provider


def _provider_refused(request: HttpRequest, provider: IdentityProvider, refusal: ActionRefused) -> HttpResponse:
    context = {"provider": provider, "refusal": refusal.message}
    return render(request, "municipalities/provider_sign_in.html", context, status=400)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def provider_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """How a municipality's people sign in: written, tried, switched on. Another issuer is another provider."""
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    provider = identity_providers.of(municipality)
    deed = next((name for name in ("switch_on", "end") if name in request.POST), "save")
    form = IdentityProviderForm(posted(request) if deed == "save" else None, provider=provider)
    refusal = ""
    if request.method == "POST" and (form.is_valid() or deed != "save"):
        try:
            messages.success(request, _do_with_provider(request, deed, municipality, provider, form))
            return redirect("provider_edit", slug=slug)
        except ActionRefused as error:
            if error.field in form.fields and form.is_bound:
                form.add_error(error.field, error.message)
            else:
                refusal = error.message
    context = {
        "municipality": municipality,
        "provider": provider,
        "form": form,
        "refusal": refusal,
        "was_tried": provider is not None and identity_providers.was_tried(request, provider),
        "may_skip": request.user.is_portal_administrator,
        "callback": settings.BASE_URL + reverse("provider_callback", args=[provider.key]) if provider else "",
    }
    is_refused = bool(form.errors or refusal)
    return render(request, "municipalities/provider_edit.html", context, status=400 if is_refused else 200)


def _do_with_provider(request: HttpRequest, deed: str, municipality: Municipality, provider, form) -> str:
    """Do it, and say what was done. Raises ActionRefused as the services do, and where there is no provider."""
    if deed == "save" and provider is None:
        identity_providers.add(municipality=municipality, actor=request.user, is_draft=True, **form.values())
        return _("Saved. Nobody signs in through it before you switch it on.")
    if provider is None:
        raise ActionRefused(_("There is no provider."), code="none")
    if deed == "switch_on":
        tried = identity_providers.was_tried(request, provider)
        identity_providers.switch_on(provider=provider, actor=request.user, was_tried=tried)
        return _("People can sign in through it now.")
    if deed == "end":
        identity_providers.end(provider=provider, actor=request.user)
        return _("It is no longer in use.")
    identity_providers.change(provider=provider, actor=request.user, **form.values())
    return _("Saved.")


@require_GET
@login_required
@never_cache
def provider_try(request: HttpRequest, slug: str) -> HttpResponse:
    """To the provider and back, to see what it tells of oneself: nobody is signed in by it."""
    municipality = get_for(request.user, "administer", Municipality, slug=slug)
    provider = identity_providers.of(municipality)
    if provider is None:
        raise Http404
    callback = settings.BASE_URL + reverse("provider_callback", args=[provider.key])
    try:
        return identity_providers.begin(request, provider, callback, identity_providers.Purpose.TRY)
    except ActionRefused as refusal:
        return _tried(request, provider, refusal=refusal)


def _back_from_trial(request: HttpRequest, key: str) -> HttpResponse:
    provider = identity_providers.written(key)
    if provider is None:
        raise Http404
    # Whoever set out may administer no more.
    get_for(request.user, "administer", Municipality, pk=provider.municipality_id)
    try:
        trial = identity_providers.trial(provider, identity_providers.claims_of(request, provider))
    except ActionRefused as refusal:
        return _tried(request, provider, refusal=refusal)
    if not trial.fault:
        identity_providers.note_trial(request, provider)
    return _tried(request, provider, trial=trial)


def _tried(request: HttpRequest, provider: IdentityProvider, *, trial=None, refusal=None) -> HttpResponse:
    fault = identity_providers.reason(refusal) if refusal else trial.fault
    context = {"provider": provider, "municipality": provider.municipality, "trial": trial, "fault": fault}
    return render(request, "municipalities/provider_tried.html", context, status=400 if refusal else 200)
