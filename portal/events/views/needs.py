"""What participants eat, need and answer: told by themselves, read by those who arrange the event."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy, posted
from portal.events.forms import AskForm, NeedsForm, QuestionFormSet
from portal.events.models import SignUp, TrainingEvent
from portal.events.services import needs
from portal.municipalities.enums import AuditAct
from portal.municipalities.permissions import get_for
from portal.municipalities.services import audit


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def my_needs(request: HttpRequest, uid) -> HttpResponse:
    """What I eat and need at one event, or somebody whom I signed up and who has no address."""
    entry = get_for(request.user, "tell needs", SignUp, uid=uid)
    if not needs.asks_anything(entry.event):
        raise Http404
    form = NeedsForm(posted(request), event=entry.event, initial=needs.told_by(entry))
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            needs.tell(sign_up_id=entry.pk, **form.told)
        except ActionRefused as refusal:
            error = refusal.message
        else:
            messages.success(request, _("Saved. You can change it until the event is over."))
            return redirect(entry if entry.person_id == request.user.pk else entry.team)
    context = {"sign_up": entry, "event": entry.event, "form": form, "error": error}
    status = 409 if error else 400 if form.errors else 200
    return render(request, "events/my_needs.html", context, status=status)


@require_GET
@login_required
@never_cache
def event_needs(request: HttpRequest, public_id: str) -> HttpResponse:
    """Counts for the kitchen first, then who needs what. Looking at it is logged."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    entries = needs.of_participants(event)
    if entries:
        audit.record_seen(
            municipality=event.municipality, actor=request.user, act=AuditAct.NEEDS_SEEN, subject=event.title
        )
    told = [entry for entry in entries if hasattr(entry, "needs") or entry.answers.all()]
    context = {"event": event, "kitchen": needs.for_kitchen(entries), "told": told, "asks": needs.asks_anything(event)}
    return render(request, "events/event_needs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def event_questions(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the event asks of those who come."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    form = AskForm(posted(request), instance=event)
    rows = [{"pk": row.pk, "text": row.text} for row in event.questions.all()]
    questions = QuestionFormSet(posted(request), prefix="questions", initial=rows)
    if request.method == "POST" and all([form.is_valid(), questions.is_valid()]):
        given = [row.cleaned_data for row in questions.forms]
        needs.ask(
            event_id=event.pk,
            food=form.cleaned_data["asks_food"],
            access=form.cleaned_data["asks_access"],
            questions=[(row.get("pk"), row["text"]) for row in given if row.get("text")],
        )
        messages.success(request, _("Saved."))
        return redirect("event_needs", public_id=public_id)
    context = {"event": event, "form": form, "questions": questions}
    status = 400 if request.method == "POST" else 200
    return render(request, "events/event_questions.html", context, status=status)
