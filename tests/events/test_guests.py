"""Guests: signing up without an account, by a confirmed address, and what such a person may do and see."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.events.enums import Approval, SignUpState
from portal.events.models import GuestRequest, SignUp, TrainingEvent
from portal.events.services import guests, invitation_links, seat_checks, sign_ups, training_events
from portal.municipalities.enums import Role, Visibility
from portal.municipalities.permissions import viewer_for
from portal.municipalities.services import invitations
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.events.test_event_views import GOOD
from tests.factories.events import TrainingEventFactory, a_morning, sign_up
from tests.helpers.mails import written

WHO = {
    "first_name": "Göran",
    "last_name": "Åström",
    "email": "goran@utanfor.example",
    "organisation": "Föreningen Måltid",
}
User = get_user_model()


@pytest.fixture
def event(cast):
    return TrainingEventFactory(
        municipality=cast.here, title="Spridningskonferens", visibility=Visibility.PUBLIC, takes_guests=True
    )


@pytest.fixture
def come():
    """`come(event)`: somebody without an account who asked and confirmed; returns the sign-up."""

    def make(event, *, invitation=None, now=None, **who) -> SignUp:
        guests.ask(event=event, invitation=invitation, now=now, **{**WHO, **who})
        return guests.confirm(request=GuestRequest.objects.latest("pk"), now=now)

    return make


def form_of(event) -> str:
    return f"/tillfallen/{event.public_id}/utan-konto/"


def addresses_in(mail) -> list[str]:
    """The addresses of ways in that a mail's text holds."""
    return [urlsplit(found).path for found in re.findall(r"https?://\S+", mail.text) if "/utan-konto/" in found]


def mail_to(address: str, message: str) -> OutboxMessage:
    return [mail for mail in written() if (mail.to_email, mail.message) == (address, message)][-1]


# --- From the form to the seat ------------------------------------------------------------------------------------


def test_somebody_without_an_account_has_a_seat_when_the_address_is_confirmed(event):
    client = Client()
    assert f'href="{form_of(event)}"' in client.get(event.get_absolute_url()).content.decode()

    asked = client.post(form_of(event), WHO)
    assert (asked.status_code, asked.headers["Location"]) == (302, "/utan-konto/se-din-e-post/")
    assert (SignUp.objects.count(), User.objects.filter(is_guest=True).count()) == (0, 0)
    [link] = addresses_in(mail_to(WHO["email"], "events/guest_confirm"))
    page = client.get(link)
    assert (page.status_code, SignUp.objects.count()) == (200, 0), "a program that reads mails follows links"
    confirmed = client.post(link)

    entry = SignUp.objects.get()
    assert (entry.state, entry.municipality, entry.organisation, entry.event) == (
        *("confirmed", None),
        *("Föreningen Måltid", event),
    )
    person = entry.person
    assert (str(person), person.email, person.is_guest, person.has_usable_password()) == (
        *("Göran Åström", WHO["email"]),
        *(True, False),
    )
    assert confirmed.headers["Location"] == entry.get_absolute_url()
    own = client.get(entry.get_absolute_url())
    assert (own.status_code, "Du har en plats" in own.content.decode()) == (200, True)
    assert client.session.get_expiry_age() <= 2 * 60 * 60
    event.refresh_from_db()
    assert (event.seats_taken, event.held_seats) == (1, {"0": 1})
    assert seat_checks.find() == []


def test_pressing_the_link_again_is_the_same_sign_up(event):
    client = Client()
    client.post(form_of(event), WHO)
    [link] = addresses_in(mail_to(WHO["email"], "events/guest_confirm"))

    answers = [Client().post(link) for _press in range(3)]

    assert {answer.headers["Location"] for answer in answers} == {SignUp.objects.get().get_absolute_url()}


def test_asking_twice_and_confirming_both_is_one_sign_up(event):
    for organisation in ("Första", "Andra"):
        Client().post(form_of(event), {**WHO, "organisation": organisation})
    links = [link for mail in written() if mail.message == "events/guest_confirm" for link in addresses_in(mail)]
    assert len(set(links)) == 2

    for link in links:
        Client().post(link)

    assert SignUp.objects.get().organisation == "Första"


def test_the_page_says_the_same_whatever_the_address_is_and_the_mail_says_what_it_is(cast, event, come):
    known = come(event, email="redan@utanfor.example")
    User.objects.create_user("slutat@example.org", None, is_active=False)
    cases = {
        "ny@utanfor.example": "events/guest_confirm",
        cast.staff_here.email: "events/guest_has_account",
        known.person.email: "events/guest_links",
        "slutat@example.org": None,
    }
    before = OutboxMessage.objects.count()
    pages = set()
    for email in cases:
        client = Client()
        answer = client.post(form_of(event), {**WHO, "email": email}, follow=True)
        pages.add((answer.redirect_chain[-1], answer.content))

    assert len(pages) == 1
    sent = {mail.to_email: mail.message for mail in written()[before:]}
    assert sent == {email: message for email, message in cases.items() if message}
    assert SignUp.objects.get() == known


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "inte en adress"}, "email"),
        ({"email": ""}, "email"),
        ({"first_name": "  "}, "first_name"),
        ({"last_name": "x" * 81}, "last_name"),
        ({"organisation": "x" * 121}, "organisation"),
    ],
)
def test_bad_input_is_told_at_the_field_and_sends_nothing(event, given, field):
    answer = Client().post(form_of(event), {**WHO, **given})

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])
    assert answer.context["form"]["last_name"].value() == {**WHO, **given}["last_name"]
    assert (GuestRequest.objects.count(), OutboxMessage.objects.count()) == (0, 0)


def test_nobody_gets_many_mails_because_somebody_else_writes_their_address(event):
    statuses = [Client().post(form_of(event), {**WHO, "email": WHO["email"].upper()}).status_code for _try in range(7)]

    assert statuses == [302] * 5 + [429] * 2
    assert OutboxMessage.objects.filter(to_email=WHO["email"]).count() == 5
    again = Client().post("/utan-konto/", {"email": WHO["email"]})
    assert (again.status_code, list(again.context["form"].errors)) == (429, ["email"])


def test_when_all_seats_are_taken_a_guest_waits_and_is_offered_the_next(cast, event, come):
    taken = [sign_up(event), sign_up(event)]
    page = Client().get(form_of(event))
    assert ("takes_seat_at_once" in page.context["form"].fields, "reservlistan" in page.content.decode()) == (
        True,
        True,
    )

    entry = come(event)
    assert entry.state == SignUpState.WAITING
    sign_ups.cancel(sign_up_id=taken[0].pk, actor=taken[0].person)

    entry.refresh_from_db()
    assert entry.state == SignUpState.OFFERED
    [link] = addresses_in(mail_to(WHO["email"], "events/offered"))
    client = Client()
    client.post(link)
    client.post(entry.get_absolute_url(), {"act": "accept"})
    entry.refresh_from_db()
    assert entry.state == SignUpState.CONFIRMED
    assert seat_checks.find() == []


def test_seats_kept_for_a_municipality_are_none_for_guests(cast, event, come):
    training_events.keep_seats(
        event_id=event.pk, kept={cast.there.pk: 2}, until=event.first_starts_at - timedelta(days=2), actor=None
    )

    entry = come(event)

    assert entry.state == SignUpState.WAITING
    assert sign_up(event, municipality=cast.there).state == SignUpState.CONFIRMED


# --- Where guests are wanted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [{"takes_guests": False}, {"visibility": Visibility.MEMBERS}, {"visibility": Visibility.INTERNAL}],
    ids=["not wanted", "for members", "internal"],
)
def test_an_event_that_does_not_take_guests_takes_none(event, fields):
    TrainingEvent.objects.filter(pk=event.pk).update(**fields)
    event.refresh_from_db()

    assert [Client().get(form_of(event)).status_code, Client().post(form_of(event), WHO).status_code] == [404, 404]
    with pytest.raises(ActionRefused) as refused:
        guests.ask(event=event, **WHO)
    assert (refused.value.code, GuestRequest.objects.count()) == ("no_guests", 0)


def test_whether_guests_are_wanted_is_asked_again_when_the_address_is_confirmed(event):
    guests.ask(event=event, **WHO)
    TrainingEvent.objects.filter(pk=event.pk).update(takes_guests=False)
    [link] = addresses_in(mail_to(WHO["email"], "events/guest_confirm"))

    answer = Client().post(link)

    assert (answer.status_code, "konto" in answer.context["error"], SignUp.objects.count()) == (409, True, 0)


def test_a_closed_event_leads_back_to_its_page(event):
    TrainingEvent.objects.filter(pk=event.pk).update(sign_up_closes_at=timezone.now() - timedelta(hours=1))

    assert Client().get(form_of(event)).headers["Location"] == event.get_absolute_url()
    answer = Client().post(form_of(event), WHO)
    assert (answer.status_code, GuestRequest.objects.count()) == (409, 0)


def test_a_group_comes_by_a_link_to_an_event_for_others(cast, event, come):
    TrainingEvent.objects.filter(pk=event.pk).update(visibility=Visibility.INTERNAL, takes_guests=False, capacity=9)
    event.refresh_from_db()
    made = {"event_id": event.pk, "actor": cast.coordinator_here}
    link = invitation_links.make(label="Föreningarna", max_sign_ups=1, for_guests=True, **made)
    members_only = invitation_links.make(label="Kockarna", **made)
    page = Client().get(link.get_absolute_url()).content.decode()
    form = f"{link.get_absolute_url()}utan-konto/"

    assert f'href="{form}"' in page
    assert "utan-konto" not in Client().get(members_only.get_absolute_url()).content.decode().split("<main")[1]
    assert Client().get(f"{members_only.get_absolute_url()}utan-konto/").status_code == 404
    client = Client()
    client.post(form, WHO)
    [address] = addresses_in(mail_to(WHO["email"], "events/guest_confirm"))
    client.post(address)

    entry = SignUp.objects.get()
    assert (entry.state, entry.invitation, entry.municipality) == ("confirmed", link, None)
    assert client.get(event.get_absolute_url()).status_code == 200, "whoever is signed up reads what it is"
    over = Client().get(form)
    assert (over.status_code, over.headers["Location"]) == (302, link.get_absolute_url())


def test_of_two_who_asked_with_the_last_use_of_a_link_one_comes(cast, event):
    TrainingEvent.objects.filter(pk=event.pk).update(takes_guests=False)
    event.refresh_from_db()
    link = invitation_links.make(
        event_id=event.pk, label="Två", max_sign_ups=1, for_guests=True, actor=cast.coordinator_here
    )
    requests = []
    for email in ("en@utanfor.example", "tva@utanfor.example"):
        guests.ask(event=event, invitation=link, **{**WHO, "email": email})
        requests.append(GuestRequest.objects.latest("pk"))

    guests.confirm(request=requests[0])
    with pytest.raises(ActionRefused) as refused:
        guests.confirm(request=requests[1])

    assert (refused.value.code, SignUp.objects.count()) == ("invitation_full", 1)


def test_a_member_signs_up_for_their_municipality_and_not_as_a_guest(cast, client_of, event):
    assert client_of("staff_there").get(form_of(event)).status_code == 404
    with pytest.raises(ActionRefused) as refused:
        sign_ups.sign_up(
            event_id=event.pk, person=cast.staff_there, municipality_id=None, form_token="0" * 32, organisation="Ingen"
        )
    assert (refused.value.code, SignUp.objects.count()) == ("is_member", 0)


def test_somebody_with_an_account_and_no_municipality_signs_up_at_once(cast, client_of, event):
    client = client_of("outsider")
    assert f'href="{form_of(event)}"' in client.get(event.get_absolute_url()).content.decode()

    answer = client.post(form_of(event), {"organisation": "Eget företag"})

    entry = SignUp.objects.get()
    assert (answer.headers["Location"], entry.person, entry.organisation) == (
        *(entry.get_absolute_url(), cast.outsider),
        "Eget företag",
    )
    assert client.post(form_of(event), {"organisation": "Igen"}).headers["Location"] == entry.get_absolute_url()
    assert SignUp.objects.get() == entry


def test_the_form_of_an_event_says_where_guests_do_not_go(cast, client_of):
    client = client_of("coordinator_here")
    good = {**GOOD, "municipality": cast.here.pk, "contact_email": "a@b.example", "takes_guests": "on"}

    internal = client.post("/arbetsyta/tillfallen/nytt/", good)
    asked = client.post("/arbetsyta/tillfallen/nytt/", {**good, "visibility": "public", "approval": "approve"})
    saved = client.post("/arbetsyta/tillfallen/nytt/", {**good, "visibility": "public"})

    assert (internal.status_code, list(internal.context["form"].errors)) == (400, ["takes_guests"])
    assert (asked.status_code, asked.context["form"].non_field_errors()) == (
        400,
        ["Den som inte har något konto har ingen chef som kan svara."],
    )
    assert (saved.status_code, TrainingEvent.objects.get().takes_guests) == (302, True)


def test_the_database_knows_of_no_guests_who_wait_for_a_manager(event):
    event.approval = Approval.APPROVE

    with pytest.raises(ValidationError, match="chef"):
        event.full_clean()


# --- The way back -------------------------------------------------------------------------------------------------


def test_a_mail_leads_a_guest_to_their_sign_up_and_nobody_else(cast, event, come):
    entry, member = come(event), sign_up(event, cast.staff_here)
    [link] = addresses_in(mail_to(WHO["email"], "events/confirmed"))
    assert addresses_in(mail_to(member.person.email, "events/confirmed")) == []
    client = Client()

    assert client.get(entry.get_absolute_url()).status_code == 302, "to signing in"
    page = client.get(link)
    assert (page.status_code, "Göran" in page.content.decode(), client.session.get("_auth_user_id")) == (
        *(200, False),
        None,
    )
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("same-origin", "noindex")
    assert client.post(link).headers["Location"] == entry.get_absolute_url()
    client.post(entry.get_absolute_url(), {"act": "cancel"})

    entry.refresh_from_db()
    assert entry.state == SignUpState.CANCELLED
    other = link.replace(str(entry.uid), str(member.uid))
    assert Client().post(other).status_code == 410
    assert Client().post(link[:-2] + ("0/" if link[-2] != "0" else "1/")).status_code == 410
    assert client.get(member.get_absolute_url()).status_code == 404


def test_the_way_in_ends_three_months_after_the_event(event, come):
    entry = come(event)
    address = guests.address_in_mails(entry)

    assert Client().get(address).status_code == 200
    TrainingEvent.objects.filter(pk=event.pk).update(last_ends_at=timezone.now() - timedelta(days=91))

    assert [Client().get(address).status_code, Client().post(address).status_code] == [410, 410]
    assert Client().get(entry.get_absolute_url()).status_code == 302


def test_whoever_lost_the_mail_gets_the_links_again(cast, event, come):
    other = TrainingEventFactory(municipality=cast.here, title="Ett annat", visibility="public", takes_guests=True)
    entries = [come(event), come(other)]
    before = OutboxMessage.objects.count()

    for email in (WHO["email"], cast.staff_here.email, "okand@utanfor.example"):
        assert Client().post("/utan-konto/", {"email": email}).headers["Location"] == "/utan-konto/se-din-e-post/"

    [mail] = written()[before:]
    assert (mail.to_email, addresses_in(mail)) == (WHO["email"], [guests.address_in_mails(entry) for entry in entries])
    bad = Client().post("/utan-konto/", {"email": "ingen"})
    assert (bad.status_code, list(bad.context["form"].errors)) == (400, ["email"])


def test_ways_in_are_kept_in_no_sent_mail_and_shown_to_no_organiser(cast, client_of, event, come):
    entry = come(event)
    key = guests.address_in_mails(entry)
    for mail in OutboxMessage.objects.order_by("pk"):
        outbox.send(mail.pk)
    kept = "".join(mail.text + mail.html for mail in OutboxMessage.objects.filter(to_email=WHO["email"]))
    assert (OutboxMessage.objects.filter(state="sent").count(), "/utan-konto/" in kept) == (2, False)

    preview = client_of("coordinator_here").get(f"/arbetsyta/tillfallen/{event.public_id}/stall-in/")
    shown = client_of("coordinator_here").post(
        f"/arbetsyta/tillfallen/{event.public_id}/stall-in/", {"reason": "Sjukdom"}
    )

    for answer in (preview, shown):
        assert (answer.status_code, key in answer.content.decode()) == (200, False)
    assert entry.get_absolute_url() in shown.content.decode(), "the mail is shown, without the way in"


def test_what_nobody_confirmed_is_erased_after_a_day(event):
    guests.ask(event=event, **WHO)
    [link] = addresses_in(mail_to(WHO["email"], "events/guest_confirm"))
    later = timezone.now() + guests.CONFIRM_WITHIN + timedelta(minutes=1)

    assert guests.forget_requests() == 0
    GuestRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert [Client().get(link).status_code, Client().post(link).status_code] == [410, 410]
    assert (guests.forget_requests(now=later), GuestRequest.objects.count(), SignUp.objects.count()) == (1, 0, 0)


def test_whoever_tries_links_gets_no_answer_for_a_while(event, come):
    right = guests.address_in_mails(come(event))
    cache.clear()
    wrong = ["/utan-konto/bekrafta/x/"] * 15 + [right[:-5] + "0000/"] * 15

    assert {Client().get(address).status_code for address in wrong} == {410}
    assert [Client().get(right).status_code, Client().get("/utan-konto/bekrafta/x/").status_code] == [429, 429]


# --- What a guest is ----------------------------------------------------------------------------------------------


def test_a_guest_may_no_more_than_somebody_who_belongs_to_nothing(cast, event, come):
    assert viewer_for(come(event).person) == viewer_for(cast.outsider)


def test_a_guest_changes_neither_address_nor_password(event, come):
    client = Client()
    client.post(guests.address_in_mails(come(event)))

    for path in ("/konto/email/", "/konto/password/set/", "/konto/password/change/", "/konto/login/", "/konto/signup/"):
        answers = [client.get(path), client.post(path, {"email": "ny@annan.example", "action_add": "1"})]
        assert [answer.headers.get("Location") for answer in answers] == ["/mina-sidor/"] * 2, path
    assert User.objects.get(is_guest=True).email == WHO["email"]
    assert client.post("/konto/logout/").status_code == 302
    assert client.get("/mina-sidor/").status_code == 302


def test_a_guest_changes_what_stands_on_the_badge_and_nothing_else(cast, client_of, event, come):
    entry, member = come(event), sign_up(event, cast.staff_here)
    client = Client()
    client.post(guests.address_in_mails(entry))
    details = f"/mina-sidor/anmalan/{entry.uid}/uppgifter/"
    assert f'href="{details}"' in client.get(entry.get_absolute_url()).content.decode()

    bad = client.post(details, {"first_name": " ", "last_name": "Ås", "organisation": "x" * 121})
    assert (bad.status_code, sorted(bad.context["form"].errors)) == (400, ["first_name", "organisation"])
    answer = client.post(
        details, {"first_name": "Göte", "last_name": "Ås", "organisation": "Eget kök", "email": "annan@x.example"}
    )

    entry = SignUp.objects.get(pk=entry.pk)
    assert answer.headers["Location"] == entry.get_absolute_url()
    assert (str(entry.person), entry.organisation, entry.person.email) == ("Göte Ås", "Eget kök", WHO["email"])
    assert client_of("staff_here").get(f"/mina-sidor/anmalan/{member.uid}/uppgifter/").status_code == 404
    assert client.get(f"/mina-sidor/anmalan/{member.uid}/uppgifter/").status_code == 404
    sign_ups.cancel(sign_up_id=entry.pk, actor=entry.person)
    assert client.post(details, {"first_name": "A", "last_name": "B"}).status_code == 404


def test_a_guests_own_page_speaks_of_no_account(event, come):
    client = Client()
    client.post(guests.address_in_mails(come(event)))

    html = client.get("/mina-sidor/").content.decode()

    assert ("Spridningskonferens" in html, "utan konto" in html) == (True, True)
    assert ["/konto/password/" in html, "/konto/email/" in html, "samordnare" in html] == [False] * 3


def test_whoever_has_an_account_does_not_come_in_by_a_link(cast, event, come):
    entry = come(event)
    address = guests.address_in_mails(entry)
    User.objects.filter(pk=entry.person_id).update(is_guest=False)
    client = Client()

    answer = client.post(address)

    assert (answer.headers["Location"], client.session.get("_auth_user_id")) == (entry.get_absolute_url(), None)
    entry.person.refresh_from_db()
    assert guests.address_in_mails(entry) == entry.get_absolute_url()


def test_a_guest_who_chooses_a_password_has_an_account(event, come):
    entry = come(event)
    Client().post("/konto/password/reset/", {"email": WHO["email"]})
    [link] = re.findall(r"https?://\S+/konto/password/reset/key/\S+", written()[-1].text)
    client = Client()
    form = client.get(urlsplit(link).path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "en helt ny lösenfras", "password2": "en helt ny lösenfras"})

    person = User.objects.get(pk=entry.person_id)
    assert (person.is_guest, person.check_password("en helt ny lösenfras")) == (False, True)


def test_a_guest_who_is_invited_gets_an_account_and_keeps_the_seat(cast, event, come):
    entry = come(event)
    invitations.invite(
        municipality=cast.here, email=WHO["email"], roles=[Role.COORDINATOR], invited_by=cast.municipality_admin
    )
    [link] = re.findall(r"https?://\S+/inbjudan/\S+", written()[-1].text)
    client = Client()
    client.post(guests.address_in_mails(entry))

    answer = client.post(
        urlsplit(link).path, {"first_name": "Göran", "last_name": "Ås", "password": "en helt ny lösenfras"}
    )

    person = User.objects.get(pk=entry.person_id)
    assert (answer.status_code, person.is_guest, str(person), viewer_for(person).municipality_ids) == (
        *(302, False, "Göran Ås"),
        {cast.here.pk},
    )
    assert client.get(entry.get_absolute_url()).status_code == 200


# --- For those who arrange it -------------------------------------------------------------------------------------


def test_organisers_see_guests_by_what_they_wrote_and_can_look_at_them_alone(cast, client_of, event, come):
    come(event)
    sign_up(event, cast.staff_here)
    client = client_of("coordinator_here")
    participants = f"/arbetsyta/tillfallen/{event.public_id}/"

    page = client.get(participants)
    found = client.get(participants, {"municipality": "_"})
    searched = client.get(participants, {"q": "måltid"})
    exported = client.get(f"{participants}deltagare.csv").content.decode("utf-8-sig")

    assert page.context["by_municipality"] == [("Gäster", 1), ("Trelleborg", 1)]
    assert "Föreningen Måltid" in page.content.decode()
    for answer in (found, searched):
        confirmed = answer.context["lists"]["confirmed"].entries
        assert [str(entry.person) for entry in confirmed] == ["Göran Åström"]
    assert "Göran Åström;goran@utanfor.example;Föreningen Måltid" in exported


def test_a_guest_is_checked_in_at_the_door_and_has_a_certificate(cast, client_of, come):
    today = timezone.now() + timedelta(minutes=30)
    event = TrainingEventFactory(
        municipality=cast.here,
        visibility=Visibility.PUBLIC,
        takes_guests=True,
        occasions=[(today, today + timedelta(hours=2))],
    )
    entry = come(event)
    occasion = event.occasions.get()
    door = client_of("coordinator_here")

    page = door.get(f"/arbetsyta/narvaro/{occasion.uid}/")
    assert "Föreningen Måltid" in page.content.decode()
    door.post(f"/arbetsyta/incheckning/{entry.uid}/")

    assert occasion.attendances.get().sign_up == entry


def test_a_guest_tells_what_they_eat(event, come):
    TrainingEvent.objects.filter(pk=event.pk).update(asks_food=True)
    entry = come(event)
    client = Client()
    client.post(guests.address_in_mails(entry))

    client.post(f"/mina-sidor/anmalan/{entry.uid}/behov/", {"food": ["vegan"]})

    assert SignUp.objects.get().needs.food == "vegan"


def test_one_morning_is_enough_for_a_series(cast, come):
    """Where one comes to one date of a series, a guest who confirms twice is led to the first."""
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC, takes_guests=True)
    other = TrainingEventFactory(
        municipality=cast.here, visibility=Visibility.PUBLIC, takes_guests=True, occasions=[a_morning(31)]
    )
    series = "11111111-1111-1111-1111-111111111111"
    TrainingEvent.objects.update(series=series, once_per_series=True)
    event.refresh_from_db()
    other.refresh_from_db()
    first = come(event)

    guests.ask(event=other, **WHO)

    assert addresses_in(mail_to(WHO["email"], "events/guest_links")) == [guests.address_in_mails(first)]
    assert GuestRequest.objects.filter(event=other).count() == 0
