from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "portal.knowledge"
    label = "knowledge"

    def ready(self) -> None:
        from portal.knowledge import permissions  # noqa: F401
