"""The lists of an event's participants: short, searchable, and true on every page."""

import re
import uuid

import pytest
from django.urls import reverse

from portal.accounts.models import User
from portal.events.models import SignUp, TrainingEvent
from portal.events.services import sign_ups, teams
from portal.municipalities.enums import Visibility
from portal.municipalities.models import AuditEntry, Membership, Municipality, Unit
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PersonFactory


@pytest.fixture
def event(cast) -> TrainingEvent:
    return TrainingEventFactory(municipality=cast.here, visibility=Visibility.MEMBERS, capacity=300)


@pytest.fixture
def show(client_of, event):
    """The page with that query, as the coordinator sees it."""
    path = reverse("event_participants", kwargs={"public_id": event.public_id})
    return lambda query="": client_of("coordinator_here").get(path + query)


def add_many(event, number: int, state: str, municipality: Municipality | None = None) -> list[SignUp]:
    """Sign-ups as they stand in the database, without what it takes to make each."""
    municipality = municipality or event.municipality
    marks = [uuid.uuid4().hex[:12] for _number in range(number)]
    people = User.objects.bulk_create(
        [User(email=f"{mark}@example.org", first_name=f"Namn{n}", last_name=mark) for n, mark in enumerate(marks)]
    )
    return SignUp.objects.bulk_create(
        [
            SignUp(
                event=event,
                person=person,
                municipality=municipality,
                state=state,
                queued_at=event.created_at,
                answer_by=event.first_starts_at,
            )
            for person in people
        ]
    )


def shown(answer) -> dict[str, tuple[int, list[int]]]:
    """Of each list: how many it says it has, and who stands on the page."""
    lists = answer.context["lists"].values()
    return {one.name: (one.total, [entry.pk for entry in one.entries]) for one in lists}


def ids(entries) -> list[int]:
    return [entry.pk for entry in entries]


def test_each_list_shows_its_first_fifty_and_leads_to_all(event, show):
    confirmed, waiting = add_many(event, 51, "confirmed"), add_many(event, 50, "waiting")
    ended = add_many(event, 1, "lapsed")

    answer = show()

    assert shown(answer) == {
        "confirmed": (51, ids(confirmed[:50])),
        "awaiting": (0, []),
        "offered": (0, []),
        "waiting": (50, ids(waiting)),
        "ended": (1, ids(ended)),
    }
    links = re.findall(r'href="(\?list=[^"]*)"', answer.content.decode())
    assert links == ["?list=confirmed&print=1", "?list=confirmed"]


def test_one_list_alone_has_pages_of_a_hundred(event, show):
    entries = add_many(event, 201, "confirmed")
    add_many(event, 3, "waiting")

    pages = [shown(show(f"?list=confirmed&page={page}")) for page in (1, 2, 3)]

    assert pages == [{"confirmed": (201, ids(entries[start : start + 100]))} for start in (0, 100, 200)]


@pytest.mark.parametrize(("page", "first"), [("0", 100), ("99", 100), ("x", 0), ("-1", 100), ("9" * 40, 100)])
def test_a_page_that_is_none_is_the_nearest(event, show, page, first):
    entries = add_many(event, 101, "confirmed")

    assert shown(show(f"?list=confirmed&page={page}")) == {"confirmed": (101, ids(entries[first : first + 100]))}


@pytest.mark.parametrize("query", ["?list=", "?list=x", "?municipality=atlantis", "?q=%00", "?q=" + "x" * 101])
def test_what_cannot_be_asked_for_is_ignored(event, show, query):
    entries = add_many(event, 2, "confirmed")

    answer = show(query)

    assert (answer.status_code, shown(answer)["confirmed"]) == (200, (2, ids(entries)))
    assert len(shown(answer)) == 5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("åsa", ["Åsa Lind"]),
        ("ÅSA", ["Åsa Lind"]),
        ("lind", ["Åsa Lind", "Bo Lind"]),
        ("Lind Bo", ["Bo Lind"]),
        ("kO", ["Bo Lind", "Siv Ek"]),
        ("KÖK", ["Siv Ek"]),
        ("bo@", ["Bo Lind"]),
        ("åsa bo", []),
        ("%", []),
    ],
)
def test_the_list_is_searched_by_name_address_and_unit(cast, event, show, text, found):
    kitchen = Unit.objects.create(municipality=cast.here, name="Köket på Öster")
    for first, last, address, unit in [
        ("Åsa", "Lind", "a@example.org", None),
        ("Bo", "Lind", "bo@kommun.example", None),
        ("Siv", "Ek", "siv@skolan.example", kitchen),
    ]:
        person = PersonFactory(member_of=cast.here, unit=unit, first_name=first, last_name=last, email=address)
        sign_up(event, person)

    answer = show(f"?q={text.replace('%', '%25')}")

    people = [str(entry.person) for entry in answer.context["lists"]["confirmed"].entries]
    assert people == found
    assert answer.context["nobody_found"] is (not found)
    assert "empty-state" in answer.content.decode() if not found else "empty-state" not in answer.content.decode()


def test_filters_apply_to_every_list_and_are_kept_in_every_link(cast, event, show):
    add_many(event, 60, "confirmed")
    there = add_many(event, 101, "confirmed", cast.there)
    waiting = add_many(event, 1, "waiting", cast.there)
    add_many(event, 1, "waiting")

    answer = show("?municipality=skurup&q=namn&x=1")

    assert shown(answer) == {
        "confirmed": (101, ids(there[:50])),
        "awaiting": (0, []),
        "offered": (0, []),
        "waiting": (1, ids(waiting)),
        "ended": (0, []),
    }
    html = answer.content.decode()
    kept = "q=namn&amp;municipality=skurup"
    assert f'href="?list=confirmed&amp;{kept}"' in html
    assert set(re.findall(r'action="[^"]*/avboka/([^"]*)"', html)) == {f"?{kept}"}
    alone = show("?list=confirmed&municipality=skurup&q=namn").content.decode()
    assert f'href="?list=confirmed&amp;{kept}&amp;page=2"' in alone
    assert f'href="{reverse("event_participants", kwargs={"public_id": event.public_id})}?{kept}"' in alone


def test_only_municipalities_that_occur_can_be_chosen(cast, event, show):
    add_many(event, 7, "confirmed")
    add_many(event, 6, "cancelled", cast.there)

    choices = show().context["shown"].form.fields["municipality"].choices

    assert [value for value, _label in choices] == ["", "skurup", "trelleborg"]


@pytest.mark.parametrize(("number", "query", "has"), [(12, "", False), (13, "", True), (1, "?q=x", True)])
def test_a_short_list_needs_no_filter_unless_one_is_set(event, show, number, query, has):
    add_many(event, number, "confirmed")

    assert ('name="municipality"' in show(query).content.decode()) is has


def test_places_in_line_are_true_on_every_page_and_with_every_filter(cast, event, show):
    add_many(event, 100, "waiting")
    last = add_many(event, 1, "waiting", cast.there)[0]

    answers = [show("?list=waiting&page=2"), show("?municipality=skurup")]

    for answer in answers:
        assert ids(answer.context["lists"]["waiting"].entries) == [last.pk]
        assert re.findall(r'row-list__number">(\d+)\.', answer.content.decode()) == ["101"]
    last.refresh_from_db()
    assert sign_ups.position_in_queue(last) == 101


def test_the_organiser_and_the_person_read_the_same_place_in_line_of_a_team_too(cast, event):
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=1)
    for _number in range(2):
        sign_up(event)
    people = Membership.objects.filter(person__in=[PersonFactory(member_of=cast.here) for _number in range(3)])
    team = teams.begin(event_id=event.pk, leader=cast.manager, memberships=list(people))
    teams.sign_up(team_id=team.pk, actor=cast.manager)
    sign_up(event)
    waiting = event.sign_ups.filter(state="waiting")

    positions = sign_ups.positions_in_queue(event)

    assert positions == {entry.pk: sign_ups.position_in_queue(entry) for entry in waiting}
    assert sorted(positions.values()) == [1, 2, 2, 2, 5]


def test_a_short_list_is_printed_from_the_page_and_a_long_one_from_its_own(event, show):
    entries = add_many(event, 50, "confirmed")
    short = show().content.decode()
    entries += add_many(event, 1, "confirmed")

    long, whole = show().content.decode(), show("?list=confirmed&print=1").content.decode()

    assert (short.count("print-list__box"), "print=1" in short) == (50, False)
    assert (long.count("print-list__box"), "print=1" in long) == (0, True)
    assert whole.count("print-list__box") == 51
    assert [entry.code for entry in entries if f"{entry.code[:3]} {entry.code[3:]}" not in whole] == []
    assert "print-only" not in whole
    assert "print-list" not in show("?municipality=trelleborg&q=Namn1").content.decode().replace("print=1", "")


@pytest.mark.parametrize("query", ["?list=confirmed&print=1", "", "?q=nobody"])
def test_looking_is_written_down_however_one_looks(cast, event, show, query):
    show(query)
    assert AuditEntry.objects.filter(act="participants_seen").count() == 0
    add_many(event, 1, "confirmed")

    show(query)

    seen = AuditEntry.objects.get(act="participants_seen")
    assert (seen.actor, seen.municipality, seen.subject) == (cast.coordinator_here, cast.here, event.title)


@pytest.mark.parametrize("query", ["", "?list=waiting", "?list=confirmed&print=1", "?q=namn"])
@pytest.mark.parametrize(
    ("actor", "status"),
    [("anonymous", 302), ("staff_here", 404), ("manager", 404), ("coordinator_there", 404), ("outsider", 404)],
)
def test_nobody_else_sees_a_list(event, client_of, actor, status, query):
    entry = add_many(event, 1, "confirmed", Municipality.objects.get(slug="skurup"))[0]

    answer = client_of(actor).get(reverse("event_participants", kwargs={"public_id": event.public_id}) + query)

    assert answer.status_code == status
    assert entry.person.last_name not in answer.content.decode()


def test_exports_are_whole_whatever_is_shown(event, client_of):
    add_many(event, 60, "confirmed")
    path = reverse("event_export", kwargs={"public_id": event.public_id, "file_format": "csv"})

    text = client_of("coordinator_here").get(path + "?q=nobody&list=waiting").content.decode("utf-8-sig")

    assert len(text.strip().splitlines()) == 61


def test_seats_are_given_from_a_filtered_list_which_stays_filtered(cast, event, client_of):
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=1)
    sign_up(event)
    entry = sign_up(event, municipality=cast.there)
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=2)
    client = client_of("coordinator_here")
    path = reverse("event_give_seats", kwargs={"public_id": event.public_id}) + "?list=waiting&municipality=skurup"

    bad = client.post(path, {"chosen": [entry.pk]})
    good = client.post(path, {"chosen": [entry.pk], "reason": "Håller i passet.", "give": "1"})

    assert (bad.status_code, list(bad.context["give_form"].errors), list(bad.context["lists"])) == (
        400,
        ["reason"],
        ["waiting"],
    )
    assert f'value="{entry.pk}" id="chosen-{entry.pk}" autocomplete="off" checked' in bad.content.decode()
    assert good.headers["Location"].endswith("/?list=waiting&municipality=skurup")
    entry.refresh_from_db()
    assert entry.state == "confirmed"
