"""Who takes part in an event: the lists, what is done with many of them at once, and the files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from portal.core.services import ActionRefused
from portal.core.views import answers_when_busy
from portal.events import exports
from portal.events.enums import ACTIVE_STATES, AWAITING_STATES, EventState, SignUpState
from portal.events.forms import CancelSignUpsForm, GiveSeatsForm, ParticipantFilterForm, UndoForm
from portal.events.models import SignUp, TrainingEvent
from portal.events.permissions import may_own
from portal.events.services import attendance, bulk_acts, date_choices, funnels, interests, sign_ups
from portal.events.views.decisions import MANY, mail_first, to_look_at
from portal.municipalities.enums import AuditAct
from portal.municipalities.permissions import allowed, get_for
from portal.municipalities.services import audit

SHOWN = 50  # of each list, while all are on one page
PER_PAGE = 100
FILTERED_FROM = 13  # fewer are found by looking
_FILES = {
    "csv": (exports.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (exports.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_LISTS: dict[str, tuple[SignUpState, ...]] = {
    "confirmed": (SignUpState.CONFIRMED,),
    "awaiting": AWAITING_STATES,
    "offered": (SignUpState.OFFERED,),
    "waiting": (SignUpState.WAITING,),
    "ended": tuple(state for state in SignUpState if state not in ACTIVE_STATES),
}


@require_GET
@login_required
@never_cache
def event_participants(request: HttpRequest, public_id: str) -> HttpResponse:
    """All lists, each with its first people; `?list=` shows one of them whole, and `&print=1` the one to tick off."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    if (request.GET.get("list"), request.GET.get("print")) == ("confirmed", "1"):
        return _show_print_list(request, event)
    return _show_participants(request, event)


@require_POST
@login_required
@answers_when_busy
def event_give_seats(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give people on the waiting list a seat before their turn: offered, or theirs when it is agreed already."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    form = GiveSeatsForm(request.POST, waiting=_entries(request, event).filter(state=SignUpState.WAITING))
    if form.is_valid():
        asked_already = "give" in request.POST
        try:
            number = sign_ups.give_seats(
                event_id=event.pk,
                sign_up_ids=[entry.pk for entry in form.cleaned_data["chosen"]],
                actor=request.user,
                reason=form.cleaned_data["reason"],
                asked_already=asked_already,
            )
        except ActionRefused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            done = (
                ngettext("%(number)s person has a seat now.", "%(number)s people have a seat now.", number)
                if asked_already
                else ngettext("%(number)s person is offered a seat.", "%(number)s people are offered a seat.", number)
            )
            messages.success(request, done % {"number": number})
            return _back_to_participants(request, event)
    event.refresh_from_db()
    return _show_participants(request, event, give_form=form, status=400)


@require_POST
@login_required
@answers_when_busy
def event_cancel_sign_ups(request: HttpRequest, public_id: str) -> HttpResponse:
    """End the sign-ups of those chosen in one of the lists, and tell them why."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    form = CancelSignUpsForm(
        request.POST, active=_entries(request, event).active(), auto_id=_auto_id(_list_posted_from(request))
    )
    if form.is_valid():

        def cancel() -> int:
            return bulk_acts.cancel_sign_ups(
                event_id=event.pk,
                sign_up_ids=[entry.pk for entry in form.cleaned_data["chosen"]],
                actor=request.user,
                reason=form.cleaned_data["why"],
            )

        try:
            if rehearsal := to_look_at(request, cancel, message="events/cancelled_by_organiser", least=MANY):
                return mail_first(request, event, rehearsal, heading=_("Cancel sign-ups"))
            number = cancel()
        except ActionRefused as refusal:
            form.add_error("why" if refusal.field else None, refusal.message)
        else:
            done = ngettext(
                "The sign-up of %(number)s person is cancelled. A mail tells them why.",
                "The sign-ups of %(number)s people are cancelled. A mail tells them why.",
                number,
            )
            messages.success(request, done % {"number": number})
            return _back_to_participants(request, event)
    event.refresh_from_db()
    return _show_participants(request, event, cancel_form=form, status=400)


@require_POST
@login_required
@answers_when_busy
def event_undo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take back what I did with several sign-ups a moment ago."""
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _show_participants(request, event, error=_("There is nothing to undo."), status=400)
    try:
        number = bulk_acts.undo(event_id=event.pk, at=form.cleaned_data["at"], actor=request.user)
    except ActionRefused as refusal:
        event.refresh_from_db()
        return _show_participants(request, event, error=refusal.message, status=409)
    done = ngettext(
        "Undone: %(number)s person stands where they stood, and gets a mail about it.",
        "Undone: %(number)s people stand where they stood, and get a mail about it.",
        number,
    )
    messages.success(request, done % {"number": number})
    return _back_to_participants(request, event)


@require_GET
@login_required
@never_cache
def event_export(request: HttpRequest, public_id: str, file_format: str) -> HttpResponse:
    event = get_for(request.user, "manage", TrainingEvent, public_id=public_id)
    if file_format not in _FILES:
        raise Http404
    write, content_type = _FILES[file_format]
    entries = list(_entries(request, event))
    audit.record(
        municipality=event.municipality,
        actor=request.user,
        act=AuditAct.PARTICIPANTS_EXPORTED,
        subject=event.title,
        detail=[file_format, str(len(entries))],
    )
    response = HttpResponse(write(entries), content_type=content_type)
    name = slugify(event.title) or "deltagare"
    response["Content-Disposition"] = f'attachment; filename="{name}.{file_format}"'
    return response


_GUESTS = "_"  # in the filter by municipality; the slug of none


@dataclass
class _List:
    """One list of an event's participants, as far as the page shows it."""

    name: str
    total: int
    entries: Sequence[SignUp]
    cancel_form: CancelSignUpsForm
    page: Page | None = None


class _Lists:
    """An event's participants, counted, filtered and cut to what a page shows.

    `only` is the list that is shown alone, or ""; `all` and `found` count by state, without and with the filters.
    """

    def __init__(self, request: HttpRequest, event: TrainingEvent):
        self.request, self.event, self.rows = request, event, _entries(request, event)
        self.only = request.GET.get("list", "") if request.GET.get("list") in _LISTS else ""
        self.all: Counter[str] = Counter()
        self._seats: Counter[str] = Counter()
        places: dict[str, str] = {}
        counted = self.rows.order_by().values_list("state", "municipality__slug", "municipality__short_name")
        for state, slug, name, number in counted.annotate(Count("pk")):
            slug, name = (slug, name) if slug else (_GUESTS, _("Guests"))
            self.all[state] += number
            self._seats[name] += number * SignUpState(state).holds_seat
            places[slug] = name
        municipalities = sorted(places.items(), key=lambda place: place[1])
        self.chosen = ParticipantFilterForm(request.GET, municipalities=municipalities).chosen
        self.form = ParticipantFilterForm(initial=self.chosen, municipalities=municipalities)
        self.found = self._count_found()
        self._lists = {name: self._cut(name, states) for name, states in _LISTS.items() if self.only in ("", name)}

    def get(self, name: str) -> _List | None:
        """The list, where the page shows it and somebody stands in it."""
        found = self._lists.get(name)
        return found if found and found.entries else None

    @property
    def by_name(self) -> dict[str, _List]:
        return self._lists

    @property
    def by_municipality(self) -> list[tuple[str, int]]:
        """Seats held by each municipality that has one."""
        return sorted((name, number) for name, number in self._seats.items() if number)

    @property
    def querystring(self) -> str:
        """What the page is about, to come back to it: the list and the filters, without the number of the page."""
        return urlencode({**({"list": self.only} if self.only else {}), **self.chosen})

    @property
    def filters(self) -> str:
        return urlencode(self.chosen)

    @property
    def positions(self) -> dict[int, int]:
        return sign_ups.positions_in_queue(self.event) if self.get("waiting") else {}

    def _matching(self) -> QuerySet[SignUp]:
        rows = self.rows
        if "municipality" in self.chosen:
            place = self.chosen["municipality"]
            rows = rows.filter(municipality=None) if place == _GUESTS else rows.filter(municipality__slug=place)
        return rows.matching(self.chosen["q"]) if "q" in self.chosen else rows

    def _count_found(self) -> Counter[str]:
        if not self.chosen:
            return self.all
        return Counter(dict(self._matching().order_by().values_list("state").annotate(Count("pk"))))

    def _cut(self, name: str, states: tuple[SignUpState, ...]) -> _List:
        total = sum(self.found[state] for state in states)
        form = CancelSignUpsForm(active=self.rows.none(), auto_id=_auto_id(name))
        if not total:
            return _List(name, 0, [], form)
        rows = self._matching().filter(state__in=states)
        if name == "waiting":
            rows = rows.in_queue_order()
        if not self.only:
            return _List(name, total, list(rows[:SHOWN]), form)
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        return _List(name, total, list(page.object_list), form, page)


def _show_participants(
    request: HttpRequest,
    event: TrainingEvent,
    *,
    give_form: GiveSeatsForm | None = None,
    cancel_form: CancelSignUpsForm | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    shown = _Lists(request, event)
    if shown.all:
        _record_seen(request, event)
    if cancel_form:
        if of_list := shown.get(_list_posted_from(request)):
            of_list.cancel_form = cancel_form
        else:
            error = _first_error(cancel_form)
    if give_form and not shown.get("waiting"):
        error = _first_error(give_form)
    may_act = event.state == EventState.PUBLISHED and not event.has_started_at(timezone.now())
    confirmed = shown.get("confirmed")
    context = {
        "event": event,
        "shown": shown,
        "lists": shown.by_name,
        "confirmed_count": shown.all[SignUpState.CONFIRMED],
        "filters_shown": bool(shown.chosen) or shown.all.total() >= FILTERED_FROM,
        "nobody_found": bool(shown.all and not shown.found.total()),
        # The whole list stands hidden in the page, to be printed, as long as it is short.
        "prints_here": bool(confirmed and len(confirmed.entries) == shown.all[SignUpState.CONFIRMED]),
        "presences": attendance.presences(confirmed.entries) if confirmed else {},
        "positions": shown.positions,
        "by_municipality": shown.by_municipality,
        "may_own": may_own(request.user, event),
        "together": event.co_organisers.active().select_related("municipality"),
        "occasions": date_choices.with_chosen(event.occasions.all()),
        "give_form": give_form or GiveSeatsForm(waiting=shown.rows.none()),
        "chosen": set(request.POST.getlist("chosen")),
        "error": error,
        "interested": interests.interested_in(event).count() if event.course_id else 0,
        "may_act": may_act,
        "to_undo": bulk_acts.latest_to_undo(event, actor=request.user) if may_act else None,
        "funnel": funnels.of_event(event) if shown.all and not shown.only else None,
    }
    return render(request, "events/event_participants.html", context, status=status)


def _show_print_list(request: HttpRequest, event: TrainingEvent) -> HttpResponse:
    entries = list(_entries(request, event).filter(state=SignUpState.CONFIRMED))
    if entries:
        _record_seen(request, event)
    return render(request, "events/event_print_list.html", {"event": event, "entries": entries})


def _entries(request: HttpRequest, event: TrainingEvent) -> QuerySet[SignUp]:
    return allowed(request.user, "manage", SignUp).filter(event=event).select_related("person", "municipality", "unit")


def _record_seen(request: HttpRequest, event: TrainingEvent) -> None:
    audit.record_seen(
        municipality=event.municipality, actor=request.user, act=AuditAct.PARTICIPANTS_SEEN, subject=event.title
    )


def _list_posted_from(request: HttpRequest) -> str:
    return request.POST.get("in", "")


def _auto_id(list_name: str) -> str:
    """Each list has its own form on the page, and no id stands twice."""
    return f"id_{list_name}_%s" if list_name in _LISTS else "id_%s"


def _first_error(form: Form) -> str:
    """One sentence for the top of the page, where the form itself is not shown any more."""
    return next((str(error) for errors in form.errors.values() for error in errors), "")


def _back_to_participants(request: HttpRequest, event: TrainingEvent) -> HttpResponse:
    """To the list, and with the filters, that the form stood with."""
    kept = {name: request.GET[name] for name in ("list", "q", "municipality") if request.GET.get(name)}
    address = reverse("event_participants", kwargs={"public_id": event.public_id})
    return redirect(f"{address}?{urlencode(kept)}" if kept else address)
