"""What a portal administrator does with one person's data, asked by letter or by an authority; each act in the log.

The log is the portal's own, which belongs to no municipality: in one of theirs its administrators would read whose
identity is protected.
"""

from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import transaction

from portal.accounts.models import LegalHold
from portal.accounts.services import legal_holds, personal_data, protected_identity
from portal.accounts.services.personal_data import Section
from portal.municipalities.enums import AuditAct
from portal.municipalities.models import AuditEntry
from portal.municipalities.services import audit


class Identity(NamedTuple):
    """Who somebody is, whatever others read."""

    name: str
    email: str


def find(*, email: str, actor) -> Any:
    """The person with that address, in use or not; None where there is none. That somebody was found is logged."""
    person = get_user_model().objects.with_address(email).filter(erased_at=None).order_by("pk").first()
    if person is not None:
        _record(actor, AuditAct.PERSON_FOUND, person)
    return person


def person(pk: int) -> Any:
    """Somebody who is not erased, or None."""
    return get_user_model().objects.filter(pk=pk, erased_at=None).first()


def identity(*, person, actor) -> Identity:
    """Who `person` is. Each look at a protected identity is logged."""
    if person.is_protected:
        _record(actor, AuditAct.IDENTITY_SEEN, person)
    return Identity(protected_identity.real_name(person), person.email or "")


def summary(person) -> list[tuple[str, int]]:
    """What would go: of each part its title and how many lines it has."""
    return [(section.title, len(section.rows)) for section in personal_data.export(person)]


@transaction.atomic
def export(*, person, actor) -> list[Section]:
    """All that is known of `person`, to be sent to them."""
    _record(actor, AuditAct.DATA_EXPORTED, person)
    return personal_data.export(person)


def erase(*, person, actor) -> bool:
    """Erase `person` as they could themselves; False where a hold forbids it, and the account is closed until then.

    Raises ActionRefused as `personal_data.erase` does.
    """
    is_done = personal_data.erase(person=person)
    _record(actor, AuditAct.PERSON_ERASED, person)
    return is_done


@transaction.atomic
def hold(*, person, reason: str, until: date | None, actor) -> LegalHold:
    """Let nothing of `person` be erased, to and including `until`. Raises ActionRefused as `legal_holds.place` does."""
    placed = legal_holds.place(person=person, reason=reason, until=until, actor=actor)
    _record(actor, AuditAct.HOLD_PLACED, person)
    return placed


@transaction.atomic
def lift(*, person, actor) -> None:
    """End the hold; where there is none, nothing changes."""
    for held in person.legal_holds.filter(lifted_at=None):
        legal_holds.lift(hold=held)
        _record(actor, AuditAct.HOLD_LIFTED, person)


@transaction.atomic
def protect(*, person, alias: str, actor) -> str:
    """Protect the identity of `person` on their request; return the alias. Raises as `protected_identity.protect`."""
    given = protected_identity.protect(person=person, actor=actor, alias=alias)
    _record(actor, AuditAct.IDENTITY_PROTECTED, person)
    return given


@transaction.atomic
def end_protection(*, person, actor) -> None:
    """Show `person` by name again, on their request."""
    if person.is_protected:
        protected_identity.end(person=person)
        _record(actor, AuditAct.IDENTITY_SHOWN, person)


def _record(actor, act: AuditAct, person) -> AuditEntry:
    return audit.record(municipality=None, actor=actor, act=act, subject=person)
