"""What else to read, at the end of a page."""

from typing import Any

from django import template

from search.entries import KIND_LABELS
from search.services.related import related_to

register = template.Library()


@register.inclusion_tag("search/related.html", takes_context=True)
def related_content(context, item) -> dict[str, Any]:
    """Lessons about the same as a page or event, and what others who use it also use; nothing where there is none."""
    request = context.get("request")
    if request is None:
        return {}
    related = related_to(item, request.user)
    return {
        "lessons": related.lessons,
        "also_used": [(hit, KIND_LABELS[hit.kind]) for hit in related.also_used],
    }
