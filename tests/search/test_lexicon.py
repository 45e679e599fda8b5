"""Swedish with its lexicon: compounds, their parts, and irregular forms."""

import pytest

from search.analysis import splitting


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("kompetensutvecklingsinsatserna", ["kompetens", "utveckling", "insats"]),
        ("kvinnokliniken", ["kvinna", "klinik"]),
        ("gatubelysning", ["gata", "belysning"]),
        ("arbetsmiljöarbetet", ["arbete", "miljö", "arbete"]),
        ("matsvinnet", ["mat", "svinn"]),
        ("äldreomsorgens", ["äldre", "omsorg"]),
        ("spridningskonferens", ["spridning", "konferens"]),
        ("grönsaksrester", ["grönsak", "rest"]),
    ],
)
def test_a_compound_is_known_by_its_parts(swedish, word, parts):
    assert [swedish.stem(part) for part in swedish.parts_of(word)] == [swedish.stem(part) for part in parts]


@pytest.mark.parametrize("word", ["ändring", "ändringen", "förordning", "lärare", "kommun", "program", "arbete", "ö"])
def test_what_only_looks_like_a_compound_is_left_whole(swedish, word):
    assert swedish.parts_of(word) == []
    assert swedish.terms_of_word(word).parts == ()


def test_smaller_compounds_are_terms_too(swedish):
    parts = swedish.terms_of_word("kompetensutvecklingsinsats").parts

    assert {swedish.stem(word) for word in ("kompetensutveckling", "utvecklingsinsats", "insats")} <= set(parts)
    assert swedish.stem("kompetensutvecklingsinsats") not in parts


@pytest.mark.parametrize(
    ("form", "word"),
    [("böcker", "bok"), ("gick", "gå"), ("bättre", "bra"), ("händer", "hand"), ("matsvinnet", "matsvinn")],
)
def test_irregular_forms_lead_to_their_word(swedish, form, word):
    assert swedish.stem(word) in swedish.terms_of_word(form).lemmas


def test_a_joined_word_has_what_its_pieces_have(swedish):
    found = swedish.terms_of_word("it-kompetensutveckling")

    assert {swedish.stem("kompetens"), swedish.stem("utveckling")} <= set(found.parts)
    assert {"it", swedish.stem("kompetensutveckling")} <= set(found.stems)


# Each cut by hand; compare what lexicographers say: at least .84 of the boundaries found, .985 of the splits right.
MARKED = """
    arbets|plats vård|biträde skol|mat mat|sal barn|omsorg stor|kök tvätt|maskin städ|vagn äldre|boende kost|råd
    social|tjänst hem|hjälp sjuk|skrivning dag|barn|vård låg|affektivt yrkes|roll chefs|utbildning studie|besök
    kommun|styrelse grund|skola gymnasie|skola natt|personal läs|svårigheter språk|utveckling projekt|ledare
""".split()  # noqa: SIM905
WHOLE = """
    ändring värdering lagring segrare sparare skrivare invandring blåsig spetsig mustig städning lagning bakning
    omsorg anhörig utveckling förskola medel riktig vacker fastighet säkerhet möjlighet gemenskap
""".split()  # noqa: SIM905


def test_boundaries_are_found_and_few_are_false(swedish):
    found = right = split = 0
    for marked in MARKED:
        cuts = splitting.split(marked.replace("|", ""), swedish._lexicon)
        wanted = [len(marked[:at].replace("|", "")) for at, letter in enumerate(marked) if letter == "|"]
        found += set(wanted) <= set(cuts)
        split += bool(cuts)
        right += bool(cuts) and set(cuts) <= set(wanted)
    false = sum(bool(splitting.split(word, swedish._lexicon)) for word in WHOLE)

    assert found >= 0.84 * len(MARKED)
    assert right >= 0.95 * split
    assert false <= 0.08 * len(WHOLE)
