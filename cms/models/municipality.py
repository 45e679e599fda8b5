from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from cms.blocks.story import StoryBlock
from cms.models.base import SharedPage, tabs
from portal.municipalities.models import Collaboration


class MunicipalityPage(SharedPage):
    """The root of a municipality's section. Made together with the municipality, by `services.sections`."""

    is_creatable = False
    parent_page_types = ["cms.HomePage"]
    subpage_types = [
        "cms.CoursePage",
        "cms.MethodPage",
        "cms.LessonPage",
        "cms.CollaborationPage",
        "cms.ConferencePage",
        "cms.StandardPage",
    ]

    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)
    collection = models.OneToOneField(
        "wagtailcore.Collection", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    edit_handler = tabs([*SharedPage.content_panels, FieldPanel("body")])

    class Meta:
        verbose_name = _("municipality’s page")

    def _municipality_id_of_section(self) -> int | None:
        return self.municipality_id

    def get_context(self, request, *args, **kwargs):
        from cms.services.listings import section_content

        return {
            **super().get_context(request, *args, **kwargs),
            **section_content(request.user, self.municipality),
        }


class CollaborationPage(SharedPage):
    """The public face of a collaboration; its facts are a record that the page shows."""

    parent_page_types = ["cms.MunicipalityPage"]
    subpage_types = []

    collaboration = models.ForeignKey(
        Collaboration, verbose_name=_("project"), on_delete=models.PROTECT, related_name="pages"
    )
    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)

    edit_handler = tabs([*SharedPage.content_panels, FieldPanel("collaboration"), FieldPanel("body")])

    class Meta:
        verbose_name = _("project")

    def get_context(self, request, *args, **kwargs):
        from cms.services.listings import collaboration_content

        return {
            **super().get_context(request, *args, **kwargs),
            **collaboration_content(request.user, self.collaboration),
        }
