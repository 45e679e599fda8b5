"""A portal that the drill runs in several processes: mails become files, and only the drill's own sender sends them."""

import os

from portal.settings.test import *  # noqa: F403 - as the settings themselves do

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["DRILL_MAILS"]
ERASURE_LOG = os.environ["ERASURE_LOG"]
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "memory://"
