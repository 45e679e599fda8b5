"""From a Hunspell dictionary to the compiled lexicon. Runs once, where the portal is installed; takes a minute.

The dictionary is only read here: what is written holds no more of it than searching needs, and none of it is part of
this project.
"""

from collections import defaultdict
from pathlib import Path

from search.analysis import compounds, hunspell, lexicon


def build(*, affixes: Path, words: Path, folder: Path) -> str:
    """Compile the dictionary in two files into `folder`; return the lexicon's fingerprint.

    Lemmas come from the dictionary's rules for inflection and from simplemma's list, which knows irregular forms
    (bättre → bra). Raises OSError and UnicodeDecodeError for files that cannot be read, ValueError for files that hold
    no Swedish dictionary.
    """
    entries = list(hunspell.read(affixes, words))
    parts = compounds.learn(entries)
    if len(entries) < 10_000 or len(parts.firsts) < 1_000:
        raise ValueError("no Swedish dictionary with compound flags")
    words_of_forms: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if compounds.is_plain(entry.base):
            for form in entry.forms:
                _add(words_of_forms, form, entry.base)
    for form, word in _irregular():
        _add(words_of_forms, form, word)
    return lexicon.write(folder, words_of_forms=words_of_forms, firsts=parts.firsts, lasts=parts.lasts)


def _add(words_of_forms: dict[str, list[str]], form: str, word: str) -> None:
    if compounds.is_plain(form) and compounds.is_plain(word) and word not in words_of_forms[form]:
        words_of_forms[form].append(word)


def _irregular():
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    yield from DefaultDictionaryFactory().get_dictionary("sv").items()
