"""English: stems only."""

from snowballstemmer.english_stemmer import EnglishStemmer

from search.analysis import text as texts
from search.analysis.base import Analysis, WordTerms

VERSION = 1
# So that an English stem is never taken for a Swedish one: "barn" is no child. No Swedish term has this beginning.
PREFIX = "enq"
_STOP_WORDS = """
    a about all also an and any are as at be been but by can could did do does for from had has have he her his how i if
    in into is it its me more my no not of on one or our she should so some than that the their them then there these
    they this those to too was we were what when where which who why will with would you your
"""


class EnglishAnalysis(Analysis):
    language = "en"
    stop_words = frozenset(_STOP_WORDS.split())

    def __init__(self) -> None:
        super().__init__()
        self._stemmer = EnglishStemmer()

    @property
    def fingerprint(self) -> str:
        return f"en{VERSION}"

    def stem(self, word: str) -> str:
        return texts.as_term(PREFIX + self._stemmer.stemWord(word))

    def _terms_of_word(self, word: str) -> WordTerms:
        return WordTerms(tuple(dict.fromkeys(self.stem(piece) for piece in texts.pieces(word))))
