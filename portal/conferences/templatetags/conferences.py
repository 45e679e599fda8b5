"""Programmes in sentences."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format

register = template.Library()


@register.filter
def slot(told: dict[str, str]) -> str:
    """When and where, of a change: "tisdag 3 december 09:00–09:45, Stora salen"; "" for nothing."""
    if not told.get("starts_at"):
        return ""
    starts_at = timezone.localtime(datetime.fromisoformat(told["starts_at"]))
    ends_at = timezone.localtime(datetime.fromisoformat(told["ends_at"]))
    when = f"{date_format(starts_at, 'l j F')} {starts_at:%H:%M}–{ends_at:%H:%M}"
    return ", ".join(part for part in (when, told.get("room", "")) if part)
