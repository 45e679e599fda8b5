"""Settings shared by every way of running the portal; dev, production and test hold only the differences.

Every value that an installation may change is an environment variable, listed with a sentence in .env.example.
"""

from pathlib import Path

import environ
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django_guid.integrations.celery import CeleryIntegration

# Each may also be the name of a file that holds the value, with _FILE after its name: secrets of Docker and Kubernetes.
env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parents[2]
environ.Env.read_env(BASE_DIR / ".env")

# --- Where things are written -------------------------------------------------------------------------------

DATA_DIR = env.path("DATA_DIR", default=str(BASE_DIR / "var"))
DATA_DIR = Path(str(DATA_DIR))

# --- Core ----------------------------------------------------------------------------------------------------

DEBUG = False
# Whether `portal.core.checks` refuses what is fit for one person's machine alone.
IS_PRODUCTION = False
SECRET_KEY = env.str("SECRET_KEY", default="")
# The first encrypts what is stored encrypted, the others still decrypt; empty: SECRET_KEY does both.
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
# Keys of before: what they signed still holds, and nothing is signed with them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://localhost:8000")
# Whom to tell of a weakness: an address, or one that begins with https:. Shown at /.well-known/security.txt.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")
ROOT_URLCONF = "portal.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
SITE_ID = None

INSTALLED_APPS = [
    "cms",
    "search",
    "portal.knowledge",
    "portal.conferences",
    "portal.events",
    "portal.municipalities",
    "portal.accounts",
    "portal.notifications",
    "portal.core",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "wagtail.contrib.settings",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_htmx",
    "django_guid",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "portal.core.middleware.HealthMiddleware",
    "portal.core.middleware.MetricsMiddleware",
    "django_guid.middleware.guid_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before what says which scripts a page may run: what is kept has been told.
    "portal.core.middleware.PublicPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.core.middleware.LanguageOfAddressMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.middleware.SecondFactorMiddleware",
    "portal.core.middleware.GuestsHaveNoAccountMiddleware",
    "portal.core.middleware.SiteMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.municipalities.middleware.AskForSecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cms.services.site_frame.site_frame",
            ],
            "builtins": ["portal.core.templatetags.components"],
        },
    },
]

# --- Database ------------------------------------------------------------------------------------------------

# An empty value, as in a fresh copy of .env.example, means the default.
_database_url = env.str("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'portal.sqlite3'}"
DATABASES = {"default": env.db_url_config(_database_url)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock when a transaction begins: with Django's default, two sign-ups that both
    # read first and write later fail with "database is locked" however long the time-out is.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    )
else:
    # A sign-up that cannot get its event's row within three seconds says "try again" rather than hang.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c lock_timeout=3000"
    # A database machine that is gone does not answer at all: nobody waits for it longer than for a lock.
    DATABASES["default"]["OPTIONS"]["connect_timeout"] = 3
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

CACHES = {"default": env.cache_url_config(env.str("CACHE_URL", default="") or "locmemcache://")}
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    CACHES["default"]["BACKEND"] = "portal.core.caches.SharedCache"
    # A page waits no longer than this for a Redis that does not answer, and only the first one does.
    CACHES["default"].setdefault("OPTIONS", {}).update({"socket_connect_timeout": 0.3, "socket_timeout": 0.5})
# How old what is kept ready may be, in seconds, while nothing changes but the time of day; 0 keeps nothing.
KEPT_SECONDS = env.int("KEPT_SECONDS", default=60)

# --- Language and time ---------------------------------------------------------------------------------------

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", _("Swedish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True

# --- Files ---------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]
STATICFILES_FINDERS = [
    "portal.core.finders.StylesheetFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
# A bucket that speaks S3, and its keys; empty: media lie in MEDIA_ROOT.
MEDIA_STORAGE = env.str("MEDIA_STORAGE", default="").strip()
MEDIA_KEY = env.str("MEDIA_KEY", default="").strip()
MEDIA_SECRET = env.str("MEDIA_SECRET", default="").strip()
MEDIA_STORE = {"BACKEND": "portal.core.buckets.MediaBucket" if MEDIA_STORAGE else "portal.core.storage.WholeFiles"}
# Who was erased, for the day on which a back-up is restored: keep it where the database is not.
ERASURE_LOG = env.str("ERASURE_LOG", default="") or str(DATA_DIR / "erasures.jsonl")

# Where `manage.py backup` puts back-ups, the newest so many of which are kept; empty: nowhere.
BACKUP_FOLDER = env.str("BACKUP_FOLDER", default="")
BACKUP_KEEP = env.int("BACKUP_KEEP", default=14)

# --- Sign-in -------------------------------------------------------------------------------------------------


def _salt_of_confirmations() -> str:
    from portal.core import links  # models, which are not there while settings are read

    return links.salt("account")


AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
# guardian would otherwise create a person row that stands for everybody who is not signed in.
ANONYMOUS_USER_NAME = None
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "portal.accounts.services.passwords.CommonCoreValidator"},
    {"NAME": "portal.accounts.services.passwords.GuessedWordsValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my_pages"
ACCOUNT_ADAPTER = "portal.accounts.services.sign_in.PortalAccountAdapter"
ACCOUNT_FORMS = {"signup": "portal.accounts.forms.SelfRegistrationForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "portal.accounts.services.sign_in.ResetTokens"  # noqa: S105 - a class
ACCOUNT_SALT = lazy(_salt_of_confirmations, str)()
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = None
# Whoever's password, address or second factor is changed gets a mail: it may not have been them.
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Hosts of municipalities' providers that may be reached though they are not on the open internet.
PROVIDERS_INSIDE = env.list("PROVIDERS_INSIDE", default=[])
# Whether those who see other people's data may do so only after a second factor (`accounts/services/second_factor.py`).
SECOND_FACTOR_DEMANDED = bool(env.str("SECOND_FACTOR_DEMANDED", default="")) and env.bool("SECOND_FACTOR_DEMANDED")
MFA_ADAPTER = "portal.accounts.services.second_factor.PortalMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "portal.accounts.forms.SecondFactorForm",
    "reauthenticate": "portal.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "portal.accounts.forms.ActivateAppForm",
    "add_webauthn": "portal.accounts.forms.PasskeyForm",
    "edit_webauthn": "portal.accounts.forms.PasskeyNameForm",
}
# The code before and after count too: it takes a while to type one, and telephones' clocks are a little wrong. No code
# counts twice (`forms.UsedOnceMixin`): allauth remembers used ones for one period alone.
MFA_TOTP_TOLERANCE = 1
# Shown when they are made and never again, so that whoever finds an open browser finds none.
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
# allauth fears that somebody takes another's unconfirmed address and locks it; nobody signs in here before confirming.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# In this time after the password or the second factor was given, both may be changed without asking again.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# How many proxies of our own stand in front: so many addresses at the end of X-Forwarded-For are believed, so that
# limits count for each reader and nobody chooses which address they are counted by.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
# Added to those of allauth: codes of the day are not guessed, addresses at a door not tried one after the other.
ACCOUNT_RATE_LIMITS = {
    "day_code": "10/5m/user",
    "walk_in": "30/h/user",
    "accessibility": "10/h/ip",
    # A whole office may come to one conference from the same address on the net.
    "guest_mail": "60/h/ip",
    "guest_address": "5/h/key",
}

# --- Mail ----------------------------------------------------------------------------------------------------

EMAIL_CONFIG = env.email_url_config(env.str("EMAIL_URL", default="") or "consolemail://")
globals().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Samlärande <noreply@samlarande.example>")
# The page that shows what was mailed; only the development settings switch it on.
SHOW_SENT_MAILS = False

# --- Background work -----------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A request never waits for the broker: the outbox row is the truth and the sweep finds what no task was told of.
CELERY_TASK_PUBLISH_RETRY = False
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "queue" / "messages"),
        "data_folder_out": str(DATA_DIR / "queue" / "messages"),
        "processed_folder": str(DATA_DIR / "queue" / "processed"),
        "control_folder": str(DATA_DIR / "queue" / "control"),
        "store_processed": False,
        # Looked at so often, in seconds, while all threads are busy too: the default of one makes two tasks a second.
        "polling_interval": 0.01,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        # Whoever queues a task waits no longer than this, and for one try: it would be six seconds of a sign-up.
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "max_retries": 0,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "queue" / "schedule")

# --- Search --------------------------------------------------------------------------------------------------

# The Elasticsearch server that answers searches (http://user:password@host:9200); the database does where none is set.
SEARCH_URL = env.str("SEARCH_URL", default="")
# What its indices' names begin with, where several portals share a server.
SEARCH_INDEX = env.str("SEARCH_INDEX", default="samlarande")
# Where `manage.py build_swedish_lexicon` puts what it compiles; without it, searching knows stems only.
SWEDISH_LEXICON = Path(str(env.path("SWEDISH_LEXICON", default=str(BASE_DIR / "var" / "lexicon"))))

# --- Wagtail -------------------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "Samlärande"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILIMAGES_IMAGE_MODEL = "cms.PortalImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms.forms.PortalImageForm"
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp", "avif"]
# A photograph as WebP has half the bytes of the same as JPEG; what was handed in stays as it is.
WAGTAILIMAGES_FORMAT_CONVERSIONS = {"jpeg": "webp", "png": "webp", "heic": "webp", "bmp": "webp"}
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 15 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 50_000_000
WAGTAILDOCS_DOCUMENT_MODEL = "cms.PortalDocument"
# Films; each kind of document has a limit of its own (cms/document_types.py).
WAGTAILDOCS_MAX_UPLOAD_SIZE = 500 * 1024 * 1024
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_I18N_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = [("sv", "Svenska"), ("en", "English")]
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_WORKFLOW_ENABLED = True
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
WAGTAIL_FINISH_WORKFLOW_ACTION = "cms.services.publishing.publish_approved"
WAGTAILADMIN_RICH_TEXT_EDITORS = {"default": {"WIDGET": "cms.forms.RichTextArea"}}
WAGTAILADMIN_COMMENTS_ENABLED = True
WAGTAILADMIN_EXTERNAL_LINK_CONVERSION = "none"  # it would tell the title of any page, drafts too, for its address
WAGTAILEMBEDS_FINDERS = []  # no feature uses embeds, and each would be a third-party request
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

# --- Sessions, cookies, headers ------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the editor's preview is a frame of our own
# Nothing comes from elsewhere, and no script or style stands in a page. The editor gets its own in cms.wagtail_hooks.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Watching ------------------------------------------------------------------------------------------------

# What whoever fetches /metrics must know; where it is empty there is no such address.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Where faults and traces go; neither is loaded where its address is empty.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")

# --- Logging -------------------------------------------------------------------------------------------------

DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-ID",
    "RETURN_HEADER": True,
    "EXPOSE_HEADER": False,
    "INTEGRATIONS": [CeleryIntegration(use_django_logging=True)],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "django_guid.log_filters.CorrelationId", "correlation_id_field": "request_id"},
        "without_addresses": {"()": "portal.core.logs.WithoutAddresses"},
        "without_arguments": {"()": "portal.core.logs.WithoutArguments"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # A line for every page saved says nothing that the page log does not.
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("django_tasks", "wagtail", "modelsearch", "elastic_transport")},
        "django_guid": {"level": "ERROR"},  # that a request came without an id is how it should be
        "celery": {"level": "WARNING"},  # a line for each task that went well, four a minute with nothing to do
    },
}
