"""The search server: what it is told, when it is away, and how its index is made anew."""

import socket

import pytest
from bs4 import BeautifulSoup

from portal.municipalities.permissions import PUBLIC_TOKEN
from search.engines import current_engine, current_server
from search.engines.base import EngineAway
from search.engines.fallback import FallbackEngine
from search.models import SearchEntry, SearchUpdate
from search.query import SearchQuery
from search.services import outbox, searching
from search.tasks import compare_search, send_updates
from tests.factories.cms import StandardPageFactory


def found(text: str) -> searching.SearchResults:
    return searching.search(SearchQuery(text=text, tokens=frozenset({PUBLIC_TOKEN})))


def on_server(text: str) -> list[str]:
    """The titles the server itself finds."""
    engine = current_engine()
    assert isinstance(engine, FallbackEngine)
    results = searching.search(SearchQuery(text=text, tokens=frozenset({PUBLIC_TOKEN})), engine=engine.first)
    return [hit.title for hit in results.hits]


def a_page(owner, title: str):
    return StandardPageFactory(owner=owner, title=title, summary="Kort sagt.", visibility="public")


@pytest.fixture
def hanging(settings):
    """A server that takes connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        settings.SEARCH_URL = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield settings.SEARCH_URL


@pytest.fixture
def refusing(settings):
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.SEARCH_URL = f"http://127.0.0.1:{port}"
    return settings.SEARCH_URL


# --- Away ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("away", ["hanging", "refusing"])
def test_while_the_server_is_away_the_database_answers_and_the_page_says_so(cast, client, request, away):
    a_page(cast.here, "Matsvinn")
    request.getfixturevalue(away)

    page = BeautifulSoup(client.get("/sok/", {"q": "matsvinn"}).content.decode(), "html.parser")

    assert [title.get_text() for title in page.select(".search-hit__title")] == ["Matsvinn"]
    assert "Sökservern svarar inte just nu" in page.select_one("main").get_text()
    # The next search does not ask it again at once.
    assert current_engine().is_away
    assert found("matsvinn").is_fallback


def test_publishing_does_not_wait_for_a_server_that_hangs_and_loses_nothing(cast, hanging):
    page = a_page(cast.here, "Matsvinn")

    send_updates()

    entry = SearchEntry.objects.get(object_id=page.pk)
    assert entry.pk in SearchUpdate.objects.values_list("entry_id", flat=True)
    assert [hit.title for hit in found("matsvinn").hits] == ["Matsvinn"]


def test_without_a_server_nothing_is_noted_for_it(cast):
    a_page(cast.here, "Matsvinn")

    assert current_server() is None
    assert not SearchUpdate.objects.exists()
    assert not found("matsvinn").is_fallback


# --- Told in whatever order ----------------------------------------------------------------------------------


def test_what_is_noted_is_told_once_and_gone(cast, search_server):
    a_page(cast.here, "Matsvinn")

    assert outbox.send() > 0
    assert outbox.send() == 0

    search_server.refresh()
    assert on_server("matsvinn") == ["Matsvinn"]


def test_an_older_text_that_comes_late_does_not_replace_a_newer_one(cast, search_server):
    page = a_page(cast.here, "Matsvinn")
    late = list(SearchEntry.objects.filter(object_id=page.pk).prefetch_related("audience"))
    page.title = "Kanariefågel"
    page.save_revision().publish()
    outbox.send()

    search_server.write(late)

    search_server.refresh()
    assert (on_server("kanariefågel"), on_server("matsvinn")) == (["Kanariefågel"], [])


def test_what_the_server_still_has_is_not_shown_when_it_may_not_be_read(cast, search_server):
    page = a_page(cast.here, "Matsvinn")
    outbox.send()
    search_server.refresh()
    before = on_server("matsvinn")

    page.visibility = "internal"
    page.save_revision().publish()

    assert (before, on_server("matsvinn")) == (["Matsvinn"], [])


# --- Made anew -----------------------------------------------------------------------------------------------


def test_the_night_puts_right_what_the_server_has_wrong(cast, search_server):
    page = a_page(cast.here, "Matsvinn")
    outbox.send()
    a_page(cast.here, "Kanariefågel")
    SearchEntry.objects.filter(object_id=page.pk).delete()
    SearchUpdate.objects.all().delete()

    compare_search()

    search_server.refresh()
    assert set(search_server.versions()) == set(SearchEntry.objects.values_list("pk", flat=True))
    assert on_server("kanariefågel matsvinn") == ["Kanariefågel", "Matsvinn"]
    assert outbox.compare(search_server) == 0


def test_a_new_index_takes_over_with_all_entries_and_the_old_one_goes_the_next_night(cast, search_server):
    a_page(cast.here, "Matsvinn")
    outbox.send()
    [old] = search_server.indices()

    outbox.rebuild(search_server)

    search_server.refresh()
    [new] = search_server.indices()
    assert new != old
    assert on_server("matsvinn") == ["Matsvinn"]
    assert search_server.unused() == [old]
    compare_search()
    assert search_server.unused() == []


def test_what_changes_while_an_index_is_built_is_in_both(cast, search_server):
    a_page(cast.here, "Matsvinn")
    outbox.send()
    following = search_server.create_next()

    a_page(cast.here, "Kanariefågel")
    outbox.send()
    search_server.refresh()
    before = on_server("kanariefågel")
    search_server.switch_to(following)

    assert before == on_server("kanariefågel") == ["Kanariefågel"]


@pytest.fixture
def full_disk(search_server):
    """From now on the server makes indices that nothing can be written to."""
    templates = search_server._client.indices
    templates.put_index_template(
        name=search_server.name,
        index_patterns=[f"{search_server.name}-*"],
        template={"settings": {"index.blocks.read_only_allow_delete": True}},
    )
    taken = [search_server.name]

    def has_room_again() -> None:
        while taken:
            templates.delete_index_template(name=taken.pop())

    yield has_room_again
    has_room_again()


def test_a_rebuilding_that_fails_leaves_the_old_index_in_use_and_the_next_one_begins_anew(cast, search_server, request):
    a_page(cast.here, "Matsvinn")
    outbox.send()
    search_server.refresh()
    [old] = search_server.indices()
    has_room_again = request.getfixturevalue("full_disk")

    with pytest.raises(EngineAway):
        outbox.rebuild(search_server)

    assert on_server("matsvinn") == ["Matsvinn"]
    has_room_again()
    outbox.rebuild(search_server)
    search_server.refresh()
    [new] = search_server.indices()
    assert new != old
    assert on_server("matsvinn") == ["Matsvinn"]
    assert search_server.unused() == [old]


def test_two_that_find_no_index_at_once_make_one(cast, search_server):
    a_page(cast.here, "Matsvinn")
    entries = list(SearchEntry.objects.prefetch_related("audience"))

    names = {search_server._create_first(), search_server._create_first()}

    search_server.write(entries)
    assert names == set(search_server.indices())
