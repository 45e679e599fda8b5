"""What people look for in vain, told to the coordinators."""

from django.db import transaction
from django.utils import timezone

from portal.municipalities.models import Municipality
from portal.municipalities.permissions import viewer_for
from search.models import MissingContent


def municipality_of(user) -> Municipality | None:
    """Whose coordinators are told: those of the one municipality that `user` belongs to, else all."""
    ids = viewer_for(user).municipality_ids
    return Municipality.objects.filter(pk__in=ids).first() if len(ids) == 1 else None


@transaction.atomic
def tell(*, text: str, wish: str, user) -> MissingContent:
    """Note what is missing; told twice in the same words, and not handled yet, it stands there once."""
    row, _is_new = MissingContent.objects.get_or_create(
        text=text, wish=wish, municipality=municipality_of(user), handled_at=None
    )
    return row


def handle(row: MissingContent, *, actor) -> None:
    row.handled_at, row.handled_by = timezone.now(), actor
    row.save()


def open_again(row: MissingContent) -> None:
    row.handled_at = row.handled_by = None
    row.save()
