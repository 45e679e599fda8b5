"""What waits for a person: approvals, offers, questions, news, pages to be looked at again."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import TaskState

from cms.models import SharedPage
from cms.services import reviews
from portal.events.models import TrainingEvent
from portal.knowledge.models import Adoption, CoEditing, Handover
from portal.municipalities.enums import Right
from portal.municipalities.permissions import allowed, municipalities_with, viewer_for

EACH_AT_MOST = 5
AT_START = 6


@dataclass(frozen=True)
class Need:
    """One thing that waits: what it is called, where it is done, and what is asked."""

    title: str
    href: str
    what: str


def for_user(user) -> list[Need]:
    """What waits for `user`, most pressing first; nothing for a portal administrator, who would see everybody's."""
    if viewer_for(user).is_portal_administrator:
        return []
    needs = [
        Need(
            str(handover),
            reverse("handover_detail", args=[handover.public_id]),
            _("Somebody wants to hand this over to you"),
        )
        for handover in allowed(user, "answer", Handover)
        .open()
        .select_related("from_municipality", "to_municipality")[:EACH_AT_MOST]
    ]
    needs += [
        Need(page.draft_title, reverse("wagtailadmin_pages:edit", args=[page.pk]), _("Waits for somebody’s approval"))
        for page in _to_approve(user)
    ]
    used = allowed(user, "manage", Adoption)
    needs += [
        Need(adoption.source_title, reverse("adoption_news", args=[adoption.public_id]), _("New since we adapted it"))
        for adoption in used.with_newer_source()[:EACH_AT_MOST]
    ]
    needs += [
        Need(adoption.source_title, reverse("adoption_question", args=[adoption.public_id]), _("Two questions"))
        for adoption in used.active().filter(asked_at__isnull=False, answered_at__isnull=True)[:EACH_AT_MOST]
    ]
    to_decide = allowed(user, "manage", TrainingEvent).to_decide().order_by("decide_by", "pk")[:EACH_AT_MOST]
    needs += [
        Need(event.title, reverse("event_participants", args=[event.public_id]), _("Is it held?"))
        for event in to_decide
    ]
    kept = allowed(user, "keep", SharedPage)
    needs += [
        Need(page.title, reverse("page_review", args=[page.pk]), _("Does it still hold?"))
        for page in reviews.due().filter(pk__in=kept.values("pk")).order_by("review_date", "pk")[:EACH_AT_MOST]
    ]
    together = allowed(user, "see", CoEditing).active().exclude(owner__in=viewer_for(user).municipality_ids)
    needs += [
        Need(entry.page.draft_title, reverse("wagtailadmin_pages:edit", args=[entry.page_id]), _("Write together"))
        for entry in together.select_related("page")[:EACH_AT_MOST]
    ]
    return needs


def start_of(user) -> dict[str, Any]:
    """What the workspace and the editor begin with: what waits, what is not published, which events come."""
    own = municipalities_with(user, Right.WRITE_CONTENT)
    drafts = SharedPage.objects.filter(municipality__in=own, has_unpublished_changes=True)
    events = allowed(user, "manage", TrainingEvent).filter(last_ends_at__gte=timezone.now()).for_listing()
    return {
        "needs_me": for_user(user),
        "drafts": drafts.order_by("-latest_revision_created_at")[:AT_START],
        "events": events[:AT_START],
    }


def _to_approve(user) -> list[SharedPage]:
    """Pages whose approval is under way where the user may approve; never the user's own request."""
    states = TaskState.objects.reviewable_by(user).exclude(workflow_state__requested_by=user)
    ids = states.values_list("workflow_state__object_id", flat=True)[:EACH_AT_MOST]
    return list(SharedPage.objects.filter(pk__in=[int(pk) for pk in ids]))
