"""No address asks the database more the more there is: each is asked with one of everything, and with thirty.

Literal counts of the pages that people meet most stand in `test_query_counts.py`; here is every address of the portal,
the editor's too, for those who see most.
"""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.models import Page

from cms.models import PortalImage
from portal.conferences.models import Session
from portal.events.models import EventMaterial, Interest, InvitationLink, SignUp, TrainingEvent
from portal.knowledge.models import Adoption, CoEditing, Handover, HandoverItem
from portal.municipalities.enums import AuditAct, Role, Visibility
from portal.municipalities.models import Deputy, Unit
from portal.municipalities.services import audit, invitations
from portal.notifications.services.outbox import queue_rendered_mail
from search.models import MissingContent, SavedSearch, Synonym
from tests.factories.cms import (
    CollaborationPageFactory,
    ConferencePageFactory,
    CoursePageFactory,
    LessonPageFactory,
    MethodPageFactory,
    StandardPageFactory,
)
from tests.factories.conferences import add_room, add_session, add_speaker, add_track, conference_of, release
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory, PersonFactory
from tests.walls.addresses import addresses_of, every_pattern
from tests.walls.canaries import build, picture

ACTORS = ("coordinator_here", "portal_admin")
MORE = 29
# What a page may ask more where there is more to show, once and not for each; the shortest list of the editor has 10.
SLACK = 8
# Wagtail's own, each with what it asks once for each item. For comments on a page it does so too: none are added here.
KNOWN = {
    "wagtailadmin_api:pages:listing": "parent, schedule, workflow and children of a page",
    "wagtailadmin_api:documents:listing": "tags of a document",
    "wagtailadmin_api:images:listing": "tags of a picture",
    "wagtailadmin_choose_page_child": "parent, schedule and workflow of a page",
    "wagtaildocs_chooser:choose": "the collection of a document",
    "wagtaildocs_chooser:choose_results": "the collection of a document",
}


@pytest.mark.django_db
def test_no_address_asks_more_of_the_database_the_more_there_is(cast, client_of, tmp_path, settings):
    settings.MEDIA_ROOT, settings.WAGTAIL_WORKFLOW_ENABLED = str(tmp_path), True
    world = build({"here": cast.here, "there": cast.there})
    patterns = every_pattern()
    assert KNOWN.keys() <= {pattern.name for pattern in patterns}
    addresses = {str(row): addresses_of(row, world)[0].path for row in patterns if row.name not in KNOWN}
    clients = {actor: client_of(actor) for actor in ACTORS}

    few = _count_all(clients, addresses)
    for number in range(MORE):
        _add(world.places["here"], number, [getattr(cast, actor) for actor in ACTORS])
    many = _count_all(clients, addresses)

    assert len(few) > 300
    assert {cell: (few[cell], many[cell]) for cell in few if many.get(cell, 0) > few[cell] + SLACK} == {}


def _count_all(clients: dict[str, Client], addresses: dict[str, str]) -> dict[tuple[str, str], int]:
    """By actor and address, how many statements a page takes, of those that show one."""
    found = {}
    for name, path in addresses.items():
        for actor, client in clients.items():
            cache.clear()
            reset_queries()
            with CaptureQueriesContext(connection) as captured, transaction.atomic():
                response = client.get(path)
                if response.streaming:
                    b"".join(response.streaming_content)
                transaction.set_rollback(True)
            if response.status_code == 200:
                found[actor, name] = len(captured)
    return found


def _add(things, number: int, actors: list) -> None:
    """One more of everything that "here" has, in the places that the addresses show."""
    owner, ids, name = things.municipality, things.ids, f"nummer {number}"
    shared = {"owner": owner, "visibility": Visibility.PUBLIC}
    event = TrainingEvent.objects.get(public_id=ids["event"][0])
    author = event.sign_ups.get(uid=ids["sign_up"][1]).person
    # People.
    unit = Unit.objects.create(municipality=owner, name=f"Kök {name}")
    person = PersonFactory(member_of=owner, unit=Unit.objects.get(pk=ids["unit"][0]), roles=[Role.COORDINATOR])
    manager = PersonFactory(member_of=owner, unit=unit, roles=[Role.MANAGER])
    today = timezone.localdate()
    Deputy.objects.create(
        unit=unit, person=person, starts_on=today, ends_on=today + timedelta(days=9), chosen_by=manager
    )
    invitations.invite(municipality=owner, email=f"ny{number}@example.org", roles=[], unit=unit, invited_by=author)
    audit.record(municipality=owner, actor=person, act=AuditAct.SEAT_GIVEN, subject=name, detail=[manager])
    queue_rendered_mail(message="m", to_email=person.email, subject="Din plats", text="Hej", recipient=person)
    MunicipalityFactory()
    # Pages, pictures, documents.
    project = CollaborationFactory(lead=owner, title=f"Projekt {name}")
    public = Page.objects.get(pk=ids["page"][0])
    course = CoursePageFactory(**shared, title=f"Kanariefågel {name}", collaboration=project)
    pages = [
        course,
        *(
            factory(**shared, title=f"Kanariefågel {factory.__name__} {name}")
            for factory in (MethodPageFactory, LessonPageFactory, StandardPageFactory, ConferencePageFactory)
        ),
        CollaborationPageFactory(**shared, title=f"Sida om {name}", collaboration=project),
    ]
    for page in pages:
        page.save_revision(user=person, log_action=True)
        Page.objects.filter(pk=page.pk).update(owner=person)
    public.specific.save_revision(user=person, log_action=True)
    section = pages[0].get_parent().specific
    image = PortalImage.objects.create(
        title=name, description=name, file=picture(f"bild{number}"), collection=section.collection
    )
    image.get_rendition("max-165x165")  # as the editor's lists show it, made once for each
    get_document_model().objects.create(title=name, file=picture(f"fil{number}"), collection=section.collection)
    # Sharing.
    third = MunicipalityFactory()
    for who, source, copy in ((owner, pages[1], course.pk), (third, Page.objects.get(pk=ids["course"][0]), None)):
        Adoption.objects.create(
            way="adapted", municipality=who, copy_id=copy, source_id=source.pk, source_title=name, why=name
        )
    handover = Handover.objects.create(from_municipality=owner, to_municipality=third, note=name)
    for which in (handover, Handover.objects.get(public_id=ids["handover"][0])):
        HandoverItem.objects.create(handover=which, title=name, page_id=course.pk)
    CoEditing.objects.create(page_id=public.pk, owner=owner, municipality=third, until=today + timedelta(days=9))
    MissingContent.objects.create(municipality=owner, text=name, wish=name)
    Synonym.objects.create(words=f"ord{number}", also=f"annat{number}")
    # Events and those who come.
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=number + 5)
    sign_up(event, person)
    EventMaterial.objects.create(event=event, title=name, url="https://example.org/")
    InvitationLink.objects.create(event=event, label=name, key=f"nyckel{number}")
    another = TrainingEventFactory(
        municipality=owner, title=f"Kanariefågel {name}", visibility="public", course=course.page_ptr, capacity=90
    )
    for who in actors:
        if who.memberships.exists():
            sign_up(another, who)
        Interest.objects.create(course=course.page_ptr, person=who, municipality=owner)
        SavedSearch.objects.create(person=who, address=f"q=ord{number}")
    sign_up(another, person)
    # Conferences.
    session = Session.objects.get(public_id=ids["session"][0])
    conference = session.conference
    room, speaker = add_room(conference, f"Sal {name}"), add_speaker(conference, f"Ylva {name}")
    add_session(
        conference, f"Punkt {name}", room=room, track=add_track(conference, f"Spår {name}"), speakers=(speaker,)
    )
    own = conference_of(pages[4])
    add_session(own, name, room=add_room(own), track=add_track(own), speakers=(add_speaker(own),))
    release(conference)
    release(own)
    assert SignUp.objects.filter(event=event).count() > number
