from django.apps import AppConfig

# Of packages: who is signed in, what the editor notes for itself. None of it shows on a page that is kept.
_QUIET_TABLES = (
    "django_session",
    "account_",
    "wagtailadmin_",
    "wagtailusers_",
    "wagtailsearch_",
    "wagtailcore_revision",
    "wagtailcore_comment",
    "wagtailcore_pagelogentry",
    "wagtailcore_modellogentry",
    "wagtailcore_referenceindex",
    "wagtailcore_uploadedfile",
    "wagtailcore_workflow",
    "wagtailcore_task",
    "wagtailcore_pagesubscription",
)


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from portal.core import checks, health, kept, metrics, tracing  # noqa: F401

        connection_created.connect(kept.watch)
        kept.declare(kept.QUIET, *_QUIET_TABLES)

        health.register_signs(health.versions)
        metrics.register_metrics("queue", metrics.queue)
        metrics.register_metrics("tasks", metrics.periodic_tasks)
        tracing.start()
