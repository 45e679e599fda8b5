import os
from uuid import uuid4

import pytest
from django.conf import settings as portal_settings

from search.analysis import lexicon
from search.analysis.swedish import SwedishAnalysis
from search.engines import current_server
from search.services import searching

ELASTICSEARCH_URL = os.environ.get("ELASTICSEARCH_URL", "")
LEXICON = portal_settings.BASE_DIR / "var" / "lexicon"


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


@pytest.fixture
def search_server(settings):
    """An Elasticsearch server with indices of the test's own, which the portal searches in."""
    if not ELASTICSEARCH_URL:
        pytest.skip("no Elasticsearch (ELASTICSEARCH_URL)")
    settings.SEARCH_URL, settings.SEARCH_INDEX = ELASTICSEARCH_URL, f"samlarande-test-{uuid4().hex[:10]}"
    server = current_server()
    yield server
    server.drop_all()


@pytest.fixture(params=["database", "elasticsearch"])
def engine(request):
    """Each engine in turn; the database is the one that the tests run on, SQLite or PostgreSQL."""
    if request.param == "elasticsearch":
        request.getfixturevalue("search_server")
    return request.param
