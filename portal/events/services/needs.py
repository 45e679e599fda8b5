"""What participants eat, need to be able to take part, and answer to the organiser's own questions.

Needs are for the event's organisers alone, are in no list, mail, file or statistic, and are erased two weeks after
the event (GDPR, article 9: health and belief may be read out of them).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.services import ActionRefused
from portal.events.enums import ACTIVE_STATES, SEAT_HOLDING_STATES, Food
from portal.events.models import EventAnswer, EventQuestion, Needs, SignUp, TrainingEvent

KEPT_FOR = timedelta(days=14)


@dataclass(frozen=True)
class KitchenCount:
    """How many of those with a seat eat what; `others` are needs in words, without names."""

    people: int
    told: int
    by_food: list[tuple[str, int]]
    others: list[str]


@transaction.atomic
def tell(
    *,
    sign_up_id: int,
    food: Iterable[str] = (),
    other_food: str = "",
    access: str = "",
    answers: Mapping[int, str] | None = None,
    now: datetime | None = None,
) -> None:
    """Write what somebody needs, and answers by question id; empty takes back what was told.

    What the event does not ask is not kept. Raises ActionRefused when the sign-up has ended or the event is over.
    """
    now = now or timezone.now()
    entry = SignUp.objects.select_for_update(of=("self",)).select_related("event").get(pk=sign_up_id)
    event = entry.event
    if not entry.is_active or (event.last_ends_at and event.last_ends_at <= now):
        raise ActionRefused(_("The sign-up has ended, so nothing is kept."), code="ended")
    known = [choice.value for choice in Food]
    told = {
        "food": "\n".join(value for value in known if value in set(food)) if event.asks_food else "",
        "other_food": other_food.strip() if event.asks_food else "",
        "access": access.strip() if event.asks_access else "",
    }
    if any(told.values()):
        Needs.objects.update_or_create(sign_up=entry, defaults=told)
    else:
        Needs.objects.filter(pk=entry.pk).delete()
    for question in event.questions.all():
        text = (answers or {}).get(question.pk, "").strip()
        if text:
            EventAnswer.objects.update_or_create(sign_up=entry, question=question, defaults={"text": text})
        else:
            EventAnswer.objects.filter(sign_up=entry, question=question).delete()


@transaction.atomic
def ask(*, event_id: int, food: bool, access: bool, questions: Sequence[tuple[int | None, str]]) -> TrainingEvent:
    """What an event asks of those who come. `questions` are id (None for a new one) and text, in their order.

    Those left out go with their answers, and so do needs that are not asked any more.
    """
    event = TrainingEvent.objects.select_for_update().get(pk=event_id)
    event.asks_food, event.asks_access = food, access
    event.save(update_fields=["asks_food", "asks_access", "updated_at"])
    rows = {row.pk: row for row in event.questions.all()}
    kept = {pk for pk, _text in questions if pk in rows}
    event.questions.exclude(pk__in=kept).delete()
    for position, (pk, text) in enumerate(questions, start=1):
        row = rows.get(pk) if pk else None
        row = row or EventQuestion(event=event)
        row.text, row.position = text, position
        row.save()
    if not (food and access):
        for told in Needs.objects.filter(sign_up__event=event):
            told.food, told.other_food = (told.food, told.other_food) if food else ("", "")
            told.access = told.access if access else ""
            told.save()
        if not (food or access):
            Needs.objects.filter(sign_up__event=event).delete()
    return event


def ask_the_same(event: TrainingEvent, of: TrainingEvent) -> None:
    """Let `of`, which is new, ask what `event` asks."""
    questions = [(None, question.text) for question in event.questions.all()]
    ask(event_id=of.pk, food=event.asks_food, access=event.asks_access, questions=questions)


def asks_anything(event: TrainingEvent) -> bool:
    return event.asks_food or event.asks_access or event.questions.exists()


def told_by(entry: SignUp) -> dict[str, object]:
    """What somebody has told so far, by the names of the form's fields."""
    told: dict[str, object] = {f"question_{answer.question_id}": answer.text for answer in entry.answers.all()}
    if needs := Needs.objects.filter(pk=entry.pk).first():
        told |= {"food": needs.food.split(), "other_food": needs.other_food, "access": needs.access}
    return told


def of_participants(event: TrainingEvent) -> list[SignUp]:
    """Those with a seat, or an offer of one, by name, with needs and answers fetched."""
    entries = event.sign_ups.filter(state__in=SEAT_HOLDING_STATES).select_related("person", "municipality", "needs")
    return list(entries.prefetch_related("answers__question").order_by("person__first_name", "person__last_name", "pk"))


def for_kitchen(entries: Sequence[SignUp]) -> KitchenCount:
    """Counts alone, of sign-ups from `of_participants`: a kitchen needs no names."""
    told = [entry.needs for entry in entries if hasattr(entry, "needs")]
    told = [needs for needs in told if needs.food or needs.other_food]
    counts = Counter(value for needs in told for value in needs.food.split())
    return KitchenCount(
        people=len(entries),
        told=len(told),
        by_food=[(str(food.label), counts[food]) for food in Food if counts[food]],
        others=sorted(needs.other_food for needs in told if needs.other_food),
    )


def erase_old(*, now: datetime | None = None) -> int:
    """Erase needs two weeks after their event, and at once of those who do not come; return how many."""
    return _to_erase(now or timezone.now()).delete()[0]


def _to_erase(now: datetime) -> QuerySet[Needs]:
    is_old = Q(sign_up__event__last_ends_at__lte=now - KEPT_FOR)
    return Needs.objects.filter(is_old | ~Q(sign_up__state__in=ACTIVE_STATES))
