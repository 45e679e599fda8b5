"""Pages in lists."""

from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.images.shortcuts import get_rendition_or_not_found

from cms.models import ConferencePage, CoursePage, GlossaryPage, LessonPage, MethodPage, SharedPage
from cms.models.base import CARD_PICTURE
from cms.services import glossary
from cms.services.adoptions import LineageNode
from cms.services.structured_data import describe, describe_session
from cms.services.texts import reading_minutes, texts_of
from portal.conferences.models import Conference
from portal.conferences.services.programmes import ProgrammeSession
from portal.core.services import duration_text
from portal.core.templatetags.components import json_ld
from portal.municipalities.enums import Visibility

register = template.Library()


ROW, STEP = 40, 30


@register.inclusion_tag("components/lineage.html")
def lineage_picture(root: LineageNode) -> dict[str, Any]:
    """How a page travelled, drawn as a tree with a row for each place, and the same as nested lists."""
    nodes: list[dict[str, Any]] = []
    lines: list[str] = []

    def place(node: LineageNode, depth: int, parent_y: int | None) -> None:
        x, y = 14 + depth * STEP, 20 + len(nodes) * ROW
        name = node.municipality.short_name if node.municipality else _("Another organisation")
        nodes.append(
            {
                "x": x,
                "y": y,
                "text_x": x + 18,
                "text_y": y + 5,
                "name": name,
                "slug": node.municipality.slug if node.municipality else "",
                "is_here": node.is_here,
                "has_ended": node.has_ended,
            }
        )
        if parent_y is not None:
            lines.append(f"M{x - STEP} {parent_y}V{y}H{x}")
        for child in node.children:
            place(child, depth + 1, y)

    place(root, 0, None)
    width = max(node["text_x"] + 12 * len(node["name"]) + 12 for node in nodes)
    return {
        "root": root,
        "nodes": nodes,
        "lines": lines,
        "places": len(nodes),
        "width": width,
        "height": len(nodes) * ROW,
    }


@register.inclusion_tag("components/card.html", takes_context=True)
def shown_card(context, page: SharedPage, section: SharedPage, slug: str) -> dict[str, Any]:
    """A card of another municipality's page at its address in `section`, which shows it."""
    card = page_card(context, page)
    return {**card, "href": f"{section.get_url(context.get('request'))}{slug}/", "meta": [page.municipality.short_name]}


@register.inclusion_tag("components/lesson_row.html", takes_context=True)
def lesson_row(context, lesson: LessonPage, heading_level: int = 3) -> dict[str, Any]:
    """A lesson by what it says in one sentence; fetched with `for_listing()`, it costs no query."""
    return {
        "content_language": lesson.language,
        "lesson": lesson,
        "href": lesson.get_url(context.get("request")),
        "heading_level": heading_level,
    }


@register.inclusion_tag("components/card.html", takes_context=True)
def page_card(context, page: SharedPage, heading_level: int = 3, is_first: bool = False) -> dict[str, Any]:
    """A card of a page fetched with `for_listing()`: no query of its own. The picture of the first card of a list is
    what a phone shows largest, so it is fetched at once."""
    failed = isinstance(page, LessonPage) and page.describes_failure
    return {
        "title": page.title,
        "href": page.get_url(context.get("request")),
        "municipality": page.municipality,
        "summary": page.lesson if isinstance(page, LessonPage) else page.summary_here,
        "is_first": is_first,
        "content_language": page.language,
        "translated": bool(page.summary_en) and not isinstance(page, LessonPage),
        "meta": _meta(page),
        "image": get_rendition_or_not_found(page.image, CARD_PICTURE) if page.image else None,
        "tag_label": _("Did not work") if failed else "",
        "tag_kind": "warning" if failed else "neutral",
        "heading_level": heading_level,
    }


def _meta(page: SharedPage) -> list[str]:
    if isinstance(page, CoursePage):
        modules = len(page.modules)
        parts = [ngettext("%(count)s module", "%(count)s modules", modules) % {"count": modules}] if modules else []
        return parts + ([minutes(page.minutes)] if page.minutes else [])
    if isinstance(page, MethodPage):
        steps = len(page.steps)
        parts = [ngettext("%(count)s step", "%(count)s steps", steps) % {"count": steps}] if steps else []
        return parts + ([minutes(page.minutes)] if page.minutes else [])
    if isinstance(page, ConferencePage):
        return [conference_dates(page), page.place]
    return []


class Discovery(NamedTuple):
    """What a page's head says to those who show links to it; `image` only of what everybody may read."""

    image: str
    structured: SafeString


@register.simple_tag
def page_discovery(page: SharedPage) -> Discovery:
    image = ""
    if page.visibility == Visibility.PUBLIC:
        image = settings.BASE_URL + reverse("share_image", kwargs={"kind": "sida", "key": str(page.pk)})
    return Discovery(image, json_ld(describe(page, image=image)))


@register.simple_tag
def session_discovery(page: ConferencePage, conference: Conference, session: ProgrammeSession) -> SafeString:
    """What a session is, in the words of schema.org."""
    return json_ld(describe_session(page, conference, session))


@register.filter
def minutes(value: int) -> str:
    """90 → "1 h 30 min"."""
    return duration_text(value) if value else ""


@register.simple_tag
def conference_dates(page: ConferencePage) -> str:
    return page.dates_text


@register.filter
def as_steps(stream) -> list[dict]:
    """A stream of modules or steps as the `steps` component takes them."""
    return [
        {"title": block.value["title"], "minutes": block.value["minutes"], "text": block.value["text"]}
        for block in stream
    ]


class _Explained(template.Node):
    def __init__(self, inside: template.NodeList):
        self.inside = inside

    def render(self, context) -> str:
        text = self.inside.render(context)
        # The glossary itself explains its words already.
        return text if isinstance(context.get("page"), GlossaryPage) else glossary.explained(text, glossary.glossary())


@register.tag
def explained(parser, token) -> _Explained:
    """What stands in `{% explained %} … {% endexplained %}`, with the words of the glossary explained."""
    inside = parser.parse(["endexplained"])
    parser.delete_first_token()
    return _Explained(inside)


@register.simple_tag
def first_facts(page: SharedPage, shows_plain: bool = False) -> list[tuple[str, str, str]]:
    """What one wants to know before reading: icon, words, and the language of words that people wrote."""
    facts: list[tuple[str, str, str]] = []
    if isinstance(page, CoursePage):
        if page.audience:
            facts.append(("people", page.audience, page.language))
        if page.minutes:
            facts.append(("clock", minutes(page.minutes), ""))
        facts.append(("place", page.get_format_display(), ""))
    if isinstance(page, MethodPage):
        if groups := ", ".join(group.name for group in page.groups_shown):
            facts.append(("people", groups, "sv"))
        if page.minutes:
            facts.append(("clock", minutes(page.minutes), ""))
    if reading := reading_minutes(*([page.plain] if shows_plain else texts_of(page))):
        facts.append(
            (
                "book",
                ngettext("%(number)s minute to read", "%(number)s minutes to read", reading) % {"number": reading},
                "",
            )
        )
    return facts
