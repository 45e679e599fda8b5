"""The gallery of components shows every component: a file below css/components is one."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings

COMPONENTS = sorted((Path(settings.BASE_DIR) / "portal" / "static" / "css" / "components").glob("*.css"))
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.([a-z][a-z0-9_-]*)")


@pytest.fixture
def gallery_classes(client, db, settings) -> set[str]:
    settings.SHOW_SENT_MAILS = True
    page = BeautifulSoup(client.get("/utveckling/komponenter/").content.decode(), "html.parser")
    return {name for part in page.select("[class]") for name in part["class"]}


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_each_component_is_shown(path, gallery_classes):
    styled = _CLASS.findall(_COMMENT.sub("", path.read_text(encoding="utf-8")))
    # The component's own class is the first one that its file speaks of.
    assert styled[0] in gallery_classes
