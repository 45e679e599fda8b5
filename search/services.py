"""Keeping the search entries in step with the content."""

from collections import Counter

from django.db import transaction

from search.analysis import swedish
from search.entries import all_items, entry_for
from search.entries.base import EntryContent
from search.entries.pages import KINDS as PAGE_KINDS
from search.models import SearchAudience, SearchEntry, SearchTerm


def update(item) -> None:
    """Write the entry of a page (specific) or event anew, or remove it when the item is not to be found now."""
    content = entry_for(item)
    if content is None:
        remove(item)
    else:
        _write(content)


def remove(item) -> None:
    """Remove the entry of a page or event, of whatever kind the page was."""
    kinds = ["event"] if type(item).__name__ == "TrainingEvent" else list(PAGE_KINDS.values())
    SearchEntry.objects.filter(kind__in=kinds, object_id=item.pk).delete()


def rebuild() -> int:
    """Write every entry anew and drop those whose content is gone; return how many there are."""
    kept = set()
    for item in all_items():
        if (content := entry_for(item)) is not None:
            _write(content)
            kept.add((content.kind, content.object_id))
    for entry in SearchEntry.objects.only("kind", "object_id"):
        if (entry.kind, entry.object_id) not in kept:
            entry.delete()
    return len(kept)


@transaction.atomic
def _write(content: EntryContent) -> None:
    in_title, in_body = Counter(swedish.terms(content.title)), Counter(swedish.terms(content.body))
    entry, _created = SearchEntry.objects.update_or_create(
        kind=content.kind,
        object_id=content.object_id,
        defaults={
            "title": content.title,
            "url": content.url,
            "body": content.body,
            "length": max(1, in_title.total() + in_body.total()),
            "municipality_id": content.municipality_id,
            "ends_at": content.ends_at,
        },
    )
    entry.topics.set(content.topic_ids)
    entry.audience.all().delete()
    SearchAudience.objects.bulk_create(SearchAudience(entry=entry, token=token) for token in content.audience)
    entry.terms.all().delete()
    SearchTerm.objects.bulk_create(
        [
            SearchTerm(entry=entry, term=term, in_title=min(in_title[term], 100), in_body=in_body[term])
            for term in in_title | in_body
        ],
        batch_size=500,
    )
