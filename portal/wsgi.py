"""The way in for application servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")

application = get_wsgi_application()

# Only now is there a configuration to look at.
from portal.core.checks import refuse_half_restored, refuse_unsafe  # noqa: E402

refuse_unsafe()
refuse_half_restored()
