"""Rules over the whole source and every address."""

import ast
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.urls import get_resolver

from cms.services import adoptions, handovers
from portal.conferences.services import conferences
from search.models import Synonym
from tests.architecture.url_rules import NO_RULE_NEEDED, RULES
from tests.factories.cms import (
    ConferencePageFactory,
    CoursePageFactory,
    DocumentFactory,
    PictureFactory,
    StandardPageFactory,
)
from tests.factories.conferences import add_session, add_speaker, conference_of, release
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, MunicipalityFactory

# Records with rules or people in them: views get them from the access module and in no other way.
GUARDED = {
    "TrainingEvent",
    "EventOccasion",
    "SignUp",
    "SignUpChange",
    "CoOrganiser",
    "Attendance",
    "Membership",
    "Invitation",
    "Collaboration",
    "AuditEntry",
    "Adoption",
    "CoEditing",
    "Handover",
    "Certificate",
    "EventMaterial",
    "InvitationLink",
}
VIEWS = sorted(
    path
    for package in ("portal", "cms", "search")
    for path in (settings.BASE_DIR / package).rglob("*.py")
    if path.stem == "views" or path.parent.name == "views"
)


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_views_fetch_records_through_the_access_module(path: Path):
    tree = ast.parse(path.read_text())

    direct = [
        f"{node.value.id}.{node.attr}, line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_default_manager")
        and isinstance(node.value, ast.Name)
        and node.value.id in GUARDED
    ]

    assert direct == []
    assert "get_object_or_404" not in path.read_text() or path.parts[-2] == "notifications"


def _names(patterns, prefix: str = "") -> set[str]:
    names = set()
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            if not route.startswith(("redaktion/", "konto/")):
                names |= _names(pattern.url_patterns, route)
        else:
            names.add(pattern.name)
    return names


def test_every_address_of_ours_has_a_reviewed_rule():
    assert _names(get_resolver().url_patterns) - NO_RULE_NEEDED == set(RULES)


@pytest.fixture
def objects(cast) -> dict:
    """B's things, one of each, for addresses to point at."""
    event = TrainingEventFactory(municipality=cast.here, title="Kanariefågel", visibility="selected")
    entry = sign_up(event, cast.staff_here)
    membership = cast.staff_here.memberships.get()
    from portal.municipalities.services import invitations

    invitation = invitations.invite(
        municipality=cast.here, email="ny@example.org", roles=[], invited_by=cast.municipality_admin
    )
    page = CoursePageFactory(owner=cast.here, title="Kanariefågel")
    third = MunicipalityFactory()
    source = CoursePageFactory(owner=third, visibility="public")
    adoption = adoptions.show(page=source, municipality=cast.here, actor=cast.coordinator_here)
    handover = handovers.offer(
        from_municipality=cast.here, to_municipality=third, pages=[page], events=[], actor=cast.coordinator_here
    )
    conference = conference_of(ConferencePageFactory(owner=cast.here, title="Kanariefågel"))
    speaker = add_speaker(conference)
    session = add_session(conference, speakers=(speaker,))
    release(conference)
    conferences.open_registration(conference=conference, event=event)
    document, picture = DocumentFactory(owner=cast.here), PictureFactory(owner=cast.here)
    StandardPageFactory(owner=cast.here, image=picture, body=[("document", document)])
    return {
        "document": document.folder,
        "picture": picture.file.name,
        "event": event.public_id,
        "conference": conference.public_id,
        "session": session.public_id,
        "speaker": speaker.public_id,
        "sign_up": entry.uid,
        "membership": membership.pk,
        "invitation": invitation.pk,
        "collaboration": CollaborationFactory(lead=cast.here, title="Kanariefågel").slug,
        "municipality": cast.here.slug,
        "municipality_id": cast.here.pk,
        "mail": uuid.uuid4(),
        "event_id": event.pk,
        "occasion": event.occasions.get().uid,
        "page": page.pk,
        "adoption": adoption.public_id,
        "handover": handover.public_id,
        "synonym": Synonym.objects.first().pk,
    }


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_answers_each_actor_as_its_rule_says(cast, client_of, objects, method):
    answers, expected = {}, {}
    for name, rule in RULES.items():
        promised = getattr(rule, method)
        expected[name] = {actor: promised.get(actor, promised["others"]) for actor in cast.actors()}
        # Each address meets the same things, and nobody has asked too often.
        cache.clear()
        with transaction.atomic():
            answers[name] = {
                actor: _answer(getattr(client_of(actor), method)(rule.path.format(**objects)))
                for actor in cast.actors()
            }
            transaction.set_rollback(True)

    assert {name: (got, expected[name]) for name, got in answers.items() if got != expected[name]} == {}


def _answer(response) -> int | str:
    """The status, or "sign in" for whoever is led there."""
    if response.status_code == 302 and response.headers["Location"].startswith("/konto/login/"):
        return "sign in"
    return response.status_code
