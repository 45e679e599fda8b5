"""Whether the portal lives and can work, for whoever watches it; and what people meet when it cannot."""

import json

import pytest
from django.test import Client, override_settings

from tests.helpers.databases import run_program


def test_a_process_that_answers_lives_whoever_asks():
    answer = Client().get("/healthz", headers={"host": "10.0.0.7:8000"})

    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"ok", "no-store")
    assert answer.cookies == {}


@pytest.mark.django_db
@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["samlarande.example"])
def test_a_portal_that_can_work_says_so_of_each_part():
    answer = Client().get("/readyz", headers={"host": "127.0.0.1"})

    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "cache": "ok", "files": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"MEDIA_ROOT": "/proc/none/media", "DATA_DIR": "/proc/none"}, "files"),
        (
            {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}},
            "cache",
        ),
    ],
)
def test_a_part_that_fails_is_named_and_nothing_else_is_told(changed, part):
    with override_settings(**changed):
        answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()) == (
        503,
        {"database": "ok", "cache": "ok", "files": "ok", part: "fails"},
    )


def test_when_the_database_is_away_people_are_told_and_lose_nothing():
    """In a process of its own, with a database that nobody answers for."""
    program = run_program("tests.helpers.without_database", database_url="postgres://a:b@127.0.0.1:1/none")

    assert program.returncode == 0, program.stderr[-3000:]
    told = json.loads(program.stdout.splitlines()[-1])
    assert told["/healthz"]["status"] == 200
    assert (told["/readyz"]["status"], json.loads(told["/readyz"]["text"])["database"]) == (503, "fails")
    for address in ("/", "/en/", "/tillfallen/"):
        page = told[address]
        assert (page["status"], page["retry"], page["cache"]) == (503, "10", "no-store"), address
        assert ("Load the page again" if address == "/en/" else "Ladda sidan igen") in page["text"]
    form = told["form"]
    assert form["status"] == 503
    for kept in ('name="wish" value="En kurs om &lt;raketer&gt;"', 'name="text" value="raketer"', "Skicka igen"):
        assert kept in form["text"]
    assert "hemligt" not in form["text"]


@pytest.mark.django_db
@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
def test_limits_count_by_the_readers_address_which_the_proxy_says_and_nobody_chooses():
    client = Client()

    def ask(number: int, forwarded: str) -> int:
        form = {"email": f"person{number}@utanfor.example"}
        return client.post("/utan-konto/", form, headers={"x-forwarded-for": forwarded}).status_code

    # What somebody writes before what our own proxy adds is believed by nobody.
    spoofed = [ask(number, f"10.0.0.{number}, 198.51.100.7") for number in range(61)]

    assert (set(spoofed[:60]), spoofed[60]) == ({302}, 429)
    assert ask(61, "198.51.100.8") == 302, "another reader behind the same proxy"
