"""The world of the matrix, made once for its module and rolled back as a whole."""

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client, override_settings

from portal.municipalities.models import Municipality
from tests.walls import canaries
from tests.walls.fingerprints import Fingerprint
from tests.walls.visits import Matrix

ACTORS = (
    "anonymous",
    "staff_here",
    "staff_there",
    "manager",
    "coordinator_here",
    "coordinator_there",
    "municipality_admin",
    "portal_admin",
    "outsider",
)


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker):
    """One transaction for the module instead of one per test, which would mean a world per test.

    The name is pytest-django's: it makes the database for tests that ask for it.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def matrix(db, tmp_path_factory):
    """Everything a cell needs; each cell rolls back by itself."""
    files = override_settings(
        MEDIA_ROOT=str(tmp_path_factory.mktemp("media")),
        ERASURE_LOG=str(tmp_path_factory.mktemp("log") / "erasures.jsonl"),
        WAGTAIL_WORKFLOW_ENABLED=True,
    )
    with files:
        world = canaries.build(
            {
                "here": Municipality.objects.get(slug="trelleborg"),
                "there": Municipality.objects.get(slug="skurup"),
            }
        )
        sessions = {actor: _session_of(actor) for actor in ACTORS}
        seeds = {place: [things.municipality, *_cast_of(place), *things.rows] for place, things in world.places.items()}
        yield Matrix(world, Fingerprint(seeds), sessions)


def _session_of(actor: str) -> str | None:
    if actor == "anonymous":
        return None
    client = Client()
    client.force_login(_person(actor), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.session.session_key


def _cast_of(place: str) -> list:
    return [_person(actor) for actor in sorted(canaries.MEMBERS[place])]


def _person(actor: str):
    return get_user_model().objects.get(email=f"{actor}@example.org")
