"""What the CMS does when something below it happens."""

from django.dispatch import receiver
from wagtail.signals import post_page_move

from cms.models import SharedPage
from cms.services.sections import ensure_section
from portal.municipalities.models import Municipality
from portal.municipalities.signals import municipality_created, sharing_changed


@receiver(municipality_created, sender=Municipality)
def make_section(sender, municipality, **kwargs) -> None:
    ensure_section(municipality)


@receiver(post_page_move)
def follow_the_tree(sender, instance, **kwargs) -> None:
    """A page that was moved belongs to the section where it now stands, and so does all below it."""
    for page in SharedPage.objects.descendant_of(instance, inclusive=True).specific():
        page.save()
        sharing_changed.send(sender=type(page), item=page)
