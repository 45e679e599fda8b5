"""`{% kept %}`: parts of pages that are the same for everybody with the same rights, made once."""

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from portal.core.kept import CONTENT, SEATS, is_possible, kept
from portal.municipalities.permissions import viewer_for

register = template.Library()


class PersonalInKept(Exception):
    """A part that is kept for others too would have shown something of this person's own."""


class _NobodysToken:
    """In the place of a form's token: that of one person must not stand in what others are shown."""

    def __str__(self) -> str:
        raise PersonalInKept("a form with {% csrf_token %} stands in {% kept %}")

    def __bool__(self) -> bool:
        raise PersonalInKept("a form with {% csrf_token %} stands in {% kept %}")


class _Kept(template.Node):
    child_nodelists = ("inside",)

    def __init__(self, name: str, depends_on: list, has_seats: bool, inside: template.NodeList) -> None:
        self.name, self.depends_on, self.inside = name, depends_on, inside
        self.about = (CONTENT, SEATS) if has_seats else (CONTENT,)

    def render(self, context) -> str:
        request = context.get("request")
        if request is None or request.method not in ("GET", "HEAD") or getattr(request, "is_preview", False):
            return self.inside.render(context)
        if not is_possible():
            return self._made(context)
        user = getattr(request, "user", None) or AnonymousUser()
        depends_on = (
            request.get_full_path(),
            get_language(),
            user.is_authenticated,
            viewer_for(user).as_key(),
            *(str(expression.resolve(context)) for expression in self.depends_on),
        )
        # The safe markup of a template; as plain text, since any class would have to be imported to be read again.
        return mark_safe(  # noqa: S308
            kept(self.name, *depends_on, about=self.about, make=lambda: str(self._made(context)))
        )

    def _made(self, context) -> Any:
        with context.push(csrf_token=_NobodysToken()):
            return self.inside.render(context)


@register.tag("kept")
def do_kept(parser, token) -> _Kept:
    """`{% kept "name" [seats] [page.pk …] %} … {% endkept %}`: what stands inside is made once for all who have the
    same rights, ask for the same address (its question included) in the same language, with the same further values.

    What is the person's own (a star, a sign-up, a form) must stand outside. `seats`: it shows events or their seats.
    What a view gives such a part should be asked for when it is shown and not before: a queryset, or a function.
    """
    _tag, name, *rest = token.split_contents()
    has_seats = "seats" in rest
    expressions = [parser.compile_filter(word) for word in rest if word != "seats"]
    inside = parser.parse(["endkept"])
    parser.delete_first_token()
    return _Kept(name.strip("\"'"), expressions, has_seats, inside)
