"""How allauth behaves here: mails through the outbox, accounts only for people we know a way to."""

from datetime import timedelta

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.notifications.services.outbox import queue_rendered_mail

_address_rules: list = []
_other_ways: list = []
# A guest may be at a borrowed computer, and has the way in at hand in the mail.
GUESTS_STAY = timedelta(hours=2)


def register_address_rule(accepts) -> None:
    """Let an area above say which addresses may open an account by themselves: `accepts(email) -> bool`."""
    _address_rules.append(accepts)


def register_way_in(elsewhere) -> None:
    """Let an area above say who must come in another way: `elsewhere(request, person)` gives an address, or ""."""
    _other_ways.append(elsewhere)


def sign_guest_in(request: HttpRequest, person) -> None:
    """Let a guest in who came by a link that was mailed to them; whoever was signed in here is signed out.

    Raises ValueError for somebody with an account: they have a password, and perhaps a second factor.
    """
    if not (person.is_guest and person.is_active):
        raise ValueError("only guests come in by a link")
    login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
    request.session.set_expiry(GUESTS_STAY)


class PortalAccountAdapter(DefaultAccountAdapter):
    def pre_login(self, request, user, **kwargs):
        """Asked after the password was right, so that nobody learns from it who has an account."""
        if refused := super().pre_login(request, user, **kwargs):
            return refused
        address = next(filter(None, (elsewhere(request, user) for elsewhere in _other_ways)), "")
        return redirect(address) if address else None

    def clean_email(self, email: str) -> str:
        """Refuse an address that no municipality knows, in words that say nothing about existing accounts."""
        email = super().clean_email(email)
        signing_up = self.request is not None and self.request.resolver_match.url_name == "account_signup"
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
