"""Events in the browser: sign-up, my sign-up and the coordinator's forms, with good and bad input."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.events.models import EventOccasion, SignUp, TrainingEvent
from portal.events.services import co_organisers, sign_ups
from portal.municipalities.enums import MunicipalityKind, Visibility
from portal.municipalities.models import AuditEntry
from portal.municipalities.services import memberships
from portal.notifications.models import OutboxMessage
from tests.factories.cms import CoursePageFactory
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.factories.municipalities import MunicipalityFactory
from tests.helpers.mails import written

A_DAY = timezone.localdate() + timedelta(days=30)
GOOD = {
    "approval": "none",
    "title": "Verkstad i köket",
    "summary": "En förmiddag om svinn.",
    "format": "on_site",
    "place": "Kunskapshuset",
    "capacity": "12",
    "visibility": "internal",
    "offer_hours": "48",
    "offers_stop_hours": "24",
    "remind_days": "2",
    "dates-TOTAL_FORMS": "1",
    "dates-INITIAL_FORMS": "0",
    "dates-0-date": str(A_DAY),
    "dates-0-starts": "09:00",
    "dates-0-ends": "12:00",
    "save": "1",
}


def form_token(html: str) -> str:
    return re.search(r'name="form_token" value="([^"]+)"', html).group(1)


def post_sign_up(client, event, for_municipality, **data):
    path = f"/tillfallen/{event.public_id}/anmal/"
    return client.post(path, {"municipality": for_municipality.pk, "form_token": uuid.uuid4(), **data})


def test_three_taps_give_a_seat_and_a_page_with_what_happens_next(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)
    client = client_of("staff_here")
    token = form_token(client.get(event.get_absolute_url()).content.decode())

    answer = post_sign_up(client, event, cast.here, form_token=token)

    entry = SignUp.objects.get()
    assert (entry.person, entry.state, str(entry.form_token)) == (cast.staff_here, "confirmed", token)
    assert answer.headers["Location"] == f"/mina-sidor/anmalan/{entry.uid}/"
    assert f"{entry.uid}/kalender.ics" in client.get(answer.headers["Location"]).content.decode()


def test_a_double_press_and_the_back_button_make_one_sign_up(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)
    client = client_of("staff_here")
    token = form_token(client.get(event.get_absolute_url()).content.decode())

    answers = [post_sign_up(client, event, cast.here, form_token=token) for _press in range(3)]

    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert SignUp.objects.count() == 1
    assert OutboxMessage.objects.count() == 1


def test_a_second_form_for_the_same_event_is_refused_with_a_sentence(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)
    client = client_of("staff_here")
    post_sign_up(client, event, cast.here)

    answer = post_sign_up(client, event, cast.here)

    assert answer.status_code == 409
    assert SignUp.objects.count() == 1


@pytest.mark.parametrize(
    "data", [{"municipality": ""}, {"municipality": "99999"}, {"municipality": "x"}, {"form_token": "x"}]
)
def test_a_sign_up_form_with_foreign_or_broken_ids_writes_nothing(cast, client_of, data):
    event = TrainingEventFactory(municipality=cast.here)

    answer = post_sign_up(client_of("staff_here"), event, cast.here, **data)

    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert SignUp.objects.count() == 0


def test_a_member_of_two_municipalities_chooses_for_which(cast, client_of):
    memberships.join(person=cast.staff_here, municipality=cast.there)
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.MEMBERS)

    post_sign_up(client_of("staff_here"), event, cast.there)

    assert SignUp.objects.get().municipality == cast.there


def test_signing_up_for_a_municipality_one_does_not_belong_to_is_refused_at_the_field(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.MEMBERS)

    answer = post_sign_up(client_of("staff_there"), event, cast.here)

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["municipality"]
    assert SignUp.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"sign_up_closes_at": timezone.now() - timedelta(minutes=1)},
        {"sign_up_opens_at": timezone.now() + timedelta(days=1)},
        {"occasions": [a_morning(-2)]},
    ],
)
def test_sign_up_outside_the_window_is_refused_with_a_sentence(cast, client_of, fields):
    event = TrainingEventFactory(municipality=cast.here, **fields)

    answer = post_sign_up(client_of("staff_here"), event, cast.here)

    assert answer.status_code == 409
    assert answer.context["form"].non_field_errors()
    assert SignUp.objects.count() == 0


def test_the_journey_from_the_waiting_list_to_the_seat(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, capacity=1)
    first = sign_up(event)
    client = client_of("staff_here")
    page = post_sign_up(client, event, cast.here).headers["Location"]
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)

    offered = client.get(page).content.decode()
    client.post(page, {"act": "accept"})

    assert 'value="accept"' in offered
    assert SignUp.objects.get(person=cast.staff_here).state == "confirmed"


def test_an_expired_offer_is_answered_with_a_sentence_and_nothing_changes(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, capacity=1)
    first, second = sign_up(event), sign_up(event, cast.staff_here)
    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    SignUp.objects.filter(pk=second.pk).update(answer_by=timezone.now() - timedelta(seconds=1))

    answer = client_of("staff_here").post(f"/mina-sidor/anmalan/{second.uid}/", {"act": "accept"})

    assert answer.status_code == 409
    assert answer.context["error"]
    assert SignUp.objects.get(pk=second.pk).state == "offered"


@pytest.mark.parametrize("act", ["accept", "decline", "cancel"])
def test_nobody_acts_on_somebody_elses_sign_up(cast, client_of, act):
    entry = sign_up(TrainingEventFactory(municipality=cast.here), cast.staff_here)

    answer = client_of("manager").post(f"/mina-sidor/anmalan/{entry.uid}/", {"act": act})

    assert answer.status_code == 404
    assert SignUp.objects.get(pk=entry.pk).state == "confirmed"


def test_getting_a_sign_up_page_changes_nothing(cast, client_of):
    entry = sign_up(TrainingEventFactory(municipality=cast.here), cast.staff_here)

    client_of("staff_here").get(f"/mina-sidor/anmalan/{entry.uid}/?act=cancel")

    assert SignUp.objects.get(pk=entry.pk).state == "confirmed"


def test_the_title_of_a_course_one_may_not_read_is_not_told_by_its_event(cast, client_of):
    course = CoursePageFactory(owner=cast.here, title="Hemlig kurs")
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC, course=course.page_ptr)

    told = {
        name for name in cast.actors()
        if "Hemlig kurs" in client_of(name).get(event.get_absolute_url()).content.decode()
    }  # fmt: skip

    assert told == {"staff_here", "manager", "coordinator_here", "municipality_admin", "portal_admin"}


@pytest.mark.parametrize(
    ("minutes_to_start", "shown"), [(60, False), (16, False), (14, True), (-30, True), (-179, True), (-181, False)]
)
def test_the_meeting_link_is_shown_to_those_with_a_seat_when_it_is_time(cast, client_of, minutes_to_start, shown):
    event = TrainingEventFactory(
        municipality=cast.here, format="online", meeting_url="https://mote.example/rum", capacity=1
    )
    with_seat, waiting = sign_up(event, cast.staff_here), sign_up(event, cast.manager)
    starts_at = timezone.now() + timedelta(minutes=minutes_to_start)
    event.occasions.update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))

    told = {
        f"{actor} {path}"
        for actor in ("staff_here", "manager", "coordinator_there")
        for path in (with_seat.get_absolute_url(), waiting.get_absolute_url(), event.get_absolute_url())
        if "mote.example/rum" in client_of(actor).get(path).content.decode()
    }

    assert told == ({f"staff_here {with_seat.get_absolute_url()}"} if shown else set())


# --- The coordinator's forms -----------------------------------------------------------------------------------


def create(client, cast, **changes):
    return client.post(
        "/arbetsyta/tillfallen/nytt/",
        {**GOOD, "municipality": cast.here.pk, "contact_email": "samordnaren@trelleborg.example", **changes},
    )


def test_a_coordinator_creates_and_publishes_an_event(cast, client_of):
    answer = create(
        client_of("coordinator_here"), cast, publish="1", visibility="selected", shared_with=[cast.there.pk]
    )

    event = TrainingEvent.objects.get()
    assert answer.headers["Location"] == f"/arbetsyta/tillfallen/{event.public_id}/"
    assert (event.title, event.state, event.municipality, list(event.shared_with.all())) == (
        "Verkstad i köket", "published", cast.here, [cast.there],
    )  # fmt: skip
    occasion = EventOccasion.objects.get()
    assert [f"{timezone.localtime(moment):%F %H:%M}" for moment in (occasion.starts_at, occasion.ends_at)] == [
        f"{A_DAY} 09:00",
        f"{A_DAY} 12:00",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x" * 300}, "title"),
        ({"title": ""}, "title"),
        ({"capacity": "0"}, "capacity"),
        ({"capacity": "-5"}, "capacity"),
        ({"capacity": "många"}, "capacity"),
        ({"capacity": "99999999999999999999"}, "capacity"),
        ({"visibility": "selected"}, "shared_with"),
        ({"visibility": "selected", "shared_with": "9" * 30}, "shared_with"),
        ({"visibility": "alla"}, "visibility"),
        ({"format": "online"}, "meeting_url"),
        ({"format": "online", "meeting_url": "javascript:alert(1)"}, "meeting_url"),
        ({"place": ""}, "place"),
        ({"course": "1"}, "course"),
        ({"sign_up_opens_at": "2030-01-02T10:00", "sign_up_closes_at": "2030-01-01T10:00"}, "__all__"),
        ({"contact_email": "inte en adress"}, "contact_email"),
    ],
)
def test_bad_input_is_said_at_the_field_and_writes_nothing(cast, client_of, changes, field):
    answer = create(client_of("coordinator_here"), cast, **changes)

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["summary"].value() == "En förmiddag om svinn."
    assert TrainingEvent.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"dates-0-ends": "08:00"},
        {"dates-0-date": "31/12"},
        {"dates-0-starts": "25:00"},
        {"dates-0-date": ""},
    ],
)
def test_bad_dates_are_said_in_their_row(cast, client_of, changes):
    answer = create(client_of("coordinator_here"), cast, **changes)

    assert answer.status_code == 400
    assert answer.context["dates"].forms[0].errors or answer.context["dates"].non_form_errors()
    assert TrainingEvent.objects.count() == 0


def test_an_event_cannot_be_given_to_a_municipality_one_does_not_coordinate(cast, client_of):
    answer = create(client_of("coordinator_here"), cast, municipality=cast.there.pk)

    assert list(answer.context["form"].errors) == ["municipality"]
    assert TrainingEvent.objects.count() == 0


def test_emoji_stay_and_decomposed_letters_are_composed(cast, client_of):
    create(client_of("coordinator_here"), cast, title="A\u030asa lagar 🍲", place="Ko\u0308ket")

    event = TrainingEvent.objects.get()
    assert (event.title, event.place) == ("Åsa lagar 🍲", "Köket")


def test_one_more_date_keeps_what_was_filled_in_and_complains_of_nothing(cast, client_of):
    answer = create(client_of("coordinator_here"), cast, title="", add_date="1")

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "dates-1-date" in html
    assert "En förmiddag om svinn." in html
    assert 'role="alert"' not in html
    assert TrainingEvent.objects.count() == 0


def test_fewer_seats_than_taken_is_refused_at_the_field(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, capacity=3)
    for _number in range(2):
        sign_up(event)

    answer = client_of("coordinator_here").post(
        f"/arbetsyta/tillfallen/{event.public_id}/andra/", {**GOOD, "capacity": "1", "dates-INITIAL_FORMS": "1"}
    )

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["capacity"]
    assert TrainingEvent.objects.get().capacity == 3


def test_participants_of_another_municipalitys_event_are_never_shown(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC)
    entry = sign_up(event, cast.staff_here)
    paths = [
        f"/arbetsyta/tillfallen/{event.public_id}/",
        f"/arbetsyta/tillfallen/{event.public_id}/deltagare.csv",
        f"/arbetsyta/tillfallen/{event.public_id}/deltagare.xlsx",
        event.get_absolute_url(),
        "/arbetsyta/tillfallen/",
        "/arbetsyta/",
    ]

    seen = [
        path
        for path in paths
        if entry.person.email in client_of("coordinator_there").get(path).content.decode("latin-1")
    ]

    assert seen == []


def test_cancelling_needs_a_reason_and_shows_it_to_those_who_signed_up(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)
    entry = sign_up(event, cast.staff_here)
    coordinator = client_of("coordinator_here")
    path = f"/arbetsyta/tillfallen/{event.public_id}/stall-in/"

    without = coordinator.post(path, {"reason": " "})
    coordinator.post(path, {"reason": "Kursledaren är sjuk.", "send": "1"})

    assert (without.status_code, list(without.context["form"].errors)) == (400, ["reason"])
    assert TrainingEvent.objects.get().state == "cancelled"
    assert "Kursledaren är sjuk." in client_of("staff_here").get(entry.get_absolute_url()).content.decode()


# --- What the pages offer to whom --------------------------------------------------------------------------------


def test_the_way_to_the_participants_is_shown_to_those_who_arrange_the_event(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC)
    path = f"/arbetsyta/tillfallen/{event.public_id}/"

    shown = {name for name in cast.actors() if path in client_of(name).get(event.get_absolute_url()).content.decode()}

    assert shown == {"coordinator_here", "portal_admin"}


def test_an_event_shows_ones_own_sign_up_and_nobody_elses(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here)
    entry = sign_up(event, cast.staff_here)
    path = f"/mina-sidor/anmalan/{entry.uid}/"

    shown = {name for name in cast.actors() if path in client_of(name).get(event.get_absolute_url()).content.decode()}

    assert shown == {"staff_here"}


def test_my_pages_name_my_municipality_and_no_other(cast, client_of):
    shown = {
        name: [
            membership.municipality.slug for membership in client_of(name).get("/mina-sidor/").context["memberships"]
        ]
        for name in ("staff_here", "staff_there", "outsider")
    }

    assert shown == {"staff_here": ["trelleborg"], "staff_there": ["skurup"], "outsider": []}


@pytest.mark.parametrize("place", ["here", "there"])
def test_a_new_event_is_ones_own_municipalitys_from_the_start(cast, client_of, place):
    form = client_of(f"coordinator_{place}").get("/arbetsyta/tillfallen/nytt/").context["form"]

    assert form["municipality"].value() == getattr(cast, place).pk


def test_whoever_waits_has_no_calendar_file_yet(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, capacity=1)
    seat, waiting = sign_up(event, cast.staff_here), sign_up(event, cast.manager)

    answers = {
        entry.state: client_of(entry.person).get(f"/mina-sidor/anmalan/{entry.uid}/kalender.ics").status_code
        for entry in (seat, waiting)
    }

    assert answers == {"confirmed": 200, "waiting": 404}


@pytest.mark.parametrize(
    ("starts", "ends", "clash"),
    [(9, 12, True), (11, 14, True), (8, 10, True), (10, 11, True), (12, 14, False), (7, 9, False)],
)
def test_another_own_event_at_the_same_time_is_told_and_hinders_nothing(cast, client_of, starts, ends, clash):
    day = timezone.localtime().replace(minute=0, second=0, microsecond=0) + timedelta(days=20)
    first = TrainingEventFactory(
        municipality=cast.here, title="Först", occasions=[a_morning(13), (day.replace(hour=9), day.replace(hour=12))]
    )
    second = TrainingEventFactory(
        municipality=cast.here, title="Sedan", occasions=[(day.replace(hour=starts), day.replace(hour=ends))]
    )
    sign_up(first, cast.staff_here)
    client = client_of("staff_here")

    before = "Samtidigt som ”Först”" in client.get(second.get_absolute_url()).content.decode()
    answer = post_sign_up(client, second, cast.here)
    after = "Samtidigt som ”Först”" in client.get(second.get_absolute_url()).content.decode()

    assert (before, answer.status_code, after) == (clash, 302, clash)
    assert "Samtidigt" not in client_of("manager").get(second.get_absolute_url()).content.decode()


# --- Held only if enough sign up, and copies ----------------------------------------------------------------------


def test_an_event_that_needs_people_says_so_until_it_is_decided(cast, client_of):
    day = timezone.localdate() + timedelta(days=10)
    event = TrainingEventFactory(municipality=cast.here, min_participants=2, decide_by=day)
    entry = sign_up(event, cast.staff_here)
    waiting_for = "Blir av bara om minst 2 personer anmäler sig."
    client = client_of("coordinator_here")
    assert waiting_for in client_of("staff_here").get(event.get_absolute_url()).content.decode()
    page = client.get(f"/arbetsyta/tillfallen/{event.public_id}/det-blir-av/").content.decode()
    assert "Det blir av: skicka mejl till 1 person" in page
    assert "1 person får det här mejlet" in page

    for _press in range(2):
        client.post(f"/arbetsyta/tillfallen/{event.public_id}/det-blir-av/")

    assert waiting_for not in client_of("staff_here").get(event.get_absolute_url()).content.decode()
    (mail,) = [row for row in written() if row.message == "events/held"]
    assert (mail.recipient, "blir av" in mail.subject) == (entry.person, True)
    assert AuditEntry.objects.filter(act="event_decided", actor=cast.coordinator_here).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"min_participants": "3"}, "decide_by"),
        ({"min_participants": "13", "decide_by": str(A_DAY)}, "min_participants"),
        ({"min_participants": "0", "decide_by": str(A_DAY)}, "min_participants"),
    ],
)
def test_a_number_nobody_can_decide_by_is_said_at_the_field(cast, client_of, changes, field):
    answer = create(client_of("coordinator_here"), cast, **changes)

    assert (answer.status_code, set(answer.context["form"].errors)) == (400, {field})


def test_a_copy_has_everything_but_dates_and_people(cast, client_of):
    event = TrainingEventFactory(
        municipality=cast.here,
        title="Verkstad",
        visibility=Visibility.SELECTED,
        shared_with=[cast.there],
        contact_email="a@b.example",
        max_per_unit=2,
    )
    sign_up(event, cast.staff_here)

    answer = client_of("coordinator_here").get(f"/arbetsyta/tillfallen/nytt/?copy={event.public_id}")

    form = answer.context["form"]
    assert [form[name].value() for name in ("title", "max_per_unit", "visibility", "contact_email")] == [
        *("Verkstad", 2, "selected", "a@b.example")
    ]
    assert form["shared_with"].value() == [cast.there.pk]
    assert [row["date"].value() for row in answer.context["dates"]] == [None]
    assert TrainingEvent.objects.count() == 1
    assert client_of("coordinator_there").get(f"/arbetsyta/tillfallen/nytt/?copy={event.public_id}").status_code == 404


def test_whoever_changes_an_event_reads_how_many_will_be_told(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, capacity=2)
    for person in (cast.staff_here, cast.manager, cast.municipality_admin):
        sign_up(event, person)
    client, path = client_of("coordinator_here"), f"/arbetsyta/tillfallen/{event.public_id}/andra/"

    form = {**GOOD, "dates-INITIAL_FORMS": "1", "capacity": "2", "place": "Nya huset"}
    first = client.post(path, form)
    page = first.content.decode()

    assert first.status_code == 200
    assert "3 personer får det här mejlet" in page
    assert "Nya huset" in first.context["rehearsal"].mail.text
    assert TrainingEvent.objects.get(pk=event.pk).place == "Kunskapshuset"
    assert not OutboxMessage.objects.filter(message="events/changed").exists()

    too_long = client.post(path, {**form, "send": "1", "note": "x" * 201})
    assert (too_long.status_code, list(too_long.context["note"].errors)) == (400, ["note"])
    assert TrainingEvent.objects.get(pk=event.pk).place == "Kunskapshuset"

    answer = client.post(path, {**form, "send": "1", "note": "Ta bakvägen."})

    assert answer.status_code == 302, answer.context["form"].errors
    assert TrainingEvent.objects.get(pk=event.pk).place == "Nya huset"
    told = [row for row in written() if row.message == "events/changed"]
    assert len(told) == 3
    assert all("Ta bakvägen." in row.text for row in told)


def test_what_concerns_nobody_is_saved_at_once(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, capacity=2)
    sign_up(event, cast.staff_here)
    client, path = client_of("coordinator_here"), f"/arbetsyta/tillfallen/{event.public_id}/andra/"
    start = timezone.localtime(event.first_starts_at)

    answer = client.post(
        path, {**GOOD, "title": event.title, "dates-0-date": str(start.date()), "dates-INITIAL_FORMS": "1"}
    )

    assert answer.status_code == 302
    assert TrainingEvent.objects.get(pk=event.pk).capacity == 12
    assert not OutboxMessage.objects.filter(message="events/changed").exists()


def test_a_copy_of_what_is_arranged_together_is_ones_own(cast, client_of):
    event = TrainingEventFactory(municipality=cast.here, title="Verkstad")
    co_organisers.invite(event=event, municipality=cast.there, until=timezone.localdate(), actor=cast.coordinator_here)

    forms = {
        place: client_of(f"coordinator_{place}")
        .get(f"/arbetsyta/tillfallen/nytt/?copy={event.public_id}")
        .context["form"]
        for place in ("here", "there")
    }

    assert {place: form["municipality"].value() for place, form in forms.items()} == {
        "here": cast.here.pk,
        "there": cast.there.pk,
    }


def test_sharing_an_event_with_a_city_abroad_asks_for_a_summary_in_english(cast, client_of):
    city = MunicipalityFactory(name="Esbo stad", short_name="Esbo", slug="esbo", kind=MunicipalityKind.FOREIGN_CITY)
    shared = GOOD | {
        "municipality": cast.here.pk,
        "visibility": "selected",
        "shared_with": [city.pk],
        "contact_email": "vi@trelleborg.example",
    }
    client = client_of("coordinator_here")

    refused = client.post("/arbetsyta/tillfallen/nytt/", shared)
    assert (refused.status_code, list(refused.context["form"].errors), TrainingEvent.objects.count()) == (
        400,
        ["summary_en"],
        0,
    )

    client.post("/arbetsyta/tillfallen/nytt/", shared | {"summary_en": "A morning about waste."})
    assert TrainingEvent.objects.get().summary_en == "A morning about waste."
