"""Which words somebody may have meant who typed one that no text has."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from search.analysis.text import WITHOUT_ACCENTS

MIN_LENGTH = 3
CANDIDATES, ANSWERS = 40, 3
# A word that more texts have is likelier to be meant.
COMMON = 0.08
# What a letter for another costs: those that sound alike in Swedish, or that a keyboard without å, ä and ö lacks.
CLOSE, DOUBLED, SWAPPED, ACCENT = 0.4, 0.3, 0.7, 0.15
_CLOSE_TEXT = "ae aä aå eä oö oå eö ie iy uo uy ck kq cs sz vw gj dt bp fv kg tz mn xs"
_CLOSE = frozenset(frozenset(pair) for pair in _CLOSE_TEXT.split())
# One misspelt letter in a short word makes another word; long words bear more.
_ALLOWED = ((3, 0.5), (4, 0.8), (5, 1.05), (7, 1.5), (9, 2.0), (99, 2.6))


@dataclass(frozen=True)
class Correction:
    """A word that texts have, and how far it is from what was typed: 0 for the same letters, 1 for one that is off."""

    word: str
    distance: float


class Vocabulary:
    """The words of all texts that everybody may read, with how many texts have each."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = dict(counts)
        self._words = list(self._counts)
        self._plain: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            if (plain := word.translate(WITHOUT_ACCENTS)) != word:
                self._plain[plain].append(word)

    def count(self, word: str) -> int:
        """How many texts have the word; 0 for none."""
        return self._counts.get(word, 0)

    def with_accents(self, word: str) -> list[str]:
        """The words that differ from a word without å, ä and ö only by these: for somebody without them at hand."""
        if word.translate(WITHOUT_ACCENTS) != word:
            return []
        found = self._plain.get(word, ())
        return sorted(found, key=lambda other: -self._counts[other])[:ANSWERS]

    def near(self, word: str) -> list[Correction]:
        """The words that are spelt almost like this one, the likeliest first, at most ANSWERS."""
        if len(word) < MIN_LENGTH or not word.isalpha():
            return []
        allowed = next(limit for length, limit in _ALLOWED if len(word) <= length or length == 99)
        found = extract(
            word, self._words, scorer=OSA.distance, score_cutoff=2 if len(word) < 8 else 3, limit=CANDIDATES
        )
        measured = [Correction(other, _distance(word, other)) for other, _score, _index in found]
        close = [one for one in measured if 0 < one.distance <= allowed]
        close.sort(key=lambda one: (one.distance - COMMON * math.log(self._counts[one.word]), one.word))
        return close[:ANSWERS]


def _distance(typed: str, meant: str) -> float:
    """Damerau–Levenshtein distance (optimal string alignment) with the costs above."""
    before: list[float] = []
    row = [0.0]
    for at in range(len(meant)):
        row.append(row[-1] + _gap(meant, at))
    for i, letter in enumerate(typed):
        before, last, row = row, before, [row[0] + _gap(typed, i)]
        for j, other in enumerate(meant):
            cost = min(
                before[j] + _change(letter, other),
                before[j + 1] + _gap(typed, i),
                row[j] + _gap(meant, j),
            )
            if i and j and letter != other and letter == meant[j - 1] and typed[i - 1] == other:
                cost = min(cost, last[j - 1] + SWAPPED)
            row.append(cost)
    return row[-1] + (0.3 if typed[0] != meant[0] and _change(typed[0], meant[0]) == 1 else 0.0)


def _gap(word: str, at: int) -> float:
    """What a letter too many or too few costs: less where it doubles the one before."""
    return DOUBLED if at and word[at] == word[at - 1] else 1.0


def _change(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a.translate(WITHOUT_ACCENTS) == b.translate(WITHOUT_ACCENTS):
        return ACCENT
    return CLOSE if frozenset((a, b)) in _CLOSE else 1.0
