"""Where a Swedish compound is cut into its parts."""

from search.analysis.compounds import ENDINGS, MIN_FIRST, MIN_LAST
from search.analysis.lexicon import Lexicon

MIN_COMPOUND = 6
# Chosen on words whose parts lexicographers marked: at least .84 of the boundaries found, .985 of the splits right.
LETTER, LONGEST = 0.5, 8  # long parts are seldom there by chance
BOUNDARY = 4.5
ENOUGH = 2.2
# A part of two or three letters must be seen this often (as a logarithm), or it is an accident.
SHORT, SHORT_ENOUGH = 3, 1.84

# Endings that make a word of another one, and how that one ended. Such a word is cut where the other one is, or not at
# all: ändring is ändra, not änd|ring.
_DERIVATIONS = (
    ("ning", ("a", "", "na")),
    ("ing", ("a", "e")),
    ("ande", ("a", "")),
    ("ende", ("", "a")),
    ("are", ("a", "")),
    ("ighet", ("ig",)),
    ("lighet", ("lig", "a", "")),
    ("het", ("",)),
    ("lig", ("", "a", "e")),
    ("ig", ("", "a", "e")),
    ("else", ("a", "")),
    ("isk", ("", "i", "a", "er", "ik")),
    ("ation", ("era",)),
    ("iserad", ("isera",)),
    ("ad", ("a",)),
    ("isera", ("isk", "")),
    ("era", ("", "ing")),
    ("erska", ("are",)),
    ("inna", ("",)),
    ("a", ("", "ig")),
    ("ist", ("", "ism")),
    ("skap", ("",)),
    ("bar", ("a",)),
)
_LAST_LETTERS = frozenset(ending[-1] for ending, _before in _DERIVATIONS)


def split(word: str, lexicon: Lexicon) -> tuple[int, ...]:
    """The offsets in `word` (small letters) where its parts begin, the first part left out; () for no compound."""
    if len(word) < MIN_COMPOUND:
        return ()
    for base in lexicon.words_of(word):
        same = _common(base, word)
        if cuts := tuple(cut for cut in _split_base(base, lexicon) if cut <= same):
            return cuts
        if base != word:
            continue
        return ()
    return () if lexicon.words_of(word) else _best(word, lexicon)


def _split_base(word: str, lexicon: Lexicon, depth: int = 0) -> tuple[int, ...]:
    if len(word) < MIN_COMPOUND:
        return ()
    cuts = _best(word, lexicon)
    if cuts and depth < 3 and (source := _source(word, lexicon)):
        same = _common(source, word)
        return tuple(cut for cut in _split_base(source, lexicon, depth + 1) if cut < same)
    return cuts


def _best(word: str, lexicon: Lexicon) -> tuple[int, ...]:
    """The most likely row of first parts and a last part; () when none is likely enough."""
    length = len(word)
    best: list[tuple[float, tuple[int, ...]] | None] = [None] * (length + 1)
    best[0] = (0.0, ())
    winner = ENOUGH
    cuts: tuple[int, ...] = ()
    for start in range(length - MIN_LAST + 1):
        if (so_far := best[start]) is None:
            continue
        score, row = so_far
        last = word[start:]
        if start and last not in ENDINGS and (weight := lexicon.weight_of_last(last)) is not None:
            total = score + weight + LETTER * min(length - start, LONGEST)
            if total > winner:
                winner, cuts = total, row
        for first, weight in lexicon.firsts_at_start_of(word[start : length - MIN_LAST]):
            size = len(first)
            if size < MIN_FIRST or (size <= SHORT and weight < SHORT_ENOUGH):
                continue
            total = score + weight + LETTER * min(size, LONGEST) - BOUNDARY
            there = best[start + size]
            if there is None or total > there[0]:
                best[start + size] = (total, (*row, start + size))
    return cuts


def _source(word: str, lexicon: Lexicon) -> str | None:
    """The word that `word` is derived from by an ending; None when the lexicon knows no such word."""
    if word[-1] not in _LAST_LETTERS:
        return None
    for ending, befores in _DERIVATIONS:
        if not word.endswith(ending):
            continue
        stem = word[: -len(ending)]
        stems = (stem, stem[:-1]) if len(stem) > 3 and stem[-1] == stem[-2] else (stem,)
        for before in befores:
            for part in stems:
                source = part + before
                if len(part) >= 2 and len(source) >= 3 and source != word and source in lexicon.words_of(source):
                    return source
    return None


def _common(a: str, b: str) -> int:
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
