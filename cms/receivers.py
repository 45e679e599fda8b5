"""What the CMS does when something below it happens."""

from django.conf import settings
from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.models import PageLogEntry
from wagtail.signals import page_published, page_unpublished, post_page_move

from cms.models import ConferencePage, SharedPage
from cms.services import adoptions, approval, handovers, personal_data, reviews, translations
from cms.services.sections import ensure_section
from portal.accounts.services.personal_data import register_holder
from portal.conferences.services import conferences
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import Municipality
from portal.municipalities.services import audit
from portal.municipalities.services.audiences import audience_text
from portal.municipalities.signals import approval_switched, municipality_created, sharing_changed
from portal.notifications.services.reasons import register_reason

_LOGGED = {
    "wagtail.publish": AuditAct.PAGE_PUBLISHED,
    "wagtail.unpublish": AuditAct.PAGE_UNPUBLISHED,
    "wagtail.delete": AuditAct.PAGE_DELETED,
    "wagtail.workflow.approve": AuditAct.PAGE_APPROVED,
    "wagtail.workflow.reject": AuditAct.PAGE_REJECTED,
}


@receiver(municipality_created, sender=Municipality)
def make_section(sender, municipality, **kwargs) -> None:
    ensure_section(municipality)


@receiver(post_page_move)
def follow_the_tree(sender, instance, **kwargs) -> None:
    """A page that was moved belongs to the section where it now stands, and so does all below it."""
    for page in SharedPage.objects.descendant_of(instance, inclusive=True).specific():
        page.save()
        sharing_changed.send(sender=type(page), item=page)


@receiver(approval_switched, sender=Municipality)
def follow_the_switch(sender, municipality, **kwargs) -> None:
    approval.follow(municipality)


@receiver(page_published)
def look_at_it_again(sender, instance, **kwargs) -> None:
    """A new version: it gets a day to be looked at again, and those with an own version hear of it."""
    if isinstance(instance, SharedPage):
        translations.follow_audience(instance)
    if isinstance(instance, SharedPage) and instance.grows_old:
        reviews.give_date(instance)
    if isinstance(instance, SharedPage) and instance.adopted_fields:
        adoptions.tell_adopters(instance)


@receiver(page_unpublished)
def unpublish_the_translation(sender, instance, **kwargs) -> None:
    """What is shown no more in Swedish is not shown in English either."""
    if isinstance(instance, SharedPage) and instance.language == settings.LANGUAGE_CODE:
        for translation in instance.in_other_languages().live().specific():
            translation.unpublish()


@receiver(post_save, sender=ConferencePage)
def keep_its_programme(sender, instance, raw=False, update_fields=None, **kwargs) -> None:
    """A conference's page has a programme from its first draft on, which goes where the page goes.

    Saving a draft writes some columns only, of an object that holds the draft's words: nobody else is to read those.
    """
    if (
        raw
        or update_fields is not None
        or instance.municipality is None
        or instance.alias_of_id
        or instance.language != settings.LANGUAGE_CODE
    ):
        return
    conferences.follow(
        page_id=instance.pk,
        municipality=instance.municipality,
        title=instance.title,
        first_day=instance.start_date,
        last_day=instance.end_date,
        collaboration=instance.collaboration,
    )


@receiver(post_save, sender=PageLogEntry)
def log_for_the_municipality(sender, instance, created, **kwargs) -> None:
    """What Wagtail logs of a page stands in its municipality's own log too, with who may read it from then on."""
    act = _LOGGED.get(instance.action)
    page = SharedPage.objects.filter(pk=instance.page_id).select_related("municipality").first() if act else None
    if not created or act is None or page is None or page.municipality is None:
        return
    audit.record(
        municipality=page.municipality,
        actor=instance.user,
        act=act,
        # Approved and sent back is the draft; the page may have another title still.
        subject=page.draft_title if act in (AuditAct.PAGE_APPROVED, AuditAct.PAGE_REJECTED) else page.title,
        detail=[audience_text(page)] if act is AuditAct.PAGE_PUBLISHED else [],
    )


register_holder(personal_data.HOLDER)
register_reason("knowledge.has_news", adoptions.has_news)
register_reason("knowledge.wants_an_answer", adoptions.wants_an_answer)
register_reason("knowledge.review_is_due", reviews.is_due)
register_reason("knowledge.handover_is_open", handovers.is_open)
