"""A cache that is away makes no page fail, and none wait for it again and again."""

import socket
from contextlib import closing
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache, caches
from django.test import override_settings

from portal.core import caches as shared
from portal.core import kept


@pytest.fixture
def redis_away():
    """The settings of production, with nobody at Redis's address."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        server = f"redis://127.0.0.1:{probe.getsockname()[1]}/1"
    with override_settings(CACHES={"default": {"BACKEND": "portal.core.caches.SharedCache", "LOCATION": server}}):
        yield server
    shared._breakers.pop(server, None)


def test_every_act_is_answered_from_memory(redis_away):
    assert cache.get("a", "nothing") == "nothing"
    assert cache.is_away
    cache.set("a", 1)
    cache.set_many({"b": 2, "c": 3})
    assert (cache.add("a", 5), cache.add("d", 4)) == (False, True)
    assert cache.get_many(["a", "b", "c", "d"]) == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert (cache.incr("a"), cache.has_key("b"), cache.delete("b"), "b" in cache) == (2, True, True, False)
    assert cache.get_or_set("e", 5) == 5
    cache.delete_many(["a", "c"])
    assert cache.get_many(["a", "c", "d"]) == {"d": 4}
    cache.clear()
    assert cache.get("d") is None


def test_it_is_left_alone_for_a_while_and_then_asked_again(redis_away):
    with socket.create_server(("127.0.0.1", urlsplit(redis_away).port)) as server:
        server.settimeout(0.2)
        assert not cache.is_away
        shared._breakers[redis_away].open()
        cache.get("a")
        with pytest.raises(TimeoutError):
            server.accept()

        shared._breakers[redis_away].close()
        asking = Thread(target=lambda: caches["default"].get("a"))
        asking.start()
        server.accept()[0].close()
        asking.join()
    assert cache.is_away


def test_what_the_memory_held_the_last_time_is_gone(redis_away):
    cache.get("a")
    cache.set("a", "of the last time")
    shared._breakers[redis_away].close()

    assert cache.get("a") is None


def test_nothing_is_kept_meanwhile(redis_away, in_committed_database):
    cache.get("a")
    made = []
    for _time in range(2):
        kept.kept("number", make=lambda: made.append(1))

    assert len(made) == 2


@pytest.mark.parametrize("address", ["/", "/kurser/", "/tillfallen/", "/sok/?q=svinn", "/trelleborg/"])
@pytest.mark.parametrize("reader", ["anonymous", "staff_here"])
def test_pages_are_shown(redis_away, in_committed_database, client_of, reader, address):
    answers = [client_of(reader).get(address) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert caches["default"].is_away


def test_what_has_a_limit_can_be_done(redis_away, client_of):
    answer = client_of("anonymous").post("/sok/saknas/", {"text": "En kurs om sömn"})

    assert answer.status_code == 302
    assert caches["default"].is_away


def test_nobody_guesses_more_often_because_the_cache_is_away(redis_away, client_of):
    client = client_of("anonymous")
    given = {"login": "staff_here@example.org", "password": "fel lösenord här"}

    answers = [client.post("/konto/login/", given) for _time in range(12)]

    assert any("för många" in answer.content.decode().lower() or answer.status_code == 429 for answer in answers)
