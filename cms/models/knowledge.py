from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField

from cms.blocks.text import RICH_TEXT_FEATURES
from cms.models.base import SharedPage, tabs
from portal.core.models import LineField
from portal.municipalities.models import Collaboration


class LessonPage(SharedPage):
    """A lesson learned, always in the same shape. It may describe what failed: that is worth as much."""

    parent_page_types = ["cms.MunicipalityPage"]
    subpage_types = []
    grows_old = True
    adopted_fields = (
        "title",
        "summary",
        "lesson",
        "describes_failure",
        "context",
        "what_we_did",
        "what_happened",
        "do_differently",
        "advice",
        "plain",
    )

    collaboration = models.ForeignKey(
        Collaboration,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="lessons",
    )
    lesson = LineField(
        _("the lesson in one sentence"), max_length=250, help_text=_("What somebody else should remember.")
    )
    context = RichTextField(_("context"), features=RICH_TEXT_FEATURES, help_text=_("Where, who and why."))
    what_we_did = RichTextField(_("what we did"), features=RICH_TEXT_FEATURES)
    what_happened = RichTextField(_("what happened"), features=RICH_TEXT_FEATURES)
    do_differently = RichTextField(_("what we would do differently"), features=RICH_TEXT_FEATURES)
    advice = RichTextField(_("our advice to others"), features=RICH_TEXT_FEATURES)
    describes_failure = models.BooleanField(
        _("describes something that did not work"),
        default=False,
        help_text=_("Marked in lists, so that others find it before they try the same."),
    )

    edit_handler = tabs(
        [
            *SharedPage.content_panels,
            FieldPanel("lesson"),
            FieldPanel("describes_failure"),
            FieldPanel("context"),
            FieldPanel("what_we_did"),
            FieldPanel("what_happened"),
            FieldPanel("do_differently"),
            FieldPanel("advice"),
            *SharedPage.plain_panels,
            FieldPanel("collaboration"),
        ],
        grows_old=True,
    )

    class Meta:
        verbose_name = _("lesson learned")

    @property
    def sections(self) -> list[tuple[str, str]]:
        """The parts in their order, with the headings the reader sees."""
        names = ["context", "what_we_did", "what_happened", "do_differently", "advice"]
        return [(str(self._meta.get_field(name).verbose_name).capitalize(), getattr(self, name)) for name in names]
