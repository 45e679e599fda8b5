"""Difficult words explained where they stand."""

import re
from dataclasses import dataclass

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cms.models import GlossaryPage

# A word is not explained in what is a heading, leads somewhere or is no running text.
_CLOSED = frozenset(
    {"a", "button", "h1", "h2", "h3", "h4", "h5", "h6", "script", "style", "svg", "summary", "label", "dt"}
)
_TAG = re.compile(r"(<!--.*?-->|<[^>]+>)", re.DOTALL)
_NAME = re.compile(r"<(/?)([a-z0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Term:
    """A word as it is written, the forms it is met in (itself one of them), and what it means."""

    word: str
    forms: tuple[str, ...]
    explanation: str


@dataclass(frozen=True)
class Glossary:
    """The words of the published glossary, and the address of its page; no words where there is none."""

    terms: tuple[Term, ...] = ()
    address: str = ""


def glossary() -> Glossary:
    """In one question."""
    page = GlossaryPage.objects.live().first()
    if page is None:
        return Glossary()
    terms = [
        Term(
            value["term"],
            (value["term"], *(form.strip() for form in value["forms"].split(",") if form.strip())),
            value["explanation"],
        )
        for value in (block.value for block in page.terms)
    ]
    return Glossary(tuple(terms), page.get_url() or "")


def explained(markup: str, known: Glossary) -> SafeString:
    """`markup`, which is safe HTML, with the first place of each known word made a button that opens what it means."""
    by_form = {form.casefold(): term for term in known.terms for form in term.forms}
    if not by_form:
        return mark_safe(markup)  # noqa: S308 - as it came
    # The longest first: "ESF-projekt" before "ESF". No letter, digit or hyphen may stand against it.
    forms = "|".join(re.escape(conditional_escape(form)) for form in sorted(by_form, key=len, reverse=True))
    word = re.compile(rf"(?<![\w-])({forms})(?![\w-])", re.IGNORECASE)
    found: list[Term] = []

    def as_button(match: re.Match) -> str:
        term = by_form.get(match[1].casefold())
        if term is None or term in found:
            return match[0]
        found.append(term)
        # The note stands at the end of the text: a box in a paragraph would break the paragraph.
        return f'<button type="button" class="term" popovertarget="term-{len(found)}">{match[1]}</button>'

    closed, pieces = 0, []
    for piece in _TAG.split(markup):
        if not piece.startswith("<"):
            pieces.append(piece if closed else word.sub(as_button, piece))
            continue
        pieces.append(piece)
        name = _NAME.match(piece)
        if name and name[2].lower() in _CLOSED and not piece.endswith("/>"):
            closed = max(0, closed + (-1 if name[1] else 1))
    notes = [
        format_html(
            '<div class="term-note" id="term-{}" popover><p lang="sv"><strong>{}</strong></p><p lang="sv">{}</p>'
            '<p><a href="{}">{}</a></p></div>',
            number,
            term.word,
            term.explanation,
            known.address,
            _("All words in the glossary"),
        )
        for number, term in enumerate(found, start=1)
    ]
    return mark_safe("".join([*pieces, *notes]))  # noqa: S308 - safe parts alone
