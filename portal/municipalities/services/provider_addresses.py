"""Where a provider may stand: municipalities' administrators write its address, and the portal's servers call there.

Nobody may use that to reach what the portal alone can reach (a database, another server's own pages, a cloud's keys).
"""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from authlib.integrations.django_client import DjangoOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL


def refuse_inside(address: str) -> None:
    """Raises InvalidURL where `address` is not https, or leads to a machine that is not on the open internet.

    `PROVIDERS_INSIDE` names the hosts that may be inside all the same. On one's own machine nothing is refused.
    """
    if not settings.IS_PRODUCTION:
        return
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or not host:
        raise InvalidURL("no https address")
    if host in settings.PROVIDERS_INSIDE:
        return
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidURL("no such host") from error
    if not all(ip_address(row[4][0]).is_global for row in found):
        raise InvalidURL("a host inside")


class _Outside(HTTPAdapter):
    """Asked for every request that a session makes: for what the provider's own metadata names and leads on to, too."""

    def send(self, request, *args, **kwargs):
        refuse_inside(request.url or "")
        return super().send(request, *args, **kwargs)


class _Session(OAuth2Session):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Outside())


class ProviderApp(DjangoOAuth2App):
    client_cls = _Session
