"""A manager's unit: requests to answer, who is away, deputies; and signing up several people in one act."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.services import ActionRefused, ids_in
from portal.core.views import answers_when_busy, posted
from portal.events.forms import DeputyForm, PersonWithoutAddressForm, TeamForm
from portal.events.models import SignUp, Team, TrainingEvent
from portal.events.permissions import municipalities_to_add_people_in, people_to_sign_up
from portal.events.services import needs, requests, sign_ups, teams
from portal.municipalities.enums import Right
from portal.municipalities.models import Deputy, Unit
from portal.municipalities.permissions import allowed, get_for, has_right_somewhere
from portal.municipalities.services import units
from portal.municipalities.services.people import add_without_address

LISTED = 200  # people to choose among; whoever has more searches
FEW = 12  # so many are seen at a glance


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def my_team(request: HttpRequest) -> HttpResponse:
    """What waits for my answer, who of my units is away when, and who stands in for me."""
    led = list(allowed(request.user, "lead", Unit).select_related("municipality"))
    is_manager = has_right_somewhere(request.user, Right.LEAD_TEAM)
    if not (led or is_manager or has_right_somewhere(request.user, Right.MANAGE_EVENTS)):
        raise PermissionDenied
    own = allowed(request.user, "choose deputies for", Unit)
    if "end" in request.POST:
        units.end_deputy(deputy=get_for(request.user, "manage", Deputy, pk=request.POST["end"]), actor=request.user)
        messages.success(request, _("They no longer answer for you."))
        return redirect("my_team")
    form = DeputyForm(posted(request), units=own)
    if request.method == "POST" and form.is_valid():
        try:
            units.choose_deputy(actor=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("Saved. They see what waits for an answer on those days."))
            return redirect("my_team")
    now = timezone.now()
    coming = (
        allowed(request.user, "lead", SignUp)
        .active()
        .filter(event__last_ends_at__gte=now)
        .select_related("person", "event", "unit")
        .prefetch_related("event__occasions")
        .order_by("event__first_starts_at", "event_id", "person__first_name", "person__last_name", "pk")
    )
    context = {
        "units": led,
        "requests": _requests(request),
        "coming": coming,
        "deputies": allowed(request.user, "manage", Deputy).not_over().select_related("person", "unit"),
        "form": form if own.exists() else None,
        "leads_without_unit": is_manager and not led,
    }
    return render(request, "events/my_team.html", context, status=400 if form.errors else 200)


def _requests(request: HttpRequest):
    rows = allowed(request.user, "decide", SignUp).select_related("person", "event", "unit", "municipality")
    return rows.prefetch_related("event__occasions").order_by("answer_by", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def request_answer(request: HttpRequest, uid) -> HttpResponse:
    """One request: who, which event, who else is away then. Yes and no are buttons; nothing changes on GET."""
    try:
        entry = get_for(request.user, "decide", SignUp, uid=uid)
    except Http404:
        # Whoever may have answered it finds out what became of it: two managers get the same mail.
        get_for(request.user, "lead", SignUp, uid=uid)
        messages.info(request, _("This has been answered already."))
        return redirect("my_team")
    error = ""
    if request.method == "POST":
        error = _answer(request, entry)
        if not error:
            return redirect("my_team")
        entry.refresh_from_db()
    context = {
        "sign_up": entry,
        "event": entry.event,
        "occasions": entry.event.occasions.all(),
        "away": requests.away_then(entry),
        "why": request.POST.get("why", ""),
        "error": error,
    }
    return render(request, "events/request_answer.html", context, status=409 if error else 200)


def _answer(request: HttpRequest, entry: SignUp) -> str:
    """Carry out the pressed button; return what was wrong, or ""."""
    try:
        if request.POST.get("answer") == "yes":
            answered = requests.approve(sign_up_id=entry.pk, actor=request.user)
            has_seat = answered.state == "confirmed"
            text = _("%(name)s has a seat, and gets a mail.") if has_seat else _("%(name)s is on the waiting list now.")
        elif request.POST.get("answer") == "no":
            requests.refuse(sign_up_id=entry.pk, actor=request.user, why=request.POST.get("why", ""))
            text = _("You said no. %(name)s gets a mail with your reason.")
        else:
            return _("Choose what you want to do with one of the buttons.")
    except ActionRefused as refusal:
        return refusal.message
    messages.success(request, text % {"name": entry.person})
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def team_begin(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose whom to sign up together; searching keeps who is chosen."""
    event = get_for(request.user, "see", TrainingEvent, public_id=public_id)
    people = people_to_sign_up(request.user, event)
    if not people.exists():
        raise Http404
    adding = "add_person" in request.POST
    homes = municipalities_to_add_people_in(request.user, event)
    person_form = PersonWithoutAddressForm(request.POST if adding else None, municipalities=homes)
    if adding and person_form.is_valid():
        try:
            added = add_without_address(actor=request.user, **person_form.cleaned_data)
        except ActionRefused as refusal:
            person_form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("%(name)s is in the list now.") % {"name": added.person})
            chosen = [("people", pk) for pk in [*request.POST.getlist("people"), added.pk]]
            return redirect(f"{reverse('team_begin', kwargs={'public_id': public_id})}?{urlencode(chosen)}")
    form = TeamForm(None if adding else posted(request), people=people)
    if request.method == "POST" and form.is_valid():
        try:
            team = teams.begin(event_id=event.pk, leader=request.user, memberships=form.cleaned_data["people"])
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            return redirect(team)
    chosen = ids_in(request.POST.getlist("people") or request.GET.getlist("people"))
    text = (request.POST.get("q") or request.GET.get("q") or "").strip()[:80]
    found = people.select_related("person", "unit", "municipality")
    for word in text.split():
        found = found.filter(
            Q(person__first_name__icontains=word)
            | Q(person__last_name__icontains=word)
            | Q(unit__name__icontains=word)
            | Q(pk__in=chosen)
        )
    found = list(found.order_by("unit__name", "person__first_name", "person__last_name", "pk")[: LISTED + 1])
    context = {
        "event": event,
        "form": form,
        "people": found[:LISTED],
        "is_cut": len(found) > LISTED,
        "chosen": chosen,
        "q": text,
        "active": sign_ups.signed_up_among(event, people.values("person")),
        "searches": bool(text) or len(found) > FEW,
        "person_form": person_form if homes else None,
    }
    status = 400 if form.errors or person_form.errors else 200
    return render(request, "events/team_begin.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_when_busy
def my_team_sign_up(request: HttpRequest, uid) -> HttpResponse:
    """A team: its seats are held while I look it over; afterwards, where everybody is."""
    team = get_for(request.user, "manage", Team, uid=uid)
    error = ""
    if request.method == "POST":
        try:
            answer = _act_on_team(request, team)
        except ActionRefused as refusal:
            error = refusal.message
        else:
            if answer is not None:
                return answer
            error = _("Choose what you want to do with one of the buttons.")
        team.refresh_from_db()
    now = timezone.now()
    entries = team.sign_ups.select_related("person", "unit").order_by("person__first_name", "person__last_name", "pk")
    context = {
        "team": team,
        "event": team.event,
        "occasions": team.event.occasions.all(),
        "people": teams.chosen_people(team),
        "clashes": [] if team.signed_up_at else sign_ups.clashes_among(team.event, team.people, reader=request.user),
        "entries": list(entries),
        "asks": needs.asks_anything(team.event),
        "is_held": bool(team.held_until and team.held_until > now),
        "error": error,
    }
    context["offered"] = [entry for entry in context["entries"] if entry.state == "offered"]
    name = "events/my_team_sign_up.html" if team.signed_up_at else "events/team_form.html"
    return render(request, name, context, status=409 if error else 200)


@require_GET
@login_required
@never_cache
def my_team_slips(request: HttpRequest, uid) -> HttpResponse:
    """A slip of paper for each of the team with a seat, for those who have no e-mail: when, where, the door's code."""
    team = get_for(request.user, "manage", Team, uid=uid)
    entries = team.sign_ups.filter(state="confirmed").select_related("person", "municipality", "unit")
    context = {
        "team": team,
        "event": team.event,
        "occasions": team.event.occasions.all(),
        "entries": entries.order_by("person__first_name", "person__last_name", "pk"),
    }
    return render(request, "events/my_team_slips.html", context)


def _act_on_team(request: HttpRequest, team: Team) -> HttpResponse | None:
    """Carry out the pressed button; None when there was none. Raises ActionRefused as the services do."""
    act = request.POST.get("act", "")
    if act == "sign_up":
        at_once = "takes_seat_at_once" in request.POST
        _refuse_unless_mine(request, team)
        teams.sign_up(team_id=team.pk, actor=request.user, takes_seat_at_once=at_once)
        return redirect(team)
    if act == "more_time":
        teams.extend(team_id=team.pk)
        return redirect(team)
    if act == "give_up":
        teams.give_up(team_id=team.pk)
        return redirect(team.event)
    if act == "accept" and (entry := team.sign_ups.filter(state="offered").first()):
        sign_ups.accept_offer(sign_up_id=entry.pk, actor=request.user)
        messages.success(request, _("The seats are yours."))
        return redirect(team)
    if act == "decline":
        number = teams.decline_offer(team_id=team.pk, actor=request.user)
        text = ngettext("You declined %(number)s seat.", "You declined %(number)s seats.", number)
        messages.success(request, text % {"number": number})
        return redirect(team)
    chosen = team.sign_ups.active().filter(pk__in=ids_in(request.POST.getlist("entry")))
    if act == "cancel" and (entry := chosen.first()):
        sign_ups.cancel(sign_up_id=entry.pk, actor=request.user)
        messages.success(request, _("The sign-up of %(name)s is cancelled.") % {"name": entry.person})
        return redirect(team)
    return None


def _refuse_unless_mine(request: HttpRequest, team: Team) -> None:
    """Whoever leads the people no more when the form is sent in does not sign them up."""
    mine = people_to_sign_up(request.user, team.event).filter(municipality=team.municipality_id)
    if set(team.people) - set(mine.values_list("person", flat=True)):
        raise ActionRefused(
            _("Somebody you chose is not among those you may sign up. Choose again."), code="not_mine", field="people"
        )
