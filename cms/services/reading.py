"""How somebody wants to read: size, spacing, length of lines, typeface, calm. Kept on their device, in a cookie."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

COOKIE = "reading"
NORMAL = "normal"
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Setting:
    """One question of the reading settings. `choices` are (word, label); the first is how the portal is otherwise."""

    name: str
    label: object
    choices: tuple[tuple[str, object], ...]


SETTINGS = (
    Setting("size", _("Text size"), ((NORMAL, _("Normal")), ("larger", _("Larger")), ("largest", _("Largest")))),
    Setting("spacing", _("Space between letters and lines"), ((NORMAL, _("Normal")), ("wide", _("Wide")))),
    Setting("lines", _("Length of lines"), ((NORMAL, _("Normal")), ("short", _("Short")))),
    Setting(
        "font", _("Typeface"), ((NORMAL, _("The portal’s own")), ("dyslexia", _("Made for dyslexia (OpenDyslexic)")))
    ),
    Setting(
        "calm",
        _("Pictures and movement"),
        ((NORMAL, _("Shown")), ("on", _("Calm: no pictures in lists, no movement"))),
    ),
)
_WORDS = {f"{setting.name}-{word}" for setting in SETTINGS for word, _label in setting.choices if word != NORMAL}


def chosen(request: HttpRequest) -> dict[str, str]:
    """The choices that differ from how the portal is otherwise: setting → word. What is none of ours is left out."""
    words = [word for word in request.COOKIES.get(COOKIE, "").split(".")[: len(SETTINGS)] if word in _WORDS]
    return dict(word.split("-", 1) for word in words)


def as_words(choices: dict[str, str]) -> list[str]:
    """The choices as the stylesheet (`reading.css`) knows them: "size-larger"."""
    return [f"{name}-{word}" for name, word in choices.items() if word != NORMAL]


def keep(response: HttpResponse, choices: dict[str, str], *, secure: bool) -> None:
    """Let the device remember `choices` for a year, or forget them when there are none."""
    if words := as_words(choices):
        response.set_cookie(COOKIE, ".".join(words), max_age=_A_YEAR, samesite="Lax", httponly=True, secure=secure)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
