from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "portal.events"
    label = "events"

    def ready(self) -> None:
        from portal.core.retention import declare
        from portal.events import permissions, receivers, retention  # noqa: F401

        declare(retention.TABLES)
