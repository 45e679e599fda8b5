from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cms.models import MunicipalityPage
from cms.services import guide, needs_me
from portal.conferences.models import Conference
from portal.events.services import seat_checks
from portal.municipalities.enums import Right
from portal.municipalities.permissions import allowed, has_right_somewhere, municipalities_with, viewer_for

_DOORS = (
    Right.MANAGE_EVENTS,
    Right.EDIT_CONTENT,
    Right.WRITE_CONTENT,
    Right.APPROVE_CONTENT,
    Right.RECORD_ATTENDANCE,
    Right.MANAGE_MEMBERS,
)


@require_GET
@login_required
@never_cache
def workspace(request: HttpRequest) -> HttpResponse:
    """The coordinator's and administrator's start: what needs me, and the ways on."""
    may = _rights_of(request.user)
    own = municipalities_with(request.user, Right.WRITE_CONTENT)
    is_portal_administrator = viewer_for(request.user).is_portal_administrator
    context = {
        "seat_check": seat_checks.latest() if is_portal_administrator else None,
        "may": may,
        **needs_me.start_of(request.user),
        "conferences": allowed(request.user, "manage", Conference)
        .filter(last_day__gte=timezone.localdate())
        .select_related("municipality")[: needs_me.AT_START],
        "is_portal_administrator": is_portal_administrator,
        "sections": MunicipalityPage.objects.filter(municipality__in=own)
        .select_related("municipality")
        .order_by("title"),
        "administered": municipalities_with(request.user, Right.MANAGE_MEMBERS),
    }
    return render(request, "cms/workspace.html", context)


@require_GET
@login_required
@never_cache
def coordinators_guide(request: HttpRequest) -> HttpResponse:
    """Ten minutes for whoever has a workspace."""
    _rights_of(request.user)
    return render(request, "cms/guide.html", {"parts": guide.parts()})


def _rights_of(user) -> dict[str, bool]:
    """Which rights `user` has anywhere. Raises PermissionDenied for somebody who has no work to do here."""
    may = {right.value: has_right_somewhere(user, right) for right in Right}
    if not any(may[right] for right in _DOORS):
        raise PermissionDenied
    return may
