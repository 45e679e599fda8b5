"""The coordinator's page for what comes after an event: materials, evaluation, thanks to those who came."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy, leave_unchecked, one_more_row, posted
from portal.events.forms import MOST_MATERIALS, AfterwardsForm, MaterialFormSet
from portal.events.models import TrainingEvent
from portal.events.services import afterwards
from portal.municipalities.permissions import get_for

_PREFIX = "materials"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_afterwards(request: HttpRequest, public_id: str) -> HttpResponse:
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    if "add_material" in request.POST:
        form, materials = _with_one_more_row(request)
        return _show(request, event, form, materials)
    form = AfterwardsForm(posted(request), initial={"thanks": event.thanks, "evaluation_url": event.evaluation_url})
    rows = list(event.materials.values("title", "url"))
    materials = MaterialFormSet(posted(request), prefix=_PREFIX, initial=rows)
    # Both are asked, so that everything that is wrong is said at once.
    if request.method == "POST" and all([form.is_valid(), materials.is_valid()]):
        afterwards.save(
            event_id=event.pk,
            thanks=form.cleaned_data["thanks"],
            evaluation_url=form.cleaned_data["evaluation_url"],
            materials=[
                (row.cleaned_data["title"], row.cleaned_data["url"])
                for row in materials.forms
                if row.cleaned_data.get("url") and not row.cleaned_data.get("DELETE")
            ],
        )
        messages.success(request, _("Saved."))
        return redirect("event_afterwards", public_id=public_id)
    return _show(request, event, form, materials, status=400 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_thanks(request: HttpRequest, public_id: str) -> HttpResponse:
    """The mail of thanks as it will be, and to how many; sent by the button below it."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    error = ""
    if request.method == "POST":
        try:
            number = afterwards.send_thanks(event_id=event.pk)
        except ActionRefused as refusal:
            error = refusal.message
        else:
            if number:
                text = ngettext(
                    "%(number)s person gets a mail of thanks.", "%(number)s people get a mail of thanks.", number
                )
                messages.success(request, text % {"number": number})
            else:
                messages.info(request, _("Everybody who came has had the thanks already. Nothing was sent."))
            return redirect("event_afterwards", public_id=public_id)
    context = {
        "event": event,
        "to_thank": list(afterwards.to_thank(event)),
        "mail": afterwards.preview(event),
        "has_ended": afterwards.has_ended(event),
        "error": error,
    }
    return render(request, "events/event_thanks.html", context, status=409 if error else 200)


def _show(
    request: HttpRequest, event: TrainingEvent, form: AfterwardsForm, materials, *, status: int = 200
) -> HttpResponse:
    context = {
        "event": event,
        "form": form,
        "materials": materials,
        "number": afterwards.to_thank(event).count(),
        "thanked": event.sign_ups.filter(thanked_at__isnull=False).count(),
        "has_ended": afterwards.has_ended(event),
    }
    return render(request, "events/event_afterwards.html", context, status=status)


def _with_one_more_row(request: HttpRequest):
    """The form as it was filled in, unchecked, with one more row for a link; works without JavaScript."""
    data = one_more_row(request.POST, _PREFIX, MOST_MATERIALS)
    form, materials = AfterwardsForm(data), MaterialFormSet(data, prefix=_PREFIX)
    leave_unchecked(form, materials)
    return form, materials
