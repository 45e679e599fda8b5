"""The component tags: one tag, one template and one stylesheet of the same name.

Every tag declares its attributes; an unknown attribute fails when the template is compiled and an
unknown kind or icon when it is rendered. Templates: ``templates/components/<name>.html``. Styles:
``portal/static/css/components/<name>.css``. The gallery is ``templates/styleguide.html``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import cos, pi, sin
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet, BoundField
from django.http import QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.core.services import moment_text

register = template.Library()

BUTTON_KINDS = ("primary", "secondary", "quiet", "danger")
TAG_KINDS = ("neutral", "success", "warning", "danger", "info", "accent")
NOTICE_ICONS = {"info": "info", "success": "check", "warning": "warning", "danger": "warning"}
# Django's message levels and the words page authors are likely to reach for.
NOTICE_SYNONYMS = {"error": "danger", "debug": "info", "neutral": "info", "": "info"}

# Our own drawings on a 24 x 24 grid; the stroke takes the colour of the text around it.
ICONS = {
    "arrow": '<path d="M4.5 12h15M13 5.5l6.5 6.5-6.5 6.5"/>',
    "book": '<path d="M12 6.5C9.8 4.8 6.8 4.3 3.5 4.5v13.8c3.3-.2 6.3.3 8.5 2 2.2-1.7 5.2-2.2 8.5-2V4.5'
    'c-3.3-.2-6.3.3-8.5 2zM12 6.5v13.8"/>',
    "bulb": '<path d="M9 16.5c0-2-3-3.6-3-7.3a6 6 0 0 1 12 0c0 3.7-3 5.3-3 7.3zM9.5 20h5"/>',
    "calendar": '<rect x="3.5" y="5" width="17" height="15.5" rx="2.5"/><path d="M3.5 10h17M8 3v4M16 3v4"/>',
    "camera": '<path d="M3.5 8.5a2 2 0 0 1 2-2h2.3l1.5-2.2h5.4l1.5 2.2h2.3a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-13'
    'a2 2 0 0 1-2-2z"/>'
    '<circle cx="12" cy="12.8" r="3.6"/>',
    "shield": '<path d="M12 3.5l7.5 2.8v5c0 4.6-3 7.7-7.5 9.2-4.5-1.5-7.5-4.6-7.5-9.2v-5zM8.7 12.2l2.4 2.4 4.3-4.6"/>',
    "check": '<path d="M4.5 12.8l5 5L19.5 7"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.3l3.3 2"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15"/>',
    "edit": '<path d="M4.5 19.5l1-4.5L15.8 4.7a1.8 1.8 0 0 1 2.5 0l1 1a1.8 1.8 0 0 1 0 2.5L9 18.5zM13.8 6.7l3.5 3.5"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.5v.1"/>',
    "letters": '<path d="M3 18.5L7.5 6 12 18.5M4.6 14.3h5.8M14 18.5l3.2-8.5 3.3 8.5M15.2 15.7h4"/>',
    "listen": '<path d="M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"/>',
    "pause": '<path d="M8.5 5.5v13M15.5 5.5v13"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="10" rx="2.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "mail": '<rect x="3" y="5" width="18" height="14" rx="2.5"/><path d="M3.5 7.5L12 13.5l8.5-6"/>',
    "people": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c0-4 2.8-6 6.5-6s6.5 2 6.5 6M15.5 4.8'
    'a3.5 3.5 0 0 1 0 6.4M18 14.6c2.2.9 3.5 2.7 3.5 5.4"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c0-4.5 3.2-6.5 7.5-6.5s7.5 2 7.5 6.5"/>',
    "place": '<path d="M12 21c-4.5-4.5-7-8-7-11.2a7 7 0 0 1 14 0C19 13 16.5 16.5 12 21z"/>'
    '<circle cx="12" cy="9.8" r="2.5"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5l5 5"/>',
    "share": '<circle cx="6" cy="12" r="2.8"/><circle cx="17.5" cy="5.8" r="2.8"/>'
    '<circle cx="17.5" cy="18.2" r="2.8"/><path d="M8.5 10.7L15 7.2M8.5 13.3L15 16.8"/>',
    "star": '<path d="M12 3.8l2.5 5.3 5.7.8-4.1 4.1 1 5.8-5.1-2.8-5.1 2.8 1-5.8-4.1-4.1 5.7-.8z"/>',
    "steps": '<path d="M3.5 20v-4.5h5.7V11h5.6V6.5h5.7V3.5"/>',
    "warning": '<path d="M12 3.8l9 16.2H3zM12 10v4.5M12 17.3v.1"/>',
}


def _known(value: str, allowed: Iterable[str], what: str) -> str:
    if value not in allowed:
        raise template.TemplateSyntaxError(f"Unknown {what} {value!r}; choose one of {', '.join(allowed)}.")
    return value


@register.inclusion_tag("components/button.html")
def button(
    label: str, href: str = "", kind: str = "primary", name: str = "", value: str = "", icon: str = ""
) -> dict[str, Any]:
    """A link that looks like a button when ``href`` is given, otherwise a submit button."""
    return {
        "label": label,
        "href": href,
        "kind": _known(kind, BUTTON_KINDS, "button kind"),
        "name": name,
        "value": value,
        "icon": icon,
    }


@register.inclusion_tag("components/card.html")
def card(
    title: str,
    href: str,
    eyebrow: str = "",
    summary: str = "",
    meta: Sequence[str] | None = None,
    image: Any = None,
    tag_label: str = "",
    tag_kind: str = "neutral",
    heading_level: int = 3,
    municipality: Any = None,
) -> dict[str, Any]:
    """A teaser whose heading is the link; the whole surface can be clicked."""
    return {
        "title": title,
        "href": href,
        "eyebrow": eyebrow,
        "summary": summary,
        "meta": [text for text in meta or () if text],
        "image": image,
        "tag_label": tag_label,
        "tag_kind": tag_kind,
        "heading_level": _heading_level(heading_level),
        "municipality": municipality,
    }


def _heading_level(level: int) -> int:
    if level not in range(2, 7):
        raise template.TemplateSyntaxError(f"A component's heading level is 2 to 6, not {level!r}.")
    return level


@register.inclusion_tag("components/tag.html")
def tag(label: str, kind: str = "neutral") -> dict[str, Any]:
    """A short status word; the word carries the meaning, the colour only helps."""
    return {"label": label, "kind": _known(kind, TAG_KINDS, "tag kind")}


def _notice_context(title: str, kind: str) -> dict[str, Any]:
    kind = NOTICE_SYNONYMS.get(kind, kind)
    return {"title": title, "kind": _known(kind, NOTICE_ICONS, "notice kind"), "icon": NOTICE_ICONS[kind]}


@register.inclusion_tag("components/notice.html")
def notice(title: str, text: str = "", kind: str = "info") -> dict[str, Any]:
    """A message in the page. ``kind`` also accepts the level tags of Django's messages."""
    return _notice_context(title, kind) | {"text": text}


@register.simple_block_tag
def notice_block(content: SafeString, title: str, kind: str = "info") -> SafeString:
    """Like ``notice``, for a body with markup of its own."""
    return render_to_string("components/notice.html", _notice_context(title, kind) | {"body": content})


@register.inclusion_tag("components/summary_box.html")
def summary_box(text: str, translated: object = False) -> dict[str, Any]:
    """The plain-language summary ("In short") that every content page starts with; `translated` as `content_lang`."""
    return {"text": text, "translated": translated}


@register.inclusion_tag("components/facts.html")
def facts(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Label and value pairs; a pair without a value is left out, but nought is a value."""
    return {"items": [(label, value) for label, value in items if value not in (None, "", [], ())]}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(items: Iterable[tuple[str, str]], of_pages: bool = False) -> dict[str, Any]:
    """The way here; the last item, the page itself, has no address. `of_pages`: it is all titles that people wrote."""
    return {"items": list(items), "of_pages": of_pages}


@register.inclusion_tag("components/pagination.html")
def pagination(page_obj: Page, querystring: str = "") -> dict[str, Any]:
    """Links to the other pages of a list; ``querystring`` holds the filters to keep."""
    query = QueryDict(querystring.lstrip("?&"), mutable=True)
    query.pop("page", None)
    kept = query.urlencode()
    return {
        "page_obj": page_obj,
        "prefix": f"?{kept}&page=" if kept else "?page=",
        "numbers": page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1),
        "ellipsis": page_obj.paginator.ELLIPSIS,
    }


@register.inclusion_tag("components/empty_state.html")
def empty_state(title: str, text: str = "", action_label: str = "", action_href: str = "") -> dict[str, Any]:
    """What to show where a list has nothing, with a way on."""
    return {"title": title, "text": text, "action_label": action_label, "action_href": action_href}


# Up to this many seats each one is drawn for itself; above it the gaps would be thinner than a pixel.
MOST_SEATS_DRAWN = 30


@register.inclusion_tag("components/seat_bar.html")
def seat_bar(taken: int, capacity: int | None, waiting: int = 0, kept: int = 0) -> dict[str, Any]:
    """How full an event is, in words and as a bar; no capacity means that there is no limit.

    `kept` seats are free but promised to somebody; they stand last in the bar.
    """
    if capacity is None:
        return {"taken": taken, "capacity": None, "waiting": waiting}
    filled = min(taken, capacity)
    kept = min(kept, capacity - filled)
    kinds = ["taken"] * filled + ["free"] * (capacity - filled - kept) + ["kept"] * kept
    return {
        "taken": taken,
        "capacity": capacity,
        "free": capacity - filled - kept,
        "kept": kept,
        "waiting": waiting,
        # Ten units to a seat, the last of them the gap; nothing follows the last seat, so no gap does.
        "width": capacity * 10 - 1,
        "filled_width": filled * 10,
        "kept_width": kept * 10,
        "kept_from": (capacity - kept) * 10,
        "seats": [(number * 10, kind) for number, kind in enumerate(kinds)] if capacity <= MOST_SEATS_DRAWN else [],
    }


@register.inclusion_tag("components/icon.html")
def icon(name: str) -> dict[str, Any]:
    """A decorative drawing, hidden from screen readers: always put a text beside it."""
    # Our own constants above, never a value from a user.
    return {"name": name, "drawing": mark_safe(ICONS[_known(name, ICONS, "icon")])}  # noqa: S308


def _eu_stars() -> str:
    """The path of the twelve stars on a flag of 810 x 540.

    The Interinstitutional Style Guide: the centres lie on a circle of a third of the height, like the
    hours on a clock; each star fills a circle of an eighteenth of the height, one point straight up.
    """
    ring, outer = 180, 30
    inner = outer * sin(pi / 10) / sin(3 * pi / 10)
    stars = []
    for hour in range(12):
        centre_x, centre_y = 405 + ring * sin(hour * pi / 6), 270 - ring * cos(hour * pi / 6)
        corners = [
            f"{centre_x + radius * sin(corner * pi / 5):.1f} {centre_y - radius * cos(corner * pi / 5):.1f}"
            for corner, radius in enumerate([outer, inner] * 5)
        ]
        stars.append(f"M{'L'.join(corners)}z")
    return "".join(stars)


EU_STARS = _eu_stars()


@register.inclusion_tag("components/eu_emblem.html")
def eu_emblem(text: str = "") -> dict[str, Any]:
    """The EU flag with its statement as real text; the law asks for it on every page of an ESF+ project."""
    return {"text": text, "stars": EU_STARS}


def _field_target(field: BoundField) -> str:
    """The id of the first control of a field; a group of choices has none of its own."""
    if field.is_hidden:
        return ""
    return field.id_for_label or (f"{field.auto_id}_0" if field.auto_id else "")


def _form_errors(form: BaseForm, prefix: str = "") -> list[dict[str, Any]]:
    entries = [{"target": "", "prefix": prefix, "text": text} for text in form.non_field_errors()]
    for field in form:
        label = str(field.label)
        lead = label if label.endswith(("?", "!", ".", ":")) else f"{label}:"
        for text in field.errors:
            # "This field is required" three times over would not tell which.
            entries.append({"target": _field_target(field), "prefix": prefix, "text": f"{lead} {text}"})
    return entries


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm | None, formset: BaseFormSet | None = None) -> dict[str, Any]:
    """All that is wrong in a form, and in the rows that belong to it, each with a link to its field."""
    errors = _form_errors(form) if form is not None and form.errors else []
    if formset is not None and formset.is_bound:
        errors += [{"target": "", "prefix": "", "text": text} for text in formset.non_form_errors()]
        for number, row in enumerate(formset.forms, start=1):
            if row.errors:
                errors += _form_errors(row, prefix=_("Row %(number)s") % {"number": number})
    return {"errors": errors}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[tuple[str, str, bool, int | None]], label: str = "") -> dict[str, Any]:
    """Views of the same thing, as links: (label, href, current, count); a count of None is not shown."""
    return {"items": list(items), "label": label}


def _as_html(text: Any) -> Any:
    """Safe markup (also Wagtail's RichText) as it is; plain text escaped, in paragraphs."""
    return text if not text or hasattr(text, "__html__") else mark_safe(linebreaks(text, autoescape=True))  # noqa: S308


@register.inclusion_tag("components/steps.html")
def steps(items: Iterable[Mapping[str, Any]], heading_level: int = 3) -> dict[str, Any]:
    """Numbered steps: mappings with title and, if any, minutes, text and extra."""
    return {
        "items": [
            {
                "title": item["title"],
                "minutes": item.get("minutes"),
                "text": _as_html(item.get("text")),
                "extra": item.get("extra"),
            }
            for item in items
        ],
        "heading_level": _heading_level(heading_level),
    }


def json_ld(described: Mapping[str, Any]) -> SafeString:
    """A data block of schema.org; no script, and with nothing in it that could end it."""
    text = json.dumps(described, ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped above


@register.simple_tag(takes_context=True)
def content_lang(context: Context, translated: object = False, language: str = "") -> SafeString:
    """` lang="sv"` for what people have written, where the page around it is in another language (WCAG 2.2, 3.1.2).

    `translated`: anything that is true when the text shown is in the language of the page all the same. `language` is
    what it is written in: else the template's `content_language`, else Swedish.
    """
    written = language or context.get("content_language") or settings.LANGUAGE_CODE
    return mark_safe("") if translated or get_language() == written else format_html(' lang="{}"', written)


@register.filter
def moment(value: datetime | None) -> str:
    """A day and a time of day as people say it."""
    return moment_text(value)


@register.filter
def moment_with_weekday(value: datetime | None) -> str:
    return moment_text(value, weekday=True)
