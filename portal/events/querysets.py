from django.db import models
from django.utils import timezone

from portal.events.enums import ACTIVE_STATES, EventState


class TrainingEventQuerySet(models.QuerySet):
    def published(self):
        """Those that people were told of: published ones, and cancelled ones so that nobody goes there in vain."""
        return self.exclude(state=EventState.DRAFT)

    def upcoming(self, now=None):
        return self.filter(last_ends_at__gte=now or timezone.now())

    def past(self, now=None):
        return self.filter(last_ends_at__lt=now or timezone.now())

    def for_listing(self):
        """With everything that a card shows: constant in queries."""
        return self.select_related("municipality", "collaboration").prefetch_related("occasions")


class SignUpQuerySet(models.QuerySet):
    def active(self):
        return self.filter(state__in=ACTIVE_STATES)

    def in_queue_order(self):
        """First come, first served; the id settles two of the same moment."""
        return self.order_by("queued_at", "pk")
