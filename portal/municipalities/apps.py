from django.apps import AppConfig


class MunicipalitiesConfig(AppConfig):
    name = "portal.municipalities"
    label = "municipalities"

    def ready(self) -> None:
        from portal.core.retention import declare
        from portal.municipalities import receivers, retention  # noqa: F401

        declare(retention.TABLES)
