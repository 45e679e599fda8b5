"""From what somebody typed to the terms that are looked for, with their weights."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from search.analysis import text as texts
from search.analysis.base import Analysis
from search.analysis.spelling import Vocabulary
from search.analysis.synonyms import Phrase, Synonyms

MAX_CHARACTERS, MAX_WORDS = 400, 24
# How much finding a term counts, compared with the word as it was typed.
LEMMA, PART, JOINED, CORRECTED, SYNONYM = 0.5, 0.5, 1.0, 0.8, 0.8
# A word that is in no dictionary and no text, where another one is meant: its stem may be there by chance.
DOUBTFUL = 0.5
# A word that no text has but the dictionary knows: rather right than wrong.
KNOWN_ELSEWHERE = 0.5
# The same letters with accents; less where texts have both words about as often (far, får).
ACCENTED, TWIN, RARER = 1.0, 0.3, 4
# What stands between two words that are written as one: kvinn+o+klinik, arbet+s+plats, gat+u+belysning.
_LINKS = ("", "s", "o", "u")
_MIN_JOINED = 3


@dataclass(frozen=True)
class Group:
    """One word of the question: the terms that stand for it, each with its weight. Any of them will do.

    `meant` is the word it was taken for: itself, unless it is misspelt.
    """

    word: str
    terms: tuple[tuple[str, float], ...]
    meant: str


@dataclass(frozen=True)
class Question:
    """The groups of a question, and the question itself in small folded letters for comparing texts by letters."""

    groups: tuple[Group, ...]
    text: str
    too_common: frozenset[str] = frozenset()  # these only rank what others find

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(term for group in self.groups for term, _weight in group.terms)

    @property
    def finding_terms(self) -> frozenset[str]:
        """The terms an entry is found by; all of them where all are common."""
        return self.terms - self.too_common or self.terms

    def only(self, terms: Container[str]) -> "Question":
        """Without the terms that no text has: most of the compounds that words were joined to."""
        groups = (
            replace(group, terms=tuple((term, weight) for term, weight in group.terms if term in terms))
            for group in self.groups
        )
        return replace(self, groups=tuple(groups))


def ask(
    text: str, analysis: Analysis, *, vocabulary: Vocabulary | None = None, synonyms: Synonyms | None = None
) -> Question:
    """Read a question of any kind and length.

    Words that say nothing are left out unless there are no others; what is beyond MAX_CHARACTERS or MAX_WORDS is not
    looked for.
    """
    text = texts.normalised(text[:MAX_CHARACTERS])
    found = [word.text for word in texts.words(text)][: 2 * MAX_WORDS]
    kept = [word for word in found if word not in analysis.stop_words] or found
    kept = list(dict.fromkeys(kept))[:MAX_WORDS]
    others = dict(synonyms.of(found)) if synonyms else {}
    groups = [_group(word, analysis, vocabulary, others.get((word,), [])) for word in kept]
    # Letters are compared with what was meant.
    meant = " ".join(group.meant for group in groups)
    groups += [_renamed(phrase, names, analysis) for phrase, names in others.items() if len(phrase) > 1]
    groups += [_joined(first, second, analysis) for first, second in _neighbours(found, analysis)]
    return Question(tuple(group for group in groups if group.terms), meant)


def _group(word: str, analysis: Analysis, vocabulary: Vocabulary | None, names: list[Phrase]) -> Group:
    terms: dict[str, float] = {}
    # What is in the list of synonyms is spelt right.
    others = [] if names else likely(word, analysis, vocabulary)
    is_unknown = vocabulary is not None and not vocabulary.count(word)
    is_doubtful = bool(others) and is_unknown and not analysis.knows(word)
    _add(terms, word, analysis, DOUBTFUL if is_doubtful else 1.0)
    for other, weight in others:
        _add(terms, other, analysis, weight)
    _add_names(terms, names, analysis)
    is_misspelt = bool(others) and is_unknown and others[0][1] > KNOWN_ELSEWHERE
    return Group(word, tuple(terms.items()), others[0][0] if is_misspelt else word)


def likely(word: str, analysis: Analysis, vocabulary: Vocabulary | None) -> list[tuple[str, float]]:
    """What else a typed word may have meant, with weights; [] for a word that is spelt right as far as is known."""
    if vocabulary is None:
        return []
    count = vocabulary.count(word)
    if accented := vocabulary.with_accents(word):
        return [(other, ACCENTED if vocabulary.count(other) > RARER * count else TWIN) for other in accented]
    if count:
        return []
    weight = KNOWN_ELSEWHERE if analysis.knows(word) else CORRECTED
    return [(found.word, weight) for found in vocabulary.near(word)]


def _add(terms: dict[str, float], word: str, analysis: Analysis, weight: float) -> None:
    found = analysis.terms_of_word(word)
    for its_terms, share in ((found.stems, 1.0), (found.lemmas, LEMMA), (found.parts, PART)):
        for term in its_terms:
            terms[term] = max(terms.get(term, 0.0), weight * share)


def _renamed(phrase: Phrase, names: list[Phrase], analysis: Analysis) -> Group:
    """A phrase by its other names; its own words have groups of their own."""
    terms: dict[str, float] = {}
    _add_names(terms, names, analysis)
    # In quotes: the same words written as one have a group of their own (`_joined`).
    word = f"“{' '.join(phrase)}”"
    return Group(word, tuple(terms.items()), word)


def _add_names(terms: dict[str, float], names: list[Phrase], analysis: Analysis) -> None:
    for name in names:
        words = [word for word in name if word not in analysis.stop_words] or list(name)
        for word in words:
            # Of a name of several words, one alone says little.
            _add(terms, word, analysis, SYNONYM / len(words))


def _neighbours(words: list[str], analysis: Analysis) -> Iterable[tuple[str, str]]:
    for first, second in dict.fromkeys(pairwise(words)):
        is_long = len(first) >= 2 and len(second) >= _MIN_JOINED
        if is_long and first.isalpha() and second.isalpha() and analysis.stop_words.isdisjoint((first, second)):
            yield first, second


def _joined(first: str, second: str, analysis: Analysis) -> Group:
    """The compound of two words that were written apart (särskrivning)."""
    stems = [first, first[:-1]] if first[-1] in "aeiouyåäö" and len(first) > _MIN_JOINED else [first]
    words = (stem + link + second for stem in stems for link in _LINKS)
    terms = {term: JOINED for word in words for term in analysis.terms_of_word(word).stems}
    word = f"{first} {second}"
    return Group(word, tuple(terms.items()), word)
