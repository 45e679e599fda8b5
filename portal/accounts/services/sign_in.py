"""How allauth behaves here: mails through the outbox, accounts only for people we know a way to."""

import time
from datetime import timedelta

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows, suspend_request
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.core import links
from portal.notifications.services.outbox import queue_rendered_mail

_address_rules: list = []
_other_ways: list = []
_only_ways: list = []
_ways_again: list = []
# A guest may be at a borrowed computer, and has the way in at hand in the mail.
GUESTS_STAY = timedelta(hours=2)


def register_address_rule(accepts) -> None:
    """Let an area above say which addresses may open an account by themselves: `accepts(email) -> bool`."""
    _address_rules.append(accepts)


def register_way_in(elsewhere) -> None:
    """Let an area above say who must come in another way: `elsewhere(request, person)` gives an address, or ""."""
    _other_ways.append(elsewhere)


def register_only_way(elsewhere) -> None:
    """Let an area above say which addresses no password counts for: `elsewhere(request, email)` as above.

    Asked for wrong passwords, of addresses with an account and without one alike: it must not look for any.
    """
    _only_ways.append(elsewhere)


def register_way_again(way) -> None:
    """Let an area above say where somebody can show once more that it is them, beside a password and a second factor:
    `way(person)` gives a name and an address, or nothing."""
    _ways_again.append(way)


def note_shown_again(request: HttpRequest, person) -> None:
    """Remember that the request's user has just shown elsewhere that it is them; it lasts as a password does."""
    record_authentication(request, person, "outside_again", reauthenticated=True)


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """Where whoever has neither password nor second factor shows once more that it is them; nothing where they just
    did, or cannot. allauth lets them through unasked."""
    person = request.user
    if not person.is_authenticated or get_reauthentication_flows(person):
        return None
    ways = get_adapter(request).get_reauthentication_methods(person)
    shown = [row["at"] for row in get_authentication_records(request, person) if row.get("reauthenticated")]
    if not ways or (shown and time.time() - shown[-1] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT):
        return None
    return suspend_request(request, ways[0]["url"])


def sign_guest_in(request: HttpRequest, person) -> None:
    """Let a guest in who came by a link that was mailed to them; whoever was signed in here is signed out.

    Raises ValueError for somebody with an account: they have a password, and perhaps a second factor.
    """
    if not (person.is_guest and person.is_active):
        raise ValueError("only guests come in by a link")
    login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
    request.session.set_expiry(GUESTS_STAY)


class ResetTokens(PasswordResetTokenGenerator):
    """In links to choose a new password: none from before opens anything once an address or the password is another,
    or a back-up was restored."""

    def _make_hash_value(self, user, timestamp) -> str:
        addresses = sorted({user.email or "", *user.emailaddress_set.values_list("email", flat=True)})
        return links.salt(super()._make_hash_value(user, timestamp) + "|".join(addresses))


class PortalAccountAdapter(DefaultAccountAdapter):
    def authenticate(self, request, **credentials):
        """Where another way in is the only one, a right password, a wrong one and one for nobody are answered alike."""
        person = super().authenticate(request, **credentials)
        if request.user.is_authenticated:  # once more, before something that matters
            return person
        if person is None:
            asked = (elsewhere(request, credentials.get("email", "")) for elsewhere in _only_ways)
        else:
            asked = (elsewhere(request, person) for elsewhere in _other_ways)
        if address := next(filter(None, asked), ""):
            if person is not None:
                # It counts as a wrong one, too: otherwise nobody would be told to wait who knows the right one.
                self.pre_authenticate(request, **credentials)
            raise ImmediateHttpResponse(redirect(address))
        return person

    def get_reauthentication_methods(self, user) -> list[dict]:
        found = super().get_reauthentication_methods(user)
        if user.is_authenticated:
            others = filter(None, (way(user) for way in _ways_again))
            found += [{"id": "outside", "description": name, "url": address} for name, address in others]
        return found

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        is_required = super().is_reauthentication_required(app=app, **kwargs)
        if is_required and self.request is not None and ask_again(self.request):
            raise ReauthenticationRequired
        return is_required

    def pre_login(self, request, user, **kwargs):
        """For those who come in without a password: by a link, after opening an account."""
        if refused := super().pre_login(request, user, **kwargs):
            return refused
        address = next(filter(None, (elsewhere(request, user) for elsewhere in _other_ways)), "")
        return redirect(address) if address else None

    def clean_email(self, email: str) -> str:
        """Refuse an address that no municipality knows, in words that say nothing about existing accounts."""
        email = super().clean_email(email)
        signing_up = self.request is not None and self.request.resolver_match.url_name == "account_signup"
        if signing_up and (address := next(filter(None, (only(self.request, email) for only in _only_ways)), "")):
            raise ImmediateHttpResponse(redirect(address))
        if signing_up and not any(accepts(email) for accepts in _address_rules):
            raise ValidationError(
                _(
                    "Only addresses of a municipality or organisation that takes part can open an account "
                    "here. Use your work address, or ask your coordinator for an invitation."
                )
            )
        return email

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Put allauth's mail into the outbox, so that signing in never waits for a mail server."""
        site = {"name": settings.WAGTAIL_SITE_NAME, "domain": self.request.get_host() if self.request else ""}
        mail = self.render_mail(
            template_prefix, email, {"request": self.request, "email": email, "current_site": site, **context}
        )
        html = next((body for body, kind in getattr(mail, "alternatives", []) if kind == "text/html"), "")
        queue_rendered_mail(
            message=template_prefix, to_email=email, subject=mail.subject, text=mail.body, html=html, is_secret=True
        )
