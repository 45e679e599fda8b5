"""The picture that others show beside a link to a page: its title, whose it is, and the portal's mark.

With the EU emblem where the Union pays for it (Regulation (EU) 2021/1060, article 50, and annex IX).
"""

from io import BytesIO
from textwrap import wrap

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from portal.core.templatetags.components import EU_STARS

# What Open Graph readers show without cutting.
WIDTH, HEIGHT = 1200, 630
_FONT = settings.BASE_DIR / "portal" / "static" / "fonts" / "atkinson-hyperlegible-next.woff2"
_DEEP, _DEEP_2, _PAPER, _SUN, _LEAF = "#0d4039", "#175a50", "#f4faf7", "#ffb84d", "#86d0bd"
_EDGE = 80
_FLAG = (150, 100)
# The size of the title, how many letters then fit on a line, and how many lines there is room for.
_TITLES = ((88, 22, 3), (68, 29, 4), (54, 37, 5))


def draw(title: str, line: str, *, accent: str = _SUN, is_co_funded: bool = False) -> bytes:
    """A PNG of 1200 x 630: `title`, shortened when it is very long, and `line` (kind and owner) below it.

    `accent` is a colour as "#1f5f5b"; `is_co_funded` puts the emblem and its statement in a corner.
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), _DEEP)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((WIDTH - 420, HEIGHT - 300, WIDTH + 260, HEIGHT + 380), fill=_DEEP_2)
    pen.rectangle((0, 0, WIDTH, 18), fill=accent)
    size, lines = _fitted(title)
    top, heavy = 110, _font(size, 720)
    for text in lines:
        pen.text((_EDGE, top), text, font=heavy, fill=_PAPER)
        top += round(size * 1.16)
    pen.text((_EDGE, HEIGHT - 190), line, font=_font(36, 500), fill=_LEAF)
    pen.ellipse((_EDGE, HEIGHT - 104, _EDGE + 32, HEIGHT - 72), fill=_SUN)
    pen.text((_EDGE + 48, HEIGHT - 112), settings.WAGTAIL_SITE_NAME, font=_font(38, 700), fill=_PAPER)
    if is_co_funded:
        _draw_emblem(pen)
    written = BytesIO()
    picture.quantize(64).save(written, format="PNG", optimize=True)
    return written.getvalue()


def _draw_emblem(pen: ImageDraw.ImageDraw) -> None:
    left, top = WIDTH - _EDGE - 430, HEIGHT - 148
    scale = _FLAG[0] / 810
    pen.rectangle((left, top, left + _FLAG[0], top + _FLAG[1]), fill="#003399", outline="#ffffff", width=2)
    for star in EU_STARS.split("z")[:-1]:
        corners = [corner.split() for corner in star.lstrip("M").split("L")]
        pen.polygon([(left + float(x) * scale, top + float(y) * scale) for x, y in corners], fill="#ffcc00")
    for number, words in enumerate(("Medfinansieras av", "Europeiska unionen")):
        place = (left + _FLAG[0] + 22, top + 10 + number * 40)
        pen.text(place, words, font=_font(32, 700), fill="#ffffff")


def _fitted(title: str) -> tuple[int, list[str]]:
    for size, letters, most in _TITLES:
        lines = wrap(title, letters)
        if len(lines) <= most:
            return size, lines
    lines = lines[:most]
    lines[-1] = f"{lines[-1][: letters - 2]} …"
    return size, lines


def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(_FONT, size)
    font.set_variation_by_axes([weight])
    return font
