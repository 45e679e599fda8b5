"""What may stand first and last in a Swedish compound, and how often it does: learnt from a dictionary's own words.

The dictionary flags some words as first or last parts, with linking letters (kvinno-, arbets-). It also lists tens of
thousands of compounds; cutting those that its flags explain shows which parts are productive, and the remaining ones
show parts that no flag tells of (gatu-, -löshet).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from search.analysis.hunspell import Entry

MIN_FIRST, MIN_LAST = 2, 3
# A partner counts as trusted when it is seen with so many others.
TRUSTED = 2
SEEN_WITH, SEEN_WITH_BY_FORM, SEEN_WITH_IF_SHORT = 2, 3, 6

# Verbs and their nouns are made with these (för+ordna): what follows means something else on its own.
_PARTICLES_TEXT = """
    an av be bi de den det dit du efter ej ent er från fram för förbi före ge genom han hit hop hän här i
    ifrån igen ihop in isär jag kring los lös man med mellan mer mot ni ner ned när o ock om omkull på re runt
    samman som så till tillbaka två undan under und upp ur ut van vi vid å åt åter över ett miss bort
"""
PARTICLES = frozenset(_PARTICLES_TEXT.split()) - {"man", "bort", "med", "mellan", "mot"}
# Cut off at a false place, a particle leaves these before a word that happens to be one (ans|vara).
_FALSE_FIRST = frozenset(particle + letter for particle in PARTICLES for letter in "stl") | frozenset(
    # Beginnings of common words that happen to be words: kom|mun, pro|gram, kon|takt.
    "al ants ar ek ex ha har hu kan kom kon mo pro st ta til va".split()  # noqa: SIM905
)
# Endings that make words of words; some of them are words themselves (ring, bar, ande).
_ENDINGS_TEXT = """
    ad ade ades aktig ande andet ar are aren arena arna at ats bar dom else elser en ende er era erad erar eri
    erska et het heten heter iker ik ing inna ion isk iska ism ist ister itet it kan kar kare lig ling ment na
    ning ninga ningar ör or sam ska skap ten etisk grafisk logisk åring
"""
ENDINGS = frozenset(_ENDINGS_TEXT.split())


@dataclass(frozen=True)
class Parts:
    """`firsts`: combining form → (the word it is a form of, how often); `lasts`: word → how often."""

    firsts: dict[str, tuple[str, float]]
    lasts: dict[str, float]


def learn(entries: Iterable[Entry]) -> Parts:
    """Count the parts of all compounds among the entries' base forms, and add parts that are seen often enough."""
    entries = [entry for entry in entries if is_plain(entry.base)]
    words = [entry.base for entry in entries]
    known = {entry.base for entry in entries if entry.forms}
    word_of_form = {form: entry.base for entry in reversed(entries) for form in entry.forms} | {w: w for w in known}
    firsts = {
        form: entry.base if entry.forms else _word_behind(form, known, word_of_form) or form
        for entry in reversed(entries)
        for form in entry.first_forms
        if len(form) >= MIN_FIRST and form not in PARTICLES and form not in _FALSE_FIRST
    }
    lasts = {
        entry.base
        for entry in entries
        if entry.ends_compounds and len(entry.base) >= MIN_LAST and entry.base not in ENDINGS
    }
    first_counts, last_counts = _count(words, firsts, lasts)
    for _round in range(2):
        new_firsts, new_lasts = defaultdict(set), defaultdict(set)
        for first, last in _cuts(words):
            if last_counts[last] >= TRUSTED and first not in firsts:
                new_firsts[first].add(last)
            if first_counts[first] >= TRUSTED and last in known and last not in lasts:
                new_lasts[last].add(first)
        for first, seen in new_firsts.items():
            if first in PARTICLES or first in _FALSE_FIRST:
                continue
            needed = SEEN_WITH if first in known else SEEN_WITH_BY_FORM
            word = _word_behind(first, known, word_of_form)
            if word and len(seen) >= (needed if len(first) > MIN_FIRST else SEEN_WITH_IF_SHORT):
                firsts[first] = word
        for last, seen in new_lasts.items():
            if last not in ENDINGS and len(seen) >= (2 if len(last) > MIN_LAST else 4):
                lasts.add(last)
        first_counts, last_counts = _count(words, firsts, lasts)
    return Parts(
        {first: (word, first_counts[first]) for first, word in firsts.items()},
        {last: last_counts[last] for last in lasts},
    )


def is_plain(word: str) -> bool:
    """Whether it is a word in small letters only: names and abbreviations make no compounds here."""
    return word.isalpha() and word == word.lower()


def _cuts(words: Iterable[str]) -> Iterable[tuple[str, str]]:
    for word in words:
        for cut in range(MIN_FIRST, len(word) - MIN_LAST + 1):
            yield word[:cut], word[cut:]


def _count(words: Iterable[str], firsts: dict[str, str], lasts: set[str]) -> tuple[Counter, Counter]:
    """How often each part is seen; a word that can be cut in several ways counts once, shared among them."""
    first_counts: Counter[str] = Counter()
    last_counts: Counter[str] = Counter()
    for word in words:
        cuts = [(first, last) for first, last in _cuts([word]) if first in firsts and last in lasts]
        for first, last in cuts:
            first_counts[first] += 1 / len(cuts)  # type: ignore[assignment]
            last_counts[last] += 1 / len(cuts)  # type: ignore[assignment]
    return first_counts, last_counts


def _word_behind(first: str, known: set[str], word_of_form: dict[str, str]) -> str | None:
    """The word that a combining form comes from: gatu → gata, kvinno → kvinna, förskol → förskola, dags → dag."""
    if first in word_of_form:
        return word_of_form[first]
    if first[-1] in "oueas":
        for ending in ("a", "e", "", "o"):
            if len(first) > MIN_FIRST and (word := first[:-1] + ending) in known and len(word) >= MIN_LAST:
                return word
    return next((first + ending for ending in "ae" if len(first) > MIN_FIRST and first + ending in known), None)
