"""That nothing of a person is erased for a while: an audit, a dispute, a question of an authority."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import LegalHold
from portal.core.services import ActionRefused


def place(*, person, reason: str, actor, now: datetime | None = None) -> LegalHold:
    """Let nothing of `person` be erased until `lift`. Raises ActionRefused without a reason, and the second time."""
    if not reason.strip():
        raise ActionRefused(_("Write why nothing may be erased."), code="no_reason", field="reason")
    try:
        with transaction.atomic():
            if get_user_model().objects.select_for_update().get(pk=person.pk).erased_at:
                raise ActionRefused(_("They are erased already."), code="erased", field="email")
            return LegalHold.objects.create(person=person, reason=reason, set_by=actor, set_at=now or timezone.now())
    except IntegrityError:
        raise ActionRefused(_("There is a hold for them already."), code="twice", field="email") from None


def lift(*, hold: LegalHold, now: datetime | None = None) -> None:
    """End a hold; lifting it twice is no error. Who asked to be erased meanwhile is erased by the next run."""
    LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=now or timezone.now())
