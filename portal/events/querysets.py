from datetime import timedelta
from functools import reduce
from operator import or_

from django.apps import apps
from django.db import models
from django.utils import timezone

from portal.events.enums import ACTIVE_STATES, EventState, SignUpState

DECIDE_SOON = timedelta(days=3)
MOST_WORDS = 5  # of a search: a whole page that was pasted is no search


class TrainingEventQuerySet(models.QuerySet):
    def published(self):
        """Those that people were told of: published ones, and cancelled ones so that nobody goes there in vain."""
        return self.exclude(state=EventState.DRAFT)

    def upcoming(self, now=None):
        return self.filter(last_ends_at__gte=now or timezone.now())

    def past(self, now=None):
        return self.filter(last_ends_at__lt=now or timezone.now())

    def with_free_seats(self, now=None):
        """Published ones that one can sign up for now and get a seat at once. A team's unfinished form, which holds
        seats for minutes, is not looked at."""
        now = now or timezone.now()
        return self.filter(
            models.Q(sign_up_opens_at__isnull=True) | models.Q(sign_up_opens_at__lte=now),
            models.Q(sign_up_closes_at__isnull=True) | models.Q(sign_up_closes_at__gt=now),
            state=EventState.PUBLISHED,
            first_starts_at__gt=now,
            seats_taken__lt=models.F("capacity") - models.F("seats_kept"),
        )

    def to_decide(self, today=None):
        """Those held only if enough sign up, of which the day to decide is near or past and nobody has."""
        near = (today or timezone.localdate()) + DECIDE_SOON
        return self.filter(
            state=EventState.PUBLISHED,
            min_participants__isnull=False,
            decided_at__isnull=True,
            decide_by__lte=near,
            first_starts_at__gt=timezone.now(),
        )

    def for_listing(self):
        """With everything that a card shows: constant in queries."""
        return self.select_related("municipality", "collaboration").prefetch_related("occasions")


class SignUpQuerySet(models.QuerySet):
    def active(self):
        return self.filter(state__in=ACTIVE_STATES)

    def coming_to(self, occasion):
        """Of those with a place at the event those who come to one of its dates: where one chooses, whoever has chosen
        it, or nothing yet and so may come, or was there."""
        if occasion.event.dates_to_choose is None:
            return self
        choices = apps.get_model("events", "DateChoice").objects.filter(sign_up=models.OuterRef("pk"))
        was_there = apps.get_model("events", "Attendance").objects.filter(sign_up=models.OuterRef("pk"))
        return self.filter(
            models.Exists(choices.filter(occasion=occasion))
            | ~models.Exists(choices)
            | models.Exists(was_there.filter(occasion=occasion))
        )

    def in_queue_order(self):
        """First come, first served; the id settles two of the same moment."""
        return self.order_by("queued_at", "pk")

    def matching(self, text: str):
        """Those of whom each word of `text` stands in the name, the address or the unit's name."""
        found = self
        for word in text.split()[:MOST_WORDS]:
            # SQLite's LIKE takes Å and å for two letters.
            spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
            fields = ("person__first_name", "person__last_name", "unit__name", "organisation")
            by_address = models.Q(person__email__icontains=word, person__is_protected=False)
            found = found.filter(
                reduce(or_, (models.Q(**{f"{f}__icontains": form}) for f in fields for form in spellings), by_address)
            )
        return found

    def with_seats_lost(self):
        """With `seats_lost`: how often each has had a seat and lost it."""
        lost = models.Q(changes__from_state=SignUpState.CONFIRMED) & ~models.Q(changes__to_state=SignUpState.CONFIRMED)
        return self.annotate(seats_lost=models.Count("changes", filter=lost))


class InvitationLinkQuerySet(models.QuerySet):
    def with_used(self):
        """With `used`, the number of people who are signed up through each; in one statement."""
        return self.annotate(used=models.Count("sign_ups", filter=models.Q(sign_ups__state__in=ACTIVE_STATES)))


class InterestQuerySet(models.QuerySet):
    def open(self):
        """Without those who have had a seat at an event of the course since they said so."""
        seats = apps.get_model("events", "SignUp").objects.filter(
            person=models.OuterRef("person"),
            event__course=models.OuterRef("course"),
            state=SignUpState.CONFIRMED,
            created_at__gte=models.OuterRef("created_at"),
        )
        return self.exclude(models.Exists(seats))
