"""Pages in English beside the Swedish ones: two pages of one section with one translation key, each with its locale.

Whoever reads in English meets the English page where there is one. Who may read it is always as for the Swedish one.
"""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.coreutils import find_available_slug
from wagtail.models import Locale

from cms.models import SharedPage
from cms.models.base import SECTION_DEPTH, SHARING_FIELDS
from cms.services import sharing
from portal.core.services import ActionRefused
from portal.municipalities.signals import sharing_changed

ENGLISH = "en"


def may_have(page: SharedPage) -> bool:
    """Whether the page can be had in English: a Swedish one below a municipality's own page."""
    return page.depth > SECTION_DEPTH and page.municipality_id is not None and page.language == settings.LANGUAGE_CODE


@transaction.atomic
def begin(*, page: SharedPage, actor) -> SharedPage:
    """A draft of the page in English, with the Swedish texts to be written over; the one there is where one was begun.

    Raises ActionRefused for a page that cannot have one.
    """
    page = SharedPage.objects.select_for_update().get(pk=page.pk).specific
    if not may_have(page):
        raise ActionRefused(_("This page cannot be translated."), code="not_translated")
    english, _created = Locale.objects.get_or_create(language_code=ENGLISH)
    begun = page.in_other_languages().filter(locale=english).first()
    if begun is not None:
        return begun
    return page.copy(
        copy_revisions=False,
        keep_live=False,
        reset_translation_key=False,
        user=actor,
        update_attrs={
            "locale": english,
            "slug": find_available_slug(page.get_parent(), f"{page.slug}-{ENGLISH}"),
            "summary": page.summary_en or page.summary,
            "summary_en": "",
        },
    )


@transaction.atomic
def follow_audience(page: SharedPage) -> None:
    """Let what was just published, and its translation, be read by whom the Swedish page is read by."""
    swedish = page if page.language == settings.LANGUAGE_CODE else _swedish(page)
    if swedish is None:
        return
    shared = {name: getattr(swedish, name) for name in SHARING_FIELDS[:1]}
    chosen = {name: [row.pk for row in getattr(swedish, name).all()] for name in SHARING_FIELDS[1:]}
    for other in swedish.in_other_languages().specific():
        now = {name: sorted(row.pk for row in getattr(other, name).all()) for name in SHARING_FIELDS[1:]}
        if other.visibility == swedish.visibility and now == {name: sorted(pks) for name, pks in chosen.items()}:
            continue
        for name, value in (shared | chosen).items():
            setattr(other, name, value)
        other.save()
        sharing.change_revisions(other, shared | chosen)
        sharing_changed.send(sender=type(other), item=other)


def _swedish(page: SharedPage) -> SharedPage | None:
    found = page.in_other_languages().filter(locale__language_code=settings.LANGUAGE_CODE).first()
    return found.specific if found is not None else None
