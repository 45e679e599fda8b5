from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"

    def ready(self) -> None:
        from portal.core import checks, health, metrics, tracing  # noqa: F401

        health.register_signs(health.versions)
        metrics.register_metrics("queue", metrics.queue)
        metrics.register_metrics("tasks", metrics.periodic_tasks)
        tracing.start()
