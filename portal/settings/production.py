"""Production: PostgreSQL, Redis, TLS in front.

Refuses to start without a key and a host name, and, in words that say what to do, with what `portal.core.checks` finds.
"""

from .base import *

IS_PRODUCTION = True
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")

STORAGES = {
    "default": MEDIA_STORE,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1)
SECOND_FACTOR_DEMANDED = not env.str("SECOND_FACTOR_DEMANDED", default="") or env.bool("SECOND_FACTOR_DEMANDED")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
# The editor shows a page that is being written in a frame of our own: SAMEORIGIN, and not DENY.
SILENCED_SYSTEM_CHECKS = ["security.W019"]

# A line of JSON each, without anybody's data: `portal.core.logs` says what is left out.
LOGGING["formatters"]["json"] = {
    "()": "portal.core.logs.WithoutWords",
    "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
    "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
}
LOGGING["handlers"]["console"] |= {
    "formatter": "json",
    "filters": ["request_id", "without_addresses", "without_arguments"],
}
