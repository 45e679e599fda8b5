from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from portal.knowledge.enums import AdoptionWay, HandoverState

ASK_AFTER = timedelta(days=182)


class AdoptionQuerySet(models.QuerySet):
    def active(self):
        return self.filter(ended_at__isnull=True)

    def shown(self):
        return self.filter(way=AdoptionWay.SHOWN)

    def adapted(self):
        return self.filter(way=AdoptionWay.ADAPTED)

    def with_newer_source(self):
        """Own versions whose original has been published again since it was last looked at."""
        published_since = Q(source__last_published_at__gt=F("base_version_at"))
        return self.active().adapted().filter(published_since, source__live=True, copy__isnull=False)

    def to_be_asked(self, now: datetime):
        """In use for six months, and nobody has asked how it went."""
        return self.active().filter(asked_at__isnull=True, adopted_at__lte=now - ASK_AFTER)


class HandoverQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=HandoverState.OFFERED)
