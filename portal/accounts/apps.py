from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        from portal.accounts import receivers, retention  # noqa: F401
        from portal.core.retention import declare

        declare(retention.TABLES)
