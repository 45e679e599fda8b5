from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.municipalities.enums import Visibility


class SharedQuerySet(models.QuerySet):
    """For models with `municipality`, `visibility`, `shared_with` and `shared_with_collaborations`."""

    def visible_to(self, user):
        """Those that `user` may read: the list form of `permissions.may_read`, in one WHERE clause.

        Only the audience is looked at; whether something is published is the caller's `live()` or state filter.
        """
        from portal.municipalities.permissions import viewer_for

        viewer = viewer_for(user)
        if viewer.is_portal_administrator:
            return self
        readable = Q(visibility=Visibility.PUBLIC)
        if viewer.is_member:
            readable |= Q(visibility=Visibility.MEMBERS)
            readable |= Q(municipality__in=viewer.municipality_ids)
            readable |= Q(visibility=Visibility.SELECTED) & (
                self._linked("shared_with", viewer.municipality_ids)
                | self._linked("shared_with_collaborations", viewer.collaboration_ids)
            )
        return self.filter(readable)

    def _linked(self, field_name: str, ids) -> Q:
        """A subquery on the link table: a join would give the same row once per matching link."""
        field = self.model._meta.get_field(field_name)
        through = field.remote_field.through
        links = through._default_manager.filter(**{f"{field.m2m_reverse_field_name()}__in": ids})
        return Q(pk__in=links.values(f"{field.m2m_field_name()}_id"))


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
