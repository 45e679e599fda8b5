import pytest
from django.conf import settings

from search.analysis import lexicon
from search.analysis.swedish import SwedishAnalysis
from search.services import searching

LEXICON = settings.BASE_DIR / "var" / "lexicon"


@pytest.fixture(autouse=True)
def own_vocabulary():
    """No test is offered the words of another one's texts."""
    searching.forget_vocabulary()


@pytest.fixture(scope="session")
def swedish() -> SwedishAnalysis:
    """Swedish with its lexicon, as `make lexicon` compiles it."""
    found = lexicon.opened(LEXICON)
    if found is None:
        pytest.skip("no Swedish lexicon (make lexicon)")
    return SwedishAnalysis(found)
