"""What searching knows of people: told to them, and erased."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.accounts.services.personal_data import Holder, Known, Section, text_of
from search.models import AskedSearch, MissingContent, SavedSearch
from search.services import search_log


def export(person) -> Iterable[Section]:
    yield Section(
        "saved_searches",
        _("Your saved searches"),
        [
            {_("Search"): row.address, _("Mailed"): text_of(row.is_mailed), _("Since"): text_of(row.created_at)}
            for row in SavedSearch.objects.filter(person=person)
        ],
    )


def forget(known: Known) -> None:
    SavedSearch.objects.filter(person=known.person).delete()


def forget_name(known: Known) -> None:
    """Nobody stands behind a search, but a name may stand in it."""
    AskedSearch.objects.filter(known.in_fields("text")).delete()
    known.rewrite(MissingContent.objects.all(), "text", "wish")


def sweep(now: datetime) -> Iterable[tuple[str, int]]:
    yield gettext_noop("searches that were asked"), search_log.forget_old()


HOLDER = Holder(export=export, forget=forget, forget_name=forget_name, sweep=sweep)
