import uuid
from datetime import datetime, timedelta

import factory
from django.utils import timezone

from portal.events.models import TrainingEvent
from portal.events.services import sign_ups, training_events
from portal.municipalities.enums import Visibility
from tests.factories.municipalities import PersonFactory


def a_morning(days: int = 30) -> tuple[datetime, datetime]:
    """Nine to twelve, so many days from now."""
    starts_at = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=days)
    return starts_at, starts_at + timedelta(hours=3)


class TrainingEventFactory(factory.django.DjangoModelFactory):
    """A published event with one date; `published=False` keeps the draft, `occasions` gives other dates."""

    class Meta:
        model = TrainingEvent

    title = factory.Sequence(lambda number: f"Tillfälle {number}")
    summary = "En förmiddag om mindre matsvinn."
    capacity = 2
    visibility = Visibility.INTERNAL
    place = "Kunskapshuset"

    @classmethod
    def _create(cls, model_class, *args, **fields):
        published = fields.pop("published", True)
        occasions = fields.pop("occasions", [a_morning()])
        shared_with = fields.pop("shared_with", [])
        collaborations = fields.pop("shared_with_collaborations", [])
        event = training_events.save(
            event=model_class(**fields),
            occasions=occasions,
            shared_with=shared_with,
            shared_with_collaborations=collaborations,
        )
        return training_events.publish(event_id=event.pk) if published else event


def sign_up(event, person=None, *, municipality=None, now=None):
    """A sign-up through the service, for a new member of the event's municipality unless told otherwise."""
    municipality = municipality or event.municipality
    person = person or PersonFactory(member_of=municipality)
    return sign_ups.sign_up(
        event_id=event.pk, person=person, municipality_id=municipality.pk, form_token=uuid.uuid4(), now=now
    )
