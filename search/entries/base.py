from dataclasses import dataclass, field
from datetime import datetime

from django.utils.html import strip_tags


@dataclass(frozen=True)
class EntryContent:
    """What a kind of content gives to search: plain text, facets and audience."""

    kind: str
    object_id: int
    title: str
    url: str
    body: str
    audience: set[str]
    municipality_id: int | None = None
    topic_ids: list[int] = field(default_factory=list)
    ends_at: datetime | None = None


def plain(*parts: str) -> str:
    """Texts and rich texts as one plain text, without tags, one part a line."""
    cleaned = (" ".join(strip_tags(part.replace("<", " <")).split()) for part in parts if part)
    return "\n".join(part for part in cleaned if part)
