"""Writing together: another municipality's coordinators may change one page until a day; its owner publishes."""

from datetime import date, datetime

from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import timezone
from wagtail.models import GroupPagePermission

from cms.models import SharedPage
from portal.events.services.co_organisers import refuse_unless_sensible
from portal.knowledge.models import CoEditing
from portal.municipalities.enums import AuditAct, Role
from portal.municipalities.models import Municipality
from portal.municipalities.services import audit
from portal.municipalities.services.role_groups import group_of


@transaction.atomic
def invite(*, page: SharedPage, municipality: Municipality, until: date, actor, today: date | None = None) -> CoEditing:
    """Let the coordinators of `municipality` write on `page` up to and including `until`.

    Wagtail's right stands on this page alone; `permission_policies` counts it only while the invitation holds.
    Inviting again moves the last day. Raises ActionRefused for the owner itself and for a day that has passed.
    """
    refuse_unless_sensible(owner_id=page.municipality_id, municipality=municipality, until=until, today=today)
    SharedPage.objects.select_for_update().get(pk=page.pk)
    entry, _created = CoEditing.objects.update_or_create(
        page_id=page.pk,
        municipality=municipality,
        revoked_at=None,
        defaults={"until": until, "invited_by": actor, "owner": page.owning_municipality},
    )
    GroupPagePermission.objects.get_or_create(
        group=group_of(municipality, Role.COORDINATOR), page_id=page.pk, permission=_change_page()
    )
    _log(entry, AuditAct.CO_EDITOR_INVITED, actor, until.isoformat())
    return entry


@transaction.atomic
def revoke(*, co_editing: CoEditing, actor, now: datetime | None = None) -> None:
    """End it; the right is gone from the next request. Ending it twice changes nothing."""
    if not CoEditing.objects.filter(pk=co_editing.pk, revoked_at=None).update(revoked_at=now or timezone.now()):
        return
    _take_right(co_editing)
    _log(co_editing, AuditAct.CO_EDITOR_REVOKED, actor)


@transaction.atomic
def clear_ended(*, today: date | None = None) -> int:
    """Take away Wagtail's rows of invitations that have ended by themselves; return how many."""
    ended = CoEditing.objects.filter(revoked_at=None, until__lt=today or timezone.localdate())
    count = 0
    for co_editing in ended.select_related("municipality"):
        count += _take_right(co_editing)
    return count


def _take_right(co_editing: CoEditing) -> int:
    deleted, _by_model = GroupPagePermission.objects.filter(
        group=group_of(co_editing.municipality, Role.COORDINATOR), page=co_editing.page_id, permission=_change_page()
    ).delete()
    return deleted


def _change_page() -> Permission:
    return Permission.objects.get(content_type__app_label="wagtailcore", codename="change_page")


def _log(entry: CoEditing, act: AuditAct, actor, *detail: str) -> None:
    for place in (entry.owner, entry.municipality):
        audit.record(
            municipality=place,
            actor=actor,
            act=act,
            subject=entry.page.title,
            detail=[entry.municipality.short_name, *detail],
        )
