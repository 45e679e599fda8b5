"""What people look for and do not find, and what editors learn of it; nobody is named anywhere."""

import re
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.core import signing
from django.utils import timezone
from django.utils.http import urlencode

from search.models import AskedSearch, MissingContent
from search.services import search_log
from tests.factories.cms import LessonPageFactory


def page_of(client, address: str) -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content.decode(), "html.parser")


def rows(page: BeautifulSoup) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.select("main .row-list__title")]


def table(page: BeautifulSoup, name: str) -> list[list[str]]:
    section = page.select_one(f"#{name}").parent
    return [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in section.select("tbody tr")]


def asked(text: str, times: int, **fields) -> None:
    for _time in range(times):
        values = {"day": timezone.localdate(), "hits": 0, "engine": "database", "milliseconds": 5, **fields}
        AskedSearch.objects.create(uid=uuid4(), text=text, **values)


# --- Telling -------------------------------------------------------------------------------------------------


def test_a_search_without_hits_leads_on_to_the_coordinators_list(cast, client_of):
    staff, coordinator = client_of("staff_here"), client_of("coordinator_here")
    nothing = page_of(staff, "/sok/?q=rymdfärja")

    way = nothing.select_one(".search-after a")["href"]
    form = page_of(staff, way)
    answer = staff.post("/sok/saknas/", {"text": "rymdfärja", "wish": "En kurs för oss i köket"}, follow=True)

    assert form.select_one("input[name=text]")["value"] == "rymdfärja"
    assert "Tack. Samordnarna i Trelleborg ser vad du skrev." in answer.content.decode()
    assert answer.redirect_chain == [("/sok/?q=rymdf%C3%A4rja", 302)]
    there = page_of(coordinator, "/arbetsyta/saknas/")
    assert rows(there) == ["rymdfärja"]
    assert "En kurs för oss i köket" in there.get_text()
    assert cast.staff_here.email not in str(there)
    assert cast.staff_here.last_name not in there.get_text()


def test_each_coordinator_sees_what_is_told_to_them_and_nobody_else_sees_anything(cast, client_of):
    for actor, text in (("staff_here", "här"), ("staff_there", "där"), ("anonymous", "besökaren")):
        client_of(actor).post("/sok/saknas/", {"text": text})

    seen = {
        actor: sorted(rows(page_of(client_of(actor), "/arbetsyta/saknas/")))
        for actor in ("coordinator_here", "coordinator_there", "portal_admin")
    }
    refused = {
        actor: client_of(actor).get("/arbetsyta/saknas/").status_code
        for actor in ("anonymous", "staff_here", "manager", "municipality_admin")
    }

    assert seen == {
        "coordinator_here": ["besökaren", "här"],
        "coordinator_there": ["besökaren", "där"],
        "portal_admin": ["besökaren", "där", "här"],
    }
    assert refused == {"anonymous": 302, "staff_here": 403, "manager": 403, "municipality_admin": 403}


def test_what_is_dealt_with_leaves_the_list_and_can_be_opened_again(cast, client_of):
    client_of("staff_here").post("/sok/saknas/", {"text": "rymdfärja"})
    row = MissingContent.objects.get()
    coordinator = client_of("coordinator_here")

    coordinator.post("/arbetsyta/saknas/", {"row": row.pk})
    handled = page_of(coordinator, "/arbetsyta/saknas/")
    row.refresh_from_db()
    by = row.handled_by
    coordinator.post("/arbetsyta/saknas/", {"row": row.pk, "again": "1"})
    row.refresh_from_db()

    assert handled.select_one(".empty-state__title").get_text() == "Ingenting saknas"
    assert rows(handled) == ["rymdfärja"]
    assert (by, row.handled_at, row.handled_by) == (cast.coordinator_here, None, None)


def test_another_municipalitys_row_cannot_be_dealt_with(cast, client_of):
    client_of("staff_here").post("/sok/saknas/", {"text": "rymdfärja"})
    row = MissingContent.objects.get()

    answers = [
        client_of("coordinator_there").post("/arbetsyta/saknas/", {"row": value}).status_code
        for value in (row.pk, "", "x", "9" * 30)
    ]

    row.refresh_from_db()
    assert (answers, row.handled_at) == ([404] * 4, None)


def test_the_list_costs_the_same_questions_with_one_and_with_ten(cast, client_of, django_assert_num_queries):
    client = client_of("coordinator_here")
    for start, end in ((0, 1), (1, 10)):
        for number in range(start, end):
            for handled in ({}, {"handled_at": timezone.now(), "handled_by": cast.coordinator_here}):
                MissingContent.objects.create(text=f"{number}", municipality=cast.here, **handled)
        client.get("/arbetsyta/saknas/")
        with django_assert_num_queries(7):
            assert len(rows(page_of(client, "/arbetsyta/saknas/"))) == 2 * end


def test_the_same_told_twice_stands_there_once(cast, client_of):
    for _time in range(2):
        client_of("staff_here").post("/sok/saknas/", {"text": "rymdfärja", "wish": "Ja"})

    assert MissingContent.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"text": ""}, "Fyll i det här fältet."),
        ({"text": "x" * 121}, "som mest 120"),
        ({"text": "rymd", "wish": "x" * 501}, "som mest 500"),
    ],
)
def test_what_cannot_be_told_is_said_at_the_field_and_nothing_is_kept(cast, client, data, message):
    answer = client.post("/sok/saknas/", data)

    page = BeautifulSoup(answer.content.decode(), "html.parser")
    assert answer.status_code == 400
    assert message in page.select_one(".field--invalid").get_text()
    assert not MissingContent.objects.exists()


def test_nobody_floods_the_list(cast, client):
    answers = [client.post("/sok/saknas/", {"text": f"rymdfärja {number}"}).status_code for number in range(12)]

    assert answers == [302] * 10 + [429] * 2
    assert MissingContent.objects.count() == 10


@pytest.fixture
def after_commit(django_capture_on_commit_callbacks):
    """Tasks that are told of after commit are run: no test commits."""
    return partial(django_capture_on_commit_callbacks, execute=True)


# --- The log and the report ----------------------------------------------------------------------------------


def note_of(page: BeautifulSoup) -> str:
    results = page.select_one("#results")
    assert results["data-note-at"] == "/sok/notera/"
    return results["data-note"]


def test_a_search_is_noted_with_its_hits_and_what_is_opened_but_nobody(cast, client_of):
    for number in range(2):
        LessonPageFactory(owner=cast.here, title=f"Matsvinn {number}", visibility="public")
    client = client_of("staff_here")
    page = page_of(client, "/sok/?q=  MatSvinn ")
    assert not AskedSearch.objects.exists()  # reading writes nothing

    ranks = [link["data-rank"] for link in page.select("#results a[data-rank]")]
    for sent in ({}, {"rank": "2"}, {"rank": "1"}, {"rank": "2"}):
        assert client.post("/sok/notera/", {"note": note_of(page), **sent}).status_code == 204

    [row] = AskedSearch.objects.all()
    assert ranks == ["1", "2"]
    assert (row.text, row.hits, row.engine, row.clicked_rank, row.day) == (
        "matsvinn",
        2,
        "database",
        1,
        timezone.localdate(),
    )
    assert {field.name for field in AskedSearch._meta.get_fields()} == {
        "uid",
        "day",
        "text",
        "hits",
        "engine",
        "milliseconds",
        "clicked_rank",
    }


def test_further_pages_and_texts_with_somebodys_address_or_number_are_not_noted(cast, client):
    for number in range(21):
        LessonPageFactory(owner=cast.here, title=f"Matsvinn {number}", visibility="public")
    texts = ("", "anna@example.org", "0701 23 45 67", "19850101-1234", "ring 070-1234567")
    for address in (*(f"/sok/?{urlencode({'q': text})}" for text in texts), "/sok/?q=matsvinn&page=2"):
        assert page_of(client, address).select("[data-note]") == []

    # Neither by what was signed for something else.
    client.post("/sok/notera/", {"note": signing.dumps({"uid": str(uuid4()), "text": "sallad"})})
    client.post("/sok/notera/", {"note": note_of(page_of(client, f"/sok/?{urlencode({'q': 'läsåret 2026'})}"))})

    assert [(row.text, row.hits) for row in AskedSearch.objects.all()] == [("läsåret 2026", 0)]


@pytest.mark.parametrize("data", [{}, {"note": "x", "rank": "1"}, {"note": "NOTE", "rank": "x"}, {"note": "NOTE"}])
def test_a_click_that_nobody_made_changes_nothing(cast, client, data):
    LessonPageFactory(owner=cast.here, title="Matsvinn", visibility="public")
    note = note_of(page_of(client, "/sok/?q=matsvinn"))
    client.post("/sok/notera/", {"note": note})
    answer = client.post("/sok/notera/", {name: note if value == "NOTE" else value for name, value in data.items()})

    assert (answer.status_code, AskedSearch.objects.get().clicked_rank) == (204, None)


def test_editors_see_what_is_asked_often_and_never_what_few_asked(cast, client_of):
    asked("rymdfärja", 4)
    asked("matsvinn", 3, hits=5, clicked_rank=2)
    asked("sallad", 3, hits=1)
    asked("anna andersson", search_log.LEAST - 1)
    asked("förra året", 9, day=timezone.localdate() - timedelta(days=60))

    page = page_of(client_of("coordinator_here"), "/arbetsyta/sokningar/")
    longer = page_of(client_of("coordinator_here"), "/arbetsyta/sokningar/?days=90")

    assert table(page, "without-hits") == [["rymdfärja", "4"]]
    assert table(page, "not-opened") == [["sallad", "3", "1"]]
    assert table(page, "most-frequent") == [
        ["rymdfärja", "4", "0", "0"],
        ["matsvinn", "3", "5", "3"],
        ["sallad", "3", "1", "0"],
    ]
    assert "anna andersson" not in str(page)
    assert re.search(r"12 sökningar de senaste 30 dagarna, 6 av dem utan träff", page.get_text())
    assert table(longer, "without-hits")[0] == ["förra året", "9"]


def test_searches_are_forgotten_after_ninety_days(cast):
    asked("gammal", 1, day=timezone.localdate() - timedelta(days=91))
    asked("ny", 1, day=timezone.localdate() - timedelta(days=90))

    assert search_log.forget_old() > 0

    assert [row.text for row in AskedSearch.objects.all()] == ["ny"]
