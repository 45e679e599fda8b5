"""Withdrawing what was shared, and keeping what others share out of one's own lists."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Revision

from cms.models import SharedPage
from portal.core.services import ActionRefused
from portal.events.models import TrainingEvent
from portal.municipalities.enums import AuditAct, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import viewer_may_read, viewer_of_member
from portal.municipalities.services import audit
from portal.municipalities.services.audiences import audience_text
from portal.municipalities.signals import sharing_changed


@transaction.atomic
def withdraw(*, page: SharedPage, actor) -> None:
    """Show the page to the own municipality only, from the next request; its text stays as it is.

    Drafts and versions with a date to be published on are withdrawn too: publishing one of them later must not
    share the page again by itself.
    """
    page = SharedPage.objects.select_for_update().get(pk=page.pk).specific
    # With what is said in one language goes the same in the other.
    for translation in page.in_other_languages().specific():
        _withdraw(translation, actor)
    _withdraw(page, actor)


def _withdraw(page: SharedPage, actor) -> None:
    if page.visibility == Visibility.INTERNAL:
        return
    audit.record(
        municipality=page.owning_municipality,
        actor=actor,
        act=AuditAct.SHARE_WITHDRAWN,
        subject=page.title,
        detail=[audience_text(page)],
    )
    page.visibility = Visibility.INTERNAL
    page.shared_with = []
    page.shared_with_collaborations = []
    page.save()
    change_revisions(
        page, {"visibility": Visibility.INTERNAL.value, "shared_with": [], "shared_with_collaborations": []}
    )
    sharing_changed.send(sender=type(page), item=page)


def change_revisions(page: SharedPage, values: dict[str, Any]) -> None:
    """Write `values` into the latest draft and into every version that waits for its date."""
    waiting = page.revisions.filter(approved_go_live_at__isnull=False)
    wanted = set(waiting.values_list("pk", flat=True)) | ({page.latest_revision_id} - {None})
    for revision in Revision.objects.filter(pk__in=wanted):
        revision.content = {**revision.content, **values}
        revision.save(update_fields=["content"])


@transaction.atomic
def hide(*, item: SharedPage | TrainingEvent, municipality: Municipality, actor) -> None:
    """Keep a page or event of somebody else out of the municipality's lists. It can still be read and searched for.

    Raises ActionRefused for what is the municipality's own or not shared with it.
    """
    if item.municipality_id == municipality.pk or not viewer_may_read(viewer_of_member(municipality), item):
        raise ActionRefused(_("Only what others share with you can be hidden."), code="not_theirs")
    if item.hidden_in.filter(pk=municipality.pk).exists():
        return
    for each in _in_all_languages(item):
        each.hidden_in.add(municipality)
    audit.record(municipality=municipality, actor=actor, act=AuditAct.HIDDEN, subject=item.title)


@transaction.atomic
def unhide(*, item: SharedPage | TrainingEvent, municipality: Municipality, actor) -> None:
    """Put it back in the lists. Nothing happens to what is not hidden."""
    if not item.hidden_in.filter(pk=municipality.pk).exists():
        return
    for each in _in_all_languages(item):
        each.hidden_in.remove(municipality)
    audit.record(municipality=municipality, actor=actor, act=AuditAct.UNHIDDEN, subject=item.title)


def _in_all_languages(item: SharedPage | TrainingEvent) -> list[SharedPage | TrainingEvent]:
    if isinstance(item, TrainingEvent):
        return [item]
    return [item, *item.in_other_languages()]
