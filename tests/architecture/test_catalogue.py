"""The Swedish catalogue holds every text: a page never mixes languages."""

import re
import shutil
import subprocess

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

CATALOGUE = settings.LOCALE_PATHS[0] / "sv" / "LC_MESSAGES" / "django.po"


def _messages(path) -> dict:
    with path.open("rb") as file:
        return {(message.context, message.id): message for message in read_po(file) if message.id}


def test_every_text_is_translated():
    missing = [
        message.id
        for message in _messages(CATALOGUE).values()
        if message.fuzzy or not all(message.string if isinstance(message.string, tuple) else [message.string])
    ]

    assert missing == []


def test_placeholders_survive_translation():
    wrong = []
    for message in _messages(CATALOGUE).values():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(re.findall(r"%\(\w+\)[sd]", " ".join(ids)))
        wrong += [text for text in strings if set(re.findall(r"%\(\w+\)[sd]", text)) - wanted]
        if len(ids) == 1 and set(re.findall(r"%\(\w+\)[sd]", strings[0])) != wanted:
            wrong.append(strings[0])

    assert wrong == []


def test_the_word_for_waiting_list_is_reservlista():
    texts = [str(message.string) for message in _messages(CATALOGUE).values()]

    assert [text for text in texts if re.search(r"väntelist|väntlist|kölist", text, re.IGNORECASE)] == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext, which CI installs")
def test_every_text_in_the_source_is_in_the_catalogue(tmp_path):
    kept = CATALOGUE.read_bytes()
    before = set(_messages(CATALOGUE))
    try:
        subprocess.run(["make", "messages"], cwd=settings.BASE_DIR, check=True, capture_output=True)  # noqa: S607
        after = set(_messages(CATALOGUE))
    finally:
        CATALOGUE.write_bytes(kept)

    assert sorted(str(key) for key in after - before) == []
