from django.apps import AppConfig


class ConferencesConfig(AppConfig):
    name = "portal.conferences"
    label = "conferences"

    def ready(self) -> None:
        from portal.conferences import permissions, receivers, retention  # noqa: F401
        from portal.core import kept
        from portal.core.retention import declare

        declare(retention.TABLES)
        # Of a programme, places in its sessions included.
        kept.declare(kept.SEATS, "conferences_")
        kept.declare(kept.QUIET, "conferences_sessionstar")
