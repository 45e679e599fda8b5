"""Food, access and own questions: only what is asked is kept, only the organisers read it, and it goes by itself."""

from datetime import timedelta

import pytest
from cryptography.fernet import InvalidToken
from django.core.exceptions import FieldError
from django.db import connection
from django.urls import reverse

from portal.core.services import ActionRefused
from portal.events.models import EventAnswer, Needs
from portal.events.services import needs, sign_ups, teams
from portal.municipalities.enums import AuditAct, Visibility
from portal.municipalities.models import AuditEntry, Membership
from portal.municipalities.services.people import add_without_address
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import PersonFactory
from tests.helpers.mails import written

SECRET = "Tål inte jordärtskocka"


@pytest.fixture
def event(cast):
    event = TrainingEventFactory(
        municipality=cast.here, visibility=Visibility.MEMBERS, capacity=5, contact_email="a@b.example"
    )
    return needs.ask(event_id=event.pk, food=True, access=True, questions=[(None, "Vad vill du lära dig?")])


@pytest.fixture
def entry(cast, event):
    """staff_there has a seat, and has told everything."""
    entry = sign_up(event, cast.staff_there, municipality=cast.there)
    tell(entry)
    return entry


def tell(entry, **what) -> None:
    told = {"food": ["vegan", "no_nuts"], "other_food": SECRET, "access": "Hörslinga", **what}
    answers = {question.pk: "Att laga bönor" for question in entry.event.questions.all()}
    needs.tell(sign_up_id=entry.pk, answers=answers, **told)


def in_database(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
        return str(cursor.fetchall())


def test_needs_stand_encrypted_and_are_read_back(entry):
    assert needs.told_by(entry) == {
        "food": ["vegan", "no_nuts"],
        "other_food": SECRET,
        "access": "Hörslinga",
        f"question_{entry.event.questions.get().pk}": "Att laga bönor",
    }
    stored = in_database("events_needs")
    assert not [word for word in ("vegan", "no_nuts", "jordärtskocka", "Hörslinga") if word in stored]


def test_an_old_key_still_reads_and_a_lost_one_is_no_silence(entry, settings):
    settings.FIELD_KEYS = ["ny", settings.SECRET_KEY]
    assert needs.told_by(entry)["other_food"] == SECRET

    settings.FIELD_KEYS = ["ny"]
    with pytest.raises(InvalidToken):
        needs.told_by(entry)


@pytest.mark.parametrize("lookup", ["food", "food__contains", "access__isnull", "other_food__gt"])
def test_no_filter_reads_what_is_encrypted(db, lookup):
    with pytest.raises(FieldError):
        Needs.objects.filter(**{lookup: "x"}).exists()


def test_the_kitchen_gets_counts_without_names(cast, event, entry):
    tell(sign_up(event, municipality=cast.here), food=["vegan"], other_food="")
    sign_up(event, municipality=cast.here)
    waiting = sign_ups.cancel(sign_up_id=sign_up(event).pk, actor=cast.staff_here)
    Needs.objects.create(sign_up=waiting, food="no_pork")

    counts = needs.for_kitchen(needs.of_participants(event))

    assert counts == needs.KitchenCount(
        people=3, told=2, by_food=[("Veganskt", 2), ("Utan nötter", 1)], others=[SECRET]
    )


def test_what_is_not_asked_is_not_kept(cast, event):
    question = event.questions.get()
    needs.ask(event_id=event.pk, food=False, access=False, questions=[])
    entry = sign_up(event, cast.staff_here)

    needs.tell(sign_up_id=entry.pk, food=["vegan"], access="Ramp", answers={question.pk: "x"})

    assert (Needs.objects.count(), EventAnswer.objects.count()) == (0, 0)


def test_what_is_not_asked_any_more_is_erased(event, entry):
    question = event.questions.get()

    needs.ask(event_id=event.pk, food=False, access=True, questions=[(question.pk, "Vad vill du lära dig nu?")])

    told = Needs.objects.get()
    assert (told.food, told.other_food, told.access) == ("", "", "Hörslinga")
    assert entry.answers.get().text == "Att laga bönor"
    needs.ask(event_id=event.pk, food=False, access=False, questions=[])
    assert (Needs.objects.count(), EventAnswer.objects.count()) == (0, 0)


def test_another_events_question_is_not_taken_over(cast, event):
    other = TrainingEventFactory(municipality=cast.there)
    needs.ask(event_id=other.pk, food=False, access=False, questions=[(event.questions.get().pk, "Min fråga")])

    assert event.questions.get().text == "Vad vill du lära dig?"
    assert other.questions.get().text == "Min fråga"


def test_needs_are_erased_two_weeks_after_and_at_once_of_those_who_do_not_come(cast, event, entry):
    leaving = sign_up(event, cast.staff_here)
    tell(leaving)
    sign_ups.cancel(sign_up_id=leaving.pk, actor=cast.staff_here)
    end = event.last_ends_at

    assert needs.erase_old(now=end + timedelta(days=14) - timedelta(seconds=1)) == 1
    assert list(Needs.objects.values_list("pk", flat=True)) == [entry.pk]
    assert needs.erase_old(now=end + timedelta(days=14)) == 1


def test_nothing_is_kept_of_a_sign_up_that_has_ended(event, entry):
    with pytest.raises(ActionRefused):
        needs.tell(sign_up_id=entry.pk, food=["vegan"], now=event.last_ends_at)
    sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)
    with pytest.raises(ActionRefused):
        tell(entry)


# --- Who reads it -------------------------------------------------------------------------------------------------


def test_only_the_organisers_read_needs_and_looking_is_logged(cast, client_of, event, entry):
    url = reverse("event_needs", kwargs={"public_id": event.public_id})

    shown = {
        name: SECRET in client_of(person).get(url).content.decode()
        for name, person in cast.actors().items()
        if name != "anonymous"
    }

    assert [name for name, is_shown in shown.items() if is_shown] == ["coordinator_here", "portal_admin"]
    seen = AuditEntry.objects.filter(act=AuditAct.NEEDS_SEEN)
    assert {(row.municipality, row.actor) for row in seen} == {
        (cast.here, cast.coordinator_here),
        (cast.here, cast.portal_admin),
    }


def test_needs_are_in_no_list_file_or_mail(cast, client_of, event, entry):
    client = client_of("coordinator_here")
    pages = [
        client.get(reverse("event_participants", kwargs={"public_id": event.public_id})).content.decode(),
        client.get(
            reverse("event_export", kwargs={"public_id": event.public_id, "file_format": "csv"})
        ).content.decode(),
        client.get(event.get_absolute_url()).content.decode(),
        *(row.text + row.html for row in written()),
        *(row.subject + row.detail for row in AuditEntry.objects.all()),
    ]

    assert not [page for page in pages if "jordärtskocka" in page or "Hörslinga" in page]


def test_a_person_tells_and_takes_back_in_the_browser(cast, client_of, event):
    entry = sign_up(event, cast.staff_there, municipality=cast.there)
    client, url = client_of("staff_there"), reverse("my_needs", kwargs={"uid": entry.uid})
    assert url in client.get(entry.get_absolute_url()).content.decode()

    assert client.post(url, {"food": ["vegan"], "access": SECRET}).url == entry.get_absolute_url()
    assert SECRET in client.get(url).content.decode()
    assert client.post(url, {"food": ["hundmat"]}).status_code == 400
    assert client.post(url, {}).status_code == 302

    assert not Needs.objects.exists()


def test_nobody_tells_for_somebody_else_but_who_signed_up_a_person_without_address(cast, client_of, event, entry):
    gun = add_without_address(municipality=cast.here, first_name="Gun", last_name="Holm", actor=cast.coordinator_here)
    colleague = Membership.objects.get(person=cast.staff_here, municipality=cast.here)
    team = teams.begin(event_id=event.pk, leader=cast.coordinator_here, memberships=[gun, colleague])
    teams.sign_up(team_id=team.pk, actor=cast.coordinator_here)
    of_gun, of_colleague = team.sign_ups.get(person=gun.person), team.sign_ups.get(person=cast.staff_here)

    def who(sign_up_) -> list[str]:
        url = reverse("my_needs", kwargs={"uid": sign_up_.uid})
        actors = {name: person for name, person in cast.actors().items() if name != "anonymous"}
        return [name for name, person in actors.items() if client_of(person).get(url).status_code == 200]

    assert who(entry) == ["staff_there"]
    assert who(of_gun) == ["coordinator_here"]
    assert who(of_colleague) == ["staff_here"]
    client = client_of("coordinator_here")
    answer = client.post(reverse("my_needs", kwargs={"uid": of_gun.uid}), {"food": ["vegetarian"]})
    assert answer.url == team.get_absolute_url()
    assert needs.told_by(of_gun)["food"] == ["vegetarian"]


def test_the_page_is_not_there_when_nothing_is_asked(cast, client_of):
    entry = sign_up(TrainingEventFactory(municipality=cast.here), PersonFactory(member_of=cast.here))

    answer = client_of(entry.person).get(reverse("my_needs", kwargs={"uid": entry.uid}))

    assert answer.status_code == 404


def test_a_coordinator_chooses_what_is_asked_in_the_browser(cast, client_of, event):
    client, url = client_of("coordinator_here"), reverse("event_questions", kwargs={"public_id": event.public_id})
    question = event.questions.get()
    rows = {
        "questions-TOTAL_FORMS": "3",
        "questions-INITIAL_FORMS": "1",
        "questions-0-pk": question.pk,
        "questions-0-text": "Vad kan du redan?",
        "questions-1-text": "Har du lagat bönor?",
        "questions-2-text": "",
    }

    assert client.post(url, {"asks_food": "on", **rows}).status_code == 302
    event.refresh_from_db()
    assert (event.asks_food, event.asks_access) == (True, False)
    assert [row.text for row in event.questions.all()] == ["Vad kan du redan?", "Har du lagat bönor?"]
    assert event.questions.first() == question
    assert client.post(url, {**rows, "questions-1-text": "x" * 201}).status_code == 400
