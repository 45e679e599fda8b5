"""Logs: one id from the request to the mail, and nobody's name, address or secret in any line."""

import json
import re

import pytest
from django.core import mail
from django.test import Client

from portal.municipalities.enums import Visibility
from portal.notifications.models import OutboxMessage
from portal.notifications.services import outbox
from tests.core.test_checks import run
from tests.events.test_guests import WHO
from tests.factories.events import TrainingEventFactory

SECRET = "hemligt-kanariefagel"
HEX = "0123456789abcdef0123456789abcdef"


def test_production_logs_lines_of_json_in_which_nobody_is_found():
    ended = run("-m", "tests.helpers.production_logs", SECRET)

    assert ended.returncode == 0, ended.stderr
    ids = json.loads(ended.stdout)
    lines = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("{")]
    assert SECRET not in "".join(map(json.dumps, lines))
    assert len(lines) >= 4
    assert all({"at", "level", "logger", "message", "request_id"} <= line.keys() for line in lines)
    assert ids[0] == HEX
    assert {line["request_id"] for line in lines if line["logger"] == "django.request"} == set(ids)
    of_first = [line for line in lines if line["request_id"] == HEX]
    assert {(line["route"], line["method"]) for line in of_first if line["logger"] == "django.request"} == {
        ("guest_confirm", "GET")
    }
    fault = next(line for line in lines if line["message"] == "a fault")
    assert fault["exc_info"].endswith("IntegrityError from ValueError")
    assert "production_logs.py" in fault["exc_info"], "the place is told"
    task = next(line for line in lines if line["logger"] == "celery.app.trace")
    assert (task["message"], task["task"]) == ("Task raised unexpected", "tests.fails")
    assert task["exc_info"].endswith("ValueError")
    assert [line["message"] for line in lines if line["logger"] == "celery.worker.consumer.consumer"] == [
        "Received unregistered task of type",
        "Received invalid task message",
        "Can't decode message body",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "is_taken"),
    [(HEX, True), ("", False), ("inget id", False), ("<script>", False), ("a" * 4000, False)],
)
def test_a_mail_carries_the_id_of_the_request_that_it_came_of(cast, sent, is_taken):
    event = TrainingEventFactory(municipality=cast.here, visibility=Visibility.PUBLIC, takes_guests=True)

    answer = Client().post(
        f"/tillfallen/{event.public_id}/utan-konto/", WHO, headers={"x-request-id": sent} if sent else {}
    )
    row = OutboxMessage.objects.get()
    outbox.send(row.pk)

    request_id = answer.headers["X-Request-ID"]
    assert (request_id == sent, bool(re.fullmatch("[0-9a-f]{32}", request_id))) == (is_taken, True)
    assert (row.request_id, mail.outbox[-1].extra_headers["X-Request-ID"]) == (request_id, request_id)


@pytest.mark.django_db
def test_a_mail_that_no_request_asked_for_carries_none(cast):
    row = outbox.queue_mail(message="events/guest_links", to_email="a@b.example", context={"entries": []})
    outbox.send(row.pk)

    assert (row.request_id, "X-Request-ID" in mail.outbox[-1].extra_headers) == ("", False)
