"""Places in single sessions: who gets one, who waits, and what becomes of them when the programme changes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.conferences.enums import PlaceState
from portal.conferences.models import Session, SessionPlace
from portal.conferences.services import conferences, places, planning
from portal.core.services import ActionRefused
from portal.events.services import sign_ups
from portal.municipalities.enums import Visibility
from portal.notifications.models import OutboxMessage
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_room, add_session, add_speaker, conference_of, release
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import CollaborationFactory, PersonFactory
from tests.helpers.mails import written


@pytest.fixture
def conference(cast):
    """Public, with sign-up for forty people of all members' municipalities."""
    page = ConferencePageFactory(owner=cast.here, visibility=Visibility.PUBLIC, title="Dela skörden")
    conference = conference_of(page)
    event = TrainingEventFactory(
        municipality=cast.here, title="Anmälan", visibility=Visibility.PUBLIC, capacity=40, takes_guests=True
    )
    return conferences.open_registration(conference=conference, event=event)


@pytest.fixture
def session(conference):
    made = add_session(conference, "Bildkort", "09:00", "10:00", places=2)
    release(conference)
    return made


def seat(conference, person=None):
    return sign_up(conference.registration, person)


def book(session, entry, **how) -> SessionPlace:
    return places.book(session_id=session.pk, sign_up_id=entry.pk, **how)


def refused(session, entry, **how) -> str:
    with pytest.raises(ActionRefused) as refusal:
        book(session, entry, **how)
    return refusal.value.code


def standing(session) -> list[tuple[int, str]]:
    """Who has a place or waits, in order, after looking that the counter says the same as the rows."""
    session.refresh_from_db()
    rows = list(session.bookings.order_by("queued_at", "pk").values_list("sign_up", "state"))
    assert session.places_taken == sum(state == PlaceState.BOOKED for _pk, state in rows)
    return rows


def path(session, then: str = "plats/") -> str:
    return f"/konferenser/{session.conference.public_id}/program/{session.public_id}/{then}"


# --- Booking ------------------------------------------------------------------------------------------------------


def test_places_go_to_those_who_come_first_and_the_rest_wait_in_order(conference, session):
    entries = [seat(conference) for _person in range(4)]

    for entry in [*entries, entries[0]]:
        book(session, entry)

    assert standing(session) == [
        *((entry.pk, "booked") for entry in entries[:2]),
        *((entry.pk, "waiting") for entry in entries[2:]),
    ]
    waiting = SessionPlace.objects.filter(state="waiting").order_by("pk")
    assert [places.position_in_queue(place) for place in waiting] == [1, 2]
    assert places.of_conference(conference) == {session.public_id: places.Places(2, 2)}


def test_a_place_that_gets_free_is_the_first_ones_at_once_with_a_mail(conference, session):
    entries = [seat(conference) for _person in range(4)]
    for entry in entries:
        book(session, entry)

    for _time in range(2):
        places.leave(session_id=session.pk, sign_up_id=entries[0].pk)

    assert standing(session) == [
        (entries[1].pk, "booked"),
        (entries[2].pk, "booked"),
        (entries[3].pk, "waiting"),
    ]
    [mail] = [mail for mail in written() if mail.message == places.PROMOTED]
    assert (mail.to_email, "Bildkort" in mail.subject, "Dela skörden" in mail.text) == (
        *(entries[2].person.email, True),
        True,
    )


def test_whoever_waits_and_leaves_promotes_nobody(conference, session):
    entries = [seat(conference) for _person in range(4)]
    for entry in entries:
        book(session, entry)

    places.leave(session_id=session.pk, sign_up_id=entries[2].pk)

    assert [state for _pk, state in standing(session)] == ["booked", "booked", "waiting"]
    assert not OutboxMessage.objects.filter(message=places.PROMOTED).exists()


def test_nobody_goes_before_those_who_wait(conference, session):
    entries = [seat(conference) for _person in range(4)]
    for entry in entries[:3]:
        book(session, entry)
    # A free place that nobody has been given yet: a programme of its own wrote it.
    SessionPlace.objects.get(sign_up=entries[0]).delete()
    Session.objects.filter(pk=session.pk).update(places_taken=1)

    assert book(session, entries[3]).state == PlaceState.WAITING


def test_only_those_with_a_seat_at_this_conference_book(cast, conference, session):
    other = TrainingEventFactory(municipality=cast.here)
    full = TrainingEventFactory(municipality=cast.here, capacity=1)
    sign_up(full)
    gone = seat(conference)
    sign_ups.cancel(sign_up_id=gone.pk, actor=gone.person)

    assert [refused(session, entry) for entry in (sign_up(other), sign_up(full), gone)] == ["no_seat"] * 3
    assert standing(session) == []


@pytest.mark.parametrize("case", ["no places", "not public", "begun"])
def test_what_cannot_be_booked_says_why(conference, session, case):
    entry = seat(conference)
    now = timezone.now()
    if case == "no places":
        Session.objects.update(places=None)
    elif case == "not public":
        session = add_session(conference, "Bara planerad", "13:00", "14:00", places=5)
    else:
        now = session.starts_at

    assert (refused(session, entry, now=now), standing(session)) == ("not_bookable", [])


def test_sessions_at_the_same_time_are_not_both_booked(conference):
    one = add_session(conference, "Ett", "09:00", "10:00", places=5)
    two = add_session(conference, "Två", "09:45", "10:30", places=5)
    after = add_session(conference, "Tre", "10:30", "11:00", places=5)
    release(conference)
    entry = seat(conference)
    book(one, entry)

    with pytest.raises(ActionRefused, match="Ett") as refusal:
        book(two, entry)

    assert (refusal.value.code, book(after, entry).state) == ("overlaps", "booked")
    assert set(places.of_person(conference, entry.person)) == {one.public_id, after.public_id}


def test_nor_does_one_wait_for_two_at_the_same_time(conference):
    one = add_session(conference, "Ett", "09:00", "10:00", places=1)
    two = add_session(conference, "Två", "09:00", "10:00", places=1)
    release(conference)
    for session in (one, two):
        book(session, seat(conference))
    entry = seat(conference)
    book(one, entry)

    assert refused(two, entry) == "overlaps"


def test_changing_to_another_at_the_same_time_is_one_act(conference):
    one = add_session(conference, "Ett", "09:00", "10:00", places=1)
    two = add_session(conference, "Två", "09:00", "10:00", places=1)
    release(conference)
    entry, next_in_line = seat(conference), seat(conference)
    book(one, entry)
    book(one, next_in_line)

    book(two, entry, instead_of=[one.pk])

    assert (standing(one), standing(two)) == ([(next_in_line.pk, "booked")], [(entry.pk, "booked")])


def test_nobody_loses_a_place_for_a_session_that_is_full(conference):
    one = add_session(conference, "Ett", "09:00", "10:00", places=1)
    two = add_session(conference, "Två", "09:00", "10:00", places=1)
    release(conference)
    entry = seat(conference)
    book(one, entry)
    book(two, seat(conference))

    assert refused(two, entry, instead_of=[one.pk]) == "full"
    assert standing(one) == [(entry.pk, "booked")]


def test_times_are_those_of_the_public_programme(conference):
    """What is being planned says nothing yet about what overlaps."""
    one = add_session(conference, "Ett", "09:00", "10:00", places=5)
    two = add_session(conference, "Två", "10:00", "11:00", places=5)
    release(conference)
    planning.place(session_id=two.pk, starts_at=one.starts_at, room=None)
    entry = seat(conference)

    assert [book(session, entry).state for session in (one, two)] == ["booked", "booked"]


def test_the_database_knows_of_no_more_than_there_are(conference, session):
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(pk=session.pk).update(places_taken=3)
    Session.objects.filter(pk=session.pk).update(places_taken=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(pk=session.pk).update(places=None)


# --- What else frees or ends a place ------------------------------------------------------------------------------


def test_whoever_cancels_the_conference_leaves_every_place(conference, session):
    other = add_session(conference, "Efteråt", "11:00", "12:00", places=1)
    release(conference)
    entries = [seat(conference) for _person in range(3)]
    for entry in entries:
        book(session, entry)
        book(other, entry)

    sign_ups.cancel(sign_up_id=entries[0].pk, actor=entries[0].person)

    assert standing(session) == [(entry.pk, "booked") for entry in entries[1:]]
    assert standing(other) == [(entries[1].pk, "booked"), (entries[2].pk, "waiting")]


def test_more_places_go_to_those_who_wait(conference, session):
    entries = [seat(conference) for _person in range(4)]
    for entry in entries:
        book(session, entry)

    places.change_number(session_id=session.pk, places=3)

    assert [state for _pk, state in standing(session)] == ["booked"] * 3 + ["waiting"]


@pytest.mark.parametrize("fewer", [1, None])
def test_fewer_places_than_are_taken_is_refused_at_the_field(cast, client_of, conference, session, fewer):
    for _person in range(2):
        book(session, seat(conference))

    address = f"/arbetsyta/konferenser/{conference.public_id}/program/{session.public_id}/"
    data = {"title": "Bildkort", "kind": "lecture", "places": fewer or "", "parts-TOTAL_FORMS": "0"}
    answer = client_of("coordinator_here").post(address, {**data, "parts-INITIAL_FORMS": "0", "save": "1"})

    assert (answer.status_code, answer.context["form"].errors["places"]) == (
        400,
        ["2 personer har en plats. Skriv det antalet eller fler."],
    )
    assert len(standing(session)) == 2
    assert Session.objects.get().starts_at == session.starts_at, "nothing else was written either"


def test_no_booking_any_more_ends_the_waiting_list_of_nobody(conference, session):
    places.change_number(session_id=session.pk, places=None)

    assert (Session.objects.get().places, places.of_conference(conference)) == (None, {})


def test_saving_the_plan_leaves_the_number_of_taken_places_as_it_is(conference, session):
    stale = Session.objects.get(pk=session.pk)
    book(session, seat(conference))
    stale.title = "Nytt namn"

    planning.save_session(session=stale, parts=[], pages=[])

    assert [state for _pk, state in standing(session)] == ["booked"]
    assert session.title == "Nytt namn"


def test_those_with_a_place_are_told_when_it_is_moved_and_only_then(conference, session):
    entries = [seat(conference) for _person in range(3)]
    for entry in entries:
        book(session, entry)
    add_session(conference, "Något annat", "15:00", "16:00")
    release(conference, name="Två")
    assert not OutboxMessage.objects.filter(message=places.MOVED).exists()

    planning.place(session_id=session.pk, starts_at=session.starts_at, room=add_room(conference, "Sal Strand"))
    release(conference, name="Tre")

    mails = [mail for mail in written() if mail.message == places.MOVED]
    assert [mail.to_email for mail in mails] == [entry.person.email for entry in entries]
    assert ["Sal Strand" in mail.text for mail in mails] == [True] * 3
    assert ["reservlistan" in mail.text for mail in mails] == [False, False, True]


@pytest.mark.parametrize("way", ["no time", "removed"])
def test_those_with_a_place_are_told_when_it_is_taken_out(conference, session, way):
    add_session(conference, "Något annat", "15:00", "16:00")
    entry = seat(conference)
    book(session, entry)

    if way == "no time":
        planning.place(session_id=session.pk, starts_at=None, room=None)
        release(conference, name="Två")
        assert standing(session) == []
    else:
        planning.remove_session(session=session)

    [mail] = [mail for mail in written() if mail.message == places.TAKEN_OUT]
    assert (mail.to_email, "Bildkort" in mail.subject, SessionPlace.objects.count()) == (entry.person.email, True, 0)


@pytest.mark.parametrize(("fund", "is_shown"), [("ESF+", True), ("", False)])
def test_a_conferences_mails_carry_the_emblem_of_the_union_where_it_pays(cast, conference, session, fund, is_shown):
    page = conference.page.specific
    page.collaboration = CollaborationFactory(lead=cast.here, fund=fund)
    page.save_revision().publish()
    speaker = add_speaker(conference, "Ylva Berg", email="ylva@x.example")
    add_session(conference, "Ylvas", "13:00", "14:00", speakers=(speaker,))
    book(session, seat(conference))
    planning.place(session_id=session.pk, starts_at=session.starts_at, room=add_room(conference, "Sal Strand"))

    release(conference, name="Två", tells_people=True)

    mails = [mail for mail in written() if mail.message in (places.MOVED, "conferences/slot")]
    assert len(mails) == 2
    for mail in mails:
        assert ("icons/eu-emblem.png" in mail.html, "Medfinansieras av Europeiska unionen" in mail.html) == (
            is_shown,
            is_shown,
        )
        assert ("Medfinansieras av Europeiska unionen" in mail.text) is is_shown


# --- The pages ----------------------------------------------------------------------------------------------------


def test_somebody_with_a_seat_books_and_gives_up_on_the_sessions_page(cast, client_of, conference, session):
    entry = seat(conference, cast.staff_here)
    client = client_of("staff_here")
    page = client.get(path(session, ""))
    assert "2 av 2 platser är lediga" in page.content.decode()

    booked = client.post(path(session), {"act": "book"}, follow=True)
    mine = client.get(f"/konferenser/{conference.public_id}/mitt-program/")

    assert standing(session) == [(entry.pk, "booked")]
    assert "Du har en plats" in booked.content.decode()
    assert ([s.title for s in mine.context["mine"]], "Du har en plats" in mine.content.decode()) == (
        ["Bildkort"],
        True,
    )
    client.post(path(session), {"act": "leave"})
    assert standing(session) == []


def test_the_page_offers_to_change_when_another_is_at_the_same_time(cast, client_of, conference):
    one = add_session(conference, "Ett", "09:00", "10:00", places=1)
    two = add_session(conference, "Två", "09:00", "10:00", places=1)
    release(conference)
    entry = seat(conference, cast.staff_here)
    book(one, entry)
    client = client_of("staff_here")

    page = client.get(path(two, "")).content.decode()
    assert f'name="instead" value="{one.public_id}"' in page
    refused_ = client.post(path(two), {"act": "book"})
    assert (refused_.status_code, "Ett" in refused_.context["error"]) == (409, True)
    client.post(path(two), {"act": "book", "instead": one.public_id})

    assert (standing(one), standing(two)) == ([], [(entry.pk, "booked")])


def test_nobody_gives_up_anothers_place(cast, client_of, conference, session):
    entry = seat(conference, cast.staff_here)
    book(session, entry)
    other = sign_up(conference.registration, cast.staff_there, municipality=cast.there)
    for act in ({"act": "leave"}, {"act": "book", "instead": session.public_id}):
        client_of("staff_there").post(path(session), act)

    assert standing(session) == [(entry.pk, "booked"), (other.pk, "booked")]


def test_without_a_seat_the_way_to_the_sign_up_is_shown(cast, client, client_of, conference, session):
    for browser in (client, client_of("staff_here")):
        page = browser.get(path(session, "")).content.decode()
        section = page.split('id="place"')[1].split("</section>")[0]
        assert f'href="{conference.registration.get_absolute_url()}"' in section
    answer = client_of("staff_here").post(path(session), {"act": "book"})
    assert (answer.status_code, standing(session)) == (409, [])
    assert client.post(path(session), {"act": "book"}).headers["Location"].startswith("/konto/login/")


def test_what_is_only_planned_is_not_found_by_its_address(cast, client_of, conference, session):
    seat(conference, cast.staff_here)
    planned = add_session(conference, "Hemlig", "13:00", "14:00", places=1)

    assert client_of("staff_here").post(path(planned), {"act": "book"}).status_code == 404


def test_the_programme_says_where_places_are_left(client, conference, session):
    full = add_session(conference, "Fullt", "11:00", "12:00", places=1)
    add_session(conference, "Öppet", "13:00", "14:00")
    release(conference)
    book(full, seat(conference))
    book(session, seat(conference))

    items = client.get(conference.get_absolute_url()).content.decode().split('<li class="programme__item')[1:]

    assert ["1 plats att boka" in items[0], "Alla platser är tagna" in items[1], "plats att" in items[2]] == [
        *(True, True),
        False,
    ]


def test_a_guest_books_a_place_too(cast, conference, session):
    person = PersonFactory(is_guest=True)
    entry = sign_ups.sign_up(
        event_id=conference.registration_id, person=person, municipality_id=None, form_token="1" * 32
    )

    assert book(session, entry, now=timezone.now() - timedelta(days=1)).state == PlaceState.BOOKED
