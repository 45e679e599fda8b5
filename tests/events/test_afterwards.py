"""After an event: its materials, and thanks with the evaluation to those who came and to nobody else."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.models import Attendance, EventMaterial, SignUp, TrainingEvent
from portal.events.services import afterwards, training_events
from portal.municipalities.enums import Visibility
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory
from tests.helpers.mails import written

EVALUATION = "https://utvardering.example/svar"
SLIDES = ("Bilderna", "https://material.example/bilder")
KEEPERS = {"coordinator_here", "portal_admin"}


@pytest.fixture
def event(cast):
    """Public, of the municipality "here", and begins tomorrow; has all that comes afterwards."""
    starts_at = timezone.now() + timedelta(days=1)
    event = TrainingEventFactory(
        municipality=cast.here,
        title="Mindre matsvinn",
        visibility=Visibility.PUBLIC,
        occasions=[(starts_at, starts_at + timedelta(hours=3))],
        capacity=9,
    )
    return afterwards.save(
        event_id=event.pk, thanks="Vilken dag det blev!", evaluation_url=EVALUATION, materials=[SLIDES]
    )


@pytest.fixture
def entries(cast, event) -> dict[str, SignUp]:
    """Staff of both municipalities have a seat, and so has the manager."""
    people = {"staff_here": cast.here, "staff_there": cast.there, "manager": cast.here}
    return {name: sign_up(event, getattr(cast, name), municipality=place) for name, place in people.items()}


def came(*entries) -> None:
    for entry in entries:
        Attendance.objects.create(sign_up=entry, occasion=entry.event.occasions.get())


def end(event) -> TrainingEvent:
    """Let the event have taken place two days ago."""
    ago = timedelta(days=3)
    occasion = event.occasions.get()
    occasion.starts_at, occasion.ends_at = occasion.starts_at - ago, occasion.ends_at - ago
    occasion.save()
    TrainingEvent.objects.filter(pk=event.pk).update(
        first_starts_at=occasion.starts_at, last_ends_at=occasion.ends_at, sign_up_closes_at=None
    )
    event.refresh_from_db()
    return event


@pytest.fixture
def ended(event, entries) -> TrainingEvent:
    """It has been; staff_here and staff_there came, the manager did not. All mails from before are gone."""
    came(entries["staff_here"], entries["staff_there"])
    OutboxMessage.objects.all().delete()
    return end(event)


def page_of(event) -> str:
    return f"/arbetsyta/tillfallen/{event.public_id}/efterat/"


def thanked() -> list[str]:
    return [row.to_email for row in written() if row.message == "events/thanks"]


def answers(thanks: str = "", evaluation_url: str = "", *materials: tuple[str, str], **further) -> dict:
    """What the page posts."""
    rows = {}
    for number, (title, url) in enumerate(materials):
        rows |= {f"materials-{number}-title": title, f"materials-{number}-url": url}
    return {
        "thanks": thanks,
        "evaluation_url": evaluation_url,
        "materials-TOTAL_FORMS": str(len(materials)),
        "materials-INITIAL_FORMS": "0",
        **rows,
        **further,
    }


# --- The page -------------------------------------------------------------------------------------------------


def test_a_coordinator_writes_what_comes_after(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)
    film = ("Filmen", "https://film.example/")

    answer = client_of("coordinator_here").post(
        page_of(event), answers("Tack\r\nalla!", EVALUATION, film, ("", ""), SLIDES)
    )

    event.refresh_from_db()
    assert (answer.status_code, answer.url) == (302, page_of(event))
    assert (event.thanks, event.evaluation_url) == ("Tack\nalla!", EVALUATION)
    assert [(row.title, row.url) for row in event.materials.all()] == [film, SLIDES]


def test_a_link_is_taken_away_and_the_order_stays(client_of, event):
    film = ("Filmen", "https://film.example/")
    data = answers("", "", SLIDES, film, **{"materials-0-DELETE": "on"})

    client_of("coordinator_here").post(page_of(event), data)

    assert [(row.title, row.url) for row in event.materials.all()] == [film]


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (answers("", "http://utvardering.example/"), (["evaluation_url"], [])),
        (answers("", "javascript:alert(1)"), (["evaluation_url"], [])),
        (answers("x" * 2001), (["thanks"], [])),
        (answers("Nytt", "", ("Bara rubrik", "")), ([], [["url"]])),
        (answers("Nytt", "", ("", "https://film.example/")), ([], [["title"]])),
        (answers("Nytt", "", ("Film", "http://film.example/")), ([], [["url"]])),
        (answers("Nytt", "", ("Film", "ftp://film.example/")), ([], [["url"]])),
        (answers("Nytt", "ftp://x", SLIDES, ("x" * 121, "inget")), (["evaluation_url"], [[], ["title", "url"]])),
    ],
)
def test_what_is_wrong_is_told_at_the_field_and_what_was_typed_stays(client_of, event, data, wrong):
    answer = client_of("coordinator_here").post(page_of(event), data)

    context = answer.context
    event.refresh_from_db()
    assert answer.status_code == 400
    assert (list(context["form"].errors), [list(errors) for errors in context["materials"].errors]) == wrong
    page = answer.content.decode()
    assert all(value in page for name, value in data.items() if name.startswith("materials-") and value)
    assert (event.thanks, event.evaluation_url, event.materials.count()) == ("Vilken dag det blev!", EVALUATION, 1)


@pytest.mark.parametrize(
    "management",
    [{}, {"materials-TOTAL_FORMS": "x"}, {"materials-TOTAL_FORMS": "9" * 5000}, {"materials-TOTAL_FORMS": "31"}],
)
def test_a_broken_form_changes_nothing(client_of, event, management):
    client = client_of("coordinator_here")
    data = {"thanks": "Nytt", "materials-INITIAL_FORMS": "0", **management}

    answer = client.post(page_of(event), data)
    more = client.post(page_of(event), {**data, "add_material": "1"})

    event.refresh_from_db()
    assert (answer.status_code, more.status_code, event.thanks) == (400, 200, "Vilken dag det blev!")


def test_one_more_link_keeps_what_is_typed_and_checks_and_saves_nothing(client_of, event):
    data = answers("Nytt", "inte en adress", ("Bara rubrik", ""), add_material="1")

    answer = client_of("coordinator_here").post(page_of(event), data)

    context = answer.context
    event.refresh_from_db()
    assert (answer.status_code, len(context["materials"].forms), context["materials"].forms[0]["title"].value()) == (
        200,
        2,
        "Bara rubrik",
    )
    assert (context["form"].errors, context["form"]["evaluation_url"].value()) == ({}, "inte en adress")
    assert event.thanks == "Vilken dag det blev!"


@pytest.mark.parametrize("page", ["", "tack/"])
def test_only_those_who_manage_the_event_come_here(cast, client_of, ended, page):
    data = answers("Kapad", "https://kapad.example/")

    found = {actor: client_of(actor).get(page_of(ended) + page).status_code for actor in cast.actors()}
    for actor in set(cast.actors()) - KEEPERS:
        client_of(actor).post(page_of(ended) + page, data)

    ended.refresh_from_db()
    assert found == {
        **dict.fromkeys(cast.actors(), 404),
        "anonymous": 302,
        "coordinator_here": 200,
        "portal_admin": 200,
    }
    assert (ended.thanks, ended.evaluation_url, thanked()) == ("Vilken dag det blev!", EVALUATION, [])


def test_changing_the_event_itself_keeps_what_comes_after(event):
    opened_before = TrainingEvent.objects.get(pk=event.pk)
    afterwards.save(event_id=event.pk, thanks="Nytt", evaluation_url="", materials=[])

    training_events.save(
        event=opened_before, occasions=[(row.starts_at, row.ends_at) for row in opened_before.occasions.all()]
    )

    event.refresh_from_db()
    assert (event.thanks, event.evaluation_url) == ("Nytt", "")


# --- Materials and evaluation: who sees them ------------------------------------------------------------------


def test_whoever_sees_the_event_sees_its_materials_and_never_the_evaluation(cast, client_of, ended):
    pages = {actor: client_of(actor).get(ended.get_absolute_url()).content.decode() for actor in cast.actors()}

    assert {SLIDES[1] in page for page in pages.values()} == {True}
    assert {EVALUATION in page for page in pages.values()} == {False}
    assert {"Vilken dag det blev!" in page for page in pages.values()} == {False}


def test_an_event_for_others_shows_them_no_materials(cast, client_of, event):
    TrainingEvent.objects.filter(pk=event.pk).update(visibility=Visibility.INTERNAL)

    pages = {actor: client_of(actor).get(event.get_absolute_url()).content.decode() for actor in cast.actors()}

    seen = {actor for actor, page in pages.items() if SLIDES[1] in page}
    assert seen == {"staff_here", "manager", "coordinator_here", "municipality_admin", "portal_admin"}


def test_the_evaluation_stands_with_the_sign_up_of_those_who_came(client_of, ended, entries):
    pages = {name: client_of(name).get(entry.get_absolute_url()).content.decode() for name, entry in entries.items()}

    for shown in (EVALUATION, "Vilken dag det blev!", SLIDES[1]):
        assert {name for name, page in pages.items() if shown in page} == {"staff_here", "staff_there"}


def test_the_evaluation_waits_until_the_event_has_ended(cast, client_of, event):
    first, second = (
        (timezone.now() + timedelta(days=day), timezone.now() + timedelta(days=day, hours=2)) for day in (1, 9)
    )
    training_events.save(event=event, occasions=[first, second])
    entry = sign_up(event, cast.staff_here)
    occasion = event.occasions.first()
    Attendance.objects.create(sign_up=entry, occasion=occasion)
    occasion.starts_at, occasion.ends_at = (moment - timedelta(days=3) for moment in first)
    occasion.save()

    page = client_of("staff_here").get(entry.get_absolute_url()).content.decode()

    assert ("intyg.pdf" in page, EVALUATION in page) == (True, False)


# --- Thanks ---------------------------------------------------------------------------------------------------


def test_before_sending_the_coordinator_sees_the_mail_and_who_gets_it(client_of, ended):
    answer = client_of("coordinator_here").get(page_of(ended) + "tack/")

    page = answer.content.decode()
    assert [str(entry.person) for entry in answer.context["to_thank"]] == ["staff_here Ek", "staff_there Ek"]
    for wanted in ("Vilken dag det blev!", EVALUATION, SLIDES[1], "intyg.pdf", "staff_there Ek"):
        assert wanted in page
    assert "manager Ek" not in page
    assert OutboxMessage.objects.count() == 0
    assert SignUp.objects.filter(thanked_at__isnull=False).count() == 0


def test_thanks_go_to_those_who_came_and_to_nobody_else(client_of, ended, entries, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of("coordinator_here").post(page_of(ended) + "tack/")

    sent = {message.to[0]: message for message in mail.outbox}
    assert (answer.status_code, answer.url) == (302, page_of(ended))
    assert set(sent) == {"staff_here@example.org", "staff_there@example.org"}
    body = sent["staff_here@example.org"].body
    html = sent["staff_here@example.org"].alternatives[0].content
    own, others = (f"/mina-sidor/anmalan/{entries[name].uid}/intyg.pdf" for name in ("staff_here", "staff_there"))
    for text in (body, html):
        for wanted in ("Vilken dag det blev!", EVALUATION, *SLIDES, own):
            assert wanted in text
        assert others not in text
    assert {name for name, entry in entries.items() if SignUp.objects.get(pk=entry.pk).thanked_at} == {
        "staff_here",
        "staff_there",
    }


def test_sending_twice_thanks_nobody_twice(client_of, ended):
    client = client_of("coordinator_here")

    for _press in range(2):
        client.post(page_of(ended) + "tack/")

    assert sorted(thanked()) == ["staff_here@example.org", "staff_there@example.org"]
    page = client.get(page_of(ended) + "tack/")
    assert (page.status_code, page.context["mail"], page.context["to_thank"]) == (200, None, [])


def test_somebody_ticked_off_later_is_thanked_by_sending_again(client_of, ended, entries):
    client = client_of("coordinator_here")
    client.post(page_of(ended) + "tack/")

    came(entries["manager"])
    number = client.get(page_of(ended)).context["number"]
    client.post(page_of(ended) + "tack/")

    assert (number, thanked()[2:], len(thanked())) == (1, ["manager@example.org"], 3)


def test_an_attendance_taken_back_before_the_mail_goes_takes_the_thanks_back(ended, entries):
    afterwards.send_thanks(event_id=ended.pk)

    entries["staff_here"].attendances.all().delete()
    outbox.sweep()

    states = dict(OutboxMessage.objects.values_list("to_email", "state"))
    assert states == {"staff_here@example.org": "withdrawn", "staff_there@example.org": "sent"}
    assert [message.to for message in mail.outbox] == [["staff_there@example.org"]]


def test_nobody_is_thanked_before_the_event_has_ended(client_of, event, entries):
    came(*entries.values())
    OutboxMessage.objects.all().delete()
    client = client_of("coordinator_here")

    with pytest.raises(ActionRefused) as refusal:
        afterwards.send_thanks(event_id=event.pk)
    page, answer = client.get(page_of(event) + "tack/"), client.post(page_of(event) + "tack/")

    assert (refusal.value.code, page.status_code, answer.status_code) == ("not_ended", 200, 409)
    assert (page.context["mail"], thanked()) == (None, [])


def test_others_events_of_the_same_people_are_left_alone(cast, event, ended, entries):
    dates = [(timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=2))]
    other = TrainingEventFactory(municipality=cast.here, occasions=dates)
    foreign = sign_up(other, cast.manager)
    came(foreign)
    end(other)

    assert afterwards.send_thanks(event_id=ended.pk) == 2
    foreign.refresh_from_db()
    assert foreign.thanked_at is None


def test_without_words_and_links_the_mail_still_says_thank_you(cast, ended):
    afterwards.save(event_id=ended.pk, thanks="", evaluation_url="", materials=[])
    TrainingEvent.objects.filter(pk=ended.pk).update(collaboration=CollaborationFactory(lead=cast.here, fund="ESF+"))

    afterwards.send_thanks(event_id=ended.pk)

    mails = [row for row in written() if row.message == "events/thanks"]
    assert len(mails) == 2
    for text in (mails[0].text, mails[0].html):
        assert ("Mindre matsvinn" in text, "intyg.pdf" in text, "https://" in text) == (True, True, False)
        assert "Medfinansieras av Europeiska unionen" in text


def test_an_address_without_encryption_is_refused_with_what_it_should_be(client_of, event):
    data = answers("", "http://utvardering.example/", ("Film", "http://film.example/"))

    context = client_of("coordinator_here").post(page_of(event), data).context

    errors = [*context["form"].errors["evaluation_url"], *context["materials"].errors[0]["url"]]
    assert ["https://" in text for text in errors] == [True, True]


def test_what_an_organiser_types_is_text_and_no_markup(client_of, ended):
    nasty = "<script>alert(1)</script>"
    afterwards.save(event_id=ended.pk, thanks=nasty, evaluation_url="", materials=[(nasty, 'https://a.example/"><b>')])

    afterwards.send_thanks(event_id=ended.pk)

    html = next(row.html for row in written() if row.message == "events/thanks")
    page = client_of("anonymous").get(ended.get_absolute_url()).content.decode()
    assert [nasty in text or '"><b>' in text for text in (html, page)] == [False, False]
    assert EventMaterial.objects.get().title == nasty
