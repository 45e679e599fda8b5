from django.apps import AppConfig


class ConferencesConfig(AppConfig):
    name = "portal.conferences"
    label = "conferences"

    def ready(self) -> None:
        from portal.conferences import permissions, receivers  # noqa: F401
