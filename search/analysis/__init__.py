"""From text to terms: the same for every engine, for what is stored and for what is asked. Pure Python."""

from functools import lru_cache
from pathlib import Path

from search.analysis import lexicon
from search.analysis.base import Analysis
from search.analysis.english import EnglishAnalysis
from search.analysis.swedish import SwedishAnalysis

SWEDISH, ENGLISH = "sv", "en"


@lru_cache
def analysis_of(language: str, lexicon_folder: Path | None) -> Analysis:
    """The analysis of texts in a language: English for "en", Swedish for all else; made once for the process.

    `lexicon_folder` is where `build_swedish_lexicon` put its files; None, or a folder without them, gives stems only.
    """
    if language == ENGLISH:
        return EnglishAnalysis()
    return SwedishAnalysis(lexicon.opened(lexicon_folder) if lexicon_folder else None)
