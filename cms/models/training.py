from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from cms.blocks.story import ModulesBlock, StepsBlock, StoryBlock
from cms.models.base import SharedPage, tabs
from portal.core.models import LineField, ProseField
from portal.municipalities.models import Collaboration


class CourseFormat(models.TextChoices):
    ON_SITE = "on_site", _("On site")
    ONLINE = "online", _("Online")
    BLENDED = "blended", _("Blended: on site and online")


class CoursePage(SharedPage):
    """A course: what it is for, and its modules in order."""

    parent_page_types = ["cms.MunicipalityPage"]
    subpage_types = []
    grows_old = True
    adopted_fields = ("title", "summary", "audience", "goals", "format", "body", "modules", "plain")

    collaboration = models.ForeignKey(
        Collaboration,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="courses",
    )
    audience = LineField(_("for whom"), max_length=250, blank=True)
    goals = ProseField(_("what you learn"), blank=True, help_text=_("One goal a line."))
    format = models.CharField(_("format"), max_length=8, choices=CourseFormat.choices, default=CourseFormat.BLENDED)
    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)
    modules = StreamField(ModulesBlock(), verbose_name=_("modules"), blank=True)

    edit_handler = tabs(
        [
            *SharedPage.content_panels,
            FieldPanel("audience"),
            FieldPanel("goals"),
            FieldPanel("format"),
            FieldPanel("body"),
            FieldPanel("modules"),
            *SharedPage.plain_panels,
            FieldPanel("collaboration"),
        ],
        grows_old=True,
    )

    class Meta:
        verbose_name = _("course")

    @property
    def minutes(self) -> int:
        return sum(module.value["minutes"] or 0 for module in self.modules)

    @property
    def goal_list(self) -> list[str]:
        return [line.strip() for line in self.goals.splitlines() if line.strip()]

    def get_context(self, request, *args, **kwargs):
        from cms.services.listings import course_content

        return {**super().get_context(request, *args, **kwargs), **course_content(request.user, self)}


class MethodPage(SharedPage):
    """How to do something, step by step, for others to reuse."""

    parent_page_types = ["cms.MunicipalityPage"]
    subpage_types = []
    grows_old = True
    adopted_fields = ("title", "summary", "when_to_use", "needed", "steps", "result", "body", "plain")

    collaboration = models.ForeignKey(
        Collaboration,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="methods",
    )
    when_to_use = ProseField(_("when to use it"), blank=True)
    needed = ProseField(_("what you need"), blank=True, help_text=_("One thing a line."))
    result = ProseField(_("what you have afterwards"), blank=True)
    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)
    steps = StreamField(StepsBlock(), verbose_name=_("steps"), blank=True)

    edit_handler = tabs(
        [
            *SharedPage.content_panels,
            FieldPanel("when_to_use"),
            FieldPanel("needed"),
            FieldPanel("steps"),
            FieldPanel("result"),
            FieldPanel("body"),
            *SharedPage.plain_panels,
            FieldPanel("collaboration"),
        ],
        grows_old=True,
    )

    class Meta:
        verbose_name = _("method")

    @property
    def minutes(self) -> int:
        return sum(step.value["minutes"] or 0 for step in self.steps)

    @property
    def needed_list(self) -> list[str]:
        return [line.strip() for line in self.needed.splitlines() if line.strip()]
