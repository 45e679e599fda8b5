"""What conferences do when something below them happens, and what they tell the outbox: whether a queued mail still
has a reader, and what it says."""

from django.dispatch import receiver

from portal.accounts.services.personal_data import register_holder
from portal.conferences.services import follow_ups, personal_data, places, releases
from portal.events.models import SignUp
from portal.events.signals import sign_up_cancelled
from portal.notifications.services.composers import register_composer
from portal.notifications.services.reasons import register_reason


@receiver(sign_up_cancelled, sender=SignUp)
def give_up_places(sender, sign_up, **kwargs) -> None:
    """Whoever does not come to the conference leaves a place in each session to somebody else."""
    places.leave_all(sign_up_id=sign_up.pk)


register_holder(personal_data.HOLDER)
register_reason(releases.SLOT, releases.is_to_be_told)
register_composer(releases.SLOT, releases.content_of_slot)
register_reason(places.HAS_PLACE, places.has_place)
register_composer(places.HAS_PLACE, places.content_of_place)
register_reason(places.IS_IN, places.is_in)
register_composer(places.IS_IN, places.content_of_place)
register_reason(follow_ups.CAME, follow_ups.came)
register_composer(follow_ups.CAME, follow_ups.content_of_follow_up)
