"""Invitations by mail: a link that works once, for its address, for two weeks."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from portal.core.services import ActionRefused
from portal.municipalities.enums import Role
from portal.municipalities.models import Invitation, Membership, Unit
from portal.municipalities.services import invitations, memberships
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.factories.municipalities import PASSWORD, PersonFactory

ADDRESS = "ny.medarbetare@trelleborg.example"
ANSWERS = {"first_name": "Åsa", "last_name": "Öberg", "password": "tre gula kanariefåglar"}
INVITE = "/arbetsyta/kommuner/trelleborg/medlemmar/bjud-in/"


@pytest.fixture
def invite(cast):
    def make(email=ADDRESS, roles=(), **fields) -> tuple[Invitation, str]:
        """The invitation, and the address of the link as it stands in the mail."""
        fields = {"municipality": cast.here, "invited_by": cast.municipality_admin, **fields}
        invitation = invitations.invite(email=email, roles=roles, **fields)
        return invitation, link_in(OutboxMessage.objects.get(reason_object_id=invitation.pk))

    return make


def link_in(mail: OutboxMessage) -> str:
    [link] = re.findall(r"^http://localhost:8000(/inbjudan/\S+/)$", mail.text, re.MULTILINE)
    return link


def people() -> int:
    return get_user_model().objects.count()


def roles_of(email: str) -> list[str]:
    groups = get_user_model().objects.get(email=email).groups.filter(role_group__municipality__slug="trelleborg")
    return sorted(groups.values_list("role_group__role", flat=True))


def is_gone(answer) -> bool:
    return answer.status_code == 404 and "municipalities/invitation_gone.html" in [t.name for t in answer.templates]


# --- Inviting ------------------------------------------------------------------------------------------------


def test_an_administrator_invites_by_mail(cast, client_of):
    kitchen = Unit.objects.create(municipality=cast.here, name="Köket")

    answer = client_of("municipality_admin").post(
        INVITE, {"email": " Ny.Medarbetare@Trelleborg.Example ", "roles": ["manager"], "unit": kitchen.pk}
    )

    made = Invitation.objects.get()
    mail = OutboxMessage.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/arbetsyta/kommuner/trelleborg/medlemmar/")
    assert (made.municipality, made.email, made.roles, made.unit) == (cast.here, ADDRESS, ["manager"], kitchen)
    assert made.invited_by == cast.municipality_admin
    assert timedelta(days=13, hours=23) < made.expires_at - timezone.now() <= timedelta(days=14)
    assert (mail.to_email, mail.state) == (ADDRESS, "pending")
    assert "Trelleborgs kommun" in mail.subject
    assert link_in(mail) in mail.html


def test_only_the_hash_of_the_token_is_kept(invite):
    invitation, link = invite()
    token = link.split("/")[2]

    row = Invitation.objects.filter(pk=invitation.pk).values().get()

    assert len(token) >= 43  # 32 random bytes in base64
    assert row["token_hash"] == hashlib.sha256(token.encode()).hexdigest()
    assert not any(token in str(value) for value in row.values())


def test_the_link_is_not_kept_in_the_outbox_after_the_mail_was_sent(invite, mailoutbox):
    invitation, link = invite()
    row = OutboxMessage.objects.get(reason_object_id=invitation.pk)

    outbox.send(row.pk)

    row.refresh_from_db()
    assert link in mailoutbox[0].body
    assert link not in row.text + row.html


def test_every_invitation_has_a_token_of_its_own(invite):
    links = {invite(f"ny{number}@trelleborg.example")[1] for number in range(3)}

    assert len(links) == 3


def test_a_member_is_not_invited_again(cast, client_of):
    answer = client_of("municipality_admin").post(INVITE, {"email": "STAFF_HERE@example.org"})

    [sentence] = answer.context["form"].errors["email"]
    assert answer.status_code == 400
    assert "staff_here@example.org" in sentence
    assert not Invitation.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_inviting_answers_alike_for_known_and_unknown_addresses(cast, client_of):
    client = client_of("municipality_admin")

    answers = [
        client.post(INVITE, {"email": email}, follow=True) for email in ("staff_there@example.org", "okand@example.org")
    ]

    told = [re.findall(r'<div class="messages".*?</div>\s*<main', answer.content.decode(), re.S) for answer in answers]
    assert [answer.redirect_chain for answer in answers] == [[("/arbetsyta/kommuner/trelleborg/medlemmar/", 302)]] * 2
    assert told[0] == told[1]
    assert [len(found) for found in told] == [1, 1]
    assert OutboxMessage.objects.count() == 2
    assert len(set(OutboxMessage.objects.values_list("subject", flat=True))) == 1


def test_a_wrong_address_role_or_unit_is_explained_and_nothing_is_sent(cast, client_of):
    foreign = Unit.objects.create(municipality=cast.there, name="Kanarieköket")

    answer = client_of("municipality_admin").post(
        INVITE, {"email": "inte en adress", "roles": ["superuser"], "unit": foreign.pk}
    )

    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"email", "roles", "unit"}
    assert "inte en adress" in answer.content.decode()
    assert "Kanarieköket" not in answer.content.decode()
    assert not Invitation.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_a_unit_of_another_municipality_is_refused(cast, invite):
    foreign = Unit.objects.create(municipality=cast.there, name="Köket i Skurup")

    with pytest.raises(ActionRefused) as caught:
        invite(unit=foreign)

    assert (caught.value.code, caught.value.field) == ("foreign_unit", "unit")
    assert not Invitation.objects.exists()


def test_a_new_invitation_withdraws_the_older_one_to_the_same_address(cast, invite, client, mailoutbox):
    other, other_link = invite("annan@trelleborg.example")
    elsewhere, elsewhere_link = invite(municipality=cast.there)
    old, old_link = invite()

    new, new_link = invite("NY.Medarbetare@trelleborg.example")

    assert is_gone(client.get(old_link))
    assert [client.get(link).status_code for link in (new_link, other_link, elsewhere_link)] == [200] * 3
    outbox.sweep()
    states = dict(OutboxMessage.objects.values_list("reason_object_id", "state"))
    assert states == {other.pk: "sent", elsewhere.pk: "sent", old.pk: "withdrawn", new.pk: "sent"}
    assert len(mailoutbox) == 3


# --- The link ------------------------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing(invite, client, client_of):
    _invitation, link = invite()
    before = (Invitation.objects.values().get(), people(), Membership.objects.count())

    answers = [client.get(link), client.head(link), client_of("outsider").get(link), client.get(link)]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert (Invitation.objects.values().get(), people(), Membership.objects.count()) == before
    assert ADDRESS in answers[0].content.decode()
    assert "no-store" in answers[0].headers["Cache-Control"]


def test_an_invited_person_opens_an_account_and_is_in(cast, invite, client):
    kitchen = Unit.objects.create(municipality=cast.here, name="Köket")
    invitation, link = invite(roles=[Role.MANAGER, Role.COORDINATOR], unit=kitchen)

    answer = client.post(link, ANSWERS)

    person = get_user_model().objects.get(email=ADDRESS)
    membership = person.memberships.get()
    address = person.emailaddress_set.get()
    invitation.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/mina-sidor/")
    assert str(person) == "Åsa Öberg"
    assert person.check_password(ANSWERS["password"])
    assert (person.is_superuser, person.is_staff) == (False, False)
    assert (membership.municipality, membership.unit) == (cast.here, kitchen)
    assert roles_of(ADDRESS) == ["coordinator", "manager", "staff"]
    assert (address.email, address.verified, address.primary) == (ADDRESS, True, True)
    assert invitation.accepted_at is not None
    assert client.get("/mina-sidor/").status_code == 200


def test_the_link_works_once(invite, client):
    _invitation, link = invite(roles=[Role.ADMINISTRATOR])
    client.post(link, ANSWERS)
    before = people()

    another = Client()
    answers = [another.get(link), another.post(link, {**ANSWERS, "first_name": "Ond"}), client.post(link)]

    assert all(is_gone(answer) for answer in answers)
    assert people() == before
    assert str(get_user_model().objects.get(email=ADDRESS)) == "Åsa Öberg"


def test_two_who_press_at_once_are_one(cast, invite):
    invitation, _link = invite()
    person = PersonFactory(email=ADDRESS)
    invitations.accept(invitation=invitation, person=person)
    memberships.leave(membership=person.memberships.get())

    with pytest.raises(ActionRefused) as caught:
        invitations.accept(invitation=invitation, person=person)

    assert caught.value.code == "used"
    assert not person.memberships.exists()


@pytest.mark.parametrize("change", ["expired", "withdrawn", "unknown"])
def test_a_link_that_is_no_good_leads_to_a_page_that_says_so(cast, invite, client, client_of, change):
    invitation, link = invite(roles=[Role.ADMINISTRATOR])
    if change == "expired":
        Invitation.objects.update(expires_at=timezone.now())
    elif change == "withdrawn":
        client_of("municipality_admin").post(f"/arbetsyta/inbjudan/{invitation.pk}/ta-tillbaka/")
    else:
        link = f"/inbjudan/{invitation.token_hash}/"
    before = people()

    answers = [client.get(link), client.post(link, ANSWERS)]

    assert all(is_gone(answer) for answer in answers)
    assert not any("Trelleborg" in answer.content.decode().split("<main")[1] for answer in answers)
    assert people() == before
    assert not Membership.objects.filter(person__email=ADDRESS).exists()


def test_a_link_is_good_until_its_last_moment(invite):
    invitation, link = invite()
    token = link.split("/")[2]

    found = [
        invitations.find_open(token, now=now)
        for now in (invitation.expires_at - timedelta(seconds=1), invitation.expires_at)
    ]

    assert found == [invitation, None]


def test_a_withdrawn_invitation_is_not_mailed(invite, mailoutbox):
    invitation, _link = invite()
    invitations.withdraw(invitation=invitation)

    outbox.sweep()

    assert OutboxMessage.objects.get().state == "withdrawn"
    assert mailoutbox == []


@pytest.mark.parametrize("password", ["för kort 11", "manchesterunited", ""])
def test_a_weak_password_is_explained_at_the_field_and_creates_nobody(invite, client, password):
    invitation, link = invite()
    before = people()

    answer = client.post(link, {**ANSWERS, "password": password})

    errors = answer.context["form"].errors
    assert answer.status_code == 400
    assert list(errors) == ["password"]
    assert str(errors["password"][0]) in answer.content.decode()
    assert "Öberg" in answer.content.decode()
    assert people() == before
    assert invitations.is_open(invitation.pk)
    assert client.get("/mina-sidor/").status_code == 302


def test_a_name_is_needed(invite, client):
    _invitation, link = invite()
    before = people()

    answer = client.post(link, {**ANSWERS, "first_name": " ", "last_name": "x" * 81})

    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"first_name", "last_name"}
    assert people() == before


def test_somebody_signed_in_with_the_right_address_joins(cast, invite, client_of):
    invitation, link = invite("outsider@example.org", roles=[Role.MANAGER])

    answer = client_of("outsider").post(link)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/mina-sidor/")
    assert roles_of("outsider@example.org") == ["manager", "staff"]
    assert [m.municipality for m in cast.outsider.memberships.all()] == [cast.here]
    assert not invitations.is_open(invitation.pk)


def test_somebody_signed_in_with_another_address_does_not_join(cast, invite, client_of):
    invitation, link = invite(roles=[Role.ADMINISTRATOR])

    answer = client_of("staff_there").post(link)

    assert answer.status_code == 400
    assert answer.context["error"]
    assert answer.context["error"] in answer.content.decode()
    assert not cast.staff_there.memberships.filter(municipality=cast.here).exists()
    assert invitations.is_open(invitation.pk)


def test_an_account_that_exists_is_not_taken_over_by_the_link(invite, client):
    PersonFactory(email=ADDRESS, first_name="Redan", last_name="Här")
    invitation, link = invite()
    before = people()

    answer = client.post(link, {**ANSWERS, "password": "ett helt annat lösenord"})

    person = get_user_model().objects.get(email=ADDRESS)
    assert answer.status_code == 400
    assert answer.context["error"] in answer.content.decode()
    assert (str(person), person.check_password(PASSWORD), people()) == ("Redan Här", True, before)
    assert not person.memberships.exists()
    assert client.get("/mina-sidor/").status_code == 302
    assert invitations.is_open(invitation.pk)
