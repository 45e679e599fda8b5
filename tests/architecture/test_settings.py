"""Every setting that an installation may change is told of in .env.example."""

import re
from itertools import pairwise

from django.conf import settings


def test_every_environment_variable_has_a_sentence():
    sources = [*(settings.BASE_DIR / "portal" / "settings").glob("*.py"), settings.BASE_DIR / "manage.py"]
    sources += (settings.BASE_DIR / "portal" / "core" / "management" / "commands").glob("*.py")
    used = {
        name
        for path in sources
        for name in re.findall(r'(?:env\.\w+|environ\.get|environ\.setdefault)\(\s*"([A-Z_]+)"', path.read_text())
    }

    lines = (settings.BASE_DIR / ".env.example").read_text().splitlines()
    told = {
        line.split("=", 1)[0]
        for before, line in pairwise(lines)
        if re.match(r"[A-Z_]+=", line) and (before.startswith("# ") or re.match(r"[A-Z_]+=", before))
    }

    assert used - told == set()
    assert {"SECRET_KEY", "DATABASE_URL", "PORT"} <= used
