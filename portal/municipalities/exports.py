"""The audit log as a file."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.exports import csv_file
from portal.municipalities.models import AuditEntry


def audit_as_csv(entries: Iterable[AuditEntry]) -> bytes:
    """One row an entry, newest first; `entries` must have the actor fetched, and names in their texts."""
    headings = [_("When"), _("Who"), _("What was done"), _("With what"), _("Details")]
    rows = [
        [
            f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
            str(entry.actor) if entry.actor else "",
            entry.get_act_display(),
            entry.subject,
            entry.detail,
        ]
        for entry in entries
    ]
    return csv_file([headings, *rows])
