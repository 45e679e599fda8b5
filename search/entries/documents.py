"""From a document to its search entry: found by those whom one of its pages is for."""

from django.utils import timezone

from cms.models import PortalDocument
from cms.permissions import published_pages_with
from portal.municipalities.enums import Visibility
from portal.municipalities.permissions import audience_of
from search.entries.base import EntryContent, facets, plain

_WIDEST_FIRST = [Visibility.PUBLIC, Visibility.MEMBERS, Visibility.SELECTED, Visibility.INTERNAL]


def entry_for_document(document: PortalDocument, text: str) -> EntryContent | None:
    """None for a document that no published page offers: nobody is to find it. `text` is what it was read to say."""
    pages = list(published_pages_with(document).order_by("pk"))
    if not pages:
        return None
    # What is shown with it is told by the pages that most may read: another one's topics or municipality would tell
    # of that page to those who may not read it.
    widest = min(pages, key=lambda page: _WIDEST_FIRST.index(page.visibility)).visibility
    shown = [page for page in pages if page.visibility == widest]
    topics = {topic.pk for page in shown for topic in page.topics.all()}
    groups = {group.pk for page in shown for group in page.occupational_groups.all()}
    return EntryContent(
        kind="document",
        object_id=document.pk,
        title=document.title,
        url=document.url,
        body=plain(text),
        audience=set().union(*(audience_of(page) for page in pages)),
        municipality_id=shown[0].municipality_id,
        facets=facets(
            kind="document",
            municipality=shown[0].municipality_id,
            topic=sorted(topics),
            group=sorted(groups),
            year=timezone.localtime(document.created_at).year,
        ),
        dated_at=document.created_at,
    )
