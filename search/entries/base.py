from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.html import strip_tags


@dataclass(frozen=True)
class EntryContent:
    """What a kind of content gives to search: plain text, facets and audience.

    `facets` are what results are narrowed by, as "topic:4" (`query.FACETS`). `dated_at` is when it was published, or
    takes place; `joinable_until` is until when one can sign up for it.
    """

    kind: str
    object_id: int
    title: str
    url: str
    body: str
    audience: set[str]
    municipality_id: int | None = None
    language: str = "sv"
    facets: list[str] = field(default_factory=list)
    dated_at: datetime = field(default_factory=timezone.now)
    ends_at: datetime | None = None
    joinable_until: datetime | None = None


def facets(**values) -> list[str]:
    """Facets of the names given, each of one value or several; those without a value are left out."""
    found = []
    for name, value in values.items():
        several = value if isinstance(value, list) else [value]
        found += [f"{name}:{one}" for one in several if one not in (None, "")]
    return found


def plain(*parts: str) -> str:
    """Texts and rich texts as one plain text, without tags, one part a line."""
    cleaned = (" ".join(strip_tags(part.replace("<", " <")).split()) for part in parts if part)
    return "\n".join(part for part in cleaned if part)
