from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone

# A question for half the portal's people is no question.
MOST_NAMED = 50


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

    def with_hidden(self):
        """With `is_hidden`: it was accepted by a protected identity, whose address nobody reads."""
        people = get_user_model().objects.filter(email=models.OuterRef("email"), is_protected=True)
        return self.annotate(is_hidden=models.Exists(people) & models.Q(accepted_at__isnull=False))


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
                | models.Q(actor__email__icontains=text, actor__is_protected=False)
                | self._about(text)
            )
        return entries.filter(act=act) if act else entries

    def _about(self, text: str) -> models.Q:
        """Entries about people whose name holds `text`, and about invitations to such an address."""
        users, entry = get_user_model().objects, apps.get_model("municipalities", "AuditEntry")
        people = users.filter(models.Q(first_name__icontains=text) | models.Q(last_name__icontains=text))
        invitations = apps.get_model("municipalities", "Invitation").objects.with_hidden()
        invitations = invitations.filter(email__icontains=text, is_hidden=False)
        found = models.Q(pk__in=[])
        for kind, rows in (("p", people), ("i", invitations)):
            for pk in rows.values_list("pk", flat=True)[:MOST_NAMED]:
                mark = entry.mark(kind, pk)
                found |= models.Q(subject__contains=mark) | models.Q(detail__contains=mark)
        return found


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
