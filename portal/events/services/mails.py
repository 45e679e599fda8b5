"""The mails of a sign-up: one per change, with its calendar file, checked again when it is sent."""

from collections.abc import Iterable, Sequence

from django.db.models import F, Q
from django.utils.text import slugify

from portal.events.enums import AWAITING_STATES, SignUpState
from portal.events.models import EventOccasion, Interest, SignUp, SignUpChange
from portal.events.services import calendar_files
from portal.municipalities.services import units
from portal.municipalities.services.people import coordinators_of
from portal.notifications.services.composers import Content
from portal.notifications.services.outbox import PlannedMail, queue_mail, queue_planned

UNDONE = "undone"  # the reason of a change that takes another one back
_MESSAGES = {
    "signed_up": "events/confirmed",
    "walked_in": "events/confirmed",
    "accepted_offer": "events/confirmed",
    "took_free_seat": "events/confirmed",
    "seat_taken_for_you": "events/promoted",
    "given_by_organiser": "events/promoted",
    "joined_waiting_list": "events/waiting",
    "seat_freed": "events/offered",
    "offered_by_organiser": "events/offered",
    "declined_offer": "events/declined",
    "offer_lapsed": "events/lapsed",
    "cancelled": "events/cancelled",
    "cancelled_by_organiser": "events/cancelled_by_organiser",
    UNDONE: "events/undone",
    "event_cancelled": "events/event_cancelled",
    "offered_to_interested": "events/offered_to_interested",
    "asked_manager": "events/awaiting",
    "approved": "events/confirmed",
    "approved_to_wait": "events/waiting",
    "refused": "events/refused",
    "not_answered": "events/not_answered",
    "moved": "events/changed",
    "postponed": "events/postponed",
    "held": "events/held",
    "moved_away": "events/moved_away",
    "chose_dates": "events/dates_chosen",
}
UNCHANGED = "events.sign_up_unchanged_since"
AWAITS_ANSWER = "events.awaits_answer"
INFORMS_MANAGER = "events.informs_manager"


def tell_of_changes(changes: Sequence[SignUpChange]) -> None:
    """Queue the mail that belongs to each change; sent only while the sign-up is still in the state it tells of."""
    queue_planned(
        PlannedMail(
            message=_MESSAGES[change.reason],
            recipient=change.sign_up.person,
            to_email=change.sign_up.person.email,
            reason=UNCHANGED,
            reason_object_id=change.pk,
            is_secret=change.sign_up.person.is_guest,
        )
        for change in changes
    )


def ask_managers(sign_up: SignUp, leaders: Sequence) -> None:
    """Queue the mail that asks those who lead the unit, or the municipality's coordinators where nobody does."""
    _queue_to("events/request", leaders or _coordinators(sign_up), AWAITS_ANSWER, sign_up)


def inform_managers(changes: Sequence[SignUpChange]) -> None:
    """Queue the mail that tells those who lead the unit that somebody of theirs has a seat."""
    for change in changes:
        entry = change.sign_up
        leaders = units.leaders_of(entry.unit).exclude(pk__in=[entry.person_id, change.actor_id or 0])
        _queue_to("events/manager_informed", list(leaders), INFORMS_MANAGER, entry)


def _queue_to(message: str, people: Iterable, reason: str, sign_up: SignUp) -> None:
    queue_planned(
        PlannedMail(
            message=message, recipient=person, to_email=person.email, reason=reason, reason_object_id=sign_up.pk
        )
        for person in people
    )


def _coordinators(sign_up: SignUp) -> list:
    if sign_up.municipality is None:
        return []
    return list(coordinators_of(sign_up.municipality).exclude(pk=sign_up.person_id))


def content_about_sign_up(sign_up_id: int) -> Content:
    """What a mail to somebody else than the person is made of: who, which event, what is asked."""
    entry = SignUp.objects.select_related("event", "person", "unit", "municipality").get(pk=sign_up_id)
    return Content({"sign_up": entry, "event": entry.event}, [])


def remind_managers(sign_up: SignUp, leaders: Sequence) -> int:
    """Queue a reminder of a request without an answer to each, once; return how many were queued now."""
    return _queue_once("request-reminder", "events/request_reminder", leaders, sign_up)


def tell_coordinators_of_request(sign_up: SignUp) -> int:
    """Queue, once to each coordinator of the person's municipality, that a request waits; return how many."""
    return _queue_once("request-escalated", "events/request_escalated", _coordinators(sign_up), sign_up)


def _queue_once(key: str, message: str, people: Iterable, sign_up: SignUp) -> int:
    rows = [
        queue_mail(
            message=message,
            to_email=person.email,
            recipient=person,
            context={"sign_up": sign_up, "event": sign_up.event},
            reason=AWAITS_ANSWER,
            reason_object_id=sign_up.pk,
            deduplication_key=f"{key}-{sign_up.pk}-{person.pk}",
        )
        for person in people
    ]
    return sum(row is not None for row in rows)


def content_of_change(change_id: int) -> Content:
    """What the mail about one change is made of, and the file that adds a seat to a calendar or removes it."""
    change = SignUpChange.objects.select_related("sign_up__event", "sign_up__person", "actor").get(pk=change_id)
    entry = change.sign_up
    had_seat = SignUpState.CONFIRMED in (change.from_state, change.to_state)
    context = {
        "sign_up": entry,
        "event": entry.event,
        "had_seat": had_seat,
        "was_request": change.from_state in AWAITING_STATES,
        "change": change,
        "dates": entry.dates or entry.event.occasions.all(),
    }
    if change.to_state == SignUpState.EVENT_CANCELLED:
        queue = Interest.objects.filter(course=entry.event.course_id, person=entry.person_id)
        context["is_in_queue"] = entry.event.course_id is not None and queue.exists()
    return Content(context, [_calendar_attachment(entry)] if had_seat and entry.dates else [])


def remind(sign_up: SignUp, occasion: EventOccasion) -> bool:
    """Queue a reminder of one occasion, once; return whether it was queued now."""
    row = queue_mail(
        message="events/reminder",
        to_email=sign_up.person.email,
        recipient=sign_up.person,
        context={"sign_up": sign_up, "event": sign_up.event, "occasion": occasion},
        reason="events.has_seat",
        reason_object_id=sign_up.pk,
        is_secret=sign_up.person.is_guest,
        # A date that was moved after its reminder is reminded of again.
        deduplication_key=f"reminder-{sign_up.pk}-{occasion.pk}-{occasion.starts_at:%Y%m%d%H%M}",
    )
    return row is not None


def is_unchanged_since(change_id: int) -> bool:
    """The sign-up stands where the change left it, and nobody was told the same more lately: an offer that lapsed
    meanwhile is not mailed any more, and of two new dates only the last."""
    change = SignUpChange.objects.filter(pk=change_id).first()
    if change is None:
        return False
    later = SignUpChange.objects.filter(sign_up=change.sign_up_id, pk__gt=change_id)
    moved = ~Q(from_state=F("to_state"))
    return not later.filter(moved | Q(reason=change.reason)).exists()


def awaits_answer(sign_up_id: int) -> bool:
    return SignUp.objects.filter(pk=sign_up_id, state__in=AWAITING_STATES).exists()


def has_seat(sign_up_id: int) -> bool:
    return SignUp.objects.filter(pk=sign_up_id, state=SignUpState.CONFIRMED).exists()


def _calendar_attachment(sign_up: SignUp) -> dict:
    text = calendar_files.for_sign_up(sign_up)
    method = "PUBLISH" if "METHOD:PUBLISH" in text else "CANCEL"
    return {
        "name": f"{slugify(sign_up.event.title) or 'kalender'}.ics",
        "type": f"text/calendar; method={method}",
        "text": text,
    }
