from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _
from wagtail.url_routing import RouteResult

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

    def route(self, request, path_components):
        """The page itself by its whole address, in two questions however deep it stands; what is at no address of its
        own is asked for step by step, as Wagtail does."""
        if path_components:
            found = SharedPage.objects.live().filter(
                slug=path_components[-1],  # has an index, which the address has not
                depth=self.depth + len(path_components),
                url_path=f"{self.url_path}{'/'.join(path_components)}/",
            )
            for pk, kind in found.values_list("pk", "content_type")[:1]:
                if (model := ContentType.objects.get_for_id(kind).model_class()) is not None:
                    return RouteResult(model.objects.select_related("municipality").get(pk=pk))
        return super().route(request, path_components)

    def get_context(self, request, *args, **kwargs):
        from cms.services.front_page import front_page_content

        return {**super().get_context(request, *args, **kwargs), **front_page_content(request.user)}
