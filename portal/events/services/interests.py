"""Interest in a course before there is an event: a queue that a coordinator turns into seats."""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from portal.core.services import ActionRefused
from portal.events.enums import SignUpState
from portal.events.models import Interest, SignUp, TrainingEvent
from portal.events.permissions import municipalities_it_is_open_to
from portal.events.services.seat_book import opened
from portal.events.services.sign_ups import in_the_way, refuse_unless_published
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Membership
from portal.municipalities.services import audit


def show(*, course: Page, person) -> Interest:
    """Put `person` last in the course's queue; saying it twice keeps the place.

    Raises ActionRefused for somebody who belongs to no municipality.
    """
    membership = Membership.objects.filter(person=person).order_by("pk").first()
    if membership is None:
        raise ActionRefused(
            _("You do not belong to any municipality yet. Ask your coordinator for an invitation."), code="no_member"
        )
    interest, created = Interest.objects.get_or_create(
        course=course, person=person, defaults={"municipality_id": membership.municipality_id}
    )
    if not created and not Interest.objects.open().filter(pk=interest.pk).exists():
        # Fulfilled once, and wished for again: a new place in the queue.
        interest.delete()
        interest = Interest.objects.create(course=course, person=person, municipality_id=membership.municipality_id)
    return interest


def withdraw(*, course_id: int, person) -> None:
    """Leave the course's queue; nobody in it is no error."""
    Interest.objects.filter(course=course_id, person=person).delete()


def interested_in(event: TrainingEvent) -> QuerySet[Interest]:
    """Who wants to do the event's course, may sign up, and has not been asked or signed up yet; in their order."""
    if event.course_id is None:
        return Interest.objects.none()
    asked = SignUp.objects.filter(event=event).values("person")
    elsewhere = in_the_way(event).values("person")
    return (
        Interest.objects.open()
        .filter(course=event.course_id, municipality__in=municipalities_it_is_open_to(event), person__is_active=True)
        .exclude(person__in=asked)
        .exclude(person__in=elsewhere)
        .order_by("created_at", "pk")
    )


def take_over(event: TrainingEvent) -> None:
    """Put everybody who is signed up to an event in the queue for its course: those with a seat first, then those who
    wait, in their order. Whoever is in the queue already keeps the place."""
    if event.course_id is None:
        return
    course_id = event.course_id
    waits = Case(When(state=SignUpState.WAITING, then=1), default=0)
    entries = event.sign_ups.active().order_by(waits, Coalesce("queued_at", "created_at"), "pk")
    rows = [
        Interest(course_id=course_id, person_id=entry.person_id, municipality_id=entry.municipality_id)
        for entry in entries
    ]
    Interest.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def offer_seats(*, event_id: int, number: int, actor, now: datetime | None = None) -> int:
    """Offer seats to the first `number` of those interested for whom there is one; return how many got an offer.

    Each has the event's time to answer, and the seat is held meanwhile. Those who wait at the event go before.
    Raises ActionRefused when the event takes nobody now, and when there is no free seat for any of them.
    """
    now = now or timezone.now()
    book = opened(event_id, now)
    refuse_unless_published(book.event, now)
    if book.waiting_count:
        book.promote()
    offered: list[str] = []
    rows = interested_in(book.event).select_related("person")
    places = dict(Membership.objects.filter(person__in=rows.values("person")).values_list("person", "unit"))
    for row in rows:
        if len(offered) >= number:
            break
        unit_id = places.get(row.person_id)
        if book.has_room_for(row.municipality_id, unit_id):
            entry = SignUp(
                event=book.event,
                person=row.person,
                municipality_id=row.municipality_id,
                unit_id=unit_id,
                queued_at=row.created_at,
            )
            book.offer(entry, actor=actor, reason="offered_to_interested")
            offered.append(str(row.person))
    if not offered:
        raise ActionRefused(_("There is no free seat for any of them."), code="no_seat", field="number")
    book.write()
    audit.record(
        municipality=book.event.municipality,
        actor=actor,
        act=AuditAct.SEAT_GIVEN,
        subject=book.event.title,
        detail=offered,
        now=now,
    )
    return len(offered)
