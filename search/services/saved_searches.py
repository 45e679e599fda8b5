"""Searches that people keep, and the weekly mail of what is new in them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import links
from portal.core.services import ActionRefused
from portal.municipalities.permissions import tokens_of
from portal.notifications.services.composers import Content
from portal.notifications.services.outbox import PlannedMail, queue_planned
from search.entries import KIND_LABELS
from search.models import SavedSearch, SearchEntry
from search.services import searching
from search.services.choices import SearchChoices, Values

MOST = 30  # of one person
# Only so many of the newest hits are compared, and told of in one mail.
COMPARED, TOLD = 300, 15
WEEK = timedelta(days=6, hours=12)
# Without news one is looked at again so much later.
DAY = timedelta(hours=20)
NEWS = "search.saved_search_has_news"


@transaction.atomic
def keep(*, person, choices: SearchChoices) -> SavedSearch:
    """Keep a search; the same one again changes nothing. Raises ActionRefused for an empty one and beyond MOST."""
    if not choices.is_asked:
        raise ActionRefused(_("Search for something first."), code="empty")
    own = SavedSearch.objects.filter(person=person)
    if own.count() >= MOST and not own.filter(address=choices.address).exists():
        raise ActionRefused(_("You have saved as many searches as one can. Take one away first."), code="too_many")
    # Whoever presses twice has it once.
    saved, _is_new = SavedSearch.objects.get_or_create(
        person=person, address=choices.address, defaults={"seen": _found(person, choices)}
    )
    return saved


def forget(saved: SavedSearch) -> None:
    saved.delete()


def set_mailed(saved: SavedSearch, is_mailed: bool) -> None:
    """Begin or end the weekly mail; what came meanwhile is not told of."""
    saved.is_mailed = is_mailed
    if is_mailed:
        saved.seen = _found(saved.person, choices_of(saved))
    saved.save()


def choices_of(saved: SavedSearch, values: Values | None = None) -> SearchChoices:
    return SearchChoices(QueryDict(saved.address), values)


def end_key(saved: SavedSearch) -> str:
    """What the mail's link to end it carries: whoever has it may end this mail, and nothing else."""
    return _signer().sign(saved.public_id)


def of_end_key(key: str) -> SavedSearch | None:
    try:
        return SavedSearch.objects.filter(public_id=_signer().unsign(key)).first()
    except BadSignature:
        return None


def _signer() -> Signer:
    return Signer(salt=links.salt("saved search"))


def mail_news(*, now: datetime | None = None) -> int:
    """Queue a mail for every saved search that finds something new since the last one; return how many.

    At most once a week each, however often it runs, and looked at once a day.
    """
    now = now or timezone.now()
    due = SavedSearch.objects.filter(is_mailed=True, person__is_active=True)
    due = due.exclude(mailed_at__gt=now - WEEK).exclude(looked_at__gt=now - DAY).order_by("pk")
    return sum(_mail_news_of(pk, now) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _mail_news_of(pk: int, now: datetime) -> bool:
    saved = SavedSearch.objects.select_for_update(of=("self",)).select_related("person").filter(pk=pk).first()
    if saved is None or not saved.is_mailed or (saved.looked_at and saved.looked_at > now - DAY):
        return False
    saved.looked_at = now
    found = _found(saved.person, choices_of(saved))
    known = set(saved.seen)
    saved.news = [entry for entry in found if entry not in known]
    # What is not found for a while, and then again, is nothing new.
    saved.seen = [*found, *(entry for entry in saved.seen if entry not in set(found))][: 2 * COMPARED]
    if saved.news:
        saved.mailed_at = now
    saved.save()
    if not saved.news:
        return False
    queue_planned([PlannedMail("search/saved_search", saved.person, saved.person.email, NEWS, saved.pk)])
    return True


def has_news(saved_id: int) -> bool:
    """Asked before the mail is sent: whether it is still wanted, and the person may still read any of it."""
    saved = SavedSearch.objects.select_related("person").filter(pk=saved_id, is_mailed=True).first()
    return saved is not None and any(_news(saved))


def content_of_news(saved_id: int) -> Content:
    """What the mail says, of what the person may read at that moment."""
    saved = SavedSearch.objects.select_related("person").get(pk=saved_id)
    entries = list(_news(saved))
    return Content(
        {
            "search": choices_of(saved).description,
            "address": saved.address,
            "number": len(entries),
            "entries": [(entry, KIND_LABELS[entry.kind]) for entry in entries[:TOLD]],
            "end_key": end_key(saved),
        }
    )


def _news(saved: SavedSearch) -> Iterator[SearchEntry]:
    readable = searching.readable(_tokens(saved.person)).only("title", "url", "kind", "language").in_bulk(saved.news)
    return (readable[pk] for pk in saved.news if pk in readable)


def _found(person, choices: SearchChoices) -> list[int]:
    """The ids of the newest entries that the search finds for a person."""
    return searching.newest_ids(choices.query(tokens_of(person)), COMPARED)


def _tokens(person) -> frozenset[str] | None:
    tokens = tokens_of(person)
    return None if tokens is None else frozenset(tokens)
