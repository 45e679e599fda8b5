"""From Swedish text to terms, without a lexicon: no database is needed."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.analysis import text as texts
from search.analysis.swedish import SwedishAnalysis

SWEDISH = SwedishAnalysis(None)
UNHURRIED = settings(deadline=None, max_examples=200)


def terms(text: str) -> list[str]:
    return SWEDISH.streams(text).words


@pytest.mark.parametrize(
    "forms",
    [
        "kock kocken kockar kockarna kockens kockarnas",
        "lokalvårdare lokalvårdaren lokalvårdarna",
        "lärdom lärdomar lärdomen lärdomarna",
        "metod metoder metoden metoderna",
        "medarbetare medarbetaren medarbetarna",
        "elevassistent elevassistenter elevassistenterna",
        "utbildning utbildningen utbildningar utbildningarna",
        "digital digitala",
        "kurs kursen kurser kurserna",
        "projekt projektet projekten",
        "matsvinn matsvinnet",
        "kompetens kompetensen kompetenser",
        "chef chefen chefer cheferna",
        "Kock KOCK kOcK",
    ],
)
def test_the_forms_of_a_word_are_one_term(forms):
    assert len({term for form in forms.split() for term in terms(form)}) == 1


@pytest.mark.parametrize(
    ("one", "another"), [("mal", "mål"), ("mål", "mäl"), ("hor", "hör"), ("ko", "kö"), ("tak", "tåk"), ("kock", "kurs")]
)
def test_words_that_differ_by_a_letter_stay_different(one, another):
    assert terms(one) != terms(another)


@pytest.mark.parametrize(("foreign", "swedish"), [("idé", "ide"), ("Müller", "muller"), ("Sørensen", "Sörensen")])
def test_letters_foreign_to_swedish_are_folded(foreign, swedish):
    assert terms(foreign) == terms(swedish)


def test_a_letter_with_its_ring_apart_is_the_same_letter():
    text = "Måltidsmiljö på ön: kök, råvaror, ärtor"

    apart = unicodedata.normalize("NFD", text)

    assert apart != text
    assert terms(apart) == terms(text)


def test_words_that_say_nothing_are_left_out():
    assert terms("Vi och du är med i det som en av de") == []
    assert terms("maten och köket") == terms("maten köket")
    assert "svinn" not in SWEDISH.stop_words


@pytest.mark.parametrize(
    ("joined", "found_by"),
    [
        ("EU-projekt", ["EU", "projekt", "euprojekt"]),
        ("e-post", ["epost", "post"]),
        ("kost- och miljöfrågor", ["kost", "miljöfråga"]),
        ("lärande-på-jobbet", ["jobbet", "lärande"]),
        ("12:00", ["12", "1200"]),
    ],
)
def test_a_joined_word_is_found_by_its_pieces_and_as_one(joined, found_by):
    stored = set(terms(joined))

    assert [query for query in found_by if not set(terms(query)) <= stored] == []


def test_terms_keep_their_order_and_repetitions():
    assert terms("mat, MAT och kurs") == [*terms("mat"), *terms("mat"), *terms("kurs")]


@pytest.mark.parametrize("text", ["", " \t\n", "!?.,;–—…“”", "_____", "-", "--- ''' :::", "😀🎉"])
def test_a_text_without_words_has_no_terms(text):
    assert terms(text) == []


def test_each_word_knows_its_place():
    text = "Väg, sedan Ät: EU-projekt!"

    assert [(word, text[start:end]) for word, start, end in texts.words(text)] == [
        ("väg", "Väg"),
        ("sedan", "sedan"),
        ("ät", "Ät"),
        ("eu-projekt", "EU-projekt"),
    ]


@UNHURRIED
@given(st.text(max_size=300))
@example("\x00\ufeff\u200b")
@example("İSTANBUL ﬁsk ß ǅ")
@example("a" * 300)
@example("å" * 150)
@example("😀 жизнь" + "ж" * 100)
def test_any_text_has_terms_that_can_be_stored(text):
    found = terms(text)

    assert all(0 < len(term) <= texts.MAX_TERM and term.isascii() and term.isalnum() for term in found)
    assert found == terms(unicodedata.normalize("NFD", text)) or "\u0344" in text
