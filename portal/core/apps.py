from django.apps import AppConfig

# Back-ups, who is signed in, what the editor notes for itself: none of it shows on a page that is kept.
_QUIET_TABLES = (
    "core_",
    "django_session",
    "account_",
    "mfa_",
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

        from portal.core import backups, checks, health, kept, metrics, retention, storage, tracing  # noqa: F401

        connection_created.connect(kept.watch)
        kept.declare(kept.QUIET, *_QUIET_TABLES)

        health.register_signs(health.versions)
        health.register_signs(storage.signs)
        health.register_signs(backups.signs)
        retention.declare(retention.TABLES)
        metrics.register_metrics("queue", metrics.queue)
        metrics.register_metrics("tasks", metrics.periodic_tasks)
        tracing.start()
