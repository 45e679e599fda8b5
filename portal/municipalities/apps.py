from django.apps import AppConfig


class MunicipalitiesConfig(AppConfig):
    name = "portal.municipalities"
    label = "municipalities"

    def ready(self) -> None:
        from portal.core import kept
        from portal.core.retention import declare
        from portal.municipalities import receivers, retention  # noqa: F401

        declare(retention.TABLES)
        # What somebody may see is asked anew with each request, and kept apart for those who may not see the same.
        kept.declare(
            kept.QUIET,
            *(
                f"municipalities_{name}"
                for name in ("membership", "invitation", "deputy", "auditentry", "rolegroup", "externalidentity")
            ),
            *("municipalities_municipalitygroupright", "auth_", "guardian_"),
        )
