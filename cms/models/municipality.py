from django.db import models
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.url_routing import RouteResult

from cms.blocks.story import StoryBlock
from cms.models.base import SharedPage, tabs
from portal.core.kept import when_shown
from portal.knowledge.models import Adoption, FormerAddress
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

    asks_for_contact = False

    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)
    collection = models.OneToOneField(
        "wagtailcore.Collection", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    edit_handler = tabs([*SharedPage.content_panels, FieldPanel("body")])

    class Meta:
        verbose_name = _("municipality’s page")

    def _municipality_id_of_section(self) -> int | None:
        return self.municipality_id

    def route(self, request, path_components):
        """Below a section stand its pages, other municipalities' pages that it shows, and addresses of former ones."""
        try:
            return super().route(request, path_components)
        except Http404:
            if not self.live or len(path_components) != 1:
                raise
        shown = self._shown_at(path_components[0])
        if shown is not None:
            # Its own guard answers in serve(): showing something gives nobody a right to read it.
            return RouteResult(shown, kwargs={"shown_by": self})
        return self._moved_from(request, path_components[0])

    def _shown_at(self, slug: str) -> SharedPage | None:
        adoption = Adoption.objects.active().shown().filter(municipality=self.municipality_id, slug=slug).first()
        if adoption is None or adoption.source_id is None:
            return None
        page = SharedPage.objects.live().filter(pk=adoption.source_id).first()
        return page.specific if page is not None else None

    def _moved_from(self, request, slug: str):
        former = FormerAddress.objects.filter(municipality=self.municipality_id, slug=slug).first()
        page = SharedPage.objects.readable_by(request.user).filter(pk=former.page_id).first() if former else None
        if page is None:
            raise Http404
        return RouteResult(self, kwargs={"moved_to": page})

    def serve(self, request, *args, moved_to=None, **kwargs):
        # The new address tells the title: it is for those who may read the page.
        if moved_to is not None:
            return redirect(moved_to.get_url(request))
        return super().serve(request, *args, **kwargs)

    def get_context(self, request, *args, **kwargs):
        from cms.services.listings import SECTION, section_content

        return {
            **super().get_context(request, *args, **kwargs),
            **when_shown(SECTION, lambda: section_content(request.user, self.municipality)),
        }


class CollaborationPage(SharedPage):
    """The public face of a collaboration; its facts are a record that the page shows."""

    parent_page_types = ["cms.MunicipalityPage"]
    subpage_types = []

    collaboration = models.ForeignKey(
        Collaboration, verbose_name=_("project"), on_delete=models.PROTECT, related_name="pages"
    )
    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)

    edit_handler = tabs(
        [*SharedPage.content_panels, FieldPanel("collaboration"), FieldPanel("body"), *SharedPage.plain_panels]
    )

    class Meta:
        verbose_name = _("project")

    def get_context(self, request, *args, **kwargs):
        from cms.services.listings import COLLABORATION, collaboration_content

        return {
            **super().get_context(request, *args, **kwargs),
            "collaboration": self.collaboration,
            **when_shown(COLLABORATION, lambda: collaboration_content(request.user, self.collaboration)),
        }
