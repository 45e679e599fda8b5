"""`make run`: safe defaults for one person's machine, nothing to configure. Never for a public address."""

import secrets

from .base import *

DATA_DIR.mkdir(parents=True, exist_ok=True)
for folder in ("messages", "processed", "control"):
    (DATA_DIR / "queue" / folder).mkdir(parents=True, exist_ok=True)

if not env.str("CACHE_URL", default=""):
    # In files: two web processes and the worker must see each other's marks of what has changed.
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(DATA_DIR / "cache"),
        "OPTIONS": {"MAX_ENTRIES": 1000},
    }

if not SECRET_KEY:
    # Kept between runs so that a restart does not sign everybody out; never shared, never committed.
    key_file = DATA_DIR / "secret_key"
    if not key_file.exists():
        key_file.write_text(secrets.token_urlsafe(64))
        key_file.chmod(0o600)
    SECRET_KEY = key_file.read_text().strip()

STORAGES = {
    "default": MEDIA_STORE,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

DEBUG = env.bool("DEBUG", default=False)
# Browsers allow passkeys at http://localhost, and allauth must be told so.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
ALLOWED_HOSTS = ALLOWED_HOSTS or ["*"]
SHOW_SENT_MAILS = True
if not env.str("EMAIL_URL", default=""):
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # the outbox page shows what would have gone

# Serves static files straight from the source tree: no collectstatic step before the first page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

if "BASE_URL" not in env.ENVIRON:
    BASE_URL = f"http://localhost:{env.str('PORT', default='8000')}"
    WAGTAILADMIN_BASE_URL = BASE_URL
