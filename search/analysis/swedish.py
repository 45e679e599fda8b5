"""Swedish text to the terms that are stored and looked up. Pure Python; the same for text and query."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Imported from its module: the package's factory hands over to another stemmer when one happens to be installed.
from snowballstemmer.swedish_stemmer import SwedishStemmer

_WORD = re.compile(r"[^\W_]+(?:[-'’:][^\W_]+)*", re.UNICODE)
_NEUTER = re.compile(r"^(.{3,})ets?$")
_FOLD = str.maketrans("éèêëàáâãüúùñçæøíìîïóòôõý", "eeeeaaaauuuncäöiiiiooooy")
# Words that say nothing about what a text is about.
_STOP_WORDS_TEXT = """
    och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan
    när här ska skall hon dem nu också dig vad hur vem vilka vilken vilket där eller blir bli blev sin
    sina sitt ni man min mitt mina din ditt dina vår vårt våra er ert era du oss dess denna detta dessa
    efter vid under utan över mot genom då än alla allt mycket bara hos ut upp in ju skulle kunde vill
    få får finns finnas varit vara the and of to a is
"""
STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())
_stemmer = SwedishStemmer()


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word of `text` in lower case with its start and end offset in `text`, which must be NFC."""
    for match in _WORD.finditer(text):
        yield match.group().lower(), match.start(), match.end()


def terms_of_word(word: str) -> list[str]:
    """The terms one word stands for: its stem, and the stems of its pieces where it is joined by a hyphen."""
    pieces = re.split(r"[-'’:]", word)
    whole = "".join(pieces)
    candidates = [whole, *pieces] if len(pieces) > 1 else [whole]
    return [stem(piece) for piece in candidates if piece and piece not in STOP_WORDS]


def terms(text: str) -> list[str]:
    """All terms of a text, in order and with repetitions."""
    text = unicodedata.normalize("NFC", text)
    return [term for word, _start, _end in words(text) for term in terms_of_word(word)]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """What all forms of a word have in common, with letters foreign to Swedish folded; å, ä and ö are letters and stay.

    Snowball knows no neuter article (matsvinnet) and takes one ending at a time (kompetenser → kompetens, but
    kompetens → kompet): the article is cut first, and the stemmer runs until nothing changes.
    """
    stem = _NEUTER.sub(r"\1", word.lower().translate(_FOLD).replace("ß", "ss"))
    while (shorter := _stemmer.stemWord(stem)) != stem:
        stem = shorter
    return stem[:60]
