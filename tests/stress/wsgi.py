"""The way in for the servers of `make stress`; with STRESS_WITHOUT_LOCK set, no row is locked any more.

That the checks find what goes wrong then is what makes a quiet run worth something.
"""

import os

from django.conf import settings
from django.db.models import QuerySet

if os.environ.get("STRESS_WITHOUT_LOCK"):
    # On SQLite the transaction itself is the lock.
    settings.DATABASES["default"].get("OPTIONS", {}).pop("transaction_mode", None)
    # Before any app is loaded: queries that are made once, at import, would keep their lock.
    QuerySet.select_for_update = lambda self, *args, **kwargs: self._chain()  # type: ignore[method-assign]

from portal.wsgi import application  # noqa: F401 - gunicorn asks for it
