from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "portal.notifications"
    label = "notifications"

    def ready(self) -> None:
        from portal.core import kept
        from portal.core.health import register_signs
        from portal.core.metrics import register_metrics
        from portal.core.retention import declare
        from portal.notifications import retention
        from portal.notifications.services import outbox

        declare(retention.TABLES)
        kept.declare(kept.QUIET, "notifications_")
        register_signs(outbox.signs)
        register_metrics("outbox", outbox.figures)
