"""What Swedish and English share: words with their places in a text, folded letters, terms as plain ASCII."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# As it is stored (`models.SearchTerm`): a letter of another alphabet takes several.
MAX_TERM = 120
_WORD = re.compile(r"[^\W_]+(?:[-'’:.&/][^\W_]+)*", re.UNICODE)
_JOINT = re.compile(r"[-'’:.&/]")
# å, ä and ö are letters of their own; accents on other letters only help the reader.
_FOLD = str.maketrans(
    {**dict(zip("éèêëàáâãüúùûñçøíìîïóòôõýæ", "eeeeaaaauuuuncöiiiiooooyä", strict=True)), "ß": "ss", "œ": "oe"}
)
# As somebody types who has no å, ä and ö at hand.
WITHOUT_ACCENTS = str.maketrans("åäö", "aao")
_LETTERS = {"å": "aaq", "ä": "aeq", "ö": "ooq"}
_NOT_PLAIN = re.compile(r"[^a-z0-9]")


class Word(NamedTuple):
    """A word of a text, in small folded letters, and where it stands: `text[start:end]`."""

    text: str
    start: int
    end: int


def normalised(text: str) -> str:
    """The text with each letter as one character (Unicode NFC), which is what offsets are counted in.

    NUL, which PostgreSQL stores in no text, becomes a space.
    """
    return unicodedata.normalize("NFC", text).replace("\x00", " ")


def words(text: str) -> Iterator[Word]:
    """The words of a normalised text in their order; `e-tjänst`, `EU:s` and `och/eller` are one word each."""
    for written, start, end in written_words(text):
        yield Word(folded(written), start, end)


def written_words(text: str) -> Iterator[tuple[str, int, int]]:
    """The same as they are written: word, start, end."""
    for match in _WORD.finditer(text):
        yield match.group(), match.start(), match.end()


def folded(word: str) -> str:
    """In small letters, without accents: é → e, ü → u, æ → ä, ß → ss."""
    return word.lower().translate(_FOLD)


def pieces(word: str) -> list[str]:
    """What a folded word with joints is found by: all of it in one, then its pieces; a plain word is its own piece.

    What follows a colon is an ending (EU:s, VD:n) unless it begins with a digit (12:30).
    """
    if word.isalnum():
        return [word]
    before, colon, after = word.partition(":")
    if colon and not after[:1].isdigit():
        word = before
    # What small letters are written with (i̇) may be no letter itself.
    found = ["".join(filter(str.isalnum, piece)) for piece in _JOINT.split(word)]
    found = [piece for piece in found if piece]
    if len(found) < 2:
        return found
    return ["".join(found), *(piece for piece in found if len(piece) > 1)]


def as_term(stem: str) -> str:
    """A stem in a–z and 0–9 alone, so that no tokeniser downstream can spoil it: å → aaq, ß → ss, ж → x436q."""
    if not (stem.isascii() and stem.isalnum()):
        stem = _NOT_PLAIN.sub(lambda match: _LETTERS.get(match.group(), f"x{ord(match.group()):x}q"), stem)
    return stem[:MAX_TERM]
