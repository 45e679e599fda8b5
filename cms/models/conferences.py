from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import StreamField

from cms.blocks.story import StoryBlock
from cms.models.base import SharedPage, tabs
from portal.conferences.models import Conference
from portal.conferences.services import programmes
from portal.conferences.services.programmes import Programme
from portal.core.models import LineField, ProseField
from portal.municipalities.models import Collaboration


class ConferencePage(SharedPage):
    """A dissemination conference: when, where, for whom. Its programme is a record (`portal.conferences`)."""

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

    edit_handler = tabs(
        [
            *SharedPage.content_panels,
            FieldRowPanel([FieldPanel("start_date"), FieldPanel("end_date")]),
            FieldPanel("place"),
            FieldPanel("address"),
            FieldPanel("accessibility"),
            FieldPanel("body"),
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

    @cached_property
    def conference(self) -> Conference | None:
        """The record that holds the programme, the same for the page in all languages; None before it is saved."""
        return Conference.objects.filter(page__translation_key=self.translation_key).first()

    @cached_property
    def programme(self) -> Programme | None:
        """The version that is public now, whatever is being planned."""
        return programmes.latest(self.conference) if self.conference else None

    def get_context(self, request, *args, **kwargs):
        """On the day: what is on now, and what comes next."""
        context = super().get_context(request, *args, **kwargs)
        if self.programme:
            context["now_on"], context["next_on"] = self.programme.now_and_next(timezone.now())
        return context
