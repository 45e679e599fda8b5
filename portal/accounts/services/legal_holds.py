"""That nothing of a person is erased for a while: an audit, a dispute, a question of an authority."""

from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import LegalHold
from portal.core.services import ActionRefused


def place(*, person, reason: str, actor, until: date | None = None, now: datetime | None = None) -> LegalHold:
    """Let nothing of `person` be erased until `lift`, or to and including the day `until`.

    Raises ActionRefused without a reason, for a day that has passed, and the second time.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise ActionRefused(_("Write why nothing may be erased."), code="no_reason", field="reason")
    if until is not None and until < timezone.localdate(now):
        raise ActionRefused(_("The last day has passed. Choose a later one."), code="past", field="until")
    try:
        with transaction.atomic():
            if get_user_model().objects.select_for_update().get(pk=person.pk).erased_at:
                raise ActionRefused(_("They are erased already."), code="erased", field="email")
            return LegalHold.objects.create(person=person, reason=reason, set_by=actor, set_at=now, until=until)
    except IntegrityError:
        raise ActionRefused(_("There is a hold for them already."), code="twice", field="email") from None


def lift(*, hold: LegalHold, now: datetime | None = None) -> None:
    """End a hold; lifting it twice is no error. Who asked to be erased meanwhile is erased by the next run."""
    LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=now or timezone.now())


def lift_ended(now: datetime) -> int:
    """Lift those whose last day has passed; return how many."""
    ended = LegalHold.objects.filter(lifted_at=None, until__lt=timezone.localdate(now))
    return ended.update(lifted_at=now)


def in_force() -> models.QuerySet[LegalHold]:
    """The holds that forbid something now, the newest first, with whom they are about and who set them."""
    return LegalHold.objects.filter(lifted_at=None).select_related("person", "set_by")
