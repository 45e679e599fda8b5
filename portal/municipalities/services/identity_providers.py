"""Signing in through a municipality's own provider: whom it may open an account for, and which roles it gives.

The protocol is Authlib's (state, nonce, PKCE, the token's signature and times). What is decided here assumes that
whoever runs a provider may assert anything: it opens nothing but accounts that belong to its municipality alone.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import FrameworkIntegration, OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import override
from joserfc.errors import JoseError
from requests import RequestException

from portal.accounts.services import second_factor
from portal.accounts.services.sign_in import note_shown_again
from portal.core.services import ActionRefused
from portal.municipalities.enums import AuditAct, Role
from portal.municipalities.models import ExternalIdentity, IdentityProvider, Membership, Municipality
from portal.municipalities.services import audit, memberships
from portal.municipalities.services.provider_addresses import ProviderApp, refuse_inside

# Signed with a key that the provider alone has: neither unsigned nor with the secret that we share.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_SECONDS = 5
_CLOCKS_DIFFER = 60  # seconds
_CHANGED = (
    "client_id",
    "is_demanded",
    "role_claim",
    "role_of_value",
    "trusts_second_factor",
    "second_factor_acr",
)
# Of RFC 8176: several factors, a code that is good once, a key in hardware, a smart card; and FIDO, which came later.
# What can be a password's only company as well as its stand-in (sms, tel, swk) comes with "mfa" where it was a second.
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "sc", "fido"})
_GIVEN_BY_HAND = frozenset(Role) - {Role.STAFF}
# Of no use to whoever reads what came: they are about this one answer.
_OF_THE_PROTOCOL = frozenset({"nonce", "at_hash", "c_hash"})
_MOST_CLAIMS, _MOST_LETTERS = 60, 300
_WAITING = "identity_waiting"
_ASKED = "identity_asked"
_TRIED = "identity_tried"


class Purpose(StrEnum):
    """What somebody is sent to a provider for."""

    SIGN_IN = "sign_in"
    TRY = "try"
    AGAIN = "again"


@dataclass(frozen=True)
class Trial:
    """What a provider told of somebody, and what that would do: `fault` is why they would not come in, or nothing."""

    claims: list[tuple[str, str]]
    roles: list[str]
    says_second_factor: bool
    fault: str = ""


def in_use() -> Any:
    """The providers that people may sign in through, with their municipalities, by name."""
    return (
        IdentityProvider.objects.filter(is_active=True)
        .select_related("municipality")
        .order_by("municipality__short_name")
    )


def for_address(email: str) -> IdentityProvider | None:
    """The provider of the municipality that owns the domain; whether anybody has the address plays no part."""
    domain = _domain_of(email)
    # A handful of rows; JSON containment differs between the databases.
    return next((provider for provider in in_use() if domain in provider.municipality.email_domains), None)


def _domain_of(email: str | None) -> str:
    return (email or "").rpartition("@")[2].strip().lower()


def written(key: str) -> IdentityProvider | None:
    """The one with this key, in use or being written."""
    return IdentityProvider.objects.filter(Q(is_active=True) | Q(is_draft=True), key=key).first()


def of(municipality: Municipality) -> IdentityProvider | None:
    """The municipality's provider that is in use, or else the one that is being written."""
    return (
        IdentityProvider.objects.filter(Q(is_active=True) | Q(is_draft=True), municipality=municipality)
        .select_related("municipality")
        .order_by("-is_active")
        .first()
    )


@transaction.atomic
def add(
    *, municipality: Municipality, issuer: str, client_id: str, client_secret: str, actor=None, is_draft=False, **more
) -> IdentityProvider:
    """A new provider, in use in the place of the one before; with `is_draft` one that nobody signs in through yet.

    Raises ActionRefused for an issuer that is no https address (http on one's own machine only) or stands where no
    provider may, and for a draft where there is one, or one in use, already.
    """
    address = urlsplit(issuer)
    local = not settings.IS_PRODUCTION and address.hostname == "localhost"
    if not address.hostname or address.query or address.fragment or not (address.scheme == "https" or local):
        raise ActionRefused(_("The issuer is an address that begins with https://."), code="issuer", field="issuer")
    try:
        refuse_inside(issuer)
    except RequestException as error:
        raise ActionRefused(
            _("The portal does not find that address on the internet."), code="inside", field="issuer"
        ) from error
    _refuse_roles(more.get("role_of_value", {}))
    municipality = Municipality.objects.select_for_update().get(pk=municipality.pk)
    if is_draft and of(municipality) is not None:
        raise ActionRefused(_("There is a provider already. Take it out of use first."), code="there")
    if not is_draft:
        _out_of_use(municipality)
    provider = IdentityProvider(
        municipality=municipality,
        issuer=issuer.rstrip("/"),
        client_id=client_id,
        client_secret=client_secret,
        is_active=not is_draft,
        is_draft=is_draft,
        **more,
    )
    provider.save()
    _tell(provider, actor)
    return provider


@transaction.atomic
def change(*, provider: IdentityProvider, actor, client_secret: str = "", **values) -> None:
    """Change anything but the issuer and the key; an empty secret keeps the one there is."""
    _refuse_roles(values.get("role_of_value", {}))
    for name in _CHANGED:
        if name in values:
            setattr(provider, name, values[name])
    if client_secret:
        provider.client_secret = client_secret
    provider.save()
    _tell(provider, actor)


@transaction.atomic
def switch_on(*, provider: IdentityProvider, actor, was_tried: bool) -> None:
    """Let people sign in through what has been written. `was_tried`: `actor` has come back through it, as it is now.

    Raises ActionRefused where they have not; a portal administrator, who may have no account there, need not.
    """
    if not was_tried and not actor.is_portal_administrator:
        raise ActionRefused(_("Try it first: nobody could sign in if something is wrong."), code="untried")
    Municipality.objects.select_for_update().get(pk=provider.municipality_id)
    _out_of_use(provider.municipality)
    provider.is_active, provider.is_draft = True, False
    provider.save()
    _tell(provider, actor)


@transaction.atomic
def end(*, provider: IdentityProvider, actor) -> None:
    """Take it out of use, or throw away what was written. The row stays: its key is nobody else's."""
    provider.is_active = provider.is_draft = False
    provider.save()
    _tell(provider, actor)


def _out_of_use(municipality: Municipality) -> None:
    IdentityProvider.objects.filter(municipality=municipality, is_active=True).update(is_active=False)


def _refuse_roles(role_of_value: dict[str, list[str]]) -> None:
    """No claim gives more than whoever maps it could give by hand: a role in that municipality."""
    if any(role not in _GIVEN_BY_HAND for roles in role_of_value.values() for role in roles):
        raise ActionRefused(_("That role cannot be given here."), code="role", field="role_of_value")


def _tell(provider: IdentityProvider, actor) -> None:
    with override(settings.LANGUAGE_CODE):  # whatever the actor reads
        state = _("in use") if provider.is_active else _("being set up") if provider.is_draft else _("out of use")
        more = [
            *([_("the only way in")] if provider.is_demanded else []),
            *([_("its second step counts here")] if provider.trusts_second_factor else []),
        ]
        roles = [
            f"{value}: {', '.join(str(Role(role).label) for role in given)}"
            for value, given in provider.role_of_value.items()
        ]
        audit.record(
            municipality=provider.municipality,
            actor=actor,
            act=AuditAct.PROVIDER_CHANGED,
            subject=provider.issuer,
            detail=[state, *more, *roles],
        )


def ask(request: HttpRequest, *, email: str, then: str) -> None:
    """Keep, in the session alone, which address somebody wrote and where they were going, until they go on."""
    request.session[_ASKED] = {"email": email, "then": then}


def begin(request: HttpRequest, provider: IdentityProvider, callback: str, purpose: Purpose = Purpose.SIGN_IN):
    """The redirect to the provider, which is told the address that was written if it is one of the municipality's.

    With `AGAIN` it is asked to let nobody through who was signed in there already. Raises ActionRefused where the
    provider does not answer as one should.
    """
    asked = request.session.pop(_ASKED, None) or {}
    told = {"login_hint": asked["email"]} if for_address(asked.get("email", "")) == provider else {}
    if purpose is Purpose.AGAIN:
        told |= {"prompt": "login", "max_age": "0"}
    try:
        client = _client(provider)
        going = client.create_authorization_url(callback, **told)
    except (OAuthError, RequestException, ValueError, RuntimeError, KeyError) as error:
        raise _no_answer() from error
    # What it is for comes back with this state and no other, in however many windows somebody signs in.
    client.save_authorize_data(
        request, redirect_uri=callback, then=asked.get("then", ""), purpose=purpose.value, at=int(time.time()), **going
    )
    return HttpResponseRedirect(going["url"])


def going_on(request: HttpRequest, key: str) -> dict:
    """What was kept when whoever comes back set out from here, in this session; empty where they did not.

    Read it before `claims_of`, with which it is gone: an answer counts once.
    """
    state = request.GET.get("state", "")
    return FrameworkIntegration(key).get_state_data(request.session, state) or {}


def claims_of(request: HttpRequest, provider: IdentityProvider) -> dict:
    """What the provider says of whoever comes back, out of its signed token alone.

    Raises ActionRefused for whatever is not right with it, and where somebody else began.
    """
    client = _client(provider)
    try:
        token = client.authorize_access_token(
            request,
            claims_options={
                "iss": {"essential": True, "values": [client.server_metadata["issuer"]]},
                "sub": {"essential": True},
                "nonce": {"essential": True},
            },
        )
    except (OAuthError, JoseError, RequestException, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise _no_answer() from error
    claims = token.get("userinfo")
    if not claims or not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
        raise _no_answer()
    return dict(claims)


def _no_answer() -> ActionRefused:
    return ActionRefused(
        _("Signing in through your municipality did not work. Try again, or ask your coordinator."), code="provider"
    )


def _client(provider: IdentityProvider):
    # Anew each time: what is changed here counts from the next sign-in, in every process.
    client = OAuth().register(
        provider.key,
        client_cls=ProviderApp,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": _SECONDS,
        },
    )
    metadata = client.load_server_metadata()
    # Another's metadata would send our secret, and take tokens, elsewhere.
    if str(metadata.get("issuer", "")).rstrip("/") != provider.issuer:
        raise ValueError("the metadata is another issuer's")
    metadata["id_token_signing_alg_values_supported"] = ALGORITHMS
    return client


def trial(provider: IdentityProvider, claims: dict) -> Trial:
    """What would come of these claims; nothing does. Who has an account plays no part, and is not told."""
    fault = ""
    try:
        own_address(provider, claims)
    except ActionRefused as refusal:
        fault = refusal.message
    told = [(str(name)[:100], _in_words(value)) for name, value in claims.items() if name not in _OF_THE_PROTOCOL]
    given = _given(provider, claims)
    return Trial(
        claims=sorted(told)[:_MOST_CLAIMS],
        roles=[str(role.label) for role in Role if role in given],
        says_second_factor=says_second_factor(provider, claims),
        fault=fault,
    )


def says_second_factor(provider: IdentityProvider, claims: dict) -> bool:
    """Whether the token says that a second factor was asked for: by a method (`amr`, RFC 8176), or by one of the
    levels that the administrator has written (`acr`; Entra ID calls its own `acrs`)."""
    methods = claims.get("amr")
    if isinstance(methods, list) and not SECOND_FACTORS.isdisjoint(_values(methods)):
        return True
    levels = {*_values(claims.get("acr")), *_values(claims.get("acrs"))}
    return not levels.isdisjoint(provider.second_factor_acr.split())


def again_for(person) -> IdentityProvider | None:
    """The provider that `person` signs in through, who can show there once more that it is them."""
    provider = in_use().filter(identities__person=person.pk).first()
    if provider is None:
        return None
    try:
        _refuse_what_opens_more(provider, person)
    except ActionRefused:
        return None
    return provider


def show_again(request: HttpRequest, provider: IdentityProvider, person, claims: dict, since: int) -> None:
    """Remember that `person`, who is signed in here, has signed in anew at the provider after `since` (seconds of the
    clock): it says when, in its signed token.

    Raises ActionRefused where it was somebody else, where the provider let them through as they were, and where it does
    not say when.
    """
    if again_for(person) != provider or not person.external_identities.filter(provider=provider, subject=claims["sub"]):
        raise ActionRefused(
            _("You signed in there as somebody else. Sign in with the account that you use here."), code="other"
        )
    moment = claims.get("auth_time")
    if not isinstance(moment, int | float) or isinstance(moment, bool):
        moment = 0
    if not since - _CLOCKS_DIFFER <= moment <= time.time() + _CLOCKS_DIFFER:
        raise ActionRefused(
            _(
                "Your municipality’s sign-in does not say that you signed in anew just now. Sign out there and try "
                "again; if it goes on, ask whoever looks after sign-in in your municipality."
            ),
            code="old",
        )
    note_shown_again(request, person)
    note_second_factor(request, provider, person, claims)


def note_second_factor(request: HttpRequest, provider: IdentityProvider, person, claims: dict) -> None:
    """Have the session of `person`, about to sign in, count as one with a second factor, where the provider is trusted
    with that and says so."""
    if provider.trusts_second_factor and says_second_factor(provider, claims):
        second_factor.note_outside(request, person, provider.key)


def vouches_for(person, key: str) -> bool:
    """Whether the provider with this key still stands for the second factor of `person`: it is in use and trusted with
    it, and theirs. Never of a portal administrator: no provider opens what is not its municipality's."""
    return (
        not (person.is_superuser or person.is_held_back)
        and ExternalIdentity.objects.filter(
            person=person.pk, provider__key=key, provider__is_active=True, provider__trusts_second_factor=True
        ).exists()
    )


def _in_words(value: object) -> str:
    text = ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"


def note_trial(request: HttpRequest, provider: IdentityProvider) -> None:
    """Remember in this session that a trial went well, of the provider as it is now."""
    request.session[_TRIED] = [provider.pk, provider.updated_at.isoformat()]


def was_tried(request: HttpRequest, provider: IdentityProvider) -> bool:
    return request.session.get(_TRIED) == [provider.pk, provider.updated_at.isoformat()]


def reason(refusal: ActionRefused) -> str:
    """What was wrong with the provider's answer, for whoever sets it up; nothing of what stood in it."""
    cause = refusal.__cause__
    if isinstance(cause, OAuthError):
        return _("The provider refused. Look over client id, secret and the address to send people back to.")
    if isinstance(cause, RequestException):
        return _("Nothing answers as a provider at the issuer’s address.")
    return _("The provider’s answer does not hold: it names another issuer, or is not signed as it should be.")


@transaction.atomic
def sign_in(*, provider: IdentityProvider, claims: dict) -> Any:
    """The person whom the provider means, with the roles that it gives them now; None where an account has the address.

    Such an account is connected by its owner (`connect`), never by what a provider says. Raises ActionRefused for
    addresses of no domain of the municipality, and for people whose account opens more than the municipality's own.
    """
    identity = (
        ExternalIdentity.objects.select_for_update()
        .filter(provider=provider, subject=claims["sub"])
        .select_related("person")
        .first()
    )
    if identity is None:
        email = own_address(provider, claims)
        if get_user_model().objects.filter(email__iexact=email).exists():
            return None
        try:
            with transaction.atomic():
                identity = _open_account(provider, email, claims)
        except IntegrityError as error:  # twice at once: the other made it
            raise _no_answer() from error
    person = identity.person
    _refuse_what_opens_more(provider, person)
    give_roles(provider=provider, person=person, claims=claims)
    return person


def own_address(provider: IdentityProvider, claims: dict) -> str:
    """The address that the provider tells. Raises ActionRefused where it is not in the municipality's own domains."""
    email = claims.get("email")
    if not isinstance(email, str) or email.count("@") != 1 or claims.get("email_verified") is False:
        raise _foreign_address()
    email = email.strip().lower()
    if _domain_of(email) not in provider.municipality.email_domains:
        raise _foreign_address()
    return email


def _foreign_address() -> ActionRefused:
    return ActionRefused(
        _("Your municipality’s sign-in tells no address that belongs to it. Ask your coordinator."), code="address"
    )


def _open_account(provider: IdentityProvider, email: str, claims: dict) -> ExternalIdentity:
    names = {
        "first_name": str(claims.get("given_name") or "")[:80],
        "last_name": str(claims.get("family_name") or "")[:80],
    }
    person = get_user_model().objects.create_user(email, None, **names)
    # Mails to its own domains are the municipality's to deliver.
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    memberships.join(person=person, municipality=provider.municipality)
    return ExternalIdentity.objects.create(provider=provider, subject=claims["sub"], person=person)


def _refuse_what_opens_more(provider: IdentityProvider, person) -> None:
    elsewhere = Membership.objects.filter(person=person).exclude(municipality=provider.municipality)
    if not person.is_active or person.is_superuser or person.is_guest or person.erased_at or elsewhere.exists():
        raise ActionRefused(
            _("Your account opens more than your municipality’s own. Sign in with your password."), code="more"
        )
    if not Membership.objects.filter(person=person, municipality=provider.municipality).exists():
        raise ActionRefused(_("You are no longer a member. Ask your coordinator for an invitation."), code="left")


def give_roles(*, provider: IdentityProvider, person, claims: dict) -> None:
    """Give and take the roles that the administrator has mapped, as the claim says now; others stay.

    Raises ActionRefused where the municipality would be without an administrator or coordinator: then nobody comes in
    with a role that is no longer theirs.
    """
    if not provider.role_claim:
        return
    membership = Membership.objects.get(person=person, municipality=provider.municipality)
    mapped = {Role(role) for roles in provider.role_of_value.values() for role in roles}
    given = _given(provider, claims)
    held = {role for role in membership.roles if role is not Role.STAFF}
    if (held - mapped) | given != held:
        memberships.set_roles(membership=membership, roles=(held - mapped) | given)


def _given(provider: IdentityProvider, claims: dict) -> set[Role]:
    told = _values(claims.get(provider.role_claim)) if provider.role_claim else []
    return {Role(role) for value in told for role in provider.role_of_value.get(value, [])}


def _values(claim: object) -> Iterable[str]:
    values = claim if isinstance(claim, list) else [claim]
    return [value for value in values if isinstance(value, str)]


def wait_for_owner(request: HttpRequest, provider: IdentityProvider, claims: dict) -> None:
    """Remember that somebody came from the provider whose address has an account, until its owner has signed in."""
    request.session[_WAITING] = {
        "provider": provider.pk,
        "subject": claims["sub"],
        "email": own_address(provider, claims),
    }


def waits_as(request: HttpRequest, email: str) -> int | None:
    """The key of the provider that whoever has this session came from with `email`, and has not connected yet."""
    waiting = request.session.get(_WAITING) or {}
    return waiting["provider"] if email and waiting.get("email") == email.strip().lower() else None


def waiting_for(request: HttpRequest, person) -> IdentityProvider | None:
    """The provider that `person` came from and could connect their account with, in this session."""
    return in_use().filter(pk=waits_as(request, person.email or "")).first()


@transaction.atomic
def connect(*, request: HttpRequest, person) -> ExternalIdentity:
    """Connect the account of `person`, who has signed in and says yes, with the identity that waits in the session.

    Raises ActionRefused where nothing waits for them, and as `sign_in` does.
    """
    provider = waiting_for(request, person)
    if provider is None:
        raise _no_answer()
    subject = request.session.pop(_WAITING)["subject"]
    _refuse_what_opens_more(provider, person)
    identity, _created = ExternalIdentity.objects.get_or_create(
        provider=provider, person=person, defaults={"subject": subject}
    )
    if identity.subject != subject:
        raise _no_answer()
    audit.record(municipality=provider.municipality, actor=person, act=AuditAct.IDENTITY_CONNECTED, subject=person)
    return identity


def demanded_of(person) -> IdentityProvider | None:
    """The provider that `person` must sign in through, if their municipality says so: its own domains' people do, and
    who belongs elsewhere too, or runs the portal, has no other way than a password."""
    domain = _domain_of(person.email)
    for provider in in_use().filter(is_demanded=True, municipality__memberships__person=person.pk):
        try:
            _refuse_what_opens_more(provider, person)
        except ActionRefused:
            continue
        if domain in provider.municipality.email_domains:
            return provider
    return None
