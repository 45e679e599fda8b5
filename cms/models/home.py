from django.utils.translation import gettext_lazy as _

from cms.models.base import SharedPage, tabs
from portal.municipalities.enums import Visibility


class HomePage(SharedPage):
    """The front page and root of all sections. Belongs to no municipality; always public."""

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["cms.StandardPage", "cms.AccessibilityStatementPage", "cms.GlossaryPage", "cms.MunicipalityPage"]
    asks_for_contact = False

    edit_handler = tabs(SharedPage.content_panels, about=False)

    class Meta:
        verbose_name = _("front page")

    def clean(self):
        self.visibility = Visibility.PUBLIC
        super().clean()

    def get_context(self, request, *args, **kwargs):
        from cms.services.front_page import front_page_content

        return {**super().get_context(request, *args, **kwargs), **front_page_content(request.user)}
