"""What every service shares: how it says no, how it writes moments and lengths, reads ids, and writes new rows."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models
from django.urls import translate_url
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _


class ActionRefused(Exception):
    """An action that cannot be taken, with a sentence for the person who tried.

    `message` is translated and complete; `code` is stable and for tests and views; `field` names the form
    field it belongs to, or is "" where it concerns the whole form.
    """

    def __init__(self, message: str, *, code: str, field: str = "") -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code
        self.field = field


def moment_text(value: datetime | None, *, weekday: bool = False) -> str:
    """An aware datetime as people say it, in Swedish time: "3 december kl. 09:00"; "" for None."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    day = date_format(
        local, ("l " if weekday else "") + ("j F" if local.year == timezone.localdate().year else "j F Y")
    )
    return _("%(day)s at %(time)s") % {"day": day, "time": f"{local:%H:%M}"}


def in_language(path: str) -> str:
    """A stored address of the portal ("/kurser/") as it is below the language in use ("/en/kurser/").

    Addresses that are the same in all languages, and those that have a language already, stay as they are.
    """
    language = get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return path
    with override(settings.LANGUAGE_CODE):  # the one that the address is written in
        return translate_url(path, language)


def duration_text(minutes: int) -> str:
    """How long, as people say it: "3 h 30 min", "45 min", "2 h", "0 min"."""
    hours, rest = divmod(minutes, 60)
    parts = [_("%(hours)s h") % {"hours": hours}] if hours else []
    if rest or not hours:
        parts.append(_("%(minutes)s min") % {"minutes": rest})
    return " ".join(parts)


def ids_in(values: Iterable[str]) -> list[int]:
    """The row ids among texts that came with a request; what can be none, or is too large to be one, is left out."""
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19]


def inserted(model: type[models.Model], rows: list) -> list:
    """The new `rows` of `model`, written in one statement; a single one without what a bulk costs beside it."""
    if len(rows) == 1:
        rows[0].save(force_insert=True)
        return rows
    return model._default_manager.bulk_create(rows)
