"""The second factor: who has one, whether it was used where they are signed in, and what is kept from them until then.

allauth.mfa keeps and asks for them; here stands what the portal makes of that. Whoever has one is asked for it at each
sign-in. With `SECOND_FACTOR_DEMANDED`, whoever sees other people's data has no more rights than staff before one is
used: `portal.municipalities.permissions` asks `is_missing`, and `hold_back` does the same to a portal administrator.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from segno import make_qr

from portal.accounts.services import personal_data
from portal.core.models import decrypted, encrypted
from portal.core.services import ActionRefused
from portal.notifications.services.outbox import queue_mail

_OUTSIDE = "outside_factor"
_vouchers: list[Callable[[Any, str], bool]] = []
_in_a_request: ContextVar[bool] = ContextVar("in_a_request", default=False)


class PortalMFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypted(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypted(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        picture = BytesIO()
        # With its namespace: it is shown as a picture of its own, not as a part of the page.
        make_qr(url, error="m").save(picture, kind="svg", scale=5, border=4, light="#fff", xmldecl=False, svgns=True)
        return picture.getvalue().decode()

    def get_totp_issuer(self) -> str:
        return settings.WAGTAIL_SITE_NAME


def factors_of(person) -> QuerySet[Authenticator]:
    """The person's apps and passkeys, the oldest first; the codes for the day when those are lost are none."""
    return (
        Authenticator.objects.filter(user_id=person.pk).exclude(type=Authenticator.Type.RECOVERY_CODES).order_by("pk")
    )


def note_session(request: HttpRequest, person) -> None:
    """Remember on `person`, the user of `request`, which factors were used in this session."""
    records = get_authentication_records(request, person)
    person.second_factors_used = frozenset(row["id"] for row in records if row.get("method") == "mfa" and "id" in row)
    person.outside_factors_used = frozenset(row["key"] for row in records if row.get("method") == _OUTSIDE)


def register_outside_factor(vouches: Callable[[Any, str], bool]) -> None:
    """Let an area above stand for second factors that were asked for elsewhere: `vouches(person, key) -> bool`.

    Asked at each request that needs to know, so that trust that is taken back counts from the next one.
    """
    _vouchers.append(vouches)


def note_outside(request: HttpRequest, person, key: str) -> None:
    """Remember in the session in which `person` signs in that whoever `key` stands for asked for a second factor."""
    record_authentication(request, person, _OUTSIDE, key=key)


@contextmanager
def asked_in_a_request() -> Iterator[None]:
    """While a request is answered: only there is anything held back."""
    token = _in_a_request.set(True)
    try:
        yield
    finally:
        _in_a_request.reset(token)


def is_used(person) -> bool:
    """Whether `person` used a second factor that still counts, where they are signed in: their own, or one that was
    asked for where they came from.

    For others than the request's user (whose feed is fetched, whom a page is about), having one is enough: every
    sign-in since was with it.
    """
    used = getattr(person, "second_factors_used", None)
    if used is None:
        return factors_of(person).exists()
    outside: frozenset[str] = getattr(person, "outside_factors_used", frozenset())
    return is_own_used(person) or any(vouches(person, key) for key in outside for vouches in _vouchers)


def is_own_used(person) -> bool:
    """Whether the request's user used a factor of their own, which they still have, in this session."""
    used = person.second_factors_used
    return bool(used) and Authenticator.objects.filter(user_id=person.pk, pk__in=used).exists()


def is_missing(person) -> bool:
    """Whether what others' data demands is not there: it is demanded, and no second factor was used.

    Work in the background is nobody's session: what is done there was let through when it was asked for.
    """
    return settings.SECOND_FACTOR_DEMANDED and _in_a_request.get() and not is_used(person)


def confirm_in_session(request: HttpRequest, person, factor: Authenticator) -> None:
    """Setting one up is using it: the code or the key was asked for. Only what came before stays without."""
    record_authentication(request, person, "mfa", id=factor.pk, type=factor.type)
    note_session(request, person)


@transaction.atomic
def reset(*, person, actor) -> None:
    """Take away all factors of somebody who lost theirs, and sign them out everywhere; they are told by mail.

    `actor` is the administrator, None on the command line; whether they may is for the caller to say. Raises
    ActionRefused for oneself (who still has one takes it away after using it) and where there is none.
    """
    if actor is not None and actor.pk == person.pk:
        raise ActionRefused(_("Your own second step you change under My account."), code="own")
    if not Authenticator.objects.filter(user_id=person.pk).delete()[0]:
        raise ActionRefused(_("There is no second step to reset."), code="none")
    personal_data.end_sessions(person)
    if person.email:
        queue_mail(message="accounts/second_factor_reset", to_email=person.email, recipient=person, context={})


def encrypt_again() -> int:
    """Encrypt what factors prove themselves with under the first key there is now; return of how many.

    Raises InvalidToken where no key opens one.
    """
    count = 0
    with transaction.atomic():
        for factor in Authenticator.objects.select_for_update().order_by("pk"):
            # What allauth's adapter encrypts: an app's secret, and what the codes kept for a bad day are made of.
            secrets = {name: factor.data[name] for name in ("secret", "seed") if factor.data.get(name)}
            if secrets:
                factor.data |= {name: encrypted(decrypted(value)) for name, value in secrets.items()}
                factor.save(update_fields=["data"])
                count += 1
    return count
