from django.db import models
from django.utils import timezone


class MembershipQuerySet(models.QuerySet):
    def with_roles(self):
        """Memberships with person, unit and role groups fetched: constant in queries."""
        return self.select_related("person", "municipality", "unit", "occupational_group").prefetch_related(
            "person__groups__role_group"
        )


class InvitationQuerySet(models.QuerySet):
    def open(self, now=None):
        """Not yet used, not withdrawn, not too old."""
        now = now or timezone.now()
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)
