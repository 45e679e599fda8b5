"""What a run plays on: a database of its own, municipalities, people with sessions, events."""

import os
import random
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

MUNICIPALITIES = 4
UNITS_EACH = 3
MANAGERS_OF_UNIT = 2
KINDS = ("plain", "kept", "units", "soon", "asked", "informed", "kept", "plain")
APPROVALS = {"asked": "approve", "informed": "inform"}


@dataclass(frozen=True)
class Actor:
    """Somebody who can act through HTTP: who they are, for whom they come, and the session they are signed in with.

    `unit_id` is the unit that a manager leads.
    """

    pk: int
    session_key: str
    municipality_ids: tuple[int, ...]
    unit_id: int = 0


@dataclass(frozen=True)
class Event:
    """What clients know of an event. `kind` says what may be done to it, and so what its history must look like.

    plain: seats go strictly in turn, however many there are. kept: seats are kept for municipalities. units: so many
    from one unit. soon: it starts so soon that whoever comes first has a free seat. asked: managers say yes or no;
    every second of them holds a seat meanwhile. The hot event is plain.
    """

    pk: int
    public_id: str
    kind: str
    capacity: int
    is_hot: bool = False
    may_be_cancelled: bool = False


@dataclass
class Stage:
    municipality_ids: list[int] = field(default_factory=list)
    people: list[Actor] = field(default_factory=list)
    coordinators: list[Actor] = field(default_factory=list)
    managers: list[Actor] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@contextmanager
def own_database(
    server: str, folder: Path, template: str = "", keep: bool = False, name: str = "stress"
) -> Iterator[str]:
    """The address of a new database: on the PostgreSQL server of the address `server`, or a file in `folder`.

    With `template`, the address of a migrated database, it begins as a copy of that one. Dropped at the end.
    """
    if not server.startswith("postgres"):
        path = folder / "portal.sqlite3"
        if template:
            with (
                closing(sqlite3.connect(template.removeprefix("sqlite:///"))) as old,
                closing(sqlite3.connect(path)) as new,
            ):
                old.backup(new)
        yield f"sqlite:///{path}"
        return
    import psycopg
    from psycopg.sql import SQL, Identifier

    name = f"samlarande_{name}_{os.getpid()}"
    source = Identifier(urlsplit(template).path[1:]) if template else Identifier("template1")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), source))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        if not keep:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def prepare(*, people: int, events: int, coordinators: int, rng: random.Random) -> Stage:
    """Fill the database (which Django is set up for): municipalities, people who are signed in, published events."""
    from portal.municipalities.enums import Role
    from portal.municipalities.models import Membership, Unit
    from tests.factories.municipalities import MunicipalityFactory

    stage = Stage()
    places = [
        MunicipalityFactory(name=f"Provkommun {number}", short_name=f"Prov {number}", slug=f"prov-{number}")
        for number in range(MUNICIPALITIES)
    ]
    stage.municipality_ids = [place.pk for place in places]
    units = {
        place.pk: Unit.objects.bulk_create(Unit(municipality=place, name=f"Enhet {n}") for n in range(UNITS_EACH))
        for place in places
    }
    # One in eight works in two municipalities, and chooses for which one they come.
    belongs_to = [rng.sample(places, 2 if rng.random() < 0.125 else 1) for _person in range(people)]
    stage.people = _people(belongs_to, units, [Role.STAFF], rng)
    stage.coordinators = _people([places] * coordinators, units, [Role.STAFF, Role.COORDINATOR], rng)
    # Two for each unit, who are asked the same at the same moment.
    led = [(place, unit) for place in places for unit in units[place.pk]] * MANAGERS_OF_UNIT
    managers = _people([[place] for place, _unit in led], units, [Role.STAFF, Role.MANAGER], rng)
    for manager, (_place, unit) in zip(managers, led, strict=True):
        Membership.objects.filter(person=manager.pk).update(unit=unit)
        stage.managers.append(replace(manager, unit_id=unit.pk))
    stage.events = [_event(number, places, people, events, rng) for number in range(events)]
    return stage


def _people(belongs_to: list[list], units: dict[int, list], roles: list, rng: random.Random) -> list[Actor]:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from portal.municipalities.models import Membership

    users = get_user_model()
    persons = users.objects.bulk_create(
        [
            users(email=f"{uuid.uuid4().hex}@prov.example", password="!", first_name="Prov", last_name=f"Ek {number}")
            for number in range(len(belongs_to))
        ],
        batch_size=500,
    )
    pairs = [(person, place) for person, places in zip(persons, belongs_to, strict=True) for place in places]
    Membership.objects.bulk_create(
        [Membership(person=person, municipality=place, unit=rng.choice(units[place.pk])) for person, place in pairs],
        batch_size=500,
    )
    in_group = users.groups.through
    for role in roles:
        groups = dict(Group.objects.filter(role_group__role=role).values_list("role_group__municipality", "pk"))
        in_group.objects.bulk_create(
            [in_group(user_id=person.pk, group_id=groups[place.pk]) for person, place in pairs], batch_size=500
        )
    # Signed in as allauth leaves a session behind, without the cost of hashing a password for each.
    store, ends_at = SessionStore(), timezone.now() + timedelta(days=1)
    sessions = [
        Session(
            session_key=uuid.uuid4().hex,
            session_data=store.encode(
                {
                    "_auth_user_id": str(person.pk),
                    "_auth_user_backend": "allauth.account.auth_backends.AuthenticationBackend",
                    "_auth_user_hash": person.get_session_auth_hash(),
                }
            ),
            expire_date=ends_at,
        )
        for person in persons
    ]
    Session.objects.bulk_create(sessions, batch_size=500)
    return [
        Actor(person.pk, session.session_key, tuple(place.pk for place in places))
        for person, session, places in zip(persons, sessions, belongs_to, strict=True)
    ]


def _event(number: int, places: list, people: int, events: int, rng: random.Random) -> Event:
    from django.utils import timezone

    from portal.municipalities.enums import Visibility
    from tests.factories.events import TrainingEventFactory, a_morning

    is_hot = number == 0
    kind = "plain" if is_hot else KINDS[(number - 1) % len(KINDS)]
    capacity = max(people // 8, 4) if is_hot else rng.randint(3, 20)
    # To the minute and on one day, as the form writes it: the coordinators' other changes must not move it.
    starts_at = timezone.localtime().replace(second=0, microsecond=0) + timedelta(hours=12)
    starts_at -= timedelta(hours=1) if starts_at.hour == 23 else timedelta()
    soon = {"occasions": [(starts_at, starts_at + timedelta(minutes=20))], "offers_stop_hours": 24}
    event = TrainingEventFactory(
        municipality=places[number % len(places)],
        title=f"Prov {number}",
        capacity=capacity,
        visibility=Visibility.MEMBERS,
        contact_email="prov@prov.example",
        remind_days=0,
        max_per_unit=2 if kind == "units" else None,
        approval=APPROVALS.get(kind, "none"),
        pending_holds_seat=number // len(KINDS) % 2 == 0,
        **(soon if kind == "soon" else {"occasions": [a_morning(days=10 + number % 300)]}),
    )
    # The last tenth: they have sign-ups by the time somebody cancels them.
    last = not is_hot and number >= events - max(events // 10, 1)
    return Event(event.pk, event.public_id, kind, capacity, is_hot, may_be_cancelled=last)
