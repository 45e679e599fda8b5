"""The tests: no server, no broker, nothing left behind. DATABASE_URL chooses PostgreSQL in CI."""

import os
import tempfile

from .base import *

SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["*"]
# A test that runs several processes on one portal says where; every other has a folder of its own.
DATA_DIR = Path(
    os.environ["TEST_FOLDER"] if "TEST_FOLDER" in os.environ else tempfile.mkdtemp(prefix="samlarande-test-")
)
MEDIA_ROOT = DATA_DIR / "media"
ERASURE_LOG = str(DATA_DIR / "erasures.jsonl")
STATIC_ROOT = DATA_DIR / "static"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tasks run where they are called, after commit as in production.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
STORAGES = {
    "default": MEDIA_STORE,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
LOGGING["root"]["level"] = "ERROR"
if "DATABASE_URL" not in env.ENVIRON:
    # Never the database of `make run`, even where a test forgets to ask for the test database.
    DATABASES["default"]["NAME"] = str(DATA_DIR / "portal.sqlite3")
SEARCH_URL = ""
# The same on every machine, whether it has a lexicon or not; tests that need one open it themselves.
SWEDISH_LEXICON = None
