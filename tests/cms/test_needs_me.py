"""What waits for a person in the workspace: their own municipality's, and nothing of anybody else's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cms.services import adoptions, needs_me
from portal.knowledge.models import Adoption, CoEditing, Handover
from portal.municipalities.enums import Visibility
from tests.factories.cms import CoursePageFactory
from tests.factories.events import TrainingEventFactory
from tests.factories.municipalities import MunicipalityFactory

TODAY = timezone.localdate()


@pytest.fixture
def waiting(cast) -> None:
    """One of everything for there, and of events also those that wait for nobody or for others."""
    third = MunicipalityFactory()
    shared = {"owner": third, "visibility": Visibility.MEMBERS}
    source = CoursePageFactory(**shared, title="Källan")
    adoptions.adapt(page=source, municipality=cast.there, actor=cast.coordinator_there)
    source.title = "Källan, ny"
    source.save_revision().publish()
    asked = CoursePageFactory(**shared, title="Frågad")
    adoptions.show(page=asked, municipality=cast.there, actor=cast.coordinator_there)
    Adoption.objects.filter(source=asked.pk).update(asked_at=timezone.now())
    CoursePageFactory(owner=cast.there, title="Gammal", review_date=TODAY - timedelta(days=1))
    CoEditing.objects.create(
        page=CoursePageFactory(owner=third, title="Tillsammans"), owner=third, municipality=cast.there, until=TODAY
    )
    Handover.objects.create(from_municipality=third, to_municipality=cast.there)
    fields = {"min_participants": 3, "decide_by": TODAY + timedelta(days=2)}
    TrainingEventFactory(municipality=cast.there, title="Få anmälda", **fields)
    TrainingEventFactory(municipality=third, title="Någon annans", **fields)
    TrainingEventFactory(municipality=cast.there, title="Utkast", published=False, **fields)
    TrainingEventFactory(municipality=cast.there, title="Senare", **fields | {"decide_by": TODAY + timedelta(days=4)})
    TrainingEventFactory(municipality=cast.there, title="Bestämd", decided_at=timezone.now(), **fields)


def test_everything_that_waits_is_for_those_it_waits_for(cast, waiting):
    people = {name: actor for name, actor in cast.actors().items() if actor.is_authenticated}

    needs = {name: [need.title for need in needs_me.for_user(actor)] for name, actor in people.items()}

    assert {name for name, found in needs.items() if found} == {"coordinator_there"}
    assert needs["coordinator_there"][1:] == ["Källan", "Frågad", "Få anmälda", "Gammal", "Tillsammans"]
