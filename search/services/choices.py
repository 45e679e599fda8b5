"""A search as it stands in the address: the question, the choices in each facet, and the order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import F
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from portal.core.kept import kept
from portal.core.models import normalise_text
from portal.events.enums import EventFormat
from portal.knowledge.models import Topic
from portal.municipalities.models import Municipality, OccupationalGroup
from search.entries import KIND_LABELS
from search.query import BEST, MAX_PAGE, NEWEST, SearchQuery, SearchResults

SHOWN = 8  # values of a facet, and all that are chosen
_HEADINGS = {
    "municipality": _("Municipality or organisation"),
    "topic": _("Topic"),
    "group": _("Occupational group"),
    "format": _("Format"),
    "year": _("Year"),
    "language": _("Language"),
}
LANGUAGES = {"sv": _("Swedish"), "en": _("English")}


@dataclass(frozen=True)
class Choice:
    """One value of a facet, with how many results have it."""

    value: str
    label: str | Promise
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    heading: str | Promise
    choices: list[Choice]


# Facet → key of the engine → value in the address, and the label.
Values = Mapping[str, Mapping[str, tuple[str, str | Promise]]]


def all_values() -> Values:
    """What there is to choose now, of every facet but the year; in three questions, where it is not kept ready."""
    return {
        **kept("facet-values", make=_records),
        "format": {value: (value, label) for value, label in EventFormat.choices},
        "language": {value: (value, label) for value, label in LANGUAGES.items()},
    }


def _records() -> dict[str, dict[str, tuple[str, str]]]:
    return {
        "municipality": _named(Municipality, name="short_name"),
        "topic": _named(Topic),
        "group": _named(OccupationalGroup),
    }


class SearchChoices:
    """A search as it stands in the address. What is not there to be chosen is left out, never an error.

    `values` are given where several searches are read (`all_values`).
    """

    def __init__(self, data: QueryDict, values: Values | None = None) -> None:
        self._data = data
        self._values = all_values() if values is None else values
        self.text = normalise_text(data.get("q") or "").strip()
        kind = data.get("kind", "")
        self.kind = kind if kind in KIND_LABELS else ""
        self.is_joinable = bool(data.get("joinable"))
        self.sort = NEWEST if data.get("sort") == NEWEST else BEST
        self.filters = {name: keys for name in _HEADINGS if (keys := self._chosen(name))}

    def _chosen(self, name: str) -> frozenset[str]:
        asked = set(self._data.getlist(name)[:50])
        if name == "year":
            return frozenset(year for year in asked if year.isascii() and year.isdigit() and len(year) == 4)
        return frozenset(key for key, (value, _label) in self._values[name].items() if value in asked)

    @property
    def is_asked(self) -> bool:
        return bool(self.text or self.filters or self.is_joinable)

    @property
    def number_chosen(self) -> int:
        """How many boxes are ticked."""
        return sum(map(len, self.filters.values())) + self.is_joinable

    @property
    def address(self) -> str:
        """The search as it stands in the address, in one order, without page and what is not there to be chosen."""
        chosen = [(name, self._shown(name, key)[0]) for name, keys in self.filters.items() for key in keys]
        rest = [("q", self.text), ("kind", self.kind), ("joinable", "1" if self.is_joinable else "")]
        return urlencode(sorted((name, value) for name, value in (*chosen, *rest) if value))

    @property
    def description(self) -> str:
        """The search in words: what was written, and the choices."""
        labels = [str(self._shown(name, key)[1]) for name, keys in self.filters.items() for key in sorted(keys)]
        if self.kind:
            labels.insert(0, str(KIND_LABELS[self.kind]))
        if self.is_joinable:
            labels.append(str(_("what one can still sign up for")))
        return " · ".join(([_("“%(text)s”") % {"text": self.text}] if self.text else []) + labels)

    def query(self, tokens: set[str] | None, **changes) -> SearchQuery:
        """The search, for somebody with these tokens; `changes` are other fields of the query."""
        page = self._data.get("page", "1")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
        kinds = {"kind": frozenset({self.kind})} if self.kind else {}
        query = SearchQuery(
            text=self.text,
            tokens=None if tokens is None else frozenset(tokens),
            filters={**self.filters, **kinds},
            is_joinable=self.is_joinable,
            sort=self.sort,
            page=min(max(number, 1), MAX_PAGE),
        )
        return replace(query, **changes)

    def facets(self, results: SearchResults) -> list[Facet]:
        """What the results can be narrowed by: values that some of them have, the most frequent first."""
        found = []
        for name, heading in _HEADINGS.items():
            chosen = self.filters.get(name, frozenset())
            counts = {**dict.fromkeys(chosen, 0), **results.facets.get(name, {})}
            choices = [
                Choice(*self._shown(name, key), count, key in chosen)
                for key, count in counts.items()
                if name == "year" or key in self._values[name]
            ]
            choices.sort(key=lambda choice: (-choice.count, str(choice.label)))
            kept = [choice for number, choice in enumerate(choices) if number < SHOWN or choice.is_chosen]
            # One value that all results have is nothing to choose from.
            if len(kept) > 1 or chosen:
                found.append(Facet(name, heading, kept))
        return found

    def _shown(self, name: str, key: str) -> tuple[str, str | Promise]:
        return (key, key) if name == "year" else self._values[name][key]

    def municipality_name(self, pk: int | None) -> str:
        return str(self._values["municipality"].get(str(pk), ("", ""))[1])


def _named(model, name: str = "name") -> dict[str, tuple[str, str]]:
    return {str(pk): (slug, label) for pk, slug, label in model.objects.values_list("pk", F("slug"), F(name))}
