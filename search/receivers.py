"""Content below tells its news; search follows, in the same transaction."""

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from wagtail.models import Page
from wagtail.signals import page_published, page_slug_changed, page_unpublished

from cms.models import CollaborationPage, ConferencePage, PortalDocument, SharedPage
from portal.accounts.services.personal_data import register_holder
from portal.conferences.models import Conference
from portal.conferences.signals import programme_changed
from portal.core.background import after_commit
from portal.core.health import register_signs
from portal.core.metrics import register_metrics
from portal.core.restoring import Phase, register_after_restore
from portal.events.models import TrainingEvent
from portal.events.signals import training_event_saved
from portal.municipalities.signals import collaboration_changed, sharing_changed
from portal.notifications.services.composers import register_composer
from portal.notifications.services.reasons import register_reason
from search.services import indexing, outbox, personal_data, restoring, saved_searches
from search.tasks import read_document

register_reason(saved_searches.NEWS, saved_searches.has_news)
register_composer(saved_searches.NEWS, saved_searches.content_of_news)
register_signs(outbox.signs)
register_metrics("search", outbox.figures)
register_after_restore("searching", restoring.rebuild, phase=Phase.REBUILD)
register_holder(personal_data.HOLDER)


@receiver(page_published)
def index_published_page(sender, instance, **kwargs) -> None:
    if isinstance(instance, SharedPage):
        indexing.update(instance)
        indexing.update_documents_of(instance.pk)


@receiver(page_unpublished)
def forget_unpublished_page(sender, instance, **kwargs) -> None:
    indexing.remove(instance)
    indexing.update_documents_of(instance.pk)


@receiver(page_slug_changed)
def follow_addresses(sender, instance, **kwargs) -> None:
    """The addresses of all pages below change with it."""
    for page in SharedPage.objects.descendant_of(instance, inclusive=True).live().specific():
        indexing.update(page)


@receiver(post_delete)
def forget_deleted(sender, instance, **kwargs) -> None:
    if isinstance(instance, SharedPage | TrainingEvent | PortalDocument):
        indexing.remove(instance)
    if isinstance(instance, SharedPage):
        indexing.update_documents_of(instance.pk)


@receiver(collaboration_changed)
def index_pages_of_project(sender, collaboration, **kwargs) -> None:
    """A project's page shows the project's facts."""
    for page in CollaborationPage.objects.filter(collaboration=collaboration).live():
        indexing.update(page)


@receiver(programme_changed, sender=Conference)
def index_page_of_conference(sender, conference, **kwargs) -> None:
    """In all languages: each shows the programme."""
    key = Page.objects.filter(pk=conference.page_id).values("translation_key")
    for page in ConferencePage.objects.live().filter(translation_key__in=key):
        indexing.update(page)


@receiver(training_event_saved)
def index_event(sender, event, **kwargs) -> None:
    indexing.update(event)


@receiver(sharing_changed)
def index_with_new_audience(sender, item, **kwargs) -> None:
    indexing.update(item)
    if isinstance(item, SharedPage):
        indexing.update_documents_of(item.pk)


@receiver(post_save, sender=PortalDocument)
def index_document(sender, instance, **kwargs) -> None:
    """By its title at once; by its text when a task has read it."""
    indexing.update(instance)
    after_commit(read_document, instance.pk)
