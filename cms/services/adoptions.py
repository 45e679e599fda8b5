"""Using another municipality's page: showing it as it is, making an own version, and hearing what is new in it.

Every function writes in one transaction. An own version is never changed by the original: what is taken over
becomes a draft that somebody reads and publishes.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.models import MunicipalityPage, SharedPage
from cms.services import files, parts
from portal.core.services import ActionRefused
from portal.knowledge.enums import AdoptionWay, StillInUse
from portal.knowledge.models import Adoption
from portal.municipalities.enums import AuditAct, Right, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import (
    has_right,
    viewer_for,
    viewer_may_read,
    viewer_of_member,
)
from portal.municipalities.services import audit
from portal.municipalities.services.people import coordinators_of
from portal.notifications.services.outbox import queue_mail

REVIEW_AFTER = timedelta(days=365)
LINEAGE_DEPTH = 8


def is_shared_with(page: SharedPage, municipality: Municipality) -> bool:
    """The page is published and anybody who belongs to `municipality` may read it."""
    return page.live and viewer_may_read(viewer_of_member(municipality), page)


def source_of(adoption: Adoption) -> SharedPage | None:
    """The original (specific class) while it is published and shared with the adopter; else None.

    This is the one way from an adoption to its original: what was published after a share was withdrawn is
    never read through it.
    """
    page = SharedPage.objects.filter(pk=adoption.source_id).first()
    if page is None or not is_shared_with(page, adoption.municipality):
        return None
    return page.specific


@transaction.atomic
def show(*, page: SharedPage, municipality: Municipality, actor, now: datetime | None = None) -> Adoption:
    """Show `page` in the municipality's section, always with its owner's text.

    Raises ActionRefused when it is not shared with the municipality, is its own, of a kind that is not taken
    over, or shown already.
    """
    page = _as_published(page)
    _refuse_unless_adoptable(page, municipality)
    adoption = _start(page, municipality, AdoptionWay.SHOWN, actor, now, slug=_free_slug(page.slug, municipality))
    _log(adoption, AuditAct.SHOWN, actor)
    return adoption


@transaction.atomic
def adapt(
    *,
    page: SharedPage,
    municipality: Municipality,
    actor,
    what_changed: str = "",
    why: str = "",
    now: datetime | None = None,
) -> Adoption:
    """Make an own version of `page` as a draft in the municipality's section, internal, with files of its own.

    Only what is published is taken over, never the owner's unpublished text. Raises ActionRefused as `show` does.
    """
    now = now or timezone.now()
    page = _as_published(page)
    _refuse_unless_adoptable(page, municipality)
    source = page.specific
    section = MunicipalityPage.objects.get(municipality=municipality)
    base = parts.raw_of(source)
    copy = type(source)(
        slug=_free_slug(source.slug, municipality),
        visibility=Visibility.INTERNAL,
        collaboration=source.collaboration,
        contact_name=str(actor)[:120],
        contact_email=actor.shown_email,
        review_date=timezone.localdate(now) + REVIEW_AFTER,
        live=False,
        owner=actor,
    )
    parts.write(copy, _with_own_files(source, base, section))
    copy.topics = list(source.topics.all())
    copy.occupational_groups = list(source.occupational_groups.all())
    copy.image = files.own_copy(source.image, section.collection) if source.image else None
    section.add_child(instance=copy)
    copy.save_revision(user=actor, log_action=True)
    adoption = _start(
        page,
        municipality,
        AdoptionWay.ADAPTED,
        actor,
        now,
        copy_id=copy.pk,
        base=base,
        base_version_at=source.last_published_at,
        what_changed=what_changed,
        why=why,
    )
    _log(adoption, AuditAct.ADAPTED, actor)
    return adoption


@transaction.atomic
def end(*, adoption: Adoption, reason: str, actor, now: datetime | None = None) -> None:
    """Stop using the page. An own version stays where it is; ending twice changes nothing.

    Raises ActionRefused without a reason: it is what the next municipality learns from.
    """
    if not reason.strip():
        raise ActionRefused(
            _("Say why in a sentence. It is what the next municipality learns from."),
            code="no_reason",
            field="ended_reason",
        )
    locked = Adoption.objects.select_for_update().get(pk=adoption.pk)
    if not locked.is_active:
        return
    locked.ended_at, locked.ended_reason = now or timezone.now(), reason
    locked.save()
    _log(locked, AuditAct.ADOPTION_ENDED, actor)


# --- What is new since we adapted ------------------------------------------------------------------------------


@dataclass(frozen=True)
class News:
    """What the original says now and did not when it was last looked at; `source` is None where it is not shared."""

    source: SharedPage | None
    differences: list[parts.Difference] = field(default_factory=list)
    is_gone: bool = False  # deleted, rather than withdrawn


def news_for(adoption: Adoption) -> News:
    """Compare the original with what was taken over. Shows nothing of an original that is withdrawn or deleted."""
    source = source_of(adoption)
    if source is None or adoption.copy_id is None:
        return News(source=None, is_gone=adoption.source_id is None)
    own = _latest_draft(adoption)
    found = parts.differences(own, base=adoption.base, theirs=parts.raw_of(source), ours=parts.raw_of(own))
    return News(source=source, differences=found)


@transaction.atomic
def take_over(*, adoption: Adoption, decisions: dict[str, str], actor, version_at: datetime | None) -> int:
    """Carry out "theirs", "ours" or "later" for each part; return how many parts were taken over.

    Parts taken over go into a new draft of the own page, which nobody publishes but a person. What is decided
    is not asked again until the original changes it again. `version_at` is when the version that was looked at
    was published: raises ActionRefused when the original has changed since, or is not shared any more.
    """
    locked = Adoption.objects.select_for_update().get(pk=adoption.pk)
    source = source_of(locked)
    if source is None or locked.copy_id is None:
        raise ActionRefused(_("The original is not shared with you any more."), code="withdrawn")
    if source.last_published_at != version_at:
        raise ActionRefused(
            _("The original has changed once more while you were reading. Look at the parts again."), code="changed"
        )
    own = _latest_draft(locked)
    theirs, ours, base = parts.raw_of(source), parts.raw_of(own), dict(locked.base)
    found = parts.differences(own, base=base, theirs=theirs, ours=ours)
    taken = 0
    for difference in found:
        decision = decisions.get(difference.key, "later")
        if decision == "theirs":
            ours = parts.with_part(own, ours, theirs, difference.key)
            taken += 1
        if decision in ("theirs", "ours"):
            base = parts.with_part(own, base, theirs, difference.key)
    if taken:
        section = MunicipalityPage.objects.get(municipality=locked.municipality)
        parts.write(own, _with_own_files(own, ours, section))
        own.save_revision(user=actor, log_action=True, changed=True)
        _log(locked, AuditAct.UPDATED_FROM_SOURCE, actor)
    locked.base = base
    if all(decisions.get(difference.key) in ("theirs", "ours") for difference in found):
        locked.base_version_at = source.last_published_at
    locked.save()
    return taken


@transaction.atomic
def tell_adopters(page: SharedPage) -> int:
    """After `page` was published: tell those with an own version that something is new; return how many mails.

    Where nothing of what they took over differs, the version counts as seen. One mail until they have looked.
    """
    queued = 0
    for adoption in Adoption.objects.with_newer_source().filter(source=page.pk).select_related("municipality", "copy"):
        news = news_for(adoption)
        if news.source is None:
            continue
        if not news.differences:
            Adoption.objects.filter(pk=adoption.pk).update(base_version_at=page.last_published_at)
            continue
        queued += _mail_coordinators(
            adoption, "knowledge/news", key=f"adoption-news-{adoption.pk}-{adoption.base_version_at:%Y%m%d%H%M%S}"
        )
    return queued


# --- Six months later -------------------------------------------------------------------------------------------


@transaction.atomic
def ask_adopters(*, now: datetime | None = None) -> int:
    """Ask everybody who has used something for six months two questions, once; return how many were asked."""
    now = now or timezone.now()
    asked = list(Adoption.objects.to_be_asked(now).select_related("municipality"))
    for adoption in asked:
        Adoption.objects.filter(pk=adoption.pk).update(asked_at=now)
        _mail_coordinators(adoption, "knowledge/still_in_use", key=f"adoption-question-{adoption.pk}")
    return len(asked)


@transaction.atomic
def answer(*, adoption: Adoption, still_in_use: StillInUse, outcome: str, actor, now: datetime | None = None) -> None:
    """Keep the two answers. "No" ends the adoption with the outcome as its reason, which then must be given.

    Raises ActionRefused as `end` does.
    """
    now = now or timezone.now()
    locked = Adoption.objects.select_for_update().get(pk=adoption.pk)
    locked.still_in_use, locked.outcome, locked.answered_at = still_in_use, outcome, now
    locked.save()
    if still_in_use == StillInUse.NO:
        try:
            end(adoption=locked, reason=outcome, actor=actor, now=now)
        except ActionRefused as refusal:
            raise ActionRefused(refusal.message, code=refusal.code, field="outcome") from refusal


def wants_an_answer(adoption_id: int) -> bool:
    return Adoption.objects.active().filter(pk=adoption_id, answered_at__isnull=True).exists()


def has_news(adoption_id: int) -> bool:
    adoption = Adoption.objects.with_newer_source().filter(pk=adoption_id).select_related("municipality").first()
    return adoption is not None and bool(news_for(adoption).differences)


# --- What a page shows of it ------------------------------------------------------------------------------------


@dataclass
class LineageNode:
    """One page in the travels of a method; `title` and `url` are empty where the reader may not open it."""

    municipality: Municipality | None
    title: str = ""
    url: str = ""
    is_here: bool = False
    has_ended: bool = False
    children: list["LineageNode"] = field(default_factory=list)


def ways_to_use(page: SharedPage, user) -> dict[str, bool]:
    """Whether `user` may take the page over somewhere (`may_use`), and whether they keep it (`may_keep`)."""
    viewer = viewer_for(user)
    elsewhere = viewer.is_portal_administrator or any(
        pk != page.municipality_id for pk in viewer.municipalities_with(Right.EDIT_CONTENT)
    )
    return {
        "may_use": page.live and elsewhere,
        "may_keep": has_right(user, Right.EDIT_CONTENT, page.municipality_id),
    }


USES = (
    "adoptions_as_is",
    "adoptions_adapted",
    "adoptions_ended",
    "origin",
    "origin_page",
    "lineage",
)


def uses_of(page: SharedPage, user) -> dict[str, Any]:
    """What stands below a page that others can take over, each of `USES`: who uses it, where it came from."""
    adoptions = list(Adoption.objects.filter(source=page.pk).select_related("municipality"))
    origin = Adoption.objects.filter(copy=page.pk).select_related("source_municipality").first()
    adopted = [adoption for adoption in adoptions if adoption.is_active]
    linked = {adoption.copy_id for adoption in adoptions} | ({origin.source_id} if origin else set())
    readable = _openable(user, {pk for pk in linked if pk})
    return {
        "adoptions_as_is": [a for a in adopted if not a.is_adapted],
        "adoptions_adapted": [(a, readable.get(a.copy_id or 0)) for a in adopted if a.is_adapted],
        "adoptions_ended": [a for a in adoptions if not a.is_active],
        "origin": origin,
        "origin_page": readable.get(origin.source_id or 0) if origin else None,
        "lineage": lineage(page, user) if adoptions or origin else None,
    }


def lineage(page: SharedPage, user) -> LineageNode:
    """The page's travels from the first municipality on: only what `user` may read is named, the rest is a place.

    Behind a page that the reader may not open nothing more is shown: who took over an unreadable page is not theirs
    to know.
    """
    root = SharedPage.objects.select_related("municipality").get(pk=_root_of(page, user))
    tree = _node(root, page)
    level = {root.pk: tree}
    for _step in range(LINEAGE_DEPTH):
        adoptions = list(
            Adoption.objects.filter(source__in=level).select_related("municipality").order_by("adopted_at", "pk")
        )
        if not adoptions:
            break
        copies = _openable(user, {adoption.copy_id for adoption in adoptions if adoption.copy_id} - {page.pk})
        copies[page.pk] = page
        below: dict[int, LineageNode] = {}
        for adoption in adoptions:
            copy = copies.get(adoption.copy_id) if adoption.copy_id else None
            child = _node(copy, page) if copy is not None else LineageNode(municipality=adoption.municipality)
            child.has_ended = not adoption.is_active
            level[adoption.source_id].children.append(child)
            if copy is not None:
                below[copy.pk] = child
        level = below
    return tree


def _root_of(page: SharedPage, user) -> int:
    """The first page of the chain that the reader may still open; `page` itself when its original may not be."""
    current = page.pk
    for _step in range(LINEAGE_DEPTH):
        origin = Adoption.objects.filter(copy=current).first()
        if origin is None or origin.source_id is None or not _openable(user, {origin.source_id}):
            break
        current = origin.source_id
    return current


def _node(page: SharedPage, here: SharedPage) -> LineageNode:
    return LineageNode(
        municipality=page.municipality, title=page.title, url=page.get_url() or "", is_here=page.pk == here.pk
    )


def _openable(user, page_ids: set[int]) -> dict[int, SharedPage]:
    if not page_ids:
        return {}
    return SharedPage.objects.readable_by(user).select_related("municipality").in_bulk(page_ids)


# --- Inside -----------------------------------------------------------------------------------------------------


def _as_published(page: SharedPage) -> SharedPage:
    """Read again: an object in hand may hold its owner's draft, or a choice of readers that is withdrawn by now."""
    return SharedPage.objects.select_related("municipality").get(pk=page.pk)


def _refuse_unless_adoptable(page: SharedPage, municipality: Municipality) -> None:
    if not page.specific_class.adopted_fields:
        raise ActionRefused(_("Only courses, methods and lessons can be used by others."), code="other_kind")
    if page.municipality_id == municipality.pk:
        raise ActionRefused(_("It is your own page already."), code="own", field="municipality")
    if not is_shared_with(page, municipality):
        raise ActionRefused(
            _("The page is not shared with that municipality."), code="not_shared", field="municipality"
        )


def _start(page: SharedPage, municipality: Municipality, way: AdoptionWay, actor, now, **fields) -> Adoption:
    try:
        with transaction.atomic():
            return Adoption.objects.create(
                way=way,
                municipality=municipality,
                source_id=page.pk,
                source_municipality=page.municipality,
                source_title=page.title,
                adopted_by=actor,
                adopted_at=now or timezone.now(),
                **fields,
            )
    except IntegrityError as error:
        raise ActionRefused(_("You use it already."), code="already", field="municipality") from error


def _free_slug(wanted: str, municipality: Municipality) -> str:
    """An address that is free in the municipality's section, for a page as well as for a shown one."""
    section = MunicipalityPage.objects.get(municipality=municipality)
    base = slugify(wanted) or "sida"
    taken = set(section.get_children().values_list("slug", flat=True))
    taken |= set(Adoption.objects.active().shown().filter(municipality=municipality).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _latest_draft(adoption: Adoption) -> SharedPage:
    """The own page as it was last written, published or not."""
    return Page.objects.get(pk=adoption.copy_id).specific.get_latest_revision_as_object()


def _with_own_files(page: SharedPage, raw: parts.Raw, section: MunicipalityPage) -> parts.Raw:
    """`raw` with a copy, in the section's collection, of every picture and document that is not there already."""

    def replace(model, file_id: int) -> int | None:
        file = model.objects.filter(pk=file_id).first()
        if file is None or file.collection_id == section.collection_id:
            return file_id
        copy = files.own_copy(file, section.collection)
        return copy.pk if copy is not None else None

    return parts.files_in(page, raw, replace)


def _mail_coordinators(adoption: Adoption, message: str, *, key: str) -> int:
    reason = {"knowledge/news": "knowledge.has_news", "knowledge/still_in_use": "knowledge.wants_an_answer"}[message]
    rows = [
        queue_mail(
            message=message,
            to_email=person.email,
            recipient=person,
            context={"adoption": adoption},
            reason=reason,
            reason_object_id=adoption.pk,
            deduplication_key=f"{key}-{person.pk}",
        )
        for person in coordinators_of(adoption.municipality)
    ]
    return sum(row is not None for row in rows)


def _log(adoption: Adoption, act: AuditAct, actor) -> None:
    """In both logs: the adopter's, and that of whoever owns the original."""
    for place in (adoption.municipality, adoption.source_municipality):
        if place is not None:
            audit.record(
                municipality=place,
                actor=actor,
                act=act,
                subject=adoption.source_title,
                detail=[adoption.municipality.short_name],
            )
