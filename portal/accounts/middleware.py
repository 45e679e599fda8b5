"""What every request of somebody signed in passes."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from portal.accounts.services import second_factor, sign_in


class SecondFactorMiddleware:
    """Tells the request's user apart by whether a second factor was used in this session; keeps what a session is
    shown out of all caches, where the view says nothing else.

    A session may be older than the factor, or have been opened in another way than through allauth: it may neither see
    what the factor guards (`second_factor.is_missing`) nor change or take away the factor itself. Nor does it give a
    first password to whoever signs in elsewhere.
    """

    # Where one is asked for is open, of course.
    ASKED_AT = ("mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Read when it is asked for and not before: pages that ask for nobody are the same for everybody, and kept.
        request.user = SimpleLazyObject(lambda: _user_of(request))
        with second_factor.asked_in_a_request():
            response = self.get_response(request)
        # The cookie says so: whoever asked the database here would fail where the answer is that it is away.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        if name == "account_set_password":
            # A first password is another way in, for good: whoever finds the browser open does not get it.
            return sign_in.ask_again(request)
        if not name.startswith("mfa_") or name in self.ASKED_AT or not request.user.is_authenticated:
            return None
        # One's own, whatever was asked for elsewhere: it is what is about to be changed.
        if second_factor.is_own_used(request.user) or not second_factor.factors_of(request.user).exists():
            return None
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")


def _user_of(request: HttpRequest):
    user = get_user(request)
    if user.is_authenticated:
        second_factor.note_session(request, user)
        if user.is_superuser and second_factor.is_missing(user):
            user.hold_back()
    return user
