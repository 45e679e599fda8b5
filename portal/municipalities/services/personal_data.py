"""What municipalities know of people: told to them, erased, kept no longer than `portal.core.retention` promises."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.accounts.services.personal_data import Holder, Known, Section, text_of
from portal.core.retention import AFTER_USE
from portal.municipalities.models import AuditEntry, Deputy, ExternalIdentity, Invitation, Membership
from portal.municipalities.services import audit, memberships

# A heavy user's log of years would make the answer a book; the log itself is the municipality's.
_MOST_ACTS = 2000


def export(person) -> Iterable[Section]:
    belongs = Membership.objects.with_roles().filter(person=person)
    yield Section(
        "memberships",
        _("Where you belong"),
        [
            {
                _("Municipality"): row.municipality.name,
                _("Roles"): ", ".join(str(role.label) for role in row.roles),
                _("Unit"): row.unit.name if row.unit else "",
                _("Occupational group"): row.occupational_group.name if row.occupational_group else "",
                _("Since"): text_of(row.created_at),
            }
            for row in belongs
        ],
    )
    yield Section(
        "deputies",
        _("For whom you stand in"),
        [
            {_("Unit"): row.unit.name, _("From"): row.starts_on.isoformat(), _("To"): row.ends_on.isoformat()}
            for row in Deputy.objects.filter(person=person).select_related("unit")
        ],
    )
    yield Section(
        "invitations",
        _("Invitations to you"),
        [
            {_("Municipality"): row.municipality.name, _("When"): text_of(row.created_at)}
            for row in Invitation.objects.filter(email__iexact=person.email or "-").select_related("municipality")
        ],
    )
    yield Section(
        "identities",
        _("Where you sign in from"),
        [
            {
                _("Municipality"): row.provider.municipality.name,
                _("Your number there"): row.subject,
                _("Since"): text_of(row.created_at),
            }
            for row in ExternalIdentity.objects.filter(person=person).select_related("provider__municipality")
        ],
    )
    acts = AuditEntry.objects.filter(actor=person).select_related("municipality")[:_MOST_ACTS]
    yield Section(
        "acts",
        _("What you have done, as it stands in the logs"),
        [
            {
                _("When"): text_of(row.at),
                _("Municipality"): row.municipality.short_name if row.municipality else _("The whole portal"),
                _("What was done"): row.get_act_display(),
                # Of others in it only that there are some: their data is theirs.
                _("With what"): audit.without_people(row.subject),
            }
            for row in acts
        ],
    )


def refuse(person) -> None:
    """Raises ActionRefused for the last administrator or coordinator of a municipality."""
    for membership in Membership.objects.filter(person=person).select_related("municipality", "person"):
        memberships.refuse_last(membership)


def leave(person) -> None:
    for membership in Membership.objects.filter(person=person).select_related("municipality", "person"):
        memberships.leave(membership=membership, actor=person)


def forget(known: Known) -> None:
    Deputy.objects.filter(person=known.person).delete()
    ExternalIdentity.objects.filter(person=known.person).delete()
    hide(known)


def hide(known: Known) -> None:
    if known.email:
        Invitation.objects.filter(email__iexact=known.email).delete()


def sweep(now: datetime) -> Iterable[tuple[str, int]]:
    over = Q(accepted_at__isnull=False) | Q(withdrawn_at__isnull=False) | Q(expires_at__lt=now)
    old = Invitation.objects.filter(over, updated_at__lt=now - AFTER_USE, expires_at__lt=now - AFTER_USE)
    yield gettext_noop("invitations that were used or had run out"), old.delete()[0]
    yield gettext_noop("lines of logs"), audit.forget_old(now)


def in_use(now: datetime) -> Q:
    """Members are their municipality's to let go."""
    return Q(memberships__isnull=False)


HOLDER = Holder(export=export, refuse=refuse, leave=leave, forget=forget, hide=hide, sweep=sweep, in_use=in_use)
