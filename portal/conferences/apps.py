from django.apps import AppConfig


class ConferencesConfig(AppConfig):
    name = "portal.conferences"
    label = "conferences"

    def ready(self) -> None:
        from portal.conferences import permissions, receivers, retention  # noqa: F401
        from portal.core.retention import declare

        declare(retention.TABLES)
