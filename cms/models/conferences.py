from itertools import groupby

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import StreamField

from cms.blocks.conferences import SESSION_KINDS
from cms.blocks.story import ProgrammeBlock, SpeakersBlock, StoryBlock
from cms.models.base import SharedPage, tabs
from portal.core.models import LineField, ProseField
from portal.municipalities.models import Collaboration


class ConferencePage(SharedPage):
    """A dissemination conference: when, where, programme, speakers."""

    parent_page_types = ["cms.MunicipalityPage"]
    subpage_types = []

    collaboration = models.ForeignKey(
        Collaboration,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="conferences",
    )
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))
    place = LineField(_("place"), max_length=120)
    address = LineField(_("address"), max_length=200, blank=True)
    accessibility = ProseField(_("accessibility of the venue"), blank=True)
    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)
    programme = StreamField(ProgrammeBlock(), verbose_name=_("programme"), blank=True)
    speakers = StreamField(SpeakersBlock(), verbose_name=_("speakers"), blank=True)

    edit_handler = tabs(
        [
            *SharedPage.content_panels,
            FieldRowPanel([FieldPanel("start_date"), FieldPanel("end_date")]),
            FieldPanel("place"),
            FieldPanel("address"),
            FieldPanel("accessibility"),
            FieldPanel("body"),
            FieldPanel("programme"),
            FieldPanel("speakers"),
            FieldPanel("collaboration"),
        ]
    )

    class Meta:
        verbose_name = _("dissemination conference")

    def clean(self):
        super().clean()
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValidationError({"end_date": _("The conference cannot end before it starts.")})

    @property
    def is_past(self) -> bool:
        return self.end_date < timezone.localdate()

    @property
    def days(self) -> list[tuple[object, list[dict]]]:
        """The programme by day, each day in time order."""
        kinds = dict(SESSION_KINDS)
        sessions = [{**block.value, "kind_label": kinds.get(block.value["kind"], "")} for block in self.programme]
        sessions.sort(key=lambda session: (session["date"], session["starts"]))
        return [(day, list(items)) for day, items in groupby(sessions, key=lambda session: session["date"])]
