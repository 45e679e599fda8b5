from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "portal.knowledge"
    label = "knowledge"

    def ready(self) -> None:
        from portal.core.retention import declare
        from portal.knowledge import permissions, retention  # noqa: F401

        declare(retention.TABLES)
