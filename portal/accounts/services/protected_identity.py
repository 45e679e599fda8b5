"""Protected identity (skyddade personuppgifter): people whom others meet by an alias only.

Whoever has protected registration or a confidentiality mark with the Swedish Tax Agency (Skatteverket) is found by
nobody here. The alias stands where the name stood, so a list, a badge, a file, a search or an order of names shows it
without knowing; the real name is kept apart, encrypted. The address stays what one signs in with and is written to,
and whoever shows it asks `User.shown_email`. `name_for` is the one place where the real name comes back.
"""

import re
import secrets
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import ProtectedIdentity
from portal.accounts.services import erasure_log
from portal.accounts.services.personal_data import Known, holders
from portal.core.models import normalise_text
from portal.core.services import ActionRefused

LONGEST_ALIAS = 80
_LEAST, _MOST = 1000, 9999
_TELLING = 3  # letters; a shorter name stands in too many words


def name_for(viewer, person) -> str:
    """What `viewer` may read as the name of `person`: the real one for a protected person themselves alone."""
    if person.is_protected and viewer is not None and viewer.pk == person.pk:
        return real_name(person)
    return str(person)


def real_name(person) -> str:
    """The name behind an alias, for the services that owe it to the person; the name itself where there is none."""
    kept = ProtectedIdentity.objects.filter(person=person).first()
    return f"{kept.first_name} {kept.last_name}".strip() if kept else person.get_full_name()


@transaction.atomic
def protect(*, person, actor, alias: str = "", now: datetime | None = None) -> str:
    """Let others meet `person` by `alias` from now on, and everywhere their name has been written; return the alias.

    Without one it is "Participant" and a number that nobody else has. For somebody who is protected already it is
    another alias. Raises ActionRefused for an alias that tells who it is, and for somebody who is erased.
    """
    person = get_user_model().objects.select_for_update().get(pk=person.pk)
    if person.erased_at:
        raise ActionRefused(_("They are erased already."), code="erased")
    first_name, last_name = _names_of(person)
    alias = " ".join(normalise_text(alias).split())
    _refuse_what_tells(alias, person, first_name, last_name)
    alias = alias or (person.first_name if person.is_protected else _free_alias())
    if not person.is_protected:
        known = Known(person, person.get_full_name(), person.email or "", alias)
        for holder in holders():
            # The name first, as in an erasure: what else is hidden tells where it stands.
            holder.forget_name(known)
            holder.hide(known)
        ProtectedIdentity.objects.create(
            person=person, first_name=first_name, last_name=last_name, set_by=actor, since=now or timezone.now()
        )
    person.first_name, person.last_name, person.is_protected = alias, "", True
    person.save(update_fields=["first_name", "last_name", "is_protected"])
    # Last, and inside, as of an erasure: a restored back-up would bring the name back.
    erasure_log.write(person, now or timezone.now(), act=erasure_log.PROTECTED, alias=alias)
    return alias


@transaction.atomic
def end(*, person) -> None:
    """Show `person` by name again, from now on; where the alias has been written it stays. Twice is once."""
    person = get_user_model().objects.select_for_update().get(pk=person.pk)
    kept = ProtectedIdentity.objects.filter(person=person).first()
    if kept is None:
        return
    person.first_name, person.last_name, person.is_protected = kept.first_name, kept.last_name, False
    person.save(update_fields=["first_name", "last_name", "is_protected"])
    kept.delete()
    erasure_log.write(person, timezone.now(), act=erasure_log.SHOWN)


def protect_again(since: datetime) -> int:
    """Protect those who were protected after a back-up of `since` was made, as the log tells; return how many."""
    last = {(line.person, line.joined_at): line for line in erasure_log.lines() if line.act != erasure_log.ERASED}
    again = 0
    for line in last.values():
        people = get_user_model().objects.filter(pk=line.person, date_joined=line.joined_at, erased_at=None)
        person = people.filter(is_protected=False).first()
        if person is not None and line.act == erasure_log.PROTECTED and line.at >= since:
            protect(person=person, actor=None, alias=line.alias)
            again += 1
    return again


def rename(*, person, first_name: str, last_name: str) -> None:
    """Write what `person` is called now; behind the alias, where there is one."""
    if person.is_protected:
        ProtectedIdentity.objects.filter(person=person).update(first_name=first_name, last_name=last_name)
        return
    person.first_name, person.last_name = first_name, last_name
    person.save(update_fields=["first_name", "last_name"])


def _names_of(person) -> tuple[str, str]:
    kept = ProtectedIdentity.objects.filter(person=person).first()
    return (kept.first_name, kept.last_name) if kept else (person.first_name, person.last_name)


def _refuse_what_tells(alias: str, person, first_name: str, last_name: str) -> None:
    if len(alias) > LONGEST_ALIAS:
        raise ActionRefused(_("An alias has at most 80 letters."), code="too_long", field="alias")
    own = re.findall(r"\w+", f"{first_name} {last_name} {(person.email or '').partition('@')[0]}".casefold())
    words = {word for word in own if len(word) >= _TELLING}
    if "@" in alias or any(word in alias.casefold() for word in words):
        raise ActionRefused(
            _("That alias tells who you are. Choose one without your name and your address."),
            code="telling",
            field="alias",
        )


def _free_alias() -> str:
    users = get_user_model().objects
    while True:
        number = secrets.randbelow(_MOST - _LEAST + 1) + _LEAST
        alias = _("Participant %(number)s") % {"number": number}
        # Longer numbers, should those of four figures run out.
        if not users.filter(first_name=alias).exists() or users.filter(is_protected=True).count() > _MOST // 2:
            return alias
