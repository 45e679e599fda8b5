from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.models import LineField, ProseField, Timestamped
from portal.events.models import TrainingEvent
from portal.knowledge.enums import AdoptionWay, HandoverState, StillInUse
from portal.knowledge.querysets import AdoptionQuerySet, HandoverQuerySet
from portal.municipalities.models import Collaboration, Municipality, SharedWork, new_public_id

TOLD_TO_READERS = _("Shown beside the original, to everybody who reads it.")


class Topic(models.Model):
    """A subject that courses, methods and lessons are about; chosen from a list so that lists can be filtered."""

    name = LineField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Adoption(Timestamped):
    """That a municipality uses another's page: shows it as it is, or has made an own version of it.

    Changed by `cms.services.adoptions` only. Outlives its source: what was taken over stands in `base`, so that
    a later version can be compared with what one had, and nothing has to be asked of a page that is withdrawn.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    way = models.CharField(max_length=8, choices=AdoptionWay.choices)
    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="adoptions")
    source = models.ForeignKey("wagtailcore.Page", null=True, on_delete=models.SET_NULL, related_name="adoptions")
    source_municipality = models.ForeignKey(Municipality, null=True, on_delete=models.SET_NULL, related_name="+")
    source_title = LineField(max_length=255)
    # Shown: the last part of its address in the adopter's section. Adapted: the own page.
    slug = models.SlugField(max_length=255, blank=True, allow_unicode=True)
    copy = models.OneToOneField(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="adapted_from"
    )
    # What the source said when it was taken over or last compared: part → text or value, see cms.services.parts.
    base = models.JSONField(default=dict, blank=True)
    base_version_at = models.DateTimeField(null=True, blank=True)
    what_changed = ProseField(
        _("what we changed"),
        max_length=1000,
        blank=True,
        help_text=TOLD_TO_READERS,
    )
    why = ProseField(
        _("why we changed it"),
        max_length=1000,
        blank=True,
        help_text=TOLD_TO_READERS,
    )
    adopted_at = models.DateTimeField(default=timezone.now)
    adopted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = ProseField(
        _("why we stopped"),
        max_length=1000,
        blank=True,
        help_text=TOLD_TO_READERS,
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    still_in_use = models.CharField(_("do you still use it?"), max_length=6, choices=StillInUse.choices, blank=True)
    outcome = ProseField(
        _("what did it give?"),
        max_length=1000,
        blank=True,
        help_text=TOLD_TO_READERS,
    )

    objects = AdoptionQuerySet.as_manager()

    class Meta:
        ordering = ["-adopted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "source", "way"],
                condition=models.Q(ended_at__isnull=True),
                name="one_active_adoption_each",
            ),
            models.UniqueConstraint(
                fields=["municipality", "slug"],
                condition=models.Q(ended_at__isnull=True, way=AdoptionWay.SHOWN),
                name="one_shown_page_per_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality.short_name}: {self.source_title} ({self.way})"

    @property
    def is_adapted(self) -> bool:
        return self.way == AdoptionWay.ADAPTED

    @property
    def is_active(self) -> bool:
        return self.ended_at is None


class CoEditing(SharedWork):
    """Another municipality's coordinators write on one page together with its owner.

    Changed by `cms.services.co_editing` only, which gives and takes Wagtail's right on the page as well.
    """

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="co_editings")
    owner = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="+")

    class Meta(SharedWork.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["page", "municipality"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_co_editing_each",
            )
        ]


class Handover(Timestamped):
    """Pages and events on their way from one municipality to another, which says yes or no.

    Changed by `cms.services.handovers` only.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    from_municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="handovers_given")
    to_municipality = models.ForeignKey(
        Municipality, verbose_name=_("new owner"), on_delete=models.CASCADE, related_name="handovers_received"
    )
    collaboration = models.ForeignKey(Collaboration, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = ProseField(_("what the new owner needs to know"), max_length=1000, blank=True)
    state = models.CharField(max_length=10, choices=HandoverState.choices, default=HandoverState.OFFERED)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.from_municipality.short_name} → {self.to_municipality.short_name}"


class HandoverItem(models.Model):
    """One page or event of a handover, with the title it had when it was offered."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="items")
    page = models.ForeignKey("wagtailcore.Page", null=True, on_delete=models.SET_NULL, related_name="+")
    event = models.ForeignKey(TrainingEvent, null=True, on_delete=models.SET_NULL, related_name="+")
    title = LineField(max_length=255)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(page__isnull=True) | models.Q(event__isnull=True), name="page_or_event"
            )
        ]

    def __str__(self) -> str:
        return self.title


class FormerAddress(models.Model):
    """Where a page stood in a section before it was handed over: old links lead on, for those who may read it."""

    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="+")
    slug = models.SlugField(max_length=255, allow_unicode=True)
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["municipality", "slug"], name="one_former_address_each")]

    def __str__(self) -> str:
        return f"{self.municipality.slug}/{self.slug}"
