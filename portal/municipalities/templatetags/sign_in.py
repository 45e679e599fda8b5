"""Ways to sign in."""

from django import template

from portal.core.kept import kept
from portal.municipalities.services import identity_providers

register = template.Library()


@register.simple_tag
def has_providers() -> bool:
    """Whether any municipality's people sign in through a provider of its own."""
    return kept("has-providers", make=lambda: identity_providers.in_use().exists())
