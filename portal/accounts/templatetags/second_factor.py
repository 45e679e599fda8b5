"""For the pages of the second factor."""

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """`value` as JSON, escaped like any text: for an attribute that a script reads: none stands in a page."""
    return json.dumps(value, cls=DjangoJSONEncoder)
