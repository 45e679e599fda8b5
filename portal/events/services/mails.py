"""The mails of a sign-up: one per change, with its calendar file, checked again when it is sent."""

from collections.abc import Sequence

from django.utils.text import slugify

from portal.events.enums import SignUpState
from portal.events.models import EventOccasion, SignUp, SignUpChange
from portal.events.services import calendar_files
from portal.notifications.services.composers import Content
from portal.notifications.services.outbox import PlannedMail, queue_mail, queue_planned

_MESSAGES = {
    "signed_up": "events/confirmed",
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
    "event_cancelled": "events/event_cancelled",
}
UNCHANGED = "events.sign_up_unchanged_since"


def tell_of_changes(changes: Sequence[SignUpChange]) -> None:
    """Queue the mail that belongs to each change; sent only while the sign-up is still in the state it tells of."""
    queue_planned(
        PlannedMail(
            message=_MESSAGES[change.reason],
            recipient=change.sign_up.person,
            to_email=change.sign_up.person.email,
            reason=UNCHANGED,
            reason_object_id=change.pk,
        )
        for change in changes
    )


def content_of_change(change_id: int) -> Content:
    """What the mail about one change is made of, and the file that adds a seat to a calendar or removes it."""
    change = SignUpChange.objects.select_related("sign_up__event", "sign_up__person").get(pk=change_id)
    entry = change.sign_up
    had_seat = SignUpState.CONFIRMED in (change.from_state, change.to_state)
    context = {"sign_up": entry, "event": entry.event, "had_seat": had_seat, "change": change}
    return Content(context, [_calendar_attachment(entry)] if had_seat else [])


def remind(sign_up: SignUp, occasion: EventOccasion) -> bool:
    """Queue a reminder of one occasion, once; return whether it was queued now."""
    row = queue_mail(
        message="events/reminder",
        to_email=sign_up.person.email,
        recipient=sign_up.person,
        context={"sign_up": sign_up, "event": sign_up.event, "occasion": occasion},
        reason="events.has_seat",
        reason_object_id=sign_up.pk,
        # A date that was moved after its reminder is reminded of again.
        deduplication_key=f"reminder-{sign_up.pk}-{occasion.pk}-{occasion.starts_at:%Y%m%d%H%M}",
    )
    return row is not None


def tell_of_new_details(sign_up: SignUp) -> None:
    """Queue the mail that says time or place is another now, with the file that moves the calendar entry."""
    event = sign_up.event
    queue_mail(
        message="events/changed",
        to_email=sign_up.person.email,
        recipient=sign_up.person,
        context={"sign_up": sign_up, "event": event},
        attachments=[_calendar_attachment(sign_up)],
        reason="events.has_seat",
        reason_object_id=sign_up.pk,
        deduplication_key=f"changed-{sign_up.pk}-{event.calendar_sequence}",
    )


def tell_that_it_is_held(sign_up: SignUp) -> None:
    """Queue the mail that says that an event with few people is held after all."""
    queue_mail(
        message="events/held",
        to_email=sign_up.person.email,
        recipient=sign_up.person,
        context={"sign_up": sign_up, "event": sign_up.event},
        reason="events.has_seat",
        reason_object_id=sign_up.pk,
        deduplication_key=f"held-{sign_up.pk}-{sign_up.event.calendar_sequence}",
    )


def is_unchanged_since(change_id: int) -> bool:
    """The change is still the latest of its sign-up: an offer that lapsed meanwhile is not mailed any more."""
    change = SignUpChange.objects.filter(pk=change_id).first()
    return change is not None and not SignUpChange.objects.filter(sign_up=change.sign_up_id, pk__gt=change_id).exists()


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
