"""The compiled Swedish lexicon: a few memory-mapped files, shared by all processes that open them."""

import hashlib
import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import marisa_trie

# Raised when the files' layout or content changes: files of another version are not read.
VERSION = 1
_FILES = ("forms.marisa", "firsts.marisa", "first_words.marisa", "lasts.marisa")
# Logarithms of counts, in steps this fine, fit in a byte.
_STEPS = 24.0
REMEMBERED = 4_096
RARE = math.log(0.3)


class Lexicon:
    """Read access to the files that `write` made. Raises FileNotFoundError when they are not there."""

    def __init__(self, folder: Path) -> None:
        self.fingerprint = (folder / "fingerprint").read_text()
        paths = [str(folder / name) for name in _FILES]
        self._forms = marisa_trie.BytesTrie().mmap(paths[0])
        self._firsts = marisa_trie.RecordTrie("<B").mmap(paths[1])
        self._first_words = marisa_trie.BytesTrie().mmap(paths[2])
        self._lasts = marisa_trie.RecordTrie("<B").mmap(paths[3])
        # The ends of different words are the same words.
        self.words_of = lru_cache(maxsize=REMEMBERED)(self._words_of)
        self.weight_of_last = lru_cache(maxsize=REMEMBERED)(self._weight_of_last)

    def _words_of(self, form: str) -> list[str]:
        """The words that `form` is a form of, without inflection; [] for a form the dictionary does not know."""
        return [_apply(rule, form) for rule in self._forms.get(form, ())]

    def firsts_at_start_of(self, text: str) -> list[tuple[str, float]]:
        """The combining forms that `text` begins with, each with the logarithm of how often it is seen."""
        return [(first, self._firsts[first][0][0] / _STEPS + RARE) for first in self._firsts.prefixes(text)]

    def word_of_first(self, first: str) -> str:
        """The word that a combining form comes from: gatu → gata."""
        rules = self._first_words.get(first)
        return _apply(rules[0], first) if rules else first

    def _weight_of_last(self, form: str) -> float | None:
        """The logarithm of how often a word with this form ends compounds; None when none does."""
        weights = [found[0][0] for word in self.words_of(form) if (found := self._lasts.get(word))]
        return max(weights) / _STEPS + RARE if weights else None


@lru_cache
def opened(folder: Path) -> Lexicon | None:
    """The lexicon in `folder`, opened once for the process; None when none of this version was built there."""
    if not _is_current(folder):
        return None
    return Lexicon(folder)


def write(
    folder: Path,
    *,
    words_of_forms: dict[str, list[str]],
    firsts: dict[str, tuple[str, float]],
    lasts: dict[str, float],
) -> str:
    """Write the files anew and return their fingerprint; a process that has the old ones open keeps them."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = ((form, _rule(form, word)) for form, words in words_of_forms.items() for word in words)
    different = ((form, _rule(form, word)) for form, (word, _count) in firsts.items() if form != word)
    tries = (
        marisa_trie.BytesTrie(rules, order=marisa_trie.LABEL_ORDER),
        marisa_trie.RecordTrie("<B", _weights((form, count) for form, (_word, count) in firsts.items())),
        marisa_trie.BytesTrie(different),
        marisa_trie.RecordTrie("<B", _weights(lasts.items())),
    )
    digest = hashlib.sha256()
    for name, trie in zip(_FILES, tries, strict=True):
        unfinished = folder / f"{name}.new"
        trie.save(str(unfinished))
        digest.update(unfinished.read_bytes())
        unfinished.replace(folder / name)
    fingerprint = f"{VERSION}-{digest.hexdigest()[:16]}"
    # Last: until it is there, nobody opens the files.
    (folder / "fingerprint").write_text(fingerprint)
    return fingerprint


def _is_current(folder: Path) -> bool:
    path = folder / "fingerprint"
    return path.exists() and path.read_text().startswith(f"{VERSION}-")


def _weights(counts: Iterable[tuple[str, float]]) -> Iterable[tuple[str, tuple[int]]]:
    for word, count in counts:
        yield word, (min(255, round((math.log(count + 0.3) - RARE) * _STEPS)),)


def _rule(form: str, word: str) -> bytes:
    """How to get from a form to its word: how many characters to take away, and what to put there."""
    same = next((at for at, (a, b) in enumerate(zip(form, word, strict=False)) if a != b), min(len(form), len(word)))
    return bytes([len(form) - same]) + word[same:].encode()


def _apply(rule: bytes, form: str) -> str:
    return form[: len(form) - rule[0]] + rule[1:].decode()
