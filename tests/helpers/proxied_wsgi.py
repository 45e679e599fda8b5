"""The portal behind what stands in for production's proxy: TLS is ended, and text compressed where a request asks.

For measuring only. With the header `X-Proxy-Compresses: yes` the answer is that of a proxy which compresses what the
portal itself did not; without it, one sees what the portal alone sends.
"""

import gzip

from django.core.wsgi import get_wsgi_application

# Not `portal.wsgi`, which refuses SQLite and a cache of one process.
portal = get_wsgi_application()

TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")


def application(environ, start_response):
    """The portal's answer; compressed with gzip, as most proxies do unless told otherwise, when it is text."""
    environ["HTTP_X_FORWARDED_PROTO"] = "https"
    if not environ.get("HTTP_X_PROXY_COMPRESSES") or "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", ""):
        return portal(environ, start_response)
    answer = {}

    def keep(status, headers, exc_info=None):
        answer.update(status=status, headers=headers)

    response = portal(environ, keep)
    names = {name.lower(): value for name, value in answer["headers"]}
    if not names.get("content-type", "").startswith(TEXT) or "content-encoding" in names:
        start_response(answer["status"], answer["headers"])
        return response
    try:
        body = gzip.compress(b"".join(response), 6)
    finally:
        if hasattr(response, "close"):
            response.close()
    headers = [(name, value) for name, value in answer["headers"] if name.lower() != "content-length"]
    start_response(answer["status"], [*headers, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))])
    return [body]
