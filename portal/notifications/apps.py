from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "portal.notifications"
    label = "notifications"

    def ready(self) -> None:
        from portal.core.health import register_signs
        from portal.notifications.services import outbox

        register_signs(outbox.signs)
