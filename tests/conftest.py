"""What every test may ask for: the cast of actors, and clients signed in as them."""

from dataclasses import dataclass, fields

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils.translation import activate

from portal.municipalities.enums import Role
from portal.municipalities.models import Municipality
from tests.factories.municipalities import MunicipalityFactory, PersonFactory
from tests.helpers.databases import committed, copy_of, keep_copy, migrated_copy, read_copy, write_copy
from tests.walls.summary import pytest_terminal_summary  # noqa: F401 - a hook of pytest's


@dataclass
class Cast:
    """Everybody who matters to a rule. "Here" owns what is tested, "there" is another municipality."""

    here: Municipality
    there: Municipality
    anonymous: object
    staff_here: object
    staff_there: object
    manager: object
    coordinator_here: object
    coordinator_there: object
    municipality_admin: object
    portal_admin: object
    # Has an account and belongs to nothing: somebody who left.
    outsider: object

    def actors(self) -> dict[str, object]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("here", "there")}


_PEOPLE = {
    "staff_here": ("here", ()),
    "staff_there": ("there", ()),
    "manager": ("here", (Role.MANAGER,)),
    "coordinator_here": ("here", (Role.COORDINATOR,)),
    "coordinator_there": ("there", (Role.COORDINATOR,)),
    "municipality_admin": ("here", (Role.ADMINISTRATOR,)),
}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """Migrations run when something about them is new; else the database that they made before is taken."""
    copy = migrated_copy()
    connection.settings_dict["TEST"]["MIGRATE"] = not (copy and copy.exists())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, tmp_path_factory):
    """The cast is made once; each test's changes to it are rolled back."""
    with django_db_blocker.unblock():
        if (copy := migrated_copy()) is not None:
            (write_copy if connection.settings_dict["TEST"]["MIGRATE"] else read_copy)(copy)
        places = {
            "here": MunicipalityFactory(name="Trelleborgs kommun", short_name="Trelleborg", slug="trelleborg"),
            "there": MunicipalityFactory(name="Skurups kommun", short_name="Skurup", slug="skurup"),
        }
        for name, (place, roles) in _PEOPLE.items():
            PersonFactory(
                email=f"{name}@example.org", first_name=name, last_name="Ek", member_of=places[place], roles=roles
            )
        PersonFactory(email="outsider@example.org", first_name="outsider", last_name="Ek")
        get_user_model().objects.create_superuser("portal_admin@example.org", "en lång lösenfras", first_name="Portal")
        address = keep_copy(tmp_path_factory.mktemp("database"))
    return address


@pytest.fixture
def database_copy(db, django_db_setup, tmp_path) -> str:
    """The address of a database of the test's own, with the cast in it, that other processes can open."""
    return copy_of(django_db_setup, tmp_path)


@pytest.fixture
def in_committed_database(database_copy):
    """All that a test writes is committed, as in production, to a database of its own: things are kept in the cache."""
    with committed(database_copy):
        yield


@pytest.fixture
def cast(db) -> Cast:
    people = {name: _person(name) for name in [*_PEOPLE, "portal_admin", "outsider"]}
    return Cast(
        here=Municipality.objects.get(slug="trelleborg"),
        there=Municipality.objects.get(slug="skurup"),
        anonymous=AnonymousUser(),
        **people,
    )


def _person(name: str):
    return get_user_model().objects.get(email=f"{name}@example.org")


@pytest.fixture
def client_of(cast):
    """`client_of("staff_here")`: a browser signed in as that actor."""

    def make(actor) -> Client:
        client = Client()
        user = getattr(cast, actor) if isinstance(actor, str) else actor
        if user.is_authenticated:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make


@pytest.fixture(autouse=True)
def _swedish():
    """A request for an English page leaves its language behind in the thread, where the next one chooses anew."""
    activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
