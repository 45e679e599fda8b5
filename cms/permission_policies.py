"""Who may change which page in Wagtail's editor, where Wagtail's own answer is not enough."""

from django.db.models import Exists, OuterRef, Q
from wagtail.models import GroupPagePermission, Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from cms.models import MunicipalityPage
from portal.knowledge.models import CoEditing
from portal.municipalities.permissions import viewer_for


class SectionPagePermissionPolicy(PagePermissionPolicy):
    """Wagtail's rights on sections, and on single pages only while an invitation to write together holds.

    The day is asked for here, at every request: a right that waits for a nightly task to be taken away would
    outlive its last day, and one whose task failed would never end.
    """

    def get_all_permissions_for_user(self, user):
        if viewer_for(user).waits_for_second_factor:
            return GroupPagePermission.objects.none()
        permissions = super().get_all_permissions_for_user(user)
        invitation = CoEditing.objects.active().filter(
            page=OuterRef("page"), municipality=OuterRef("group__role_group__municipality")
        )
        section = MunicipalityPage.objects.filter(
            pk=OuterRef("page"), municipality=OuterRef("group__role_group__municipality")
        )
        return permissions.filter(Exists(section) | Exists(invitation) | Q(group__role_group__isnull=True))


page_policy = SectionPagePermissionPolicy(Page)
