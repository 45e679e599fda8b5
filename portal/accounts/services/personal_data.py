"""What the portal knows of a person: fetched by themselves, erased, and kept no longer than promised.

An area above registers a `Holder`: what it does with its own part. Nothing here knows what the parts are.
"""

import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import ProtectedIdentity
from portal.accounts.services import erasure_log, sign_ins
from portal.core.services import ActionRefused
from portal.notifications.models import OutboxMessage
from portal.notifications.services import personal_data as mails


@dataclass(frozen=True)
class Section:
    """One part of what is known: `key` for machines, `title` for people, and rows of label → text, in order."""

    key: str
    title: str
    rows: list[dict[str, str]]


@dataclass(frozen=True)
class Known:
    """Who is to be forgotten: what was known of them when it began, and what stands for the name from now on."""

    person: Any
    name: str
    email: str
    replacement: str
    _pattern: re.Pattern | None = field(init=False, compare=False, default=None)

    def __post_init__(self) -> None:
        words = [word for text in (self.name, self.email) if text for word in {text, html.escape(text)}]
        # As whole words: "Bo Ek" is nobody in "Bo Ekström".
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.I) if words else None
        object.__setattr__(self, "_pattern", pattern)

    def without(self, text: str) -> str:
        """`text` with the replacement where the name or the address stood."""
        return self._pattern.sub(self.replacement, text) if self._pattern else text

    def without_in(self, value: Any) -> Any:
        """The same for whatever JSON can hold; keys stay."""
        if isinstance(value, str):
            return self.without(value)
        if isinstance(value, list):
            return [self.without_in(item) for item in value]
        if isinstance(value, dict):
            return {key: self.without_in(item) for key, item in value.items()}
        return value

    def in_fields(self, *names: str) -> models.Q:
        """Rows whose fields of text may hold the name or the address; read each with `without` before it is changed."""
        found = models.Q(pk__in=[])
        for word in filter(None, (self.name, self.email)):
            # As it is, as HTML has it, and as SQLite keeps it in JSON.
            for text in {word, html.escape(word), json.dumps(word)[1:-1]}:
                for name in names:
                    found |= models.Q(**{f"{name}__icontains": text})
        return found

    def as_contact(self) -> models.Q:
        """Rows that name them as the one to ask; a namesake with another address is somebody else."""
        by_address = models.Q(contact_email__iexact=self.email) if self.email else models.Q(pk__in=[])
        return by_address | models.Q(contact_name__iexact=self.name or "-", contact_email="")

    def rewrite(self, rows: models.QuerySet, *names: str) -> int:
        """Write the replacement into these fields of text of those rows that hold the name or the address."""
        count = 0
        for row in rows.filter(self.in_fields(*names)):
            changed = {name: self.without_in(getattr(row, name)) for name in names}
            if any(value != getattr(row, name) for name, value in changed.items()):
                rows.model._default_manager.filter(pk=row.pk).update(**changed)
                count += 1
        return count


def _nothing(*args: object) -> tuple:
    return ()


def _nobody(now: datetime) -> models.Q:
    return models.Q(pk__in=[])


@dataclass(frozen=True)
class Holder:
    """What one area does with its part of what is known of people.

    `export(person)` says all of it; `refuse(person)` raises ActionRefused where erasing must wait for an act of
    theirs; `leave(person)` ends what goes on, in transactions of its own; `forget_name(known)` writes the replacement
    where the name stands and `forget(known)` erases, both in the caller's transaction; `hide(known)` takes away what
    shows a protected identity and does without them (`services.protected_identity`); `keeps(person)` yields sentences
    of what stays and why; `sweep(now)` erases what is old and yields (sentence, how many); `in_use(now)` finds those
    among the people whose account is of use to them, whether they sign in or not.
    """

    export: Callable[[Any], Iterable[Section]] = _nothing
    refuse: Callable[[Any], object] = _nothing
    leave: Callable[[Any], object] = _nothing
    forget: Callable[[Known], object] = _nothing
    forget_name: Callable[[Known], object] = _nothing
    hide: Callable[[Known], object] = _nothing
    keeps: Callable[[Any], Iterable[str]] = _nothing
    sweep: Callable[[datetime], Iterable[tuple[str, int]]] = _nothing
    in_use: Callable[[datetime], models.Q] = _nobody


_holders: list[Holder] = []


def register_holder(holder: Holder) -> None:
    """Let an area take part in every export, erasure and nightly run."""
    _holders.append(holder)


def holders() -> list[Holder]:
    """All areas' parts; those above come before those that they stand on."""
    return list(_holders)


def export(person) -> list[Section]:
    """All that is known of `person`, in the language in use; empty parts are left out."""
    return [section for holder in _holders for section in holder.export(person) if section.rows]


def kept_after(person) -> list[str]:
    """What stays when `person` is erased now, and why; a sentence each."""
    return [sentence for holder in _holders for sentence in holder.keeps(person)]


def is_held(person) -> bool:
    """Nothing of them may be erased now (`services.legal_holds`)."""
    return person.legal_holds.filter(lifted_at__isnull=True).exists()


def erase(*, person, now: datetime | None = None) -> bool:
    """Erase what is known of `person`, and their account; say whether it is done.

    Seats and offers go to others first. Where a legal hold forbids it, the account is closed and the nightly run
    erases later: then False. Raises ActionRefused for whoever others cannot do without: nothing is changed then.
    Erasing twice is one erasure.
    """
    now = now or timezone.now()
    if person.erased_at:
        return True
    for holder in _holders:
        holder.refuse(person)
    if (person.is_superuser or person.is_held_back) and not get_user_model().objects.filter(
        is_superuser=True, is_active=True
    ).exclude(pk=person.pk):
        raise ActionRefused(_("You are the only portal administrator. Let somebody else be one first."), code="last")
    if is_held(person):
        with transaction.atomic():
            _close(person)
            get_user_model().objects.filter(pk=person.pk, erasure_asked_at=None).update(erasure_asked_at=now)
        return False
    for holder in _holders:
        holder.leave(person)
    with transaction.atomic():
        person = get_user_model().objects.select_for_update().get(pk=person.pk)
        # Asked again with the row locked, as `legal_holds.place` locks it: nothing is held that is being erased.
        if is_held(person):
            return False
        if not person.erased_at:
            _erase(person, now)
    return True


def _erase(person, now: datetime) -> None:
    protected = ProtectedIdentity.objects.filter(person=person).first()
    # By the real name: of an alias nobody can tell whom else it means.
    name = f"{protected.first_name} {protected.last_name}".strip() if protected else person.get_full_name()
    known = Known(person, name, person.email or "", _("Erased person"))
    for holder in _holders:
        # The name first: what else is forgotten is what tells where it stands.
        holder.forget_name(known)
        holder.forget(known)
    ProtectedIdentity.objects.filter(person=person).delete()
    _close(person)
    person.groups.clear()
    person.user_permissions.clear()
    person.emailaddress_set.all().delete()
    Authenticator.objects.filter(user_id=person.pk).delete()
    person.first_name = person.last_name = ""
    person.email = person.last_login = person.erasure_asked_at = None
    person.is_staff = person.is_superuser = person.is_protected = False
    person.erased_at = now
    person.save()
    # Last, and inside: where the line cannot be written, nothing is erased that a restored back-up would bring back.
    erasure_log.write(person, now)


def _close(person) -> None:
    """Nobody comes in as them any more, whatever they had open."""
    person.is_active = False
    person.set_unusable_password()
    person.save(update_fields=["is_active", "password"])
    end_sessions(person)


def end_sessions(person) -> int:
    """Sign `person` out everywhere; return of how many sessions."""
    person.sign_ins.all().delete()
    own = [row.pk for row in Session.objects.iterator() if row.get_decoded().get("_auth_user_id") == str(person.pk)]
    return Session.objects.filter(pk__in=own).delete()[0]


def erase_again(since: datetime) -> int:
    """Erase those who were erased after a back-up of `since` was made, as the erasure log tells; return how many.

    Whom the back-up does not know needs none, and a number that meanwhile is another person's is no match.
    """
    again = 0
    for line in filter(lambda line: line.act == erasure_log.ERASED, erasure_log.lines()):
        person = get_user_model().objects.filter(pk=line.person, date_joined=line.joined_at, erased_at=None).first()
        if person is not None and line.at >= since and erase(person=person):
            again += 1
    return again


def text_of(value: Any) -> str:
    """A value as people read it: moments in Swedish time, yes and no, empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return str(value)


def account_of(person) -> Iterable[Section]:
    """What the account itself says: the part of this area."""
    protected = ProtectedIdentity.objects.filter(person=person).first()
    named = protected or person
    yield Section(
        "account",
        _("Your account"),
        [
            {
                _("First name"): named.first_name,
                _("Last name"): named.last_name,
                _("Protected identity since"): text_of(protected and protected.since),
                _("Shown to others as"): person.first_name if protected else "",
                _("E-mail"): person.email or "",
                _("Since"): text_of(person.date_joined),
                _("Last signed in"): text_of(person.last_login),
                _("Portal administrator"): text_of(person.is_superuser),
            }
        ],
    )
    yield Section(
        "addresses",
        _("Your e-mail addresses"),
        [
            {
                _("E-mail"): address.email,
                _("Confirmed"): text_of(address.verified),
                _("In use"): text_of(address.primary),
            }
            for address in person.emailaddress_set.order_by("pk")
        ],
    )
    # That there is one and when it was used; what it proves itself with is nobody's to carry about in a file.
    yield Section(
        "second_factors",
        _("Your second step"),
        [
            {
                _("Kind"): factor.get_type_display(),
                _("Name"): str(factor) if factor.type == Authenticator.Type.WEBAUTHN else "",
                _("Since"): text_of(factor.created_at),
                _("Last used"): text_of(factor.last_used_at),
            }
            for factor in Authenticator.objects.filter(user_id=person.pk).order_by("pk")
        ],
    )
    open_sessions = [
        {_("Browser"): row.browser, _("System"): row.system, _("Since"): text_of(row.since)}
        for row in sign_ins.open_of(person)
    ]
    yield Section("sessions", _("Where you are signed in"), open_sessions)
    yield Section(
        "mails",
        _("Mails to you"),
        [
            {
                _("When"): text_of(row.created_at),
                _("Subject"): row.subject,
                # A link that opens something is nobody's to carry about in a file.
                _("Text"): "" if row.is_secret else row.text,
            }
            for row in mails.of(person)
        ],
    )


def _forget_mails(known: Known) -> None:
    mails.of(known.person).delete()


def _forget_name_in_mails(known: Known) -> None:
    """In those to others; those to themselves are theirs."""
    to_others = OutboxMessage.objects.exclude(pk__in=mails.of(known.person).values("pk"))
    known.rewrite(to_others, "subject", "text", "html")
    attached = to_others.annotate(as_text=Cast("attachments", models.TextField())).filter(known.in_fields("as_text"))
    for row in attached:
        OutboxMessage.objects.filter(pk=row.pk).update(attachments=known.without_in(row.attachments))


HOLDER = Holder(export=account_of, forget=_forget_mails, forget_name=_forget_name_in_mails)
