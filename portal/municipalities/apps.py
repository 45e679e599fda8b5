from django.apps import AppConfig


class MunicipalitiesConfig(AppConfig):
    name = "portal.municipalities"
    label = "municipalities"

    def ready(self) -> None:
        from portal.municipalities import receivers  # noqa: F401
