"""Other words for the same thing: an abbreviation and what it stands for, a house word and the field's.

They act on the question only, so that a changed list needs no new index.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from search.analysis import text as texts
from search.analysis.base import Analysis

Phrase = tuple[str, ...]  # folded words


class Synonyms:
    """What else a word or a phrase may be called, whatever its form: compared by stems."""

    def __init__(self, pairs: Iterable[tuple[str, str]], analysis: Analysis) -> None:
        """`pairs` of texts: whoever asks for the first also means the second."""
        self._analysis = analysis
        self._others: dict[Phrase, list[Phrase]] = defaultdict(list)
        for asked, also in pairs:
            if (key := self._stems(_phrase(asked))) and (other := _phrase(also)):
                self._others[key].append(other)
        self._longest = max(map(len, self._others), default=0)

    def of(self, words: list[str]) -> Iterator[tuple[Phrase, list[Phrase]]]:
        """The phrases among folded `words` that have other names, each with these."""
        stems = self._stems(words)
        for length in range(1, self._longest + 1):
            for start in range(len(words) - length + 1):
                if others := self._others.get(stems[start : start + length]):
                    yield tuple(words[start : start + length]), others

    def _stems(self, words: Iterable[str]) -> Phrase:
        return tuple(self._analysis.stem(word) for word in words)


def _phrase(text: str) -> Phrase:
    return tuple(piece for word in texts.words(texts.normalised(text)) for piece in texts.pieces(word.text)[:1])
