from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"

    def ready(self) -> None:
        from portal.core import backups, checks, health, retention  # noqa: F401

        health.register_signs(health.versions)
        health.register_signs(backups.signs)
        retention.declare(retention.TABLES)
