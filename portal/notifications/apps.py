from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "portal.notifications"
    label = "notifications"

    def ready(self) -> None:
        from portal.core import kept
        from portal.core.health import register_signs
        from portal.core.metrics import register_metrics
        from portal.core.restoring import Phase, register_after_restore
        from portal.core.retention import declare
        from portal.notifications import retention
        from portal.notifications.services import outbox, restoring

        declare(retention.TABLES)
        kept.declare(kept.QUIET, "notifications_")
        register_signs(outbox.signs)
        register_metrics("outbox", outbox.figures)
        register_after_restore("mails that may have been sent", restoring.hold_unsent, phase=Phase.CLOSE)
        register_after_restore("what happens by itself", restoring.catch_up, phase=Phase.CATCH_UP)
