from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "portal.events"
    label = "events"

    def ready(self) -> None:
        from portal.core import kept
        from portal.core.retention import declare
        from portal.events import permissions, receivers, retention  # noqa: F401

        declare(retention.TABLES)
        kept.declare(kept.SEATS, "events_")
        kept.declare(kept.QUIET, "events_seatcheck", "events_needs", "events_calendarfeed")
