from functools import cache as once

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField

from cms.blocks.story import StoryBlock
from cms.models.base import SharedPage, tabs
from cms.models.knowledge import LessonPage
from portal.conferences.models import Conference
from portal.conferences.services import programmes
from portal.conferences.services.programmes import Programme
from portal.conferences.services.results import Results, results_of
from portal.core.kept import when_shown
from portal.core.models import LineField, ProseField
from portal.events.models import TrainingEvent, https_only
from portal.municipalities.models import Collaboration
from portal.municipalities.permissions import visible


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
    travel = ProseField(
        _("how to get there"), max_length=1000, blank=True, help_text=_("By bus and train first, then parking.")
    )
    accessibility = ProseField(_("accessibility of the venue"), blank=True)
    audience = ProseField(
        _("for whom"), max_length=400, blank=True, help_text=_("Who has most use of it, and what it costs to come.")
    )
    live_url = models.URLField(
        _("link to the broadcast"),
        max_length=500,
        blank=True,
        validators=[https_only],
        help_text=_("Shown on the page on the days of the conference only."),
    )
    learned = ProseField(
        _("what was learned"),
        max_length=6000,
        blank=True,
        help_text=_("Shown first on the page when the conference is over. One thought a paragraph, in plain words."),
    )
    next_steps = ProseField(_("what happens next"), max_length=3000, blank=True)
    body = StreamField(StoryBlock(), verbose_name=_("text"), blank=True)

    edit_handler = tabs(
        [
            *SharedPage.content_panels,
            FieldRowPanel([FieldPanel("start_date"), FieldPanel("end_date")]),
            FieldPanel("place"),
            FieldPanel("address"),
            FieldPanel("travel"),
            FieldPanel("accessibility"),
            FieldPanel("audience"),
            FieldPanel("live_url"),
            FieldPanel("body"),
            FieldPanel("collaboration"),
            MultiFieldPanel(
                [FieldPanel("learned"), FieldPanel("next_steps")],
                heading=_("When it is over"),
            ),
        ]
    )

    class Meta:
        verbose_name = _("dissemination conference")

    def clean(self):
        super().clean()
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValidationError({"end_date": _("The conference cannot end before it starts.")})

    def missing_for_sharing(self, *, image=None, body=None, **chosen) -> list[tuple[str, str]]:
        """As of every page, and whether the people in its pictures have said yes: most of them are of people."""
        shown = [block.value for block in body or () if block.block_type == "picture" and block.value]
        unsaid = [
            (field, picture.title)
            for field, picture in [("image", image), *(("body", picture) for picture in shown)]
            if picture is not None and not picture.people
        ]
        return [
            *super().missing_for_sharing(image=image, body=body, **chosen),
            *(
                (
                    field,
                    _("Before you share: say of the picture “%(title)s” whether people in it can be recognised.")
                    % {"title": title},
                )
                for field, title in dict.fromkeys(unsaid)
            ),
        ]

    @property
    def dates_text(self) -> str:
        """Its days as people write them: "26–27 januari 2027"."""
        first, last = self.start_date, self.end_date
        if first == last:
            return date_format(first, "j F Y")
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}–{date_format(last, 'j F Y')}"
        return f"{date_format(first, 'j F')} – {date_format(last, 'j F Y')}"

    @property
    def is_on_today(self) -> bool:
        return self.start_date <= timezone.localdate() <= self.end_date

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

    @cached_property
    def results(self) -> Results | None:
        """What the conference left behind; None before it is over."""
        if not (self.is_past and self.conference and self.programme):
            return None
        return results_of(self.conference, self.programme, timezone.now())

    def get_context(self, request, *args, **kwargs):
        """On the day: what is on now, and what comes next."""
        return {
            **super().get_context(request, *args, **kwargs),
            "registration": once(lambda: self._registration(request.user)),
            **when_shown(("now_on", "next_on"), self._now_and_next),
            **when_shown(("lessons", "to_use"), lambda: self._came_out(request.user)),
        }

    def _registration(self, user) -> TrainingEvent | None:
        if self.conference is None or self.is_past:
            return None
        ways_in = visible(user, TrainingEvent).published().filter(conference=self.conference.pk)
        return ways_in.prefetch_related("occasions").first()

    def _now_and_next(self) -> dict:
        now_on, next_on = self.programme.now_and_next(timezone.now()) if self.programme else ([], [])
        return {"now_on": now_on, "next_on": next_on}

    def _came_out(self, user) -> dict[str, list[SharedPage]]:
        if not self.results:
            return {"lessons": [], "to_use": []}
        pages = SharedPage.objects.readable_by(user).filter(pk__in=self.results.page_ids).in_language()
        shown = list(pages.for_listing().order_by("title").specific())
        return {
            "lessons": [page for page in shown if page.specific_class is LessonPage],
            "to_use": [page for page in shown if page.specific_class is not LessonPage],
        }
