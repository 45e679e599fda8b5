"""One module per kind of content: from the live object to its entry. The only place that knows kinds."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cms.models import PortalDocument, SharedPage
from portal.events.models import TrainingEvent
from search.entries.base import EntryContent
from search.entries.documents import entry_for_document
from search.entries.events import entry_for_event
from search.entries.pages import KINDS, entry_for_page
from search.models import DocumentText

# In the order of the tabs on the search page.
KIND_LABELS = {
    "course": _("Courses"),
    "event": _("Events"),
    "method": _("Methods"),
    "lesson": _("Lessons learned"),
    "conference": _("Conferences"),
    "project": _("Projects"),
    "municipality": _("Municipalities and organisations"),
    "page": _("Pages"),
    "document": _("Documents"),
}


def entry_for(item) -> EntryContent | None:
    """The entry of a page (specific class), event or document; None when it is not to be found.

    The same whatever language whoever changed the item reads the portal in.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _entry_for(item)


def _entry_for(item) -> EntryContent | None:
    if isinstance(item, TrainingEvent):
        return entry_for_event(item)
    if isinstance(item, SharedPage):
        return entry_for_page(item)
    if isinstance(item, PortalDocument):
        text = DocumentText.objects.filter(document=item.pk).values_list("text", flat=True).first()
        return entry_for_document(item, text or "")
    raise TypeError(f"no search entry is made for {type(item).__name__}")


def kinds_of(item) -> list[str]:
    """The kinds an item's entry may have, or had: a page may have changed its type."""
    if isinstance(item, TrainingEvent):
        return ["event"]
    return ["document"] if isinstance(item, PortalDocument) else list(KINDS.values())


def all_items():
    """Every object that may have an entry, for a rebuild."""
    yield from SharedPage.objects.live().specific().iterator(chunk_size=200)
    yield from TrainingEvent.objects.all().iterator(chunk_size=200)
    yield from PortalDocument.objects.all().iterator(chunk_size=200)
