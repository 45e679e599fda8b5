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


class AuditEntryQuerySet(models.QuerySet):
    def matching(self, *, text: str = "", act: str = ""):
        """Entries whose subject, detail or actor holds `text`, of the kind `act`; empty values filter nothing."""
        entries = self
        if text:
            entries = entries.filter(
                models.Q(subject__icontains=text)
                | models.Q(detail__icontains=text)
                | models.Q(actor__first_name__icontains=text)
                | models.Q(actor__last_name__icontains=text)
                | models.Q(actor__email__icontains=text)
            )
        return entries.filter(act=act) if act else entries


class DeputyQuerySet(models.QuerySet):
    def active(self, today=None):
        """Those who answer for a manager today (Swedish days)."""
        today = today or timezone.localdate()
        return self.filter(starts_on__lte=today, ends_on__gte=today)

    def not_over(self, today=None):
        return self.filter(ends_on__gte=today or timezone.localdate())


class SharedWorkQuerySet(models.QuerySet):
    def active(self):
        """Not revoked, and its last day is today or later (Swedish days)."""
        return self.filter(revoked_at__isnull=True, until__gte=timezone.localdate())
