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


def test_nothing_in_a_page_runs_that_did_not_come_as_a_file_of_ours(db, client):
    answers = [client.get(path) for path in ("/", "/en/kurser/", "/finns-inte/", "/konto/login/", "/redaktion/login/")]

    policies = {answer.headers["Content-Security-Policy"] for answer in answers}
    assert len(policies) == 1
    directives = dict(part.strip().split(" ", 1) for part in policies.pop().split(";"))
    assert directives == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }


def test_the_editor_alone_may_hold_scripts_in_its_pages(client_of):
    answer = client_of("coordinator_here").get("/redaktion/")

    assert "script-src 'self' 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
    assert "object-src 'none'" in answer.headers["Content-Security-Policy"]


def test_no_template_of_a_page_holds_a_script_or_a_style():
    templates = settings.BASE_DIR / "templates"
    inline = re.compile(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:")

    found = {
        str(path.relative_to(templates))
        for path in templates.rglob("*.html")
        if "emails" not in path.parts and inline.search(path.read_text(encoding="utf-8"))
    }

    assert found == set()
