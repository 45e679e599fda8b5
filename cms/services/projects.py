"""A project record becomes a collaboration and the draft of its page; the same number again is an update."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils.html import escape
from django.utils.text import Truncator, slugify
from django.utils.translation import gettext as _

from cms.models import CollaborationPage, MunicipalityPage
from portal.core.services import ActionRefused
from portal.municipalities.enums import Visibility
from portal.municipalities.models import Collaboration, Municipality
from portal.municipalities.services import collaborations
from portal.municipalities.services.esf_records import ProjectRecord

# Our field ← the record's.
_FIELDS = {
    "title": "title",
    "diary_number": "diary_number",
    "owner_name": "owner",
    "fund": "fund",
    "period_start": "start_date",
    "period_end": "end_date",
    "programme_area": "programme_area",
    "specific_objective": "specific_objective",
    "cofinancing_rate": "cofinancing_rate",
    "planned_participants": "planned_participants",
    "region": "region",
}


@dataclass(frozen=True)
class SavedProject:
    collaboration: Collaboration
    page: CollaborationPage
    created: bool


def facts_from(record: ProjectRecord) -> dict:
    """The collaboration's fields as the record has them; what is missing or unreadable is left out."""
    return {ours: record.value(theirs) for ours, theirs in _FIELDS.items() if record.value(theirs) is not None}


def further_facts_from(record: ProjectRecord) -> list[list[str]]:
    """What the record says beyond our fields, as label and value; personal data stays behind."""
    known = set(_FIELDS.values())
    rest = [[f.label, f.raw] for f in record.fields if f.name not in known and not f.personal and f.raw and f.label]
    return rest + [[label, value] for label, value in record.unknown]


def summary_from(record: ProjectRecord) -> str:
    """A first proposal for "in short": the beginning of the description, cut at a sentence where one ends."""
    text = " ".join(record.description[:1])
    sentences = re.split(r"(?<=[.!?])\s+", text)
    summary = ""
    for sentence in sentences:
        if summary and len(summary) + len(sentence) > 300:
            break
        summary = f"{summary} {sentence}".strip()
    return Truncator(summary or str(record.value("title") or "")).chars(390)


def find_existing(diary_number: str | None) -> Collaboration | None:
    if not diary_number:
        return None
    return Collaboration.objects.filter(diary_number__iexact=" ".join(diary_number.split())).first()


@transaction.atomic
def save_project(
    *,
    municipality: Municipality,
    facts: dict,
    partners=None,
    summary: str,
    description: str,
    further_facts: list[list[str]],
    actor=None,
) -> SavedProject:
    """Create a collaboration with the draft of its page in `municipality`'s section, or update the one with the
    same diary number: its facts at once, its page as a new draft that an editor publishes.

    `facts` are fields of Collaboration; `partners` None leaves them as they are. Raises ActionRefused when the
    number belongs to another municipality's project, ValidationError when facts do not hold together; nothing is
    written then.
    """
    existing = find_existing(facts.get("diary_number"))
    if existing is not None and existing.lead_id != municipality.pk:
        raise ActionRefused(
            _("%(number)s is kept by %(municipality)s already. Ask them to update it.")
            % {"number": existing.diary_number, "municipality": existing.lead.name},
            code="foreign_project",
            field="diary_number",
        )
    collaboration = existing or Collaboration(lead=municipality, slug=_free_slug(facts.get("title", "")))
    for name, value in facts.items():
        setattr(collaboration, name, value)
    collaboration.further_facts = further_facts
    collaborations.save(collaboration, partners=partners)
    page = _write_page(collaboration, municipality, summary, description, actor)
    return SavedProject(collaboration, page, created=existing is None)


def _write_page(collaboration, municipality, summary: str, description: str, actor) -> CollaborationPage:
    page = CollaborationPage.objects.filter(collaboration=collaboration, municipality=municipality).first()
    if page is None:
        section = MunicipalityPage.objects.get(municipality=municipality)
        page = CollaborationPage(
            title=collaboration.title,
            summary=summary,
            collaboration=collaboration,
            visibility=Visibility.INTERNAL,
            live=False,
            has_unpublished_changes=True,
        )
        page.body = _paragraphs(description)
        section.add_child(instance=page)
    else:
        page = page.get_latest_revision_as_object()
        page.title = collaboration.title
        page.summary = summary
        page.body = _paragraphs(description)
    page.save_revision(user=actor, log_action=True)
    return page


def _paragraphs(description: str) -> list[tuple[str, str]]:
    # Browsers send CR LF; a paragraph ends at an empty line.
    lines = "\n".join(line.rstrip() for line in description.splitlines())
    parts = [part.strip() for part in lines.split("\n\n") if part.strip()]
    html = "".join(f"<p>{escape(part).replace(chr(10), '<br/>')}</p>" for part in parts)
    return [("paragraph", html)] if html else []


def _free_slug(title: str) -> str:
    base = slugify(title)[:70] or "projekt"
    slug, number = base, 2
    while Collaboration.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug
