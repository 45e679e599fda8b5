from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField

from cms.blocks.story import StoryBlock
from cms.blocks.text import RICH_TEXT_FEATURES, TermBlock
from cms.models.base import SharedPage, tabs
from portal.municipalities.enums import Visibility

# The statement is looked over at least once a year (MDFFS 2019:2, 8 §).
STATEMENT_HOLDS = timedelta(days=365)

# å, ä and ö in this order after z, which their numbers in Unicode do not give.
_SWEDISH_ORDER = str.maketrans("åäö", "{|}")


class StandardPage(SharedPage):
    """A page of running text: about the portal, or anything a municipality wants to say."""

    parent_page_types = ["cms.HomePage", "cms.MunicipalityPage", "cms.StandardPage"]
    subpage_types = ["cms.StandardPage"]
    asks_for_contact = False

    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)

    edit_handler = tabs([*SharedPage.content_panels, FieldPanel("body"), *SharedPage.plain_panels])

    class Meta:
        verbose_name = _("text page")


class GlossaryPage(SharedPage):
    """Difficult words and what they mean; where they stand on other pages, the reader can open what they mean."""

    parent_page_types = ["cms.HomePage"]
    subpage_types = []
    max_count = 1
    asks_for_contact = False

    terms = StreamField([("term", TermBlock())], verbose_name=_("words"), blank=True)

    edit_handler = tabs([*SharedPage.content_panels, FieldPanel("terms")], about=False)

    class Meta:
        verbose_name = _("glossary")

    def clean(self):
        self.visibility = Visibility.PUBLIC
        super().clean()

    def get_context(self, request, *args, **kwargs):
        words = sorted(
            (block.value for block in self.terms), key=lambda value: value["term"].casefold().translate(_SWEDISH_ORDER)
        )
        return {**super().get_context(request, *args, **kwargs), "words": words}


class Conformance(models.TextChoices):
    FULL = "full", _("The portal meets all the requirements of the law.")
    PARTIAL = "partial", _("The portal meets most of the requirements of the law. What it does not meet stands below.")
    NONE = "none", _("The portal does not meet the requirements of the law yet. What is missing stands below.")


class AccessibilityStatementPage(SharedPage):
    """What the law on accessible digital public services asks to be told (2018:1937, 13 §; MDFFS 2019:2).

    Always public, one for the whole portal, shown at ``/tillganglighet/`` with a form to tell what does not work.
    """

    max_count = 1
    parent_page_types = ["cms.HomePage"]
    subpage_types = []
    asks_for_contact = False

    conformance = models.CharField(
        _("how accessible it is"), max_length=8, choices=Conformance.choices, default=Conformance.PARTIAL
    )
    shortcomings = RichTextField(
        _("what does not work for everybody"),
        features=RICH_TEXT_FEATURES,
        blank=True,
        help_text=_("Each thing, for whom it is a problem, when it will be better, and another way until then."),
    )
    how_tested = RichTextField(
        _("how it was tested"), features=RICH_TEXT_FEATURES, help_text=_("Who tested, how, and with what.")
    )
    reviewed_on = models.DateField(_("looked over on"), help_text=_("Look it over at least once a year."))
    feedback_email = models.EmailField(_("where what people tell is sent"))
    feedback_phone = models.CharField(_("telephone"), max_length=40, blank=True)

    edit_handler = tabs(
        [
            *SharedPage.content_panels,
            FieldPanel("conformance"),
            FieldPanel("shortcomings"),
            FieldPanel("how_tested"),
            FieldPanel("reviewed_on"),
            FieldPanel("feedback_email"),
            FieldPanel("feedback_phone"),
        ],
        about=False,
    )

    class Meta:
        verbose_name = _("accessibility statement")

    @property
    def is_outdated(self) -> bool:
        return timezone.localdate() - self.reviewed_on > STATEMENT_HOLDS

    def clean(self):
        self.visibility = Visibility.PUBLIC
        super().clean()

    def get_context(self, request, *args, **kwargs):
        from cms.forms import AccessibilityFeedbackForm

        context = super().get_context(request, *args, **kwargs)
        return {"form": AccessibilityFeedbackForm(), "may_change": self._is_written_by(request.user), **context}
