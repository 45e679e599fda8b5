from datetime import timedelta

from django.apps import apps
from django.db import models
from django.utils import timezone

from portal.events.enums import ACTIVE_STATES, EventState, SignUpState

DECIDE_SOON = timedelta(days=3)


class TrainingEventQuerySet(models.QuerySet):
    def published(self):
        """Those that people were told of: published ones, and cancelled ones so that nobody goes there in vain."""
        return self.exclude(state=EventState.DRAFT)

    def upcoming(self, now=None):
        return self.filter(last_ends_at__gte=now or timezone.now())

    def past(self, now=None):
        return self.filter(last_ends_at__lt=now or timezone.now())

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
