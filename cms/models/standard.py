from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from cms.blocks.story import StoryBlock
from cms.models.base import SharedPage, tabs


class StandardPage(SharedPage):
    """A page of running text: about the portal, or anything a municipality wants to say."""

    parent_page_types = ["cms.HomePage", "cms.MunicipalityPage", "cms.StandardPage"]
    subpage_types = ["cms.StandardPage"]
    asks_for_contact = False

    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)

    edit_handler = tabs([*SharedPage.content_panels, FieldPanel("body")])

    class Meta:
        verbose_name = _("text page")
