"""Reading settings: for anybody, kept on the device, the same on every page."""

import pytest
from bs4 import BeautifulSoup

NORMAL = dict.fromkeys(("size", "spacing", "lines", "font", "calm"), "normal")


def page_of(client, address: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(address).content.decode(), "html.parser")


def test_what_one_chooses_holds_on_every_page_of_this_device_and_can_be_undone(db, client):
    chosen = NORMAL | {"size": "largest", "font": "dyslexia"}

    answer = client.post("/lasinstallningar/", {**chosen, "next": "/kurser/?topic=mat"})

    assert answer.headers["Location"] == "/kurser/?topic=mat"
    assert (client.cookies["reading"].value, client.cookies["reading"]["httponly"]) == (
        "size-largest.font-dyslexia",
        True,
    )
    for path in ("/", "/en/kurser/", "/finns-inte/"):
        assert page_of(client, path).html["data-reading"] == "size-largest font-dyslexia"
    ticked = [box["value"] for box in page_of(client, "/lasinstallningar/").select("input[checked]")]
    assert ticked == ["largest", "normal", "normal", "dyslexia", "normal"]

    client.post("/lasinstallningar/", {**chosen, "reset": "1"})
    assert (client.cookies["reading"].value, page_of(client, "/").html.get("data-reading")) == ("", None)


def test_somebody_who_only_reads_gets_no_session(db, client):
    answer = client.post("/lasinstallningar/", NORMAL | {"spacing": "wide"}, follow=True)

    assert "sparade på den här enheten" in answer.content.decode()
    assert set(client.cookies) == {"reading", "csrftoken"}


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_one_is_sent_nowhere_else_afterwards(db, client, address):
    answer = client.post("/lasinstallningar/", {**NORMAL, "next": address})

    assert answer.headers["Location"] == "/lasinstallningar/?kept=1"


@pytest.mark.parametrize(
    ("value", "understood"),
    [
        ("size-larger.x.calm-on", "size-larger calm-on"),
        ("size-huge", None),
        ("size-normal", None),
        ('"><script>', None),
        ("." * 4000, None),
        ("calm", None),
    ],
)
def test_of_a_cookie_only_what_is_ours_is_understood(db, client, value, understood):
    client.cookies["reading"] = value

    assert page_of(client, "/").html.get("data-reading") == understood


def test_a_choice_that_is_not_there_is_refused_at_its_field_and_keeps_nothing(db, client):
    answer = client.post("/lasinstallningar/", NORMAL | {"size": "huge"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["size"])
    assert "reading" not in client.cookies
