"""Teams: a manager, or a coordinator, signs up several people in one act.

They get seats together, or an offer together, or wait together. While the form is filled in their seats are held;
whoever needs more time may take it, as often as they like (WCAG 2.2, 2.2.1). Whoever may sign a team up has said
yes to it: no manager is asked once more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.services import ActionRefused
from portal.events.enums import SignUpState
from portal.events.models import SignUp, Team
from portal.events.permissions import is_open_to
from portal.events.services.seat_book import Book, opened
from portal.events.services.sign_ups import enter, in_the_way, refuse_unless_offered, refuse_unless_open
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Membership
from portal.municipalities.services import audit

HELD_FOR = timedelta(minutes=10)
MOST_PEOPLE = 40


@transaction.atomic
def begin(*, event_id: int, leader, memberships: Sequence[Membership], now: datetime | None = None) -> Team:
    """Remember who is to be signed up together, and hold seats for them where there are enough; nobody is yet.

    `memberships` are people `leader` may sign up (`permissions.people_to_sign_up`). `held_until` of the answer is
    None when there is no room for all: they would wait. Raises ActionRefused for nobody, too many, people of more
    than one municipality or one the event is not open to, somebody signed up already, and when it takes no sign-ups.
    """
    now = now or timezone.now()
    if not memberships:
        raise ActionRefused(_("Choose at least one person."), code="nobody", field="people")
    if len(memberships) > MOST_PEOPLE:
        raise ActionRefused(
            _("Choose at most %(most)s people at a time.") % {"most": MOST_PEOPLE}, code="too_many", field="people"
        )
    if len({membership.municipality_id for membership in memberships}) > 1:
        raise ActionRefused(
            _("Choose people of one municipality at a time."), code="several_municipalities", field="people"
        )
    book = opened(event_id, now)
    team = Team(
        event=book.event,
        municipality=memberships[0].municipality,
        leader=leader,
        people=[membership.person_id for membership in memberships],
    )
    party = _party(team, book)
    team.save()
    _hold(book, team, party)
    book.write()
    return team


@transaction.atomic
def extend(*, team_id: int, now: datetime | None = None) -> Team:
    """Hold the seats for ten minutes from now; anew if they were let go and are still free.

    Raises ActionRefused as `begin` does. A team that is signed up needs no more time.
    """
    now = now or timezone.now()
    book, team = _opened(team_id, now)
    if team.signed_up_at is None:
        _hold(book, team, _party(team, book))
        book.write()
    return team


@transaction.atomic
def give_up(*, team_id: int, now: datetime | None = None) -> None:
    """Nobody is to be signed up after all: let the held seats go to those who wait. Signed up is signed up."""
    book, team = _opened(team_id, now or timezone.now())
    if team.signed_up_at is None:
        book.let_go(team.pk)
        book.promote()
        book.write()
        team.delete()


@transaction.atomic
def sign_up(*, team_id: int, actor, takes_seat_at_once: bool = False, now: datetime | None = None) -> Team:
    """Sign everybody up: all have a seat, or all wait. Pressing twice is pressing once.

    Raises ActionRefused as `begin` does; nobody is signed up then.
    """
    now = now or timezone.now()
    book, team = _opened(team_id, now)
    if team.signed_up_at:
        return team
    party = _party(team, book)
    has_room = _has_room(book, team, party)
    for entry in party:
        entry.takes_seat_at_once = takes_seat_at_once
        enter(book, entry, has_room=has_room, actor=actor)
    book.write()
    team.signed_up_at, team.held_until = now, None
    team.save(update_fields=["signed_up_at", "held_until", "updated_at"])
    audit.record(
        municipality=team.municipality,
        actor=actor,
        act=AuditAct.SIGNED_UP_FOR,
        subject=book.event.title,
        detail=[entry.person for entry in party if entry.person_id != actor.pk],
        now=now,
    )
    return team


@transaction.atomic
def decline_offer(*, team_id: int, actor, now: datetime | None = None) -> int:
    """Say no to the seats offered to the team, for all of it; return for how many. Raises as for one person."""
    now = now or timezone.now()
    book, team = _opened(team_id, now)
    offered = list(team.sign_ups.filter(state=SignUpState.OFFERED).select_related("person").order_by("pk"))
    for entry in offered:
        entry.event = book.event
        refuse_unless_offered(entry, book.event, now)
        book.change(entry, SignUpState.DECLINED, actor=actor, reason="declined_offer")
    book.promote()
    book.write()
    return len(offered)


def _opened(team_id: int, now: datetime) -> tuple[Book, Team]:
    """The event first; the team as it is once the event is locked."""
    book = opened(Team.objects.values_list("event_id", flat=True).get(pk=team_id), now)
    team = Team.objects.select_related("municipality").get(pk=team_id)
    team.event = book.event
    return book, team


def _hold(book: Book, team: Team, party: Sequence[SignUp]) -> None:
    team.held_until = None
    if _has_room(book, team, party):
        team.held_until = book.now + HELD_FOR
        book.hold(team.pk, team.municipality_id, len(party), team.held_until)
    team.save(update_fields=["held_until", "updated_at"])


def _has_room(book: Book, team: Team, party: Sequence[SignUp]) -> bool:
    """There are seats for all: those held for the team are its own, before the others those who wait come first."""
    if book.waiting_count:
        book.promote()
    book.let_go(team.pk)
    return book.has_room_for_all(party)


def _party(team: Team, book: Book) -> list[SignUp]:
    """Sign-ups, not written yet, of all who are to come. Raises ActionRefused where one of them cannot."""
    refuse_unless_open(book.event, book.now)
    if not is_open_to(book.event, team.municipality_id):
        raise ActionRefused(_("The event is not open to that municipality."), code="foreign_municipality")
    members = Membership.objects.filter(
        municipality=team.municipality_id, person__in=team.people, person__is_active=True
    )
    found = {
        membership.person_id: membership
        for membership in members.filter(person__is_active=True).select_related("person")
    }
    if len(found) < len(set(team.people)):
        raise ActionRefused(
            _("Somebody you chose does not belong to the municipality any more. Choose again."), code="not_a_member"
        )
    active = in_the_way(book.event).filter(person__in=team.people).select_related("person")
    names = sorted({str(entry.person) for entry in active})
    if names:
        text = ngettext(
            "%(names)s is signed up already. Choose without them.",
            "%(names)s are signed up already. Choose without them.",
            len(names),
        )
        raise ActionRefused(text % {"names": ", ".join(names)}, code="already_signed_up", field="people")
    return [
        SignUp(
            event=book.event,
            person=membership.person,
            municipality_id=membership.municipality_id,
            unit_id=membership.unit_id,
            team=team,
        )
        for membership in (found[pk] for pk in dict.fromkeys(team.people))
    ]


def chosen_people(team: Team) -> list:
    """Those who are to be signed up together, by name; they may have left the municipality meanwhile."""
    people = get_user_model().objects.filter(pk__in=team.people)
    return list(people.order_by("first_name", "last_name", "pk"))


def forget_drafts(*, now: datetime | None = None) -> int:
    """Delete teams that nobody signed up within a day; return how many."""
    old = Team.objects.filter(signed_up_at=None, created_at__lt=(now or timezone.now()) - timedelta(days=1))
    return old.delete()[0]
