"""What else to read, at the end of a page."""

import logging
from typing import Any

from django import template
from django.db import DatabaseError

from search.entries import KIND_LABELS
from search.services.related import related_to

register = template.Library()
logger = logging.getLogger(__name__)


@register.inclusion_tag("search/related.html", takes_context=True)
def related_content(context, item) -> dict[str, Any]:
    """Lessons about the same as a page or event, and what others who use it also use; nothing where there is none."""
    request = context.get("request")
    if request is None:
        return {}
    try:
        related = related_to(item, request.user)
    except DatabaseError:
        # A page is worth reading without what else there is.
        logger.exception("nothing related could be found")
        return {}
    return {
        "lessons": related.lessons,
        "also_used": [(hit, KIND_LABELS[hit.kind]) for hit in related.also_used],
    }
