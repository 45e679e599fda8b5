"""Reading a Hunspell dictionary: every form of every word, and what may stand where in a compound.

The format is described in hunspell(5). Read here is what the Swedish dictionary uses: suffix rules with conditions and
flags of their own, and the compound flags.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One word of the dictionary. `forms` are its inflected forms, itself among them where it stands alone."""

    base: str
    forms: frozenset[str]
    first_forms: frozenset[str]  # as the first or a middle part of a compound
    ends_compounds: bool


@dataclass(frozen=True)
class _Rule:
    strip: str
    add: str
    ends_like: re.Pattern[str]
    flags: str


@dataclass
class _Affixes:
    rules: dict[str, list[_Rule]] = field(default_factory=lambda: defaultdict(list))
    options: dict[str, str] = field(default_factory=dict)

    def flag(self, option: str) -> str:
        return self.options.get(option, "")


def read(affixes: Path, words: Path) -> Iterator[Entry]:
    """Each entry of the dictionary in two UTF-8 files, in its order. Raises OSError and UnicodeDecodeError."""
    rules = _read_affixes(affixes)
    with words.open(encoding="utf-8-sig") as lines:
        next(lines)  # how many follow
        for line in lines:
            base, _slash, flags = line.split("\t")[0].strip().partition("/")
            # The field after the flags (a hint to pronunciation) is not ours; "/" inside a word does not occur.
            if base and rules.flag("FORBIDDENWORD") not in (set(flags) or {"-"}):
                yield _entry(base, flags.split(" ")[0], rules)


def _read_affixes(path: Path) -> _Affixes:
    affixes = _Affixes()
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        fields = line.split("#")[0].split() if not line.startswith("SFX") else line.split()
        if len(fields) >= 5 and fields[0] == "SFX":
            add, _slash, flags = fields[3].partition("/")
            pattern = re.compile(f"(?:{fields[4]})$")
            affixes.rules[fields[1]].append(_Rule(_nothing(fields[2]), _nothing(add), pattern, flags))
        elif len(fields) == 2:
            affixes.options.setdefault(fields[0], fields[1])
    return affixes


def _nothing(text: str) -> str:
    return "" if text == "0" else text


def _entry(base: str, flags: str, affixes: _Affixes) -> Entry:
    begins, middle = affixes.flag("COMPOUNDBEGIN"), affixes.flag("COMPOUNDMIDDLE")
    only_inside, needs_affix = affixes.flag("ONLYINCOMPOUND"), affixes.flag("NEEDAFFIX")
    forms: set[str] = set()
    firsts: set[str] = set()

    def sort_in(form: str, its_flags: str) -> None:
        if begins in its_flags or middle in its_flags:
            firsts.add(form.removesuffix("-"))
        if only_inside not in its_flags and needs_affix not in its_flags and form not in firsts:
            forms.add(form)

    for flag in flags:
        for rule in affixes.rules.get(flag, ()):
            if base.endswith(rule.strip) and rule.ends_like.search(base):
                sort_in(base[: len(base) - len(rule.strip)] + rule.add, rule.flags)
    sort_in(base, flags)
    if only_inside not in flags and needs_affix not in flags:
        forms.add(base)
    return Entry(base, frozenset(forms), frozenset(firsts), affixes.flag("COMPOUNDEND") in flags)
