"""A broker that is away makes no act fail, and no act waits for it again and again."""

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from portal.core import background
from portal.notifications.tasks import sweep_outbox


@pytest.fixture
def asked(monkeypatch):
    """The broker is away; how often it was asked."""
    asked = []

    def away(*args, **kwargs):
        asked.append(kwargs)
        raise OperationalError("Connection refused")

    monkeypatch.setattr(sweep_outbox, "apply_async", away)
    background._breaker.close()
    yield asked
    background._breaker.close()


def test_what_is_done_outside_a_transaction_goes_on(in_committed_database, asked):
    background.after_commit(sweep_outbox)

    assert len(asked) == 1


def test_it_is_asked_once_for_all_that_a_transaction_tells(in_committed_database, asked):
    with transaction.atomic():
        for _time in range(5):
            background.after_commit(sweep_outbox)
        before = len(asked)

    assert (before, len(asked)) == (0, 1)


def test_it_is_asked_again_after_a_while(in_committed_database, asked):
    background.after_commit(sweep_outbox)
    background._breaker.close()

    background.after_commit(sweep_outbox)

    assert len(asked) == 2
