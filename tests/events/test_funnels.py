"""From the sign-up to the chair, in numbers and as a picture."""

from datetime import timedelta
from xml.etree import ElementTree

from django.template import Context, Template
from django.utils import timezone

from portal.events.models import Attendance
from portal.events.services import funnels, sign_ups
from portal.events.services.funnels import Funnel, Stages
from portal.municipalities.enums import Visibility
from portal.municipalities.services import memberships
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PersonFactory

EARLIER = timezone.now() - timedelta(days=9)


def an_event(cast, **fields):
    return TrainingEventFactory(municipality=cast.here, visibility=Visibility.MEMBERS, **{"capacity": 9, **fields})


def leave(entry):
    sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)


def drawn(funnel: Funnel) -> ElementTree.Element:
    html = Template("{% load events %}{% funnel_picture funnel %}").render(Context({"funnel": funnel}))
    return ElementTree.fromstring(html.strip())  # noqa: S314 - our own


def test_an_event_without_sign_ups_has_empty_stages(cast):
    assert funnels.of_event(an_event(cast)) == Funnel(Stages("", 0, 0, None), ())


def test_whoever_has_ever_signed_up_is_counted_once_and_seats_are_those_held_now(cast):
    event = an_event(cast, capacity=2)
    entries = [sign_up(event) for _number in range(4)]
    leave(entries[0])
    leave(entries[3])
    sign_up(event, entries[3].person)

    assert funnels.of_event(event) == Funnel(Stages("", 4, 1, None), ())


def test_each_municipality_has_its_stages_where_there_are_several(cast):
    event = an_event(cast)
    sign_up(event)
    leave(sign_up(event, municipality=cast.there))
    sign_up(event, municipality=cast.there)

    assert funnels.of_event(event) == Funnel(
        Stages("", 3, 2, None), (Stages("Skurup", 2, 1, None), Stages("Trelleborg", 1, 1, None))
    )


def test_somebody_who_signed_up_for_two_municipalities_is_one_person_in_all(cast):
    event = an_event(cast)
    person = PersonFactory(member_of=cast.here)
    leave(sign_up(event, person))
    memberships.join(person=person, municipality=cast.there)
    sign_up(event, person, municipality=cast.there)

    assert funnels.of_event(event) == Funnel(
        Stages("", 1, 1, None), (Stages("Skurup", 1, 1, None), Stages("Trelleborg", 1, 0, None))
    )


def test_those_came_who_were_checked_in_once_or_more_and_have_their_seat(cast):
    morning = EARLIER.replace(hour=8)
    dates = [(morning + timedelta(days=day), morning + timedelta(days=day, hours=2)) for day in range(2)]
    event = an_event(cast, occasions=dates)
    event.first_starts_at = timezone.now() + timedelta(days=1)
    entries = [sign_up(event, now=EARLIER - timedelta(days=1)) for _number in range(4)]
    first, second = event.occasions.all()
    for entry, occasion in [(entries[0], first), (entries[0], second), (entries[1], second), (entries[2], first)]:
        Attendance.objects.create(sign_up=entry, occasion=occasion)
    sign_ups.cancel(sign_up_id=entries[2].pk, actor=entries[2].person, now=EARLIER - timedelta(hours=23))

    assert funnels.of_event(event) == Funnel(Stages("", 4, 3, 2), ())


def test_the_numbers_cost_three_queries_however_many_there_are(cast, django_assert_num_queries):
    event = an_event(cast, capacity=40)
    for _round in range(2):
        for _number in range(5):
            sign_up(event)
            sign_up(event, municipality=cast.there)
        with django_assert_num_queries(3):
            funnels.of_event(event)


def test_the_picture_has_its_numbers_as_text_in_one_sentence_and_in_a_table():
    picture = drawn(Funnel(Stages("", 1200, 600, 0), (Stages("Skurup", 1200, 600, 0), Stages("Ö & <k>", 1, 0, 0))))

    svg = picture.find("svg")
    bars = [(bar.get("class").split()[1], float(bar.get("width"))) for bar in svg.iter("rect")]
    shown = [text.text for text in svg.iter("text")]
    assert svg.get("role") == "img"
    assert [word for word in ("1200", "600", "Skurup", "Ö & <k>") if word not in svg.get("aria-label")] == []
    assert [shown[number] for number in (2, 4, 6)] == ["1200", "600", "0"]
    assert bars[:3] == [
        ("funnel__bar--signed-up", 142),
        ("funnel__bar--confirmed", 71),
        ("funnel__bar--came", 0),
    ]
    assert bars[6][1] == 2  # one of 1,200 is still seen
    assert [[cell.text for cell in row] for row in picture.iter("tr")][1:] == [
        [shown[0], "1200", "600", "0"],
        ["Skurup", "1200", "600", "0"],
        ["Ö & <k>", "1", "0", "0"],
    ]
    assert "style" not in svg.attrib


def test_nothing_is_said_of_those_who_came_before_anybody_has():
    picture = drawn(Funnel(Stages("", 2, 1, None), ()))

    assert len(list(picture.iter("rect"))) == 2
    assert [len(row) for row in picture.iter("tr")] == [3, 3]


def test_the_numbers_stand_on_the_page_of_participants(cast, client_of):
    event = an_event(cast)
    client = client_of("coordinator_here")
    path = f"/arbetsyta/tillfallen/{event.public_id}/"

    without = client.get(path)
    sign_up(event)
    with_one = client.get(path)

    assert ('class="funnel"' in without.content.decode(), without.context["funnel"]) == (False, None)
    assert 'class="funnel"' in with_one.content.decode()
    assert with_one.context["funnel"] == Funnel(Stages("", 1, 1, None), ())
