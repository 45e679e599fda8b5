"""When a conference is over: what each who came is mailed, and what is shown in numbers of who took part."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from portal.conferences.models import Conference, FollowUp, SessionMaterial
from portal.conferences.services import conferences, follow_ups, materials, places, reports, visits
from portal.conferences.services.reports import AT_LEAST, Report, hidden
from portal.core.services import ActionRefused
from portal.events.models import Attendance, SignUp, TrainingEvent
from portal.municipalities.enums import Visibility
from tests.factories.cms import ConferencePageFactory
from tests.factories.conferences import add_session, conference_of, release
from tests.factories.events import TrainingEventFactory, sign_up
from tests.factories.municipalities import MunicipalityFactory, PersonFactory
from tests.helpers.mails import written

YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture
def conference(cast):
    """Public, with a session with a film and one without, and sign-up; it is over when `end` says so."""
    page = ConferencePageFactory(owner=cast.here, visibility=Visibility.PUBLIC, title="Dela skörden")
    conference = conference_of(page)
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC, capacity=90, takes_guests=True)
    conferences.open_registration(conference=conference, event=event)
    film = add_session(conference, "Med film", "09:00", "10:00")
    materials.save(
        session=film, transcript="", materials=[SessionMaterial(title="Filmen", url="https://film.example/1")]
    )
    add_session(conference, "Utan", "10:00", "11:00", places=30)
    release(conference)
    return conference


def end(conference) -> Conference:
    """Yesterday was its last day."""
    page = conference.page.specific
    page.start_date = page.end_date = YESTERDAY
    page.save_revision().publish()
    event = conference.registration
    past = timezone.now() - timedelta(days=1)
    event.occasions.update(starts_at=past - timedelta(hours=3), ends_at=past)
    TrainingEvent.objects.filter(pk=event.pk).update(first_starts_at=past - timedelta(hours=3), last_ends_at=past)
    conference.refresh_from_db()
    return conference


def came(entry) -> SignUp:
    Attendance.objects.create(sign_up=entry, occasion=entry.event.occasions.get())
    return entry


def saw(entry, title: str) -> None:
    session = entry.event.conference.sessions.get(title=title)
    session.visits.create(sign_up=entry, is_here=True, decided_at=timezone.now())


def page_of(conference) -> str:
    return f"/arbetsyta/konferenser/{conference.public_id}/efterat/"


# --- The mail -----------------------------------------------------------------------------------------------------


def test_each_who_came_is_mailed_what_they_took_part_in_and_nobody_else(cast, client_of, conference):
    saw_film = came(sign_up(conference.registration))
    had_a_place = came(sign_up(conference.registration))
    known_of_neither = came(sign_up(conference.registration))
    sign_up(conference.registration)  # stayed away
    saw(saw_film, "Med film")
    places.book(session_id=conference.sessions.get(title="Utan").pk, sign_up_id=had_a_place.pk)
    end(conference)
    client = client_of("coordinator_here")
    shown = client.get(page_of(conference))
    assert (shown.context["rehearsal"].number, FollowUp.objects.count()) == (3, 0)

    client.post(page_of(conference), {"act": "send"})

    mails = {mail.to_email: mail.text for mail in written() if mail.message == follow_ups.MESSAGE}
    assert set(mails) == {entry.person.email for entry in (saw_film, had_a_place, known_of_neither)}
    told = {
        entry: [text in mails[entry.person.email] for text in ("Med film", "https://film.example/1", "Utan\n")]
        for entry in (saw_film, had_a_place, known_of_neither)
    }
    assert told == {
        saw_film: [True, True, False],
        had_a_place: [False, False, True],
        known_of_neither: [False, False, False],
    }
    for text in mails.values():
        assert conference.page.specific.get_url() in text


def test_nobody_is_mailed_twice_and_whoever_is_ticked_off_later_is_mailed_then(cast, conference):
    came(sign_up(conference.registration))
    end(conference)
    assert [follow_ups.send(conference_id=conference.pk) for _time in range(2)] == [1, 0]

    entry = sign_up_after(conference)
    came(entry)

    assert follow_ups.send(conference_id=conference.pk) == 1


def sign_up_after(conference) -> SignUp:
    person = PersonFactory(member_of=conference.municipality)
    return SignUp.objects.create(
        event=conference.registration, person=person, municipality=conference.municipality, state="confirmed"
    )


def test_nothing_is_mailed_or_shown_before_it_is_over(cast, client_of, conference):
    came(sign_up(conference.registration))
    client = client_of("coordinator_here")

    answers = [client.post(page_of(conference), {"act": act}) for act in ("send", "publish", "x")]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert (FollowUp.objects.count(), Conference.objects.get().report) == (0, None)
    assert "Konferensen är inte slut" in client.get(page_of(conference)).content.decode()


def test_a_check_in_that_is_taken_back_withdraws_the_mail(cast, conference):
    entry = came(sign_up(conference.registration))
    assert follow_ups.came(entry.pk) is False, "the day has not ended"
    end(conference)
    assert follow_ups.came(entry.pk) is True

    Attendance.objects.all().delete()

    assert follow_ups.came(entry.pk) is False


# --- The report ---------------------------------------------------------------------------------------------------


def of_municipality(conference, number: int, name: str) -> None:
    place = MunicipalityFactory(name=name)
    for _person in range(number):
        came(sign_up(conference.registration, municipality=place))


def test_the_public_reads_numbers_by_organisation_without_small_ones(cast, client, client_of, conference):
    of_municipality(conference, 7, "Stora kommunen")
    of_municipality(conference, 3, "Lilla kommunen")
    of_municipality(conference, 2, "Minsta kommunen")
    end(conference)
    public = conference.page.specific.url
    assert "deltog" not in client.get(public).content.decode()

    coordinator = client_of("coordinator_here")
    coordinator.post(page_of(conference), {"act": "publish"})

    html = client.get(public).content.decode()
    assert ["12 personer deltog" in html, "Stora kommunen" in html, "Lilla kommunen" in html] == [True, True, False]
    assert Conference.objects.get().report == {
        "took_part": 12,
        "by_organisation": [["Stora kommunen", 7]],
        "others": 5,
    }
    coordinator.post(page_of(conference), {"act": "withdraw"})
    assert "deltog" not in client.get(public).content.decode()


def test_fewer_than_five_are_not_shown_at_all(cast, conference):
    of_municipality(conference, 4, "Lilla kommunen")
    end(conference)

    with pytest.raises(ActionRefused) as refusal:
        reports.publish(conference=conference, actor=cast.coordinator_here)

    assert (refusal.value.code, Conference.objects.get().report) == ("too_few", None)


@given(st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(1, 12)), st.integers(0, 12))
def test_no_number_below_five_is_shown_or_can_be_worked_out(counts, guests):
    report = hidden(counts, guests)

    total = sum(counts.values()) + guests
    assert report.took_part == (total if total >= AT_LEAST else None)
    assert all(number >= AT_LEAST for _name, number in report.by_organisation)
    left = (report.took_part or 0) - sum(number for _name, number in report.by_organisation)
    assert left == report.others
    assert left == 0 or left >= AT_LEAST
    assert set(dict(report.by_organisation)) <= set(counts)


def test_the_smallest_that_could_be_shown_joins_those_who_are_too_few():
    assert hidden({"A": 9, "B": 6, "C": 1}) == Report(16, [("A", 9)], 7)
    assert hidden({"A": 9}, 4) == Report(13, [], 13)
    assert hidden({"A": 9, "B": 5}) == Report(14, [("A", 9), ("B", 5)], 0)


def test_visits_are_what_is_mailed_even_when_a_place_was_booked_elsewhere(cast, conference):
    entry = came(sign_up(conference.registration))
    places.book(session_id=conference.sessions.get(title="Utan").pk, sign_up_id=entry.pk)
    saw(entry, "Med film")
    end(conference)

    content = follow_ups.content_of_follow_up(entry.pk)

    assert [session.title for session, _materials in content.context["sessions"]] == ["Med film"]
    assert visits.of_sign_up(conference, entry.pk) == {conference.sessions.get(title="Med film").public_id}
