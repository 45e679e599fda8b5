"""Who may see and change what belongs to searching itself. What is found has its rule in the entry's audience."""

from django.db.models import Q, QuerySet

from portal.municipalities.enums import Right
from portal.municipalities.permissions import has_right_somewhere, register_scope, viewer_for
from search.models import AskedSearch, MissingContent, SavedSearch, Synonym


def _kept_by_portal_administrator(user) -> QuerySet[Synonym]:
    return Synonym.objects.all() if viewer_for(user).is_portal_administrator else Synonym.objects.none()


def _told_to(user) -> QuerySet[MissingContent]:
    """What is told to the coordinators of one's own municipality, and what visitors told to all of them."""
    viewer = viewer_for(user)
    if viewer.is_portal_administrator:
        return MissingContent.objects.all()
    own = viewer.municipalities_with(Right.EDIT_CONTENT)
    if not own:
        return MissingContent.objects.none()
    return MissingContent.objects.filter(Q(municipality__in=own) | Q(municipality=None))


def _asked(user) -> QuerySet[AskedSearch]:
    return AskedSearch.objects.all() if has_right_somewhere(user, Right.EDIT_CONTENT) else AskedSearch.objects.none()


def _own_searches(user) -> QuerySet[SavedSearch]:
    return SavedSearch.objects.filter(person=user.pk) if user.is_authenticated else SavedSearch.objects.none()


register_scope(SavedSearch, "manage", _own_searches)
register_scope(MissingContent, "manage", _told_to)
register_scope(AskedSearch, "see", _asked)
register_scope(Synonym, "manage", _kept_by_portal_administrator)
