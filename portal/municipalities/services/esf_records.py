"""Read a project record of the ESF Council's public project bank, as pasted or uploaded by a coordinator.

Text in, plain data out: nothing is stored and nothing is fetched. Two layouts are understood, the one of
2014-2020 and the one of ESF+. Both have a heading ("23-071-S01 - Name"), a block of labels and values, and
the description. The rules come from real records of both layouts; the labels read are those in `_RULES`.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

MAX_SIZE = 200_000  # bytes of a file, characters of a text; the longest real record seen has 9 kB
_MAX_TEXT, _MAX_DIARY_NUMBER, _MAX_LABELLESS_VALUE = 255, 40, 200

Value = str | int | bool | datetime.date


class UnreadableRecord(ValueError):
    """The input cannot be read as a project record; the message tells the coordinator what to do instead."""


@dataclass(frozen=True)
class Field:
    """One understood value and the place it came from.

    `line` is the 1-based line of the value (of the label, when the value is empty). `value` is None when
    `raw` is empty or unreadable. `label` is empty for what was taken from the heading or worked out; `note`
    says so. `personal` marks data about a real person, which a form leaves out by default.
    """

    name: str
    label: str
    raw: str
    value: Value | None
    line: int
    problem: str = ""
    note: str = ""
    personal: bool = False


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, in a sentence for the coordinator."""

    field: str
    message: str


@dataclass(frozen=True)
class ProjectRecord:
    """What was understood of a record: `fields` in the order of the text, at most one for each name."""

    fields: tuple[Field, ...]
    description: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]

    def field(self, name: str) -> Field | None:
        """The field of that name, None when the text has none. KeyError for a name that is no field."""
        if name not in _RULES:
            raise KeyError(name)
        return next((field for field in self.fields if field.name == name), None)

    def value(self, name: str) -> Value | None:
        """The value of that name, None when missing or unreadable. KeyError for a name that is no field."""
        field = self.field(name)
        return field.value if field else None


def decode_record(data: bytes) -> str:
    """The text of an uploaded file: UTF-8, UTF-16 with a byte order mark, or else Windows-1252.

    Raises UnreadableRecord when the file is empty, over 200 kB or not a text. Whether the text is a project
    record is for `parse_record` to say.
    """
    if len(data) > MAX_SIZE:
        raise UnreadableRecord(_("The file is larger than 200 kB. Upload only one project record."))
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        _refuse_other_than_text(text)
        return text
    raise UnreadableRecord(_not_a_text())


def parse_record(text: str) -> ProjectRecord:
    """What a pasted or decoded record says, with everything that is missing, unreadable or contradictory.

    Raises UnreadableRecord when the text is empty, too long or no project record: at least one of the labels
    for diary number, owner and dates must be there. No other error is raised, whatever the text.
    The lines of the text are counted as a text editor does (LF, CR LF or CR).
    """
    _refuse_other_than_text(text)
    text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    if text.lstrip().lower().startswith(("<!doctype", "<html", "<?xml")):
        raise UnreadableRecord(_("This is the code of a web page. Copy the text that the browser shows instead."))
    lines = [_read_line(number, line) for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1)]
    preface, pairs, description = _split(lines)
    if not any(pair.name in _TELLING for pair in pairs):
        raise UnreadableRecord(
            _(
                "This is not a project record. Open the project in the ESF Council's project bank, copy "
                "everything from the heading to the end of the description, and paste it here."
            )
        )
    fields, problems = _first_of_each(pairs)
    problems += _use_heading(fields, preface)
    if fund := _work_out_fund(fields):
        fields["fund"] = fund
    problems += _find_faults(fields)
    messages = {problem.field: problem.message for problem in reversed(problems)}
    return ProjectRecord(
        fields=tuple(
            replace(field, problem=messages.get(field.name, ""))
            for field in sorted(fields.values(), key=lambda field: field.line)
        ),
        description=tuple(line.text for line in description if line.text),
        unknown=tuple((pair.label, pair.raw) for pair in pairs if not pair.name),
        problems=tuple(problems),
    )


# The text: lines, labels and where the label block ends.

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200e\u200f\u2060\u00ad"))
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_HEADING = re.compile("(?=\\S*[0-9])(\\S{1,40})\\s+[-\u2010-\u2014\u2212]\\s+(\\S.*)")
_LABEL = re.compile(r"([^\W\d_][^:\t]{1,59}?)\s{0,9}(?::(?!//)|\t)\s*(.*)")


class _Line(NamedTuple):
    number: int
    text: str
    label: str = ""  # set when the line starts with something that looks like a label
    name: str = ""  # set when the label is known
    rest: str = ""  # the value, when it stands on the line of its label


class _Pair(NamedTuple):
    label: str
    name: str
    raw: str
    line: int


def _not_a_text() -> str:
    return _("This is not a text. Copy the record from the ESF Council's project bank and paste it.")


def _refuse_other_than_text(text: str) -> None:
    if len(text) > MAX_SIZE:
        raise UnreadableRecord(_("The text is over 200 000 characters long. Paste only one project record."))
    if not text.translate(_INVISIBLE).strip():
        raise UnreadableRecord(_("There is no text. Copy a record from the ESF Council's project bank and paste it."))
    if _NOT_TEXT.search(text):
        raise UnreadableRecord(_not_a_text())


def _read_line(number: int, line: str) -> _Line:
    text = line.strip()
    match = _LABEL.fullmatch(line.lstrip())
    if not match:
        return _Line(number, text)
    label, rest = match[1].strip(), match[2].strip()
    name = _LABELS.get(_simple(label), "")
    if not name and len(rest) > _MAX_LABELLESS_VALUE:
        return _Line(number, text)
    return _Line(number, text, label, name, rest)


def _simple(text: str) -> str:
    return " ".join(text.translate(_DASHES).split()).casefold()


def _split(lines: list[_Line]) -> tuple[list[_Line], list[_Pair], list[_Line]]:
    """The lines before the label block, its pairs, and the lines after it; no pairs when no label is known.

    The block starts with the lines around the first known label and ends at a blank line, since paragraphs of
    the description may look like labels. It goes on after a blank line only as `_goes_on` says.
    """
    start = next((index for index, line in enumerate(lines) if line.name), len(lines))
    while 0 < start < len(lines) and (above := lines[start - 1].text) and not _HEADING.fullmatch(above):
        start -= 1
    index, last_known = start, _last_known(lines, start)
    pairs: list[_Pair] = []
    compact = False  # whether pairs have followed each other without any blank line
    gap = False  # whether a blank line stood between the last label and its value
    while index < len(lines):
        line = lines[index]
        if line.text and pairs and not lines[index - 1].text:
            if not _goes_on(lines, index, {pair.name for pair in pairs}, compact):
                break
            last_known = _last_known(lines, index)
        elif line.text and pairs and not gap:
            compact = True
        if line.rest:
            pairs.append(_Pair(line.label, line.name, line.rest, line.number))
        elif line.label:
            at = _value_index(lines, index + 1, compact)
            found = lines[at] if at else _Line(line.number, "")
            pairs.append(_Pair(line.label, line.name, found.text, found.number))
            gap = bool(at and at > index + 1)
            index = at or index
        elif line.text and index > last_known:
            break  # the description follows without a blank line
        elif line.text:
            pairs.append(_Pair("", "", line.text, line.number))
        index += 1
    return lines[:start], pairs, lines[index:]


def _group(lines: list[_Line], start: int) -> list[_Line]:
    """The lines from `start` to the next blank one."""
    return list(takewhile(lambda line: line.text, islice(lines, start, None)))


def _last_known(lines: list[_Line], start: int) -> int:
    return max((index for index, line in enumerate(_group(lines, start), start) if line.name), default=-1)


def _goes_on(lines: list[_Line], index: int, read: set[str], compact: bool) -> bool:
    """Whether the label block goes on at this line, which follows a blank one.

    A browser may put a blank line between all pairs: then a known label not read before goes on, also behind
    one that is unknown. Where the pairs stood together, at least two known labels must again stand together.
    """
    if compact:
        names = {line.name for line in _group(lines, index)} - read - {""}
        return lines[index].name in names and len(names) > 1
    near = [line.name and line.name not in read for line in lines[index : index + 12] if line.text]
    return bool(near[0] or (lines[index].label and any(near[:3])))


def _value_index(lines: list[_Line], index: int, compact: bool) -> int | None:
    """Where the value of the label above `index` stands; None when it has no value."""
    while not compact and index < len(lines) and not lines[index].text:
        index += 1
    if index == len(lines) or not (line := lines[index]).text or line.name or (line.label and not line.rest):
        return None
    follows_blank = not lines[index - 1].text
    return None if follows_blank and len(line.text) > _MAX_LABELLESS_VALUE else index


# The record: from pairs to fields, and what is wrong with them.


def _first_of_each(pairs: list[_Pair]) -> tuple[dict[str, Field], list[Problem]]:
    fields: dict[str, Field] = {}
    problems: list[Problem] = []
    for part in (part for pair in pairs if pair.name for part in _parts(pair)):
        field, problem = _read_field(part)
        kept = fields.get(field.name)
        if kept is None or not kept.raw:
            fields[field.name] = field
            problems += [Problem(field.name, problem)] if problem else []
        elif field.raw and _meaning(field) != _meaning(kept):
            message = _("“%(label)s” is given twice. “%(first)s” is used, “%(second)s” is not.")
            values = {"label": field.label, "first": _short(kept.raw), "second": _short(field.raw)}
            problems.append(Problem(field.name, message % values))
    return fields, problems


def _meaning(field: Field) -> Value:
    return _simple(field.raw) if field.value is None or isinstance(field.value, str) else field.value


def _parts(pair: _Pair) -> Iterator[_Pair]:
    """A pair as it is; the older layout's "2021-12-30 - 2023-04-30" as a start and an end."""
    if pair.name != "period":
        yield pair
        return
    text = " ".join(pair.raw.translate(_DASHES).split())
    match = re.fullmatch(r"(.+?) ?(?:-|till) ?([0-9]{4}-.*)", text)
    start, end = (match[1], match[2]) if match else (pair.raw, pair.raw)
    yield pair._replace(name="start_date", raw=start)
    yield pair._replace(name="end_date", raw=end)


def _read_field(pair: _Pair) -> tuple[Field, str]:
    rule = _RULES[pair.name]
    note = _("This is about a real person. Leave it out unless it is needed.") if rule.personal else ""
    field = Field(pair.name, pair.label, pair.raw, None, pair.line, note=note, personal=rule.personal)
    if not pair.raw:
        return field, ""
    try:
        return replace(field, value=rule.read(" ".join(pair.raw.split()))), ""
    except ValueError:
        return field, _(rule.unreadable) % {"value": _short(pair.raw), "label": pair.label}


def _use_heading(fields: dict[str, Field], preface: list[_Line]) -> list[Problem]:
    """Fill what the labels leave open from "23-071-S01 - Name"; the labels win where the two differ."""
    headings = [(line.number, found) for line in preface if (found := _HEADING.fullmatch(line.text))]
    problems: list[Problem] = []
    for number, heading in headings[-1:]:
        for name, raw in (("diary_number", heading[1]), ("title", heading[2])):
            kept = fields.get(name)
            if kept is None or not kept.raw:
                field, problem = _read_field(_Pair("", name, raw, number))
                fields[name] = replace(field, note=_("Taken from the heading."))
                problems += [Problem(name, problem)] if problem else []
            elif _simple(kept.raw) != _simple(raw):
                message = _("The heading says “%(heading)s” but “%(label)s” says “%(value)s”, which is used.")
                values = {"heading": _short(raw), "label": kept.label, "value": _short(kept.raw)}
                problems.append(Problem(name, message % values))
    return problems


def _work_out_fund(fields: dict[str, Field]) -> Field | None:
    """The fund of a record without a fund label: "ESF" when it is of the programme 2014-2020, else unknown.

    That programme used diary numbers such as 2021/00392 and could pay costs until 31 December 2023
    (Regulation (EU) No 1303/2013, article 65); ESF+ uses diary numbers such as 23-071-S01.
    """
    if (given := fields.get("fund")) and given.raw:
        return None
    number, end = fields.get("diary_number"), fields.get("end_date")
    if number and re.fullmatch(r"20[0-9]{2}/[0-9]+", str(number.value)):
        note = _("Worked out from the form of the diary number.")
        return Field("fund", "", "", "ESF", number.line, note=note)
    if number and re.fullmatch(r"[0-9]{2}-[0-9]{3}-\w+", str(number.value)):
        return None
    if end and isinstance(end.value, datetime.date) and end.value <= datetime.date(2023, 12, 31):
        return Field("fund", "", "", "ESF", end.line, note=_("Worked out from the project period."))
    return None


def _find_faults(fields: dict[str, Field]) -> list[Problem]:
    given = {name for name, field in fields.items() if field.raw}
    problems = [Problem(name, _(rule.missing)) for name, rule in _RULES.items() if rule.missing and name not in given]
    start, end = (fields[name].value if name in fields else None for name in ("start_date", "end_date"))
    if isinstance(start, datetime.date) and isinstance(end, datetime.date) and end < start:
        message = _("The end date %(end)s is before the start date %(start)s.")
        problems.append(Problem("end_date", message % {"end": end.isoformat(), "start": start.isoformat()}))
    return problems


def _short(raw: str) -> str:
    return raw if len(raw) <= 80 else raw[:79] + "…"


# The values: a reader takes a text with single spaces and raises ValueError when it cannot be read.

_LOWER_CASE = frozenset({"av", "för", "högskola", "i", "kommun", "län", "och", "stad", "universitet"})
_ABBREVIATIONS = frozenset({"AB", "ABF", "HB", "KB", "SKR"})


def _at_most(length: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > length:
            raise ValueError(text)
        return text

    return read


def _owner(text: str) -> str:
    """TRELLEBORGS KOMMUN becomes Trelleborgs kommun; mixed case and a single word (often as ABF) stay."""
    text = _text(text)

    def tidy(match: re.Match[str]) -> str:
        word = match[0]
        if word in _ABBREVIATIONS:
            return word
        return word.lower() if match.start() and word.lower() in _LOWER_CASE else word.capitalize()

    return re.sub(r"\w+", tidy, text) if text.isupper() and " " in text else text


def _matching(pattern: str, text: str) -> re.Match[str]:
    if match := re.fullmatch(pattern, text, re.IGNORECASE):
        return match
    raise ValueError(text)


def _organisation_number(text: str) -> str:
    # The third digit is 2-9; with 0 or 1 it is a personal identity number, which is never wanted here.
    match = _matching(r"(?:16)?([0-9]{2}[2-9][0-9]{3})[- ]?([0-9]{4})", text.translate(_DASHES))
    return f"{match[1]}-{match[2]}"


def _date(text: str) -> datetime.date:
    match = _matching(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text.translate(_DASHES))
    return datetime.date(int(match[1]), int(match[2]), int(match[3]))


def _percent(text: str) -> int:
    share = int(_matching(r"([0-9]{1,3})(?:,0+)? ?(?:%|procent)?", text)[1])
    if share > 100:
        raise ValueError(text)
    return share


def _participants(text: str) -> int:
    return int(_matching(r"([0-9]{1,3}(?: [0-9]{3})?|[0-9]{1,6})", text)[1].replace(" ", ""))


def _kronor(text: str) -> int:
    pattern = r"([0-9]{1,3}(?: [0-9]{3}){0,3}|[0-9]{1,12})(?:,00)? ?(?:kr|kronor|sek)?"
    return int(_matching(pattern, text)[1].replace(" ", ""))


def _yes_or_no(text: str) -> bool:
    return _matching("(?:(ja)|nej)", text)[1] is not None


def _email(text: str) -> str:
    return _matching(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+", _text(text))[0]


_text = _at_most(_MAX_TEXT)


class _Rule(NamedTuple):
    """How a field is written (labels in lower case), read, and explained when it cannot be."""

    labels: tuple[str, ...]
    read: Callable[[str], Value] = _text
    unreadable: str = gettext_noop("“%(label)s” is longer than 255 characters. Shorten it.")
    missing: str = ""  # set for what a project must have
    personal: bool = False


_RULES: dict[str, _Rule] = {
    "diary_number": _Rule(
        ("diarienummer",),
        _at_most(_MAX_DIARY_NUMBER),
        gettext_noop("The diary number “%(value)s” is longer than 40 characters. Write it as 23-071-S01."),
        gettext_noop("The diary number is missing. Add a line such as “Diarienummer: 23-071-S01”."),
    ),
    "title": _Rule(
        ("namn",),
        missing=gettext_noop("The name is missing. Add the line “Namn:” with the name of the project."),
    ),
    "project_number": _Rule(("projektnummer",)),
    "owner": _Rule(
        ("projektägare",),
        _owner,
        missing=gettext_noop("The owner is missing. Add the line “Projektägare:” with the organisation."),
    ),
    "owner_organisation_number": _Rule(
        ("projektägare organisationsnummer",),
        _organisation_number,
        gettext_noop("“%(value)s” is not an organisation number. Write it as 212000-1199."),
    ),
    "start_date": _Rule(
        ("startdatum",),
        _date,
        gettext_noop("The start date “%(value)s” is not a date. Write it as 2024-08-01."),
        gettext_noop("The start date is missing. Add a line such as “Startdatum: 2024-08-01”."),
    ),
    "end_date": _Rule(
        ("slutdatum",),
        _date,
        gettext_noop("The end date “%(value)s” is not a date. Write it as 2026-07-31."),
        gettext_noop("The end date is missing. Add a line such as “Slutdatum: 2026-07-31”."),
    ),
    "fund": _Rule(("berörd fond",)),
    "programme_cci": _Rule(("program cci",)),
    "programme_area": _Rule(("programområde",)),
    "specific_objective": _Rule(("specifikt mål",)),
    "cofinancing_rate": _Rule(
        ("unionens medfinansieringsgrad",),
        _percent,
        gettext_noop("“%(value)s” is not a share in whole per cent. Write it as 40%%."),
    ),
    "planned_participants": _Rule(
        ("antal deltagare", "planerat antal deltagare"),
        _participants,
        gettext_noop("“%(value)s” is not a number of participants. Write it as 1098."),
    ),
    "region": _Rule(("region",)),
    "nuts2": _Rule(("nuts-2 kod",)),
    "country": _Rule(("land som berörs",)),
    "postal_code": _Rule(("stödmottagare postnr",)),
    "city": _Rule(("stödmottagare ort",)),
    "intervention_type": _Rule(("interventionstyp",)),
    "total_budget": _Rule(
        ("total projektbudget",),
        _kronor,
        gettext_noop("The budget “%(value)s” is not an amount in kronor. Write it as 5 599 592."),
    ),
    "granted_support": _Rule(
        ("beviljat esf-stöd",),
        _kronor,
        gettext_noop("The support “%(value)s” is not an amount in kronor. Write it as 3 772 572."),
    ),
    "contact_name": _Rule(("kontaktperson",), personal=True),
    "contact_email": _Rule(("e-post",), _email, gettext_noop("“%(value)s” is not an e-mail address."), personal=True),
    "strategic_importance": _Rule(
        ("insats av strategisk betydelse",),
        _yes_or_no,
        gettext_noop("“%(value)s” for strategic importance is neither “Ja” nor “Nej”."),
    ),
    "child_poverty_theme": _Rule(
        ("sekundärtema - motverka barnfattigdom",),
        _yes_or_no,
        gettext_noop("“%(value)s” for the theme of child poverty is neither “Ja” nor “Nej”."),
    ),
}

_LABELS = {label: name for name, rule in _RULES.items() for label in rule.labels} | {"projektperiod": "period"}
# The labels that other texts hardly have; a contact form, too, has “Namn” and “E-post”.
_TELLING = {"diary_number", "owner", "start_date", "end_date", "period"}
