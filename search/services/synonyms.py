"""The portal's list of other words for the same thing. Every process reads it anew when it has changed."""

from django.db import transaction
from django.db.models import F

from search.models import SYNONYMS_VERSION, SearchTerm, Synonym


@transaction.atomic
def save(synonym: Synonym) -> None:
    """Store a new or changed row; searches count with it from the next one on."""
    synonym.save()
    _changed()


@transaction.atomic
def delete(synonym: Synonym) -> None:
    synonym.delete()
    _changed()


def _changed() -> None:
    SearchTerm.objects.bulk_create([SearchTerm(term=SYNONYMS_VERSION, entries=0)], ignore_conflicts=True)
    SearchTerm.objects.filter(term=SYNONYMS_VERSION).update(entries=F("entries") + 1)
