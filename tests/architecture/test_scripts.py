"""Scripts only add, and little: they weigh at most what was promised, and none stands in another's way."""

import gzip
import re
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

SCRIPTS = sorted((Path(settings.BASE_DIR) / "portal" / "static" / "js").glob("*.js"))
IN_THE_EDITOR = {"readability.js"}
MOST_BYTES = 30_000  # compressed, of all that readers can meet; no page has them all
_NAMED = re.compile(r"^(?:const|let|var|(?:async )?function|class) (\w+)", re.MULTILINE)


def test_all_scripts_together_weigh_no_more_than_promised():
    ours = [path for path in SCRIPTS if path.name not in IN_THE_EDITOR]
    library = Path(finders.find("django_htmx/htmx-2.min.js"))

    assert 0 < sum(len(gzip.compress(path.read_bytes(), 9)) for path in [*ours, library]) <= MOST_BYTES


def test_no_two_scripts_name_a_thing_the_same():
    """A page's scripts share one scope: a second `const` of a name stops its whole file."""
    names = Counter(name for path in SCRIPTS for name in set(_NAMED.findall(path.read_text(encoding="utf-8"))))

    assert {name for name, files in names.items() if files > 1} == set()
