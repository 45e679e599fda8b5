"""What a page says, as texts: for searching, and for how long it takes to read."""

from django.utils.html import strip_tags

from cms.models import (
    AccessibilityStatementPage,
    ConferencePage,
    CoursePage,
    GlossaryPage,
    LessonPage,
    MethodPage,
    SharedPage,
)
from portal.conferences.services.programmes import Programme

# Silent reading of Swedish: 199 words a minute on the average (IReST, Trauzettel-Klosinski & Dietz 2012).
WORDS_A_MINUTE = 199


def _of_programme(programme: Programme | None) -> list[str]:
    """What the public version says, and who is named in it."""
    if programme is None:
        return []
    texts = [text for session in programme.sessions for text in (session.title, session.description)]
    return texts + [text for who in programme.speakers for text in (who.name, who.byline, who.about)]


def texts_of(page: SharedPage) -> list[str]:
    """The texts of a page in its own class, rich ones with their tags; without title, summary and plain version."""
    texts: list[str] = []
    if isinstance(page, LessonPage):
        texts += [page.lesson, *(text for _heading, text in page.sections)]
    if isinstance(page, CoursePage):
        texts += [page.audience, page.goals, *_of_stream(page.modules)]
    if isinstance(page, MethodPage):
        texts += [page.when_to_use, page.needed, page.result, *_of_stream(page.steps)]
    if isinstance(page, ConferencePage):
        texts += [page.place, page.audience, page.travel, page.learned, page.next_steps, *_of_programme(page.programme)]
    if isinstance(page, AccessibilityStatementPage):
        texts += [page.shortcomings, page.how_tested]
    if isinstance(page, GlossaryPage):
        texts += _of_stream(page.terms)
    if hasattr(page, "body"):
        texts += _of_stream(page.body)
    return texts


def _of_stream(stream) -> list[str]:
    """The texts of a stream field, block by block, as Wagtail's blocks give them for searching."""
    return [str(text) for block in stream for text in block.block.get_searchable_content(block.value)]


def reading_minutes(*texts: str) -> int:
    """How many whole minutes it takes to read `texts`, rich or plain; at least one, but none for no words."""
    words = sum(len(strip_tags(text.replace("<", " <")).split()) for text in texts)
    return max(1, round(words / WORDS_A_MINUTE)) if words else 0
