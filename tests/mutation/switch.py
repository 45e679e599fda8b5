"""What the rewritten source asks while it runs: is this check taken away now?"""

from functools import wraps

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404

active: str | None = None
reached: set[str] = set()


def off(name: str) -> bool:
    """The check `name` is taken away. Asking is remembered: it tells which tests come past the check."""
    reached.add(name)
    return name == active


def all_rows(model):
    return model._default_manager.all()


def any_row(model, **lookup):
    """`get_for` without its rule, with the answer to a malformed or unknown id that it has."""
    try:
        return all_rows(model).get(**lookup)
    except (ObjectDoesNotExist, ValueError, TypeError, OverflowError) as error:
        raise Http404 from error


def every_municipality():
    from portal.municipalities.models import Municipality

    return Municipality.objects.all()


def every_municipality_id() -> frozenset[int]:
    return frozenset(every_municipality().values_list("pk", flat=True))


def every_page():
    from wagtail.models import Page

    return Page.objects.all()


def scope(name: str, model, registered):
    return lambda user: all_rows(model) if off(name) else registered(user)


def decorator(name: str, decorate):
    """`decorate`, or nothing: decided at each call, since modules are imported once for all mutants."""

    def choose(view):
        guarded = decorate(view)

        @wraps(guarded)
        def chosen(*args, **kwargs):
            return (view if off(name) else guarded)(*args, **kwargs)

        return chosen

    return choose


def guard(name: str, wall):
    """A wall of the editor, or none."""
    return lambda request, **kwargs: None if off(name) else wall(request, **kwargs)


def walls_of(names: set[str], entries: dict[str, str], wall, otherwise):
    """The wall that stands there because of an entry of a table; `otherwise` once that entry is left out."""
    met = [entries[name] for name in names if name in entries]

    def chosen(request, **kwargs):
        taken_away = [off(name) for name in met]
        current = otherwise if len(met) == 1 and taken_away[0] else wall
        return current(request, **kwargs) if current else None

    return chosen
