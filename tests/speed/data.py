"""Fill the portal in use with as much as many municipalities have; a program of its own.

python -m tests.speed.data --municipalities 30 --pages 3000 --events 1000 --people 60000
"""

import argparse
import random
from datetime import timedelta

import django

WORDS = """matsvinn kök lärande arbetsplats chef digital vardag metod reflektion språk barn skola vård omsorg trygghet
klimat kompetens grupp samverkan kommun projekt kurs kunskap verktyg mobil möte plan uppdrag tjänst resurs
""".split()  # noqa: SIM905 - a list of a word a line would hide the rest


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, number in (("municipalities", 30), ("pages", 3000), ("events", 1000), ("people", 60_000)):
        parser.add_argument(f"--{name}", type=int, default=number)
    wanted = parser.parse_args()
    django.setup()
    from django.db import transaction

    with transaction.atomic():
        places = _municipalities(wanted.municipalities)
        _people(places, wanted.people)
        pages = _pages(places, wanted.pages)
        _events(places, pages, wanted.events)


def _text(random_: random.Random, words: int) -> str:
    return " ".join(random_.choices(WORDS, k=words)).capitalize() + "."


def _municipalities(number: int) -> list:
    from portal.municipalities.models import Municipality
    from tests.factories.municipalities import MunicipalityFactory

    there = list(Municipality.objects.order_by("pk"))
    for at in range(len(there), number):
        there.append(MunicipalityFactory(name=f"Mätkommun {at}", short_name=f"Mät {at}", slug=f"mat-{at}"))
    return there[:number]


def _people(places: list, number: int) -> None:
    from django.contrib.auth import get_user_model

    from portal.municipalities.enums import Role
    from portal.municipalities.models import Membership, RoleGroup

    user = get_user_model()
    there = user.objects.count()
    people = user.objects.bulk_create(
        [
            user(email=f"person{at}@mat.example", first_name="Kim", last_name=f"Ek{at}", password="!")
            for at in range(there, number)
        ],
        batch_size=2000,
    )
    groups = dict(RoleGroup.objects.filter(role=Role.STAFF).values_list("municipality_id", "group_id"))
    homes = [(person, places[at % len(places)]) for at, person in enumerate(people)]
    Membership.objects.bulk_create([Membership(person=who, municipality=home) for who, home in homes], batch_size=2000)
    through = user.groups.through
    through.objects.bulk_create(
        [through(user_id=who.pk, group_id=groups[home.pk]) for who, home in homes], batch_size=5000
    )


def _pages(places: list, number: int) -> list:
    from cms.models import CoursePage, LessonPage, MethodPage, MunicipalityPage
    from portal.knowledge.models import Topic

    random_ = random.Random(7)
    topics = list(Topic.objects.all())
    sections = {page.municipality_id: page for page in MunicipalityPage.objects.filter(municipality__in=places)}
    pages = []
    there = CoursePage.objects.count() + MethodPage.objects.count() + LessonPage.objects.count()
    for at in range(there, number):
        shared = {
            "title": f"{_text(random_, 4)[:-1]} {at}",
            "summary": _text(random_, 14),
            "visibility": ("public", "public", "members", "internal")[at % 4],
            "contact_name": "Kim Ek",
            "contact_email": "kim@mat.example",
            "topics": random_.sample(topics, k=min(2, len(topics))),
        }
        body = [("paragraph", f"<p>{_text(random_, 90)}</p>") for _part in range(3)]
        story = ("context", "what_we_did", "what_happened", "do_differently", "advice")
        prose = {name: f"<p>{_text(random_, 40)}</p>" for name in story}
        kind = at % 3
        if kind == 0:
            page = CoursePage(**shared, audience=_text(random_, 5), goals=_text(random_, 8))
        elif kind == 1:
            page = MethodPage(**shared, when_to_use=_text(random_, 20), needed=_text(random_, 6))
        else:
            page = LessonPage(**shared, lesson=_text(random_, 12), **prose)
        if kind != 2:
            page.body = body
        section = sections[places[at % len(places)].pk]
        section.add_child(instance=page)
        pages.append(page)
    return pages


def _events(places: list, pages: list, number: int) -> None:
    from cms.models import CoursePage
    from portal.events.models import TrainingEvent
    from tests.factories.events import TrainingEventFactory, a_morning

    courses = [page for page in pages if isinstance(page, CoursePage)] or list(CoursePage.objects.all())
    for at in range(TrainingEvent.objects.count(), number):
        starts_at, ends_at = a_morning(2 + at % 200)
        TrainingEventFactory(
            municipality=places[at % len(places)],
            title=f"Tillfälle {at}",
            capacity=30,
            visibility=("public", "members")[at % 2],
            course=courses[at % len(courses)].page_ptr if at % 3 == 0 else None,
            occasions=[(starts_at + timedelta(minutes=at % 60), ends_at + timedelta(minutes=at % 60))],
        )


if __name__ == "__main__":
    main()
