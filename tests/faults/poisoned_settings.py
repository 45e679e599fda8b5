"""As `make run`, with a program for mails that ends on some of them."""

import os

from portal.settings.dev import *  # noqa: F403

EMAIL_BACKEND = "tests.faults.poison.Backend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["FAULTS_MAIL_PORT"])
EMAIL_USE_TLS = EMAIL_USE_SSL = False
EMAIL_HOST_USER = EMAIL_HOST_PASSWORD = ""
