"""Handing pages and events to another municipality or a line organisation: offered, then accepted or declined."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.models import Page

from cms.models import MunicipalityPage, PortalImage, SharedPage
from cms.services import files
from portal.core.services import ActionRefused
from portal.events.models import TrainingEvent
from portal.events.services import training_events
from portal.knowledge.enums import HandoverState
from portal.knowledge.models import CoEditing, FormerAddress, Handover, HandoverItem
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Collaboration, Municipality
from portal.municipalities.services import audit
from portal.municipalities.services.people import coordinators_of
from portal.notifications.services.outbox import queue_mail


@transaction.atomic
def offer(
    *,
    from_municipality: Municipality,
    to_municipality: Municipality,
    pages: Sequence[SharedPage],
    events: Sequence[TrainingEvent],
    actor,
    note: str = "",
    collaboration: Collaboration | None = None,
) -> Handover:
    """Offer what `from_municipality` owns to another; nothing moves before its coordinators say yes.

    Raises ActionRefused, with nothing written, for nothing chosen, for what is not one's own, for a
    municipality's own page, and for what is offered already.
    """
    if from_municipality.pk == to_municipality.pk:
        raise ActionRefused(_("Choose another municipality than your own."), code="own", field="to_municipality")
    if not pages and not events:
        raise ActionRefused(_("Choose at least one page or event."), code="nothing_chosen")
    things: list[SharedPage | TrainingEvent] = [*pages, *events]
    for item in things:
        _refuse_unless_own(item, from_municipality)
    handover = Handover.objects.create(
        from_municipality=from_municipality,
        to_municipality=to_municipality,
        collaboration=collaboration,
        note=note,
        offered_by=actor,
    )
    HandoverItem.objects.bulk_create(
        [HandoverItem(handover=handover, page_id=page.pk, title=page.title) for page in pages]
        + [HandoverItem(handover=handover, event=event, title=event.title) for event in events]
    )
    _log(handover, AuditAct.HANDOVER_OFFERED, actor)
    for person in coordinators_of(to_municipality):
        queue_mail(
            message="knowledge/handover",
            to_email=person.email,
            recipient=person,
            context={"handover": handover},
            reason="knowledge.handover_is_open",
            reason_object_id=handover.pk,
            deduplication_key=f"handover-{handover.pk}-{person.pk}",
        )
    return handover


@transaction.atomic
def accept(*, handover: Handover, actor, now: datetime | None = None) -> int:
    """Move everything that still belongs to the giver to the receiver; return how many things moved.

    Pages move with their versions, pictures and documents; events with their sign-ups and history. Old addresses
    lead on. Raises ActionRefused when the offer was answered or taken back meanwhile.
    """
    handover = _locked_open(handover)
    section = MunicipalityPage.objects.get(municipality=handover.to_municipality)
    items = list(handover.items.all())
    theirs = SharedPage.objects.filter(municipality=handover.from_municipality)
    offered = theirs.filter(pk__in=[item.page_id for item in items if item.page_id])
    # A page and its translation stay together.
    pages = list(theirs.filter(translation_key__in=offered.values("translation_key")).specific())
    # Asked before anything moves: afterwards they would belong to pages of two municipalities.
    own_files = files.used_only_by(pages, (PortalImage, get_document_model()))
    for page in pages:
        _move(page, section, handover.from_municipality)
    for file in own_files:
        file.collection = section.collection
        file.save()
    events = TrainingEvent.objects.filter(
        pk__in=[item.event_id for item in items if item.event_id], municipality=handover.from_municipality
    )
    moved = len(pages)
    for event in events.order_by("pk"):
        training_events.hand_over(event_id=event.pk, to=handover.to_municipality, actor=actor)
        moved += 1
    _answer(handover, HandoverState.ACCEPTED, actor, now)
    _log(handover, AuditAct.HANDOVER_ACCEPTED, actor)
    return moved


@transaction.atomic
def decline(*, handover: Handover, actor, now: datetime | None = None) -> None:
    """Say no; nothing moves. Raises ActionRefused as `accept` does."""
    handover = _locked_open(handover)
    _answer(handover, HandoverState.DECLINED, actor, now)
    _log(handover, AuditAct.HANDOVER_DECLINED, actor)


@transaction.atomic
def withdraw(*, handover: Handover, actor, now: datetime | None = None) -> None:
    """Take the offer back. Raises ActionRefused as `accept` does."""
    handover = _locked_open(handover)
    _answer(handover, HandoverState.WITHDRAWN, actor, now)
    _log(handover, AuditAct.HANDOVER_WITHDRAWN, actor)


def is_open(handover_id: int) -> bool:
    return Handover.objects.open().filter(pk=handover_id).exists()


def _move(page: SharedPage, section: MunicipalityPage, giver: Municipality) -> None:
    FormerAddress.objects.update_or_create(municipality=giver, slug=page.slug, defaults={"page_id": page.pk})
    slug, number = page.slug, 1
    while section.get_children().filter(slug=slug).exists():
        number += 1
        slug = f"{page.slug}-{number}"
    if slug != page.slug:
        page.slug = slug
        page.save()
    # The receiver was perhaps writing on it already: it is its own now.
    CoEditing.objects.filter(page=page.pk, municipality=section.municipality, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    CoEditing.objects.filter(page=page.pk).update(owner=section.municipality)
    page.move(section, pos="last-child")
    FormerAddress.objects.filter(municipality=section.municipality, page_id=page.pk).delete()


def _refuse_unless_own(item: SharedPage | TrainingEvent, giver: Municipality) -> None:
    is_section = isinstance(item, Page) and issubclass(item.specific_class, MunicipalityPage)
    if item.municipality_id != giver.pk or is_section:
        raise ActionRefused(_("Only what belongs to your municipality can be handed over."), code="not_own")
    key = {"page_id": item.pk} if isinstance(item, Page) else {"event_id": item.pk}
    if HandoverItem.objects.filter(handover__state=HandoverState.OFFERED, **key).exists():
        raise ActionRefused(
            _("“%(title)s” is offered to somebody already. Take that offer back first.") % {"title": item.title},
            code="offered_already",
        )


def _locked_open(handover: Handover) -> Handover:
    locked = Handover.objects.select_for_update(of=("self",)).get(pk=handover.pk)
    if locked.state != HandoverState.OFFERED:
        raise ActionRefused(_("The offer has been answered or taken back already."), code="answered")
    return locked


def _answer(handover: Handover, state: HandoverState, actor, now: datetime | None) -> None:
    handover.state, handover.answered_by, handover.answered_at = state, actor, now or timezone.now()
    handover.save(update_fields=["state", "answered_by", "answered_at", "updated_at"])


def _log(handover: Handover, act: AuditAct, actor) -> None:
    titles = [item.title for item in handover.items.all()]
    for place in (handover.from_municipality, handover.to_municipality):
        audit.record(municipality=place, actor=actor, act=act, subject=handover, detail=titles)
