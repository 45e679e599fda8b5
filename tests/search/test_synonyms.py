"""Other words for the same thing: kept by the portal administrator, counted with in every search at once."""

import pytest
from bs4 import BeautifulSoup

from search.analysis.english import EnglishAnalysis
from search.analysis.questions import SYNONYM, ask
from search.analysis.swedish import SwedishAnalysis
from search.analysis.synonyms import Synonyms
from search.models import Synonym
from search.services import synonyms
from tests.factories.cms import StandardPageFactory
from tests.search.test_search_page import hits, look

SWEDISH = SwedishAnalysis(None)


def keep(words: str, also: str, **fields) -> Synonym:
    row = Synonym(words=words, also=also, **fields)
    synonyms.save(row)
    return row


def terms_of(text: str, *pairs: tuple[str, str]) -> dict[str, dict[str, float]]:
    question = ask(text, SWEDISH, synonyms=Synonyms(pairs, SWEDISH))
    return {group.word: dict(group.terms) for group in question.groups}


# --- What a question becomes ---------------------------------------------------------------------------------


def test_a_word_is_also_looked_for_by_its_other_names_whatever_its_form():
    assert terms_of("apl", ("APL", "praktik"))["apl"] == {"apl": 1.0, "praktik": SYNONYM}
    assert terms_of("valideringen", ("validering", "bedömning"))["valideringen"]["bedooqmning"] == SYNONYM


def test_a_name_of_several_words_counts_once_and_without_those_that_say_nothing():
    groups = terms_of("sfi", ("SFI", "svenska för invandrare"))

    assert groups == {"sfi": {"sfi": 1.0, "svensk": SYNONYM / 2, "invandr": SYNONYM / 2}}


def test_a_phrase_has_its_other_names_in_a_group_of_its_own():
    groups = terms_of("arbetsplatsförlagt lärande i köket", ("arbetsplatsförlagt lärande", "APL"))

    assert groups["“arbetsplatsförlagt lärande”"] == {"apl": SYNONYM}
    assert "apl" not in groups["köket"]


def test_other_words_are_left_as_they_are():
    assert terms_of("matsvinn", ("APL", "praktik")) == terms_of("matsvinn")


def test_english_questions_use_the_same_list():
    english = EnglishAnalysis()

    [group] = ask("courses", english, synonyms=Synonyms([("course", "kurs")], english)).groups

    assert len(group.terms) == 2


# --- Searching -----------------------------------------------------------------------------------------------


def test_both_ways_and_one_way(cast, client):
    StandardPageFactory(owner=cast.here, title="Praktik", summary="A.", visibility="public")
    StandardPageFactory(owner=cast.here, title="LIA", summary="B.", visibility="public")
    row = keep("LIA", "praktik")

    both = [sorted(hits(look(client, q=text))) for text in ("lia", "praktik")]
    row.is_both_ways = False
    synonyms.save(row)
    one = [sorted(hits(look(client, q=text))) for text in ("lia", "praktik")]
    synonyms.delete(row)
    none = [sorted(hits(look(client, q=text))) for text in ("lia", "praktik")]

    assert both == [["LIA", "Praktik"], ["LIA", "Praktik"]]
    assert one == [["LIA", "Praktik"], ["Praktik"]]
    assert none == [["LIA"], ["Praktik"]]


def test_what_was_asked_for_comes_before_its_other_names(cast, client):
    StandardPageFactory(owner=cast.here, title="Om LIA", summary="A.", visibility="public")
    StandardPageFactory(owner=cast.here, title="Om praktik", summary="A.", visibility="public")
    keep("LIA", "praktik")

    assert hits(look(client, q="lia")) == ["Om LIA", "Om praktik"]
    assert hits(look(client, q="praktik")) == ["Om praktik", "Om LIA"]


def test_a_word_of_the_list_is_no_misspelt_one(cast, client):
    StandardPageFactory(owner=cast.here, title="Apa", summary="Praktik.", visibility="public")

    assert look(client, q="apl").find("a", string="apa") is None


def test_a_new_portal_begins_with_the_words_of_the_field(cast, client):
    StandardPageFactory(owner=cast.here, title="Arbetsplatsförlagt lärande", visibility="public")

    assert hits(look(client, q="APL")) == ["Arbetsplatsförlagt lärande"]


# --- The list ------------------------------------------------------------------------------------------------


def rows(client) -> list[str]:
    page = BeautifulSoup(client.get("/arbetsyta/synonymer/").content.decode(), "html.parser")
    return [" ".join(row.get_text(" ").split()) for row in page.select("main .row-list__body")]


def test_the_portal_administrator_adds_changes_and_takes_away(cast, client_of):
    Synonym.objects.all().delete()
    client = client_of("portal_admin")

    client.post("/arbetsyta/synonymer/", {"words": "LIA", "also": "praktik", "is_both_ways": "on"})
    added = rows(client)
    row = Synonym.objects.get()
    client.post(f"/arbetsyta/synonymer/{row.pk}/", {"words": "LIA", "also": "praktik, yrkespraktik"})
    changed = rows(client)
    client.post(f"/arbetsyta/synonymer/{row.pk}/ta-bort/")

    assert added == ["LIA och praktik betyder samma sak"]
    assert changed == ["LIA hittar också praktik, yrkespraktik"]
    assert rows(client) == []


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"words": "", "also": "praktik"}, "words", "Fyll i det här fältet."),
        ({"words": "LIA", "also": ", ,"}, "also", "Skriv ett ord."),
        ({"words": "LIA, praktik", "also": "Praktik"}, "also", "Samma ord står i båda fälten."),
        ({"words": "x" * 201, "also": "praktik"}, "words", "som mest 200"),
    ],
)
def test_a_row_that_cannot_be_is_refused_at_its_field(cast, client_of, data, field, message):
    before = Synonym.objects.count()

    answer = client_of("portal_admin").post("/arbetsyta/synonymer/", data)

    page = BeautifulSoup(answer.content.decode(), "html.parser")
    [wrong] = page.select(".field--invalid")
    assert (answer.status_code, wrong.select_one("input")["name"], Synonym.objects.count()) == (400, field, before)
    assert message in wrong.get_text()
