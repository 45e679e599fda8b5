"""How the portal is: what the portal administrator sees and does, and nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.health import signs
from portal.events.models import SeatCheck
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from search.models import SearchUpdate

PAGE = "/arbetsyta/drift/"
NOW = timezone.now()


@pytest.fixture
def parked(cast):
    """Two mails that were given up, and one that was sent."""
    made = [
        OutboxMessage.objects.create(
            message="events/confirmed",
            to_email=f"{state}{number}@utanfor.example",
            subject=f"Du har en plats {number}",
            text="Hej",
            state=state,
            attempts=5,
            last_error="SMTPRecipientsRefused: 550",
        )
        for number, state in enumerate(["parked", "parked", "sent"])
    ]
    return made[:2]


def found(name: str):
    return next(sign for sign in signs() if sign.name == name)


def test_a_quiet_portal_is_fine_in_every_sign(cast):
    assert [sign.name for sign in signs() if not sign.is_fine] == []
    assert {"Versioner", "Databas", "Mejl som ska skickas", "Mejl som gavs upp", "Platser", "Sökning"} <= {
        sign.name for sign in signs()
    }


def test_a_mail_that_waits_for_long_is_a_sign_that_nothing_runs(cast):
    row = outbox.queue_mail(message="events/guest_links", to_email="a@b.example", context={"entries": []})
    assert found("Mejl som ska skickas").is_fine
    OutboxMessage.objects.filter(pk=row.pk).update(created_at=NOW - timedelta(minutes=11))

    sign = found("Mejl som ska skickas")

    assert (sign.is_fine, sign.value.startswith("1,"), "worker" in sign.remedy) == (False, True, True)


def test_a_mail_that_is_to_be_tried_later_is_not_late(cast):
    row = outbox.queue_mail(message="events/guest_links", to_email="a@b.example", context={"entries": []})
    now = timezone.now()  # not the module's: a slow run is at this test a quarter of an hour later
    OutboxMessage.objects.filter(pk=row.pk).update(
        created_at=now - timedelta(hours=1), next_attempt_at=now + timedelta(minutes=9)
    )

    assert found("Mejl som ska skickas").is_fine


@pytest.mark.parametrize(
    ("days", "problems", "is_fine"), [(0, [], True), (0, ["En stol för mycket"], False), (3, [], False)]
)
def test_seats_are_a_sign_when_something_is_wrong_or_nobody_looked(cast, days, problems, is_fine):
    SeatCheck.objects.create(at=NOW - timedelta(days=days), events=4, problems=problems)

    assert found("Platser").is_fine is is_fine


def test_a_search_server_that_is_behind_is_a_sign(cast, settings):
    settings.SEARCH_URL = "http://127.0.0.1:1"
    assert found("Sökning").is_fine
    row = SearchUpdate.objects.create(entry_id=1)
    SearchUpdate.objects.filter(pk=row.pk).update(created_at=NOW - timedelta(minutes=30))

    assert not found("Sökning").is_fine


def test_a_mail_that_was_given_up_is_sent_again_once(client_of, parked):
    client = client_of("portal_admin")
    page = client.get(PAGE)
    assert [mail.to_email for mail in page.context["parked"]] == ["parked1@utanfor.example", "parked0@utanfor.example"]
    assert "SMTPRecipientsRefused" in page.content.decode()

    for _press in range(2):
        client.post(PAGE, {"again": parked[0].pk})

    parked[0].refresh_from_db()
    assert (parked[0].state, parked[0].attempts, parked[0].last_error) == ("pending", 0, "")
    assert outbox.send(parked[0].pk) == "sent"


def test_a_mail_that_is_let_be_is_never_sent(client_of, parked):
    client_of("portal_admin").post(PAGE, {"give_up": parked[1].pk})

    parked[1].refresh_from_db()
    assert (parked[1].state, outbox.send(parked[1].pk)) == ("withdrawn", "withdrawn")


@pytest.mark.parametrize("value", ["", "x", "0", "9" * 30])
def test_what_is_no_mail_changes_nothing(client_of, parked, value):
    answer = client_of("portal_admin").post(PAGE, {"again": value, "give_up": value})

    assert answer.status_code == 302
    assert OutboxMessage.objects.filter(state="parked").count() == 2


def test_nobody_else_sees_whose_mails_were_given_up(cast, client_of, parked):
    for name in cast.actors():
        if name == "portal_admin":
            continue
        client = client_of(name)
        for answer in (client.get(PAGE), client.post(PAGE, {"again": parked[0].pk})):
            assert answer.status_code in (302, 403)
            assert "utanfor.example" not in answer.content.decode()
    assert OutboxMessage.objects.filter(state="parked").count() == 2


@pytest.fixture
def held(cast):
    """Three mails that a restoring held, and one that waits."""
    return [
        OutboxMessage.objects.create(
            message="events/confirmed", to_email=f"{number}@utanfor.example", subject="Hej", text="Hej", state=state
        )
        for number, state in enumerate(["held", "held", "held", "pending"])
    ]


def states_of(rows: list) -> list[str]:
    return [OutboxMessage.objects.get(pk=row.pk).state for row in rows]


def test_what_a_restoring_held_is_a_sign_and_sent_or_withdrawn_as_the_administrator_chooses(client_of, held):
    client = client_of("portal_admin")
    sign = found("Mejl som hålls kvar efter en återställning")
    assert (sign.value, sign.is_fine) == ("3", False)
    assert [mail.pk for mail in client.get(PAGE).context["held"]] == [row.pk for row in held[2::-1]]

    client.post(PAGE, {"send_held": held[0].pk})
    client.post(PAGE, {"withdraw_held": held[1].pk})
    client.post(PAGE, {"send_held": [held[3].pk, "x", ""]})

    assert states_of(held) == ["pending", "withdrawn", "held", "pending"]
    assert outbox.send(held[0].pk) == "sent"


@pytest.mark.parametrize(("name", "state"), [("send_held", "pending"), ("withdraw_held", "withdrawn")])
def test_all_that_is_held_is_decided_on_at_once(client_of, held, name, state):
    client_of("portal_admin").post(PAGE, {name: "all"})

    assert states_of(held) == [state, state, state, "pending"]


def test_a_held_mail_is_not_sent_by_itself_and_nobody_else_decides(cast, client_of, held):
    OutboxMessage.objects.filter(pk=held[3].pk).delete()
    outbox.sweep()
    for name in cast.actors():
        if name != "portal_admin":
            client_of(name).post(PAGE, {"send_held": "all"})

    assert states_of(held[:3]) == ["held"] * 3
