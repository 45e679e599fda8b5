"""Swedish: stems, lemmas, and compounds with their parts."""

import re
from functools import lru_cache
from itertools import chain

# Imported from its module: the package's factory hands over to another stemmer when one happens to be installed.
from snowballstemmer.swedish_stemmer import SwedishStemmer

from search.analysis import splitting
from search.analysis import text as texts
from search.analysis.base import REMEMBERED, Analysis, WordTerms
from search.analysis.lexicon import Lexicon

# Raised when this code gives other terms for the same text.
VERSION = 1
MAX_WORD = 80
_NEUTER = re.compile(r"^(.{3,})ets?$")

_STOP_WORDS = """
    och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan
    när här ska skall hon dem nu också dig vad hur vem vilka vilken vilket där eller blir bli blev sin
    sina sitt ni man min mitt mina din ditt dina vår vårt våra er ert era du oss dess denna detta dessa
    efter vid under utan över mot genom då än alla allt mycket bara hos ut upp in ju skulle kunde vill
    få får finns finnas varit vara hade måste samt både varför any the and of to a is
"""


class SwedishAnalysis(Analysis):
    """With a lexicon; without one there are stems only, and neither lemmas nor parts."""

    language = "sv"
    stop_words = frozenset(_STOP_WORDS.split())

    def __init__(self, lexicon: Lexicon | None) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._stemmer = SwedishStemmer()
        # Compounds share their parts.
        self._stem = lru_cache(maxsize=REMEMBERED // 2)(self._new_stem)

    @property
    def fingerprint(self) -> str:
        return f"sv{VERSION}-{self._lexicon.fingerprint if self._lexicon else 'stems'}"

    def stem(self, word: str) -> str:
        return texts.as_term(self._stem(word))

    def _new_stem(self, word: str) -> str:
        if self._lexicon is not None:
            return self._stemmer.stemWord(word)
        # What lemmas would tell is guessed: Snowball knows no neuter article before other endings (matsvinnet), and
        # takes one ending at a time (kompetenser → kompetens, but kompetens → kompet).
        stem = _NEUTER.sub(r"\1", word)
        while (shorter := self._stemmer.stemWord(stem)) != stem:
            stem = shorter
        return stem

    def knows(self, word: str) -> bool:
        return self._lexicon is not None and bool(self._lexicon.words_of(word))

    def parts_of(self, word: str) -> list[str]:
        if self._lexicon is None or not (cuts := splitting.split(word, self._lexicon)):
            return []
        *firsts, last = _slices(word, cuts)
        return [*map(self._lexicon.word_of_first, firsts), (self._lexicon.words_of(last) or [last])[0]]

    def _terms_of_word(self, word: str) -> WordTerms:
        if not word.isalnum():
            each = [self.terms_of_word(piece) for piece in texts.pieces(word)]
            return WordTerms(*(tuple(dict.fromkeys(chain.from_iterable(terms))) for terms in zip(*each, strict=True)))
        stems = (self.stem(word),)
        if self._lexicon is None or len(word) > MAX_WORD or not word.isalpha():
            return WordTerms(stems)
        own = self._stem(word)
        cuts = splitting.split(word, self._lexicon)
        lemmas = dict.fromkeys(self._stem(lemma) for lemma in self._lexicon.words_of(word))
        if not cuts:
            return WordTerms(stems, _terms(lemmas, own))
        parts: dict[str, None] = {}
        starts = (0, *cuts)
        ends = (*cuts, len(word))
        for number, start in enumerate(starts):
            # The part, and the smaller compounds that begin with it.
            for last in range(number, len(ends) - (number == 0)):
                piece = word[start : ends[last]]
                if ends[last] < len(word):
                    # A first part: as the word it comes from, its end of it when it is a compound itself.
                    tail = word[starts[last] : ends[last]]
                    parts[self._stem(word[start : starts[last]] + self._lexicon.word_of_first(tail))] = None
                else:
                    parts[self._stem(piece)] = None
                    tail = word[starts[last] :]
                    for lemma in self._lexicon.words_of(tail):
                        parts[self._stem(word[start : starts[last]] + lemma)] = None
        for lemma in self._lexicon.words_of(word[cuts[-1] :]):
            lemmas[self._stem(word[: cuts[-1]] + lemma)] = None
        return WordTerms(stems, _terms(lemmas, own), _terms(parts, own))


def _terms(stems: dict[str, None], own: str) -> tuple[str, ...]:
    return tuple(texts.as_term(stem) for stem in stems if stem != own)


def _slices(word: str, cuts: tuple[int, ...]) -> list[str]:
    return [word[start:end] for start, end in zip((0, *cuts), (*cuts, len(word)), strict=True)]
