"""Guests: people without an account who sign up to an event, known by an address that they have confirmed.

A guest is a person like others, so that seats, waiting lists, mails and the door know no difference. What a guest
lacks is a password: they come in by links that were mailed to them, and see their own sign-ups. Nothing is decided
before the address is confirmed, and no page tells whether an address is known: the mail does.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.services import protected_identity
from portal.core import links
from portal.core.services import ActionRefused
from portal.events.models import GuestRequest, InvitationLink, SignUp, TrainingEvent
from portal.events.permissions import takes_guests
from portal.events.services import sign_ups
from portal.municipalities.permissions import viewer_for
from portal.notifications.services.outbox import is_rehearsing, queue_mail

CONFIRM_WITHIN = timedelta(hours=24)
# Long enough to fetch what was shown at a conference, and the certificate.
LINK_HOLDS_AFTER = timedelta(days=90)
# A way to all that is known, and to erasing it, must not lie about in a mailbox.
DATA_LINK_HOLDS = timedelta(hours=1)
OPEN_REQUEST = "events.guest_request_open"
_PURPOSE = "portal.events.guests"
_DATA_PURPOSE = "portal.events.guests.data"


def may_come(event: TrainingEvent, user, invitation: InvitationLink | None = None) -> bool:
    """Whether `user`, who is somebody with or without an account, may sign up as a guest; not whether it is open now.

    `invitation` is a link to the event that holds. Who belongs to a municipality comes for it.
    """
    if viewer_for(user).is_member:
        return False
    return takes_guests(event) or bool(invitation and invitation.for_guests)


@transaction.atomic
def ask(
    *,
    event: TrainingEvent,
    first_name: str,
    last_name: str,
    email: str,
    organisation: str = "",
    takes_seat_at_once: bool = False,
    invitation: InvitationLink | None = None,
    now: datetime | None = None,
) -> None:
    """Mail a link that confirms the address and signs up; whoever has an account, or a sign-up, is told so instead.

    Returns nothing, whatever the address is: the page must not tell. Raises ActionRefused when the event does not
    take guests, or no sign-ups now.
    """
    now = now or timezone.now()
    email = email.strip().lower()
    if not (takes_guests(event) or (invitation and invitation.for_guests)):
        raise ActionRefused(_("One needs an account to sign up to this event."), code="no_guests")
    sign_ups.refuse_unless_open(event, now)
    person = get_user_model().objects.filter(email=email).first()
    if person is not None and not person.is_guest:
        if person.is_active:
            queue_mail(message="events/guest_has_account", to_email=email, recipient=person, context={"event": event})
        return
    if person is not None and (entry := _active(event, person)):
        _mail_links(person, [entry])
        return
    token = secrets.token_urlsafe(32)
    request = GuestRequest.objects.create(
        event=event,
        invitation=invitation,
        first_name=first_name,
        last_name=last_name,
        email=email,
        organisation=organisation,
        takes_seat_at_once=takes_seat_at_once,
        token_hash=_hash(token),
        expires_at=now + CONFIRM_WITHIN,
    )
    queue_mail(
        message="events/guest_confirm",
        to_email=email,
        context={"event": event, "request": request, "token": token},
        reason=OPEN_REQUEST,
        reason_object_id=request.pk,
        is_secret=True,
    )


def find_request(token: str, *, now: datetime | None = None) -> GuestRequest | None:
    """What a link in a mail confirms; None when it is unknown or older than a day."""
    rows = GuestRequest.objects.filter(expires_at__gt=now or timezone.now())
    return rows.select_related("event__municipality", "invitation").filter(token_hash=_hash(token)).first()


def confirm(*, request: GuestRequest, now: datetime | None = None) -> SignUp:
    """Sign the guest up, who is a person from now on; pressing twice is one sign-up, and so is asking twice.

    Raises ActionRefused as `sign_ups.sign_up` does, and when the address has got an account meanwhile.
    """
    person = _person_of(request)
    try:
        return sign_ups.sign_up(
            event_id=request.event_id,
            person=person,
            municipality_id=None,
            organisation=request.organisation,
            takes_seat_at_once=request.takes_seat_at_once,
            form_token=request.form_token,
            invitation=request.invitation,
            now=now,
        )
    except ActionRefused as refusal:
        if refusal.code == "already_signed_up" and (entry := _active(request.event, person)):
            return entry
        raise


@transaction.atomic
def change_details(*, sign_up_id: int, first_name: str, last_name: str, organisation: str) -> SignUp:
    """Let a guest be called otherwise: on the badge of this sign-up, and by name in all of their own.

    Raises ActionRefused for somebody with an account, who changes that, and for a sign-up that has ended.
    """
    entry = SignUp.objects.select_for_update(of=("self",)).select_related("person").get(pk=sign_up_id)
    if not entry.person.is_guest or not entry.is_active:
        raise ActionRefused(_("There is nothing to change here any more."), code="no_guest")
    entry.organisation = organisation
    entry.save(update_fields=["organisation", "updated_at"])
    person = entry.person
    protected_identity.rename(person=person, first_name=first_name, last_name=last_name)
    return entry


def mail_links(*, email: str, now: datetime | None = None) -> None:
    """Mail a guest the ways to their sign-ups that are not long over; an address that has none gets nothing."""
    now = now or timezone.now()
    person = get_user_model().objects.filter(email=email.strip().lower(), is_guest=True, is_active=True).first()
    if person is None:
        return
    entries = SignUp.objects.filter(person=person, event__last_ends_at__gt=now - LINK_HOLDS_AFTER)
    # Of several to one event the latest is what holds.
    latest = {entry.event_id: entry for entry in entries.select_related("event", "person").order_by("pk")}
    if latest:
        _mail_links(person, list(latest.values()))


def address_in_mails(entry: SignUp) -> str:
    """Where a mail leads its person: a guest by a secret address that opens their page, everybody else to the page.

    Of a mail that is only looked at before it is sent the reader must not come in by a guest's.
    """
    if not entry.person.is_guest or is_rehearsing():
        return entry.get_absolute_url()
    return reverse("guest_entry", kwargs={"uid": entry.uid, "key": links.signature(_PURPOSE, _signed(entry))})


def find_entry(uid: UUID, key: str) -> SignUp | None:
    """The sign-up that a secret address leads to; None where the key is another's."""
    entry = SignUp.objects.select_related("event__municipality", "person").filter(uid=uid).first()
    return entry if entry and links.is_signature(_PURPOSE, _signed(entry), key) else None


def mail_data_link(*, person, now: datetime | None = None) -> None:
    """Mail a guest the way to what the portal knows of them, for an hour.

    Whoever is in by the link of a sign-up may have been passed it; the address in the mail is the guest's own. Raises
    ActionRefused for somebody with an account, who does it there.
    """
    if not (person.is_guest and person.is_active and person.email):
        raise ActionRefused(_("There is nothing to change here any more."), code="no_guest")
    until = int(((now or timezone.now()) + DATA_LINK_HOLDS).timestamp())
    kept = {"pk": person.pk, "until": until, "key": links.signature(_DATA_PURPOSE, _signed_data(person, until))}
    queue_mail(
        message="events/guest_data",
        to_email=person.email,
        recipient=person,
        context={"address": reverse("guest_data", kwargs=kept), "minutes": int(DATA_LINK_HOLDS.total_seconds() // 60)},
        is_secret=True,
    )


def find_by_data_link(*, pk: int, until: int, key: str, now: datetime | None = None):
    """The guest whom such a link was mailed to; None once it is old, the address another, or the guest erased."""
    person = get_user_model().objects.filter(pk=pk, is_guest=True, is_active=True).first()
    if person is None or until <= (now or timezone.now()).timestamp():
        return None
    return person if links.is_signature(_DATA_PURPOSE, _signed_data(person, until), key) else None


def link_holds(entry: SignUp, now: datetime | None = None) -> bool:
    """Until three months after the event, while the person is a guest."""
    ends_at = entry.event.last_ends_at
    is_old = bool(ends_at and ends_at + LINK_HOLDS_AFTER <= (now or timezone.now()))
    return entry.person.is_guest and entry.person.is_active and not is_old


def is_request_open(request_id: int) -> bool:
    return GuestRequest.objects.filter(pk=request_id, expires_at__gt=timezone.now()).exists()


def forget_requests(now: datetime | None = None) -> int:
    """Erase what nobody confirmed within a day, and what was confirmed and is in the sign-up now; return how many."""
    return GuestRequest.objects.filter(expires_at__lte=now or timezone.now()).delete()[0]


def forget_all_requests(made_at: datetime) -> str:
    """After a back-up was restored: some were confirmed since. Whoever still wants to come asks again."""
    return f"{GuestRequest.objects.all().delete()[0]} requests forgotten"


def _person_of(request: GuestRequest):
    """The guest with the confirmed address, new or known, called as they write now."""
    users = get_user_model().objects
    names = {"first_name": request.first_name, "last_name": request.last_name}
    try:
        with transaction.atomic():
            return users.create_user(request.email, None, is_guest=True, **names)
    except IntegrityError:  # asked before, or at the same moment
        person = users.get(email=request.email)
    if not person.is_guest or not person.is_active:
        raise ActionRefused(
            _("There is an account with your address. Sign in with it, and sign up there."), code="has_account"
        )
    protected_identity.rename(person=person, **names)
    return person


def _active(event: TrainingEvent, person) -> SignUp | None:
    here = Q(event=event) | Q(series=event.series) if event.once_per_series else Q(event=event)
    return SignUp.objects.active().filter(here, person=person).select_related("event", "person").first()


def _mail_links(person, entries: list[SignUp]) -> None:
    queue_mail(
        message="events/guest_links",
        to_email=person.email,
        recipient=person,
        context={"entries": [(entry, address_in_mails(entry)) for entry in entries]},
        is_secret=True,
    )


def _signed(entry: SignUp) -> str:
    """Another person's sign-up has another key."""
    return f"{entry.uid}:{entry.person_id}"


def _signed_data(person, until: int) -> str:
    return f"{person.pk}:{person.email}:{until}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
