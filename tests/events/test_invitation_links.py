"""Invitation links: who gets in through one, what stays closed, and when it holds no more."""

import re
import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.enums import LinkState, SignUpState
from portal.events.models import EventMaterial, InvitationLink, SignUp, TrainingEvent
from portal.events.services import invitation_links, sign_ups, training_events
from portal.municipalities.models import AuditEntry
from portal.municipalities.services import memberships
from tests.factories.cms import CoursePageFactory
from tests.factories.events import TrainingEventFactory, a_morning
from tests.factories.municipalities import PersonFactory

NOW = timezone.now()
ENDS_AT = NOW + timedelta(days=3)
LABEL = "Kockarna i Lund"
TITLE = "Kanariefågel"


@pytest.fixture
def event(cast):
    """Internal to here, with everything that a link does not open."""
    course = CoursePageFactory(owner=cast.here, title="Kursens hemlighet")
    event = TrainingEventFactory(
        municipality=cast.here, title=TITLE, capacity=10, course=course.page_ptr, meeting_url="https://mote.example/"
    )
    EventMaterial.objects.create(event=event, title="Materialets hemlighet", url="https://material.example/")
    return event


@pytest.fixture
def make_link(event, cast):
    def make(**fields) -> InvitationLink:
        fields = {"event_id": event.pk, "label": LABEL, "actor": cast.coordinator_here, **fields}
        return invitation_links.make(**fields)

    return make


@pytest.fixture
def link(make_link):
    return make_link()


def come(link: InvitationLink, person, municipality, **how) -> SignUp:
    how = {"form_token": uuid.uuid4(), "invitation": link, **how}
    return sign_ups.sign_up(event_id=link.event_id, person=person, municipality_id=municipality.pk, **how)


def post(client, link, municipality, token=None):
    return client.post(link.get_absolute_url(), {"municipality": municipality.pk, "form_token": token or uuid.uuid4()})


def refusal_of(link, person, municipality, **how) -> str:
    with pytest.raises(ActionRefused) as refused:
        come(link, person, municipality, **how)
    return refused.value.code


def token_in(answer) -> str:
    return re.search(r'name="form_token" value="([^"]+)"', answer.content.decode()).group(1)


def used(link) -> int:
    return InvitationLink.objects.with_used().get(pk=link.pk).used


# --- Who gets in --------------------------------------------------------------------------------------------------


def test_whoever_has_the_link_reads_the_page_and_members_of_any_municipality_may_sign_up(cast, client_of, link, event):
    answers = {name: client_of(name).get(link.get_absolute_url()) for name in cast.actors()}

    for answer in answers.values():
        html = answer.content.decode()
        assert (answer.status_code, TITLE in html, f"{event.municipality.name}: {LABEL}" in html) == (200, True, True)
    offered = {name: answer.context["may_sign_up"] for name, answer in answers.items()}
    assert offered == {
        **dict.fromkeys(offered, True),
        **dict.fromkeys(["anonymous", "portal_admin", "outsider"], False),
    }
    form = f'action="{link.get_absolute_url()}"'
    assert {name for name, answer in answers.items() if form in answer.content.decode()} == {
        name for name in offered if offered[name]
    }
    assert f"?next={quote(link.get_absolute_url())}" in answers["anonymous"].content.decode()


def test_a_member_of_another_municipality_has_a_seat_and_reads_on_without_the_link(cast, client_of, link, event):
    client = client_of("staff_there")
    assert client.get(event.get_absolute_url()).status_code == 404

    answer = post(client, link, cast.there, token_in(client.get(link.get_absolute_url())))

    entry = SignUp.objects.get()
    assert answer.headers["Location"] == entry.get_absolute_url()
    assert (entry.person, entry.municipality, entry.state, entry.invitation) == (
        *(cast.staff_there, cast.there),
        *("confirmed", link),
    )
    page = client.get(event.get_absolute_url())
    assert (page.status_code, page.context["own_sign_up"]) == (200, entry)
    assert TITLE in client.get("/tillfallen/").content.decode()
    assert TITLE in client.get("/mina-sidor/").content.decode()
    own_page = client.get(entry.get_absolute_url()).content.decode()
    assert f'href="{event.get_absolute_url()}"' in own_page


def test_whoever_cancels_is_led_back_to_the_link(cast, client_of, link, event):
    entry = come(link, cast.staff_there, cast.there)
    client = client_of("staff_there")

    client.post(entry.get_absolute_url(), {"act": "cancel"})

    assert client.get(event.get_absolute_url()).status_code == 404
    own_page = client.get(entry.get_absolute_url()).content.decode()
    assert f'href="{link.get_absolute_url()}"' in own_page
    assert f'href="{event.get_absolute_url()}"' not in own_page
    assert post(client, link, cast.there).status_code == 302
    assert event.sign_ups.active().get().invitation == link


def test_a_double_press_on_the_last_place_of_a_link_is_one_sign_up(cast, client_of, make_link):
    link = make_link(max_sign_ups=1)
    client = client_of("staff_there")
    token = token_in(client.get(link.get_absolute_url()))

    answers = [post(client, link, cast.there, token) for _press in range(3)]

    assert {answer.headers.get("Location") for answer in answers} == {SignUp.objects.get().get_absolute_url()}


def test_somebody_the_event_is_open_to_anyway_does_not_use_up_the_link(cast, client_of, make_link, event):
    link = make_link(max_sign_ups=1)

    assert post(client_of("staff_here"), link, cast.here).status_code == 302

    assert event.sign_ups.get().invitation is None
    assert (used(link), invitation_links.state_of(link)) == (0, LinkState.OPEN)


def test_a_member_of_two_municipalities_uses_the_link_for_the_one_it_is_needed_for(cast, client_of, link, event):
    memberships.join(person=cast.staff_here, municipality=cast.there)

    assert post(client_of("staff_here"), link, cast.there).status_code == 302

    entry = event.sign_ups.get()
    assert (entry.municipality, entry.invitation) == (cast.there, link)


@pytest.mark.parametrize("actor", ["outsider", "portal_admin"])
def test_somebody_without_a_municipality_does_not_sign_up(cast, client_of, link, actor):
    answer = post(client_of(actor), link, cast.there)

    assert (answer.status_code, SignUp.objects.count()) == (400, 0)
    assert refusal_of(link, getattr(cast, actor), cast.there) == "foreign_municipality"


def test_nobody_signs_up_for_a_municipality_of_others(cast, client_of, link):
    answer = post(client_of("staff_there"), link, cast.here)

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["municipality"])
    assert SignUp.objects.count() == 0


def test_somebody_not_signed_in_is_sent_to_sign_in_and_back(client_of, cast, link):
    answer = post(client_of("anonymous"), link, cast.there)

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/konto/login/?next={quote(link.get_absolute_url())}",
    )
    assert SignUp.objects.count() == 0


def test_the_events_own_rules_hold_for_the_invited(cast, event, link):
    rules = TrainingEvent.objects.filter(pk=event.pk)
    rules.update(capacity=1)
    seats = [come(link, PersonFactory(member_of=cast.there), cast.there).state for _number in range(2)]
    rules.update(approval="approve")
    asked = come(link, PersonFactory(member_of=cast.there), cast.there).state
    rules.update(sign_up_closes_at=NOW - timedelta(hours=1))

    assert [*seats, asked] == ["confirmed", "waiting", "awaiting"]
    assert refusal_of(link, cast.staff_there, cast.there) == "closed"


def test_seats_kept_for_others_are_not_given_to_the_invited(cast, event, link):
    training_events.keep_seats(event_id=event.pk, kept={cast.here.pk: 10}, until=ENDS_AT, actor=cast.coordinator_here)

    assert come(link, cast.staff_there, cast.there).state == "waiting"


# --- What stays closed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", ["anonymous", "outsider", "staff_there", "coordinator_there"])
def test_a_link_opens_one_page_and_nothing_beside_it(cast, client_of, link, event, actor):
    other = TrainingEventFactory(municipality=cast.here, title="Ett annat tillfälle")
    client = client_of(actor)

    html = client.get(link.get_absolute_url()).content.decode()

    for hidden in ("Materialets hemlighet", "material.example", "Kursens hemlighet", "mote.example", other.title):
        assert hidden not in html
    workspace = f"/arbetsyta/tillfallen/{event.public_id}/"
    for path in (
        event.get_absolute_url(),
        f"{event.get_absolute_url()}anmal-flera/",
        other.get_absolute_url(),
        workspace,
        f"{workspace}inbjudningar/",
        f"{workspace}efterat/",
    ):
        answer = client.get(path)
        assert TITLE not in answer.content.decode()
        assert answer.status_code == 404 or answer.headers.get("Location", "").startswith("/konto/login/")
    for path in ("/", "/tillfallen/", f"/sok/?q={TITLE}", "/tillfallen/kalender/trelleborg.ics", "/trelleborg/"):
        assert event.public_id not in client.get(path).content.decode()


def test_the_page_is_kept_from_search_engines_and_caches_and_sends_its_address_nowhere(client_of, link, cast):
    client = client_of("anonymous")

    answers = [client.get(link.get_absolute_url()), client.head(link.get_absolute_url())]
    invitation_links.end(link_id=link.pk, actor=cast.coordinator_here)
    answers.append(client.get(link.get_absolute_url()))

    assert [answer.status_code for answer in answers] == [200, 200, 410]
    for answer in answers:
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_coordinator_with_a_link_signs_up_nobody_but_themselves(cast, client_of, link, event):
    client = client_of("coordinator_there")

    page = client.get(link.get_absolute_url())

    assert (page.context["may_sign_up_others"], page.context["may_manage"]) == (False, False)
    come(link, cast.coordinator_there, cast.there)
    assert client.get(f"{event.get_absolute_url()}anmal-flera/").status_code == 404
    assert client.get(event.get_absolute_url()).context["may_sign_up_others"] is False


def test_a_link_to_another_event_lets_nobody_in(cast, link):
    other = TrainingEventFactory(municipality=cast.here)

    with pytest.raises(ActionRefused) as refused:
        sign_ups.sign_up(
            event_id=other.pk,
            person=cast.staff_there,
            municipality_id=cast.there.pk,
            form_token=uuid.uuid4(),
            invitation=link,
        )

    assert refused.value.code == "foreign_municipality"


@pytest.mark.parametrize("key", ["ingen-sadan-nyckel", "x" * 40])
@pytest.mark.parametrize("actor", ["anonymous", "staff_there", "coordinator_here"])
def test_an_unknown_key_leads_nowhere(cast, client_of, link, key, actor):
    path = f"/tillfallen/inbjudan/{key}/"

    assert client_of(actor).get(path).status_code == 404
    assert client_of(actor).post(path).status_code == 404


def test_trying_keys_is_slowed_down_and_opening_a_right_one_is_not(client_of, link):
    client = client_of("anonymous")
    opened = {client.get(link.get_absolute_url()).status_code for _person in range(40)}

    wrong = {client.get("/tillfallen/inbjudan/fel/").status_code for _try in range(30)}
    refused = [client.get(path) for path in ("/tillfallen/inbjudan/fel/", link.get_absolute_url())]

    assert (opened, wrong, [answer.status_code for answer in refused]) == ({200}, {404}, [429, 429])
    assert TITLE not in refused[1].content.decode()
    assert client.get(link.get_absolute_url(), REMOTE_ADDR="192.0.2.7").status_code == 200
    cache.clear()
    assert client.get(link.get_absolute_url()).status_code == 200


# --- When it holds no more ----------------------------------------------------------------------------------------


def _ended(cast, link):
    invitation_links.end(link_id=link.pk, actor=cast.coordinator_here)


def _past_its_moment(cast, link):
    InvitationLink.objects.filter(pk=link.pk).update(ends_at=NOW - timedelta(minutes=1))


def _used_up(cast, link):
    InvitationLink.objects.filter(pk=link.pk).update(max_sign_ups=used(link) + 1)
    come(link, PersonFactory(member_of=cast.there), cast.there)


def _event_over(cast, link):
    link.event.occasions.update(starts_at=a_morning(-2)[0], ends_at=a_morning(-2)[1])
    link.event.first_starts_at, link.event.last_ends_at = a_morning(-2)
    link.event.save()


OVER = [(_ended, "ended"), (_past_its_moment, "past"), (_used_up, "full"), (_event_over, "past")]


@pytest.mark.parametrize(("what", "state"), OVER)
def test_a_link_that_holds_no_more_says_so_and_tells_nothing_of_the_event(cast, client_of, link, event, what, state):
    what(cast, link)
    before = SignUp.objects.count()

    for actor in ("anonymous", "outsider", "staff_there", "coordinator_there"):
        answers = [client_of(actor).get(link.get_absolute_url())]
        if actor != "anonymous":
            answers += [post(client_of(actor), link, cast.there), client_of(actor).post(link.get_absolute_url())]
        for answer in answers:
            assert answer.status_code == 410
            assert answer.context["why"]
            html = answer.content.decode()
            assert [word for word in (TITLE, LABEL, cast.here.name, event.public_id) if word in html] == []

    assert SignUp.objects.count() == before
    assert invitation_links.state_of(InvitationLink.objects.get(pk=link.pk)) == state


@pytest.mark.parametrize(("what", "state"), OVER[:3])
def test_those_who_may_see_the_event_anyway_see_it_with_a_word_about_the_link(
    cast, client_of, link, event, what, state
):
    come(link, cast.staff_there, cast.there)
    what(cast, link)
    link.refresh_from_db()
    why = invitation_links.sentence(link, LinkState(state))

    for actor in ("staff_here", "staff_there", "coordinator_here", "portal_admin"):
        answer = client_of(actor).get(link.get_absolute_url())
        assert (answer.status_code, answer.context["invitation_is_over"]) == (200, why)
        html = answer.content.decode()
        assert TITLE in html
        assert LABEL not in html
        assert link.get_absolute_url() not in html.split("<main", 1)[1].replace("?next=", "")
    answer = post(client_of("staff_here"), link, cast.here)
    assert (answer.status_code, event.sign_ups.get(person=cast.staff_here).invitation) == (302, None)


def test_a_link_for_two_lets_two_in_and_a_third_when_one_of_them_cancels(cast, make_link):
    link = make_link(max_sign_ups=2)
    people = [PersonFactory(member_of=cast.there) for _number in range(4)]
    first, _second = (come(link, person, cast.there) for person in people[:2])

    assert refusal_of(link, people[2], cast.there) == "invitation_full"
    assert (used(link), SignUp.objects.count()) == (2, 2)

    sign_ups.cancel(sign_up_id=first.pk, actor=first.person)
    assert come(link, people[2], cast.there).state == "confirmed"
    assert refusal_of(link, people[3], cast.there) == "invitation_full"


def test_those_who_wait_use_the_link_too(cast, make_link, event):
    link = make_link(max_sign_ups=2)
    TrainingEvent.objects.filter(pk=event.pk).update(capacity=1)

    states = [come(link, PersonFactory(member_of=cast.there), cast.there).state for _number in range(2)]

    assert states == ["confirmed", "waiting"]
    assert refusal_of(link, cast.staff_there, cast.there) == "invitation_full"


def test_the_link_is_read_again_and_counted_while_the_event_is_locked(cast, make_link):
    link = make_link(max_sign_ups=5)

    with CaptureQueriesContext(connection) as asked:
        come(link, cast.staff_there, cast.there)

    statements = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    locked = max(n for n, sql in enumerate(statements) if sql.startswith("SELECT") and 'FROM "events_training' in sql)
    written = min(n for n, sql in enumerate(statements) if sql.startswith("INSERT"))
    between = statements[locked + 1 : written]
    assert ["invitationlink" in between[0], "COUNT(" in between[1]] == [True, True]


def test_a_link_that_was_ended_after_the_page_was_shown_lets_nobody_in(cast, client_of, link):
    stale = InvitationLink.objects.get(pk=link.pk)
    _ended(cast, link)

    assert refusal_of(stale, cast.staff_there, cast.there) == "invitation_ended"
    assert SignUp.objects.count() == 0


def test_a_link_to_a_draft_leads_nowhere_until_it_is_published(cast, client_of):
    draft = TrainingEventFactory(municipality=cast.here, title=TITLE, published=False)
    link = invitation_links.make(event_id=draft.pk, label=LABEL, actor=cast.coordinator_here)

    def answers() -> dict[str, int]:
        return {name: client_of(name).get(link.get_absolute_url()).status_code for name in cast.actors()}

    assert answers() == {**dict.fromkeys(cast.actors(), 404), "coordinator_here": 200, "portal_admin": 200}
    assert post(client_of("staff_there"), link, cast.there).status_code == 404
    assert refusal_of(link, cast.staff_there, cast.there) == "draft"

    training_events.publish(event_id=draft.pk, actor=cast.coordinator_here)
    assert set(answers().values()) == {200}


def test_a_link_to_a_cancelled_event_says_that_it_is_cancelled(cast, client_of, link, event):
    came = come(link, PersonFactory(member_of=cast.there), cast.there)
    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Vattenläcka i köket.")

    answer = client_of("staff_there").get(link.get_absolute_url())
    pressed = post(client_of("staff_there"), link, cast.there)

    assert (answer.status_code, "Vattenläcka i köket." in answer.content.decode()) == (200, True)
    assert f'action="{link.get_absolute_url()}"' not in answer.content.decode()
    assert pressed.status_code == 409
    assert not event.sign_ups.active().exists()
    # Whoever was signed up reads why on the event's own page.
    assert "Vattenläcka i köket." in client_of(came.person).get(event.get_absolute_url()).content.decode()


# --- The organiser's page -----------------------------------------------------------------------------------------


def page_of(event) -> str:
    return f"/arbetsyta/tillfallen/{event.public_id}/inbjudningar/"


def test_an_organiser_makes_a_link_and_it_stands_in_the_log(cast, client_of, event):
    client = client_of("coordinator_here")
    until = timezone.localtime(ENDS_AT).replace(second=0, microsecond=0)

    answers = [
        client.post(page_of(event), {"label": f" {LABEL} ", "max_sign_ups": "5", "ends_at": f"{until:%Y-%m-%dT%H:%M}"})
        for _press in range(2)
    ]

    link = InvitationLink.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [page_of(event)] * 2
    assert (link.event, link.label, link.max_sign_ups, link.ends_at, link.made_by) == (
        *(event, LABEL, 5, until),
        cast.coordinator_here,
    )
    assert len(link.key) >= 22
    entry = AuditEntry.objects.get(act="invitation_link_made")
    assert (entry.municipality, entry.actor, entry.subject) == (cast.here, cast.coordinator_here, TITLE)
    assert entry.detail.startswith(f"{LABEL}, 5, ")
    assert link.key not in entry.detail
    html = client.get(page_of(event)).content.decode()
    assert f'value="http://localhost:8000{link.get_absolute_url()}"' in html
    assert page_of(event) in client.get(f"/arbetsyta/tillfallen/{event.public_id}/").content.decode()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "label"),
        ({"label": "   "}, "label"),
        ({"label": "x" * 81}, "label"),
        ({"label": LABEL, "max_sign_ups": "0"}, "max_sign_ups"),
        ({"label": LABEL, "max_sign_ups": "99999"}, "max_sign_ups"),
        ({"label": LABEL, "max_sign_ups": "många"}, "max_sign_ups"),
        ({"label": LABEL, "ends_at": "2020-01-01T09:00"}, "ends_at"),
        ({"label": LABEL, "ends_at": "snart"}, "ends_at"),
    ],
)
def test_what_cannot_be_a_link_is_said_at_its_field(client_of, event, data, field):
    answer = client_of("coordinator_here").post(page_of(event), data)

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])
    assert not InvitationLink.objects.exists()


def test_an_organiser_ends_a_link_once_and_those_who_came_stay(cast, client_of, link, event):
    entry = come(link, cast.staff_there, cast.there)
    client = client_of("coordinator_here")

    for _press in range(2):
        assert client.post(page_of(event), {"end": link.pk}).status_code == 302

    entry.refresh_from_db()
    assert (entry.state, entry.invitation) == (SignUpState.CONFIRMED, link)
    log = AuditEntry.objects.get(act="invitation_link_ended")
    assert (log.municipality, log.actor, log.subject, log.detail) == (cast.here, cast.coordinator_here, TITLE, LABEL)
    html = client.get(page_of(event)).content.decode()
    assert LABEL in html
    assert link.get_absolute_url() not in html


def test_a_link_of_another_event_or_none_is_not_ended_here(cast, client_of, link):
    other = TrainingEventFactory(municipality=cast.here)
    foreign = TrainingEventFactory(municipality=cast.there)

    answers = [
        client_of(actor).post(page_of(event), {"end": pk}).status_code
        for actor, event, pk in [
            ("coordinator_here", other, link.pk),
            ("coordinator_there", foreign, link.pk),
            ("coordinator_here", link.event, "x"),
            ("coordinator_here", link.event, "9" * 30),
        ]
    ]

    link.refresh_from_db()
    assert (answers, link.ended_at) == ([404] * 4, None)


def test_the_list_says_what_each_link_is_worth(cast, client_of, event, make_link):
    labels = {
        name: make_link(label=name, **fields)
        for name, fields in {
            "none": {"max_sign_ups": 2},
            "all": {"max_sign_ups": 1},
            "past": {"ends_at": ENDS_AT},
            "ended": {},
        }.items()
    }
    come(labels["all"], cast.staff_there, cast.there)
    come(labels["ended"], PersonFactory(member_of=cast.there), cast.there)
    _ended(cast, labels["ended"])
    _past_its_moment(cast, labels["past"])

    answer = client_of("coordinator_here").get(page_of(event))

    assert {link.label: (state.value, link.used) for link, state, _address in answer.context["links"]} == {
        "none": ("open", 0),
        "all": ("full", 1),
        "past": ("past", 0),
        "ended": ("ended", 1),
    }


def test_no_links_are_made_to_what_is_cancelled_or_over(cast, client_of, event, make_link):
    training_events.cancel(event_id=event.pk, actor=cast.coordinator_here, reason="Snö.")
    over = TrainingEventFactory(municipality=cast.here, occasions=[a_morning(-2)])
    client = client_of("coordinator_here")

    for closed, code in ((event, "cancelled"), (over, "past")):
        assert client.get(page_of(closed)).context["may_make"] is False
        assert client.post(page_of(closed), {"label": LABEL}).status_code == 400
        with pytest.raises(ActionRefused) as refused:
            make_link(event_id=closed.pk)
        assert refused.value.code == code
    assert not InvitationLink.objects.exists()


def test_a_person_who_is_erased_leaves_the_link_to_the_others(cast, make_link, client_of):
    coordinator = PersonFactory(member_of=cast.here)
    link = make_link(actor=coordinator)

    get_user_model().objects.filter(pk=coordinator.pk).delete()

    link.refresh_from_db()
    assert link.made_by is None
    assert client_of("staff_there").get(link.get_absolute_url()).status_code == 200
