from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        from portal.accounts import receivers, retention  # noqa: F401
        from portal.core import kept
        from portal.core.retention import declare

        declare(retention.TABLES)
        # No name of an account stands on a page that is kept: whom to ask is written on the page itself.
        kept.declare(kept.QUIET, "accounts_")
