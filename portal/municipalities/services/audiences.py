"""Who will see it: the readers of a choice of sharing, counted and said in one sentence."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.services import ids_in
from portal.municipalities.enums import MunicipalityKind, Visibility
from portal.municipalities.models import Municipality
from portal.municipalities.permissions import imagined_member

NAMED_AT_MOST = 6


def municipalities_reached(
    owner: Municipality | None, shared_with: Iterable[int], shared_with_collaborations: Iterable[int]
) -> list[Municipality]:
    """The owner first, then everybody reached by ids of municipalities and of collaborations, by name."""
    chosen = list(shared_with_collaborations)
    reached = Municipality.objects.filter(
        Q(pk__in=list(shared_with)) | Q(led_collaborations__in=chosen) | Q(partner_collaborations__in=chosen)
    ).distinct()
    others = [municipality for municipality in reached if owner is None or municipality.pk != owner.pk]
    return [owner, *others] if owner is not None else others


def sentences(
    owner: Municipality | None, shared_with: Iterable[int] = (), shared_with_collaborations: Iterable[int] = ()
) -> dict[str, str]:
    """One sentence for each `Visibility`: who would see what `owner` shares with these ids. Three queries and less."""
    reached = municipalities_reached(owner, shared_with, shared_with_collaborations)
    own = [owner] if owner is not None else []
    everybody = _people()
    members = ngettext("%(count)s person with an account", "%(count)s people with an account", everybody)
    return {
        Visibility.INTERNAL.value: _in_places(_people(own), own),
        Visibility.SELECTED.value: (
            _in_places(_people(reached), reached)
            if len(reached) > len(own)
            else _("Choose below who may read it beside your own municipality.")
        ),
        Visibility.MEMBERS.value: _("%(people)s, in every municipality and organisation of the portal.")
        % {"people": members % {"count": _number(everybody)}},
        Visibility.PUBLIC.value: _("Everybody, also without an account. Search engines find it."),
    }


def readers_to_try(item) -> list[tuple[str, str]]:
    """(mode, label) of everybody as whom one can look at a page or event: each chosen municipality's staff and more."""
    chosen = ([m.pk for m in item.shared_with.all()], [c.pk for c in item.shared_with_collaborations.all()])
    return [
        *(
            (f"member:{place.pk}", _("As staff in %(place)s") % {"place": place.short_name})
            for place in municipalities_reached(None, *chosen)
            if place.pk != item.municipality_id
        ),
        ("member", _("As staff in any other municipality")),
        ("public", _("As the public")),
    ]


def imagined_reader(mode: str):
    """The reader that a mode of `readers_to_try` stands for, with no right but reading; None for no such mode."""
    kind, _colon, pk = mode.partition(":")
    if kind == "public":
        return imagined_member(None)
    if kind != "member":
        return None
    if chosen := Municipality.objects.filter(pk__in=ids_in([pk])).first():
        return imagined_member(chosen)
    # Somebody of the portal whom nothing is shared with: a municipality that does not exist.
    return imagined_member(Municipality(pk=0))


def audience_text(item) -> str:
    """The audience of a page or event in a few words, as the log and lists show it."""
    if item.visibility != Visibility.SELECTED:
        return str(Visibility(item.visibility).label)
    names = [m.short_name for m in item.shared_with.all()] + [c.title for c in item.shared_with_collaborations.all()]
    return f"{Visibility.SELECTED.label}: {', '.join(names)}"


def _people(municipalities: list[Municipality] | None = None) -> int:
    """Active people, each counted once, who belong to one of `municipalities`; to any for None."""
    people = get_user_model().objects.filter(is_active=True)
    if municipalities is None:
        return people.filter(memberships__isnull=False).distinct().count()
    return people.filter(memberships__municipality__in=municipalities).distinct().count()


def _in_places(people: int, places: list[Municipality]) -> str:
    names = [place.short_name for place in places]
    if len(names) > NAMED_AT_MOST:
        rest = len(names) - NAMED_AT_MOST + 1
        others = ngettext("%(count)s other", "%(count)s others", rest) % {"count": rest}
        names = [*names[: NAMED_AT_MOST - 1], others]
    text = ngettext("%(count)s person in %(places)s.", "%(count)s people in %(places)s.", people)
    return text % {"count": _number(people), "places": get_text_list(names, _("and"))}


def _number(value: int) -> str:
    return number_format(value, use_l10n=True, force_grouping=True)


def reaches_abroad(visibility: str, municipalities, collaborations) -> bool:
    """Whether a city in another country is named among those that a page is shared with, or takes part in one."""
    if visibility != Visibility.SELECTED:
        return False
    named = {municipality.pk for municipality in municipalities}
    for collaboration in collaborations:
        named |= {collaboration.lead_id, *collaboration.partners.values_list("pk", flat=True)}
    return Municipality.objects.filter(pk__in=named, kind=MunicipalityKind.FOREIGN_CITY).exists()
