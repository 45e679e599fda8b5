"""What an analysis of one language gives: the terms of a word, and the streams of a text."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from search.analysis import text as texts

# Words remembered with their terms, in each process: a text's words come again and again.
REMEMBERED = 16_384


class WordTerms(NamedTuple):
    """What one word of a text is found by, as terms.

    `stems`: the word's own stem, and those of its pieces where it is joined by a hyphen. `lemmas`: stems of the words
    it is a form of, where they differ (böcker: bok). `parts`: the stems of a compound's parts and smaller compounds.
    """

    stems: tuple[str, ...]
    lemmas: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


class Streams(NamedTuple):
    """The terms of a text, in its order: of its words, of the parts of its compounds, and of its words' lemmas."""

    words: list[str]
    parts: list[str]
    lemmas: list[str]


class Analysis(ABC):
    """One language. Subclasses say what the terms of a word are."""

    language = ""
    stop_words: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.terms_of_word = lru_cache(maxsize=REMEMBERED)(self._terms_of_word)

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Changes when the same text would give other terms: an index made by another one must be made anew."""

    @abstractmethod
    def stem(self, word: str) -> str:
        """The term for all of a folded word."""

    def knows(self, word: str) -> bool:
        """Whether a folded word is one of the language, as far as there is a dictionary to ask."""
        return False

    def parts_of(self, word: str) -> list[str]:
        """The words a compound is made of, without linking letters: kvinnokliniken → kvinna, klinik; [] for others."""
        return []

    @abstractmethod
    def _terms_of_word(self, word: str) -> WordTerms:
        """What `terms_of_word` remembers."""

    def streams(self, text: str, *, with_stop_words: bool = False) -> Streams:
        """The streams of a text; words that say nothing of what it is about are left out unless asked for."""
        found = Streams([], [], [])
        for word in texts.words(texts.normalised(text)):
            if word.text in self.stop_words and not with_stop_words:
                continue
            terms = self.terms_of_word(word.text)
            found.words.extend(terms.stems)
            found.parts.extend(terms.parts)
            found.lemmas.extend(terms.lemmas)
        return found

    def marked(self, text: str, terms: frozenset[str]) -> Iterator[tuple[int, int]]:
        """Where in a normalised text the words stand that one of `terms` finds; a compound is marked whole.

        Whoever wants only the first ones takes only those: the rest of a long text is not looked at.
        """
        is_found: dict[str, bool] = {}  # most of a text is words that were there before
        for written, start, end in texts.written_words(text):
            if written not in is_found:
                found = self.terms_of_word(texts.folded(written))
                is_found[written] = not (
                    terms.isdisjoint(found.stems) and terms.isdisjoint(found.parts) and terms.isdisjoint(found.lemmas)
                )
            if is_found[written]:
                yield start, end
