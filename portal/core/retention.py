"""How long what is kept: a class for each field of each model, and what each class means.

Each area has a module `retention` with a table of its own models, those of packages included; its app's `ready`
declares it. `tests/architecture/test_retention.py` fails for a field without a class. What a class promises is done by
each area's `services/personal_data`, nightly and when somebody is erased.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Retention(models.TextChoices):
    """What becomes of a field. The label is what people read on the page about how their data is processed."""

    NOBODY = "nobody", _("Says nothing about anybody.")
    ACCOUNT = "account", _("Until you erase your account, or nobody has used it for three years.")
    PARTICIPATION = (
        "participation",
        _("Two years after the event; then it is not tied to you any more. What you have a certificate for: with it."),
    )
    EVIDENCE = (
        "evidence",
        _(
            "Your name, encrypted, when you came to an event of an EU project and erase your account: "
            "until five years after the project’s last payment."
        ),
    )
    DETAILS = "details", _("Six months after the event.")
    NEEDS = "needs", _("Fourteen days after the event.")
    MAIL = "mail", _("Ninety days after it was sent.")
    SHORT = "short", _("Until it is used or has run out, at most ninety days.")
    LOG = "log", _("Five years.")
    WORK = "work", _("With what it belongs to; it is tied to nobody by name once you erase your account.")
    CONTACT = "contact", _("While you are the one to ask; taken away when you erase your account.")
    SPEAKER = "speaker", _("With the conference, in public while you agree; taken away when you erase your account.")
    SEARCH = "search", _("Ninety days, without who searched.")


# What the classes count in.
AFTER_EVENT = timedelta(days=2 * 365)
DETAILS_AFTER_EVENT = timedelta(days=182)
AFTER_SENDING = timedelta(days=90)
AFTER_USE = timedelta(days=90)
UNUSED_ACCOUNT = timedelta(days=3 * 365)
LOGGED = timedelta(days=5 * 365 + 2)  # the database itself refuses to let go what is younger than five years

Table = Mapping[str, Mapping[Retention, str]]

_classes: dict[str, dict[str, list[Retention]]] = {}


def declare(tables: Mapping[str, Table]) -> None:
    """Take in tables: label of an app → name of a model → class → names of fields, with spaces between them."""
    for app, table in tables.items():
        for model, classes in table.items():
            fields = _classes.setdefault(f"{app}.{model}", {})
            for retention, names in classes.items():
                for name in names.split():
                    fields.setdefault(name, []).append(retention)


def classes_of(model: type[models.Model]) -> dict[str, list[Retention]]:
    """Field → its classes as they were declared: one, where nothing is forgotten or said twice."""
    return _classes.get(model._meta.label, {})


def declared_models() -> set[str]:
    """Labels of the models of all tables."""
    return set(_classes)


# The models of core itself.
TABLES = {
    "core": {
        "BackupRun": {Retention.NOBODY: "id made_at ended_at name size problem"},
        # Until the file is gone.
        "FileToRemove": {Retention.NOBODY: "id place since", Retention.SHORT: "name"},
        "Restored": {Retention.NOBODY: "id epoch backup_made_at at"},
    },
}
