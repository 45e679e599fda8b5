"""What events know of people: told to them, erased, and kept no longer than `portal.core.retention` promises."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.accounts.models import LegalHold
from portal.accounts.services.personal_data import Holder, Known, Section, text_of
from portal.core.retention import AFTER_EVENT, DETAILS_AFTER_EVENT
from portal.events.enums import ACTIVE_STATES
from portal.events.models import (
    CalendarFeed,
    Certificate,
    EventAnswer,
    GuestRequest,
    Interest,
    Needs,
    SignUp,
    SignUpChange,
    Team,
    TrainingEvent,
)
from portal.events.services import evidence, guests, needs, sign_ups, teams

# A guest comes back by the link in a mail for three months; the account behind it is of use no longer than a year.
_IN_USE_AFTER = timedelta(days=365)
_AT_A_TIME = 1000


def export(person) -> Iterable[Section]:
    entries = SignUp.objects.filter(person=person).select_related("event__municipality", "municipality", "unit")
    entries = entries.prefetch_related(
        "event__occasions", "date_choices", "answers__question", "attendances__occasion", "changes"
    ).order_by("created_at", "pk")
    yield Section("sign_ups", _("Your sign-ups"), [_row_of(entry) for entry in entries])
    yield Section(
        "sign_up_changes",
        _("What became of your sign-ups"),
        [
            {
                _("When"): text_of(change.at),
                _("Event"): entry.event.title,
                _("State"): str(change.get_to_state_display()),
                _("Why"): change.note,
            }
            for entry in entries
            for change in entry.changes.all()
        ],
    )
    yield Section(
        "answers",
        _("What you answered the organisers"),
        [
            {_("Event"): entry.event.title, _("Question"): answer.question.text, _("Answer"): answer.text}
            for entry in entries
            for answer in entry.answers.all()
        ],
    )
    yield Section(
        "needs",
        _("Food and access"),
        [
            {
                _("Event"): row.sign_up.event.title,
                _("Food"): ", ".join([*row.food_labels, *([row.other_food] if row.other_food else [])]),
                _("Needs"): row.access,
            }
            for row in Needs.objects.filter(sign_up__person=person).select_related("sign_up__event")
        ],
    )
    yield Section(
        "attendance",
        _("When you came"),
        [
            {
                _("Event"): entry.event.title,
                _("Date"): text_of(attendance.occasion.starts_at),
                _("Minutes"): text_of(attendance.minutes or attendance.occasion.minutes),
            }
            for entry in entries
            for attendance in entry.attendances.all()
        ],
    )
    yield Section(
        "certificates",
        _("Your certificates"),
        [
            {
                _("Event"): row.event_title,
                _("Name"): row.name,
                _("Arranged by"): row.arranger,
                _("Issued"): text_of(row.issued_at),
                _("Code"): row.code,
            }
            for row in Certificate.objects.filter(sign_up__person=person).order_by("issued_at")
        ],
    )
    yield Section(
        "interests",
        _("Courses you wait for"),
        [
            {_("Course"): row.course.title, _("Since"): text_of(row.created_at)}
            for row in Interest.objects.filter(person=person).select_related("course")
        ],
    )
    yield Section(
        "teams",
        _("People you have signed up"),
        [
            {_("Event"): team.event.title, _("When"): text_of(team.created_at), _("People"): str(len(team.people))}
            for team in Team.objects.filter(leader=person).select_related("event")
        ],
    )
    yield Section(
        "contact",
        _("Events where you are the one to ask"),
        [
            {_("Event"): event.title, _("Name"): event.contact_name, _("E-mail"): event.contact_email}
            for event in _asked_about(person)
        ],
    )


def _row_of(entry: SignUp) -> dict[str, str]:
    return {
        _("Event"): entry.event.title,
        _("Arranged by"): entry.event.municipality.name,
        _("Dates"): ", ".join(text_of(occasion.starts_at) for occasion in entry.dates),
        _("State"): entry.get_state_display(),
        _("Signed up"): text_of(entry.created_at),
        _("From"): entry.comes_from,
        _("Unit"): entry.unit.name if entry.unit else "",
        _("Organisation"): entry.organisation,
        _("Why not"): entry.refusal,
    }


def leave(person) -> None:
    """Give up what is ahead: seats, offers, places in line, and teams that are being put together."""
    now = timezone.now()
    for entry in list(SignUp.objects.active().filter(person=person).select_related("event")):
        if not entry.event.has_started_at(now):
            sign_ups.cancel(sign_up_id=entry.pk, actor=person, now=now)
    for team in list(Team.objects.filter(leader=person, signed_up_at=None)):
        teams.give_up(team_id=team.pk, now=now)


def forget(known: Known) -> None:
    person = known.person
    evidence.keep(known)
    own = SignUp.objects.filter(person=person)
    _forget_details(own)
    Needs.objects.filter(sign_up__in=own).delete()
    Certificate.objects.filter(sign_up__in=own).delete()
    own.update(unit=None)
    Interest.objects.filter(person=person).delete()
    CalendarFeed.objects.filter(person=person).delete()
    if known.email:
        GuestRequest.objects.filter(email__iexact=known.email).delete()


def forget_name(known: Known) -> None:
    """Wherever the name was written down: certificates, and words about people in events."""
    known.rewrite(Certificate.objects.filter(sign_up__person=known.person), "name")
    known.rewrite(SignUpChange.objects.all(), "note")
    TrainingEvent.objects.filter(known.as_contact()).update(contact_name="", contact_email="")
    if known.email:
        known.rewrite(GuestRequest.objects.filter(email__iexact=known.email), "first_name", "last_name")


def hide(known: Known) -> None:
    """Whom a guest's form named; it is the sign-up's own person by now, or asked again."""
    if known.email:
        GuestRequest.objects.filter(email__iexact=known.email).delete()


def sweep(now: datetime) -> Iterable[tuple[str, int]]:
    yield gettext_noop("needs for food and access"), needs.erase_old(now=now)
    yield gettext_noop("guests who did not confirm their address"), guests.forget_requests(now)
    yield gettext_noop("teams that nobody signed up"), teams.forget_drafts(now=now)
    old = SignUp.objects.filter(event__last_ends_at__lt=now - DETAILS_AFTER_EVENT)
    yield gettext_noop("sign-ups whose answers and details were erased"), _forget_details(old)
    yield gettext_noop("sign-ups that are tied to nobody any more"), _untie(now)
    yield gettext_noop("names that were kept as evidence"), evidence.let_go(now)


def in_use(now: datetime) -> Q:
    """Signed up for something that is ahead, or not long over."""
    without_dates = Q(sign_ups__state__in=ACTIVE_STATES, sign_ups__event__last_ends_at=None)
    return Q(sign_ups__event__last_ends_at__gt=now - _IN_USE_AFTER) | without_dates


HOLDER = Holder(
    export=export,
    leave=leave,
    forget=forget,
    forget_name=forget_name,
    hide=hide,
    keeps=evidence.reasons,
    sweep=sweep,
    in_use=in_use,
)


def _asked_about(person) -> QuerySet[TrainingEvent]:
    if not person.email:
        return TrainingEvent.objects.none()
    return TrainingEvent.objects.filter(contact_email__iexact=person.email)


def _forget_details(entries: QuerySet[SignUp]) -> int:
    """Answers, and what was written about somebody; return of how many sign-ups."""
    answered = Exists(EventAnswer.objects.filter(sign_up=OuterRef("pk")))
    noted = Exists(SignUpChange.objects.filter(sign_up=OuterRef("pk")).exclude(note=""))
    told = list(entries.filter(answered | noted | ~Q(organisation="") | ~Q(refusal="")).values_list("pk", flat=True))
    EventAnswer.objects.filter(sign_up__in=told).delete()
    SignUpChange.objects.filter(sign_up__in=told).exclude(note="").update(note="")
    SignUp.objects.filter(pk__in=told).update(organisation="", refusal="")
    return len(told)


def _untie(now: datetime) -> int:
    """Give each sign-up of two years ago a person of its own whom nobody knows: seats and counts stay what they were.

    What there is a certificate for stays its person's, and what is evidence of an EU project until its time is up.
    """
    old = SignUp.objects.filter(event__last_ends_at__lt=now - AFTER_EVENT, certificate=None, person__erased_at=None)
    old = old.exclude(person__in=LegalHold.objects.filter(lifted_at=None).values("person"))
    old = old.exclude(pk__in=evidence.needed(now).values("pk")).order_by("pk")
    count = 0
    for entry in old[:_AT_A_TIME]:
        with transaction.atomic():
            nobody: Any = get_user_model().objects.create_user(None, is_active=False, erased_at=now)
            SignUp.objects.filter(pk=entry.pk).update(person=nobody, unit=None)
            SignUpChange.objects.filter(sign_up=entry.pk, actor=entry.person_id).update(actor=nobody)
        count += 1
    return count
