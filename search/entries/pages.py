"""From a published page to its search entry."""

import html

from django.utils import timezone
from django.utils.translation import override

from cms.models import (
    AccessibilityStatementPage,
    CollaborationPage,
    ConferencePage,
    CoursePage,
    GlossaryPage,
    LessonPage,
    MethodPage,
    MunicipalityPage,
    SharedPage,
    StandardPage,
)
from cms.services.texts import texts_of
from portal.municipalities.permissions import audience_of
from search.entries.base import EntryContent, facets, plain

KINDS = {
    CoursePage: "course",
    MethodPage: "method",
    LessonPage: "lesson",
    ConferencePage: "conference",
    CollaborationPage: "project",
    MunicipalityPage: "municipality",
    StandardPage: "page",
    AccessibilityStatementPage: "page",
    GlossaryPage: "page",
}


def entry_for_page(page: SharedPage) -> EntryContent | None:
    """None for a page that is not published or of a kind that is not found by searching (the front page)."""
    kind = KINDS.get(type(page))
    if kind is None or not page.live:
        return None
    return EntryContent(
        kind=kind,
        object_id=page.pk,
        title=page.title,
        url=_address(page),
        body=html.unescape(plain(page.summary, *_texts(page))),
        audience=audience_of(page),
        municipality_id=page.municipality_id,
        language=page.language,
        facets=facets(
            kind=kind,
            municipality=page.municipality_id,
            topic=[topic.pk for topic in page.topics.all()],
            group=[group.pk for group in page.occupational_groups.all()],
            year=timezone.localtime(published).year if (published := page.first_published_at) else None,
        ),
        dated_at=page.last_published_at or timezone.now(),
    )


def _address(page: SharedPage) -> str:
    """In the language that the page is written in, where it is shown and not led away from."""
    with override(page.language):
        return page.get_url() or page.url_path


def _texts(page: SharedPage) -> list[str]:
    texts = [*texts_of(page), page.plain]
    if isinstance(page, CollaborationPage):
        project = page.collaboration
        texts += [project.title, project.diary_number or "", project.region, project.owner_name]
    # Last, so that the passage shown with a hit is prose rather than a row of names.
    texts += [topic.name for topic in page.topics.all()]
    texts += [group.name for group in page.occupational_groups.all()]
    return texts
