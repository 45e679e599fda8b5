from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"
    label = "cms"

    def ready(self) -> None:
        from wagtail.models import Page
        from wagtail.permissions import register_permission_policy

        from cms import permissions, receivers, retention  # noqa: F401
        from cms.permission_policies import page_policy
        from portal.core.retention import declare

        declare(retention.TABLES)

        # Before Wagtail's admin asks for one: its views look the policy up by the page's class.
        register_permission_policy(Page, page_policy)
