"""The picture that others show beside a link to a page: its title, whose it is, and the portal's mark."""

from io import BytesIO
from textwrap import wrap

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

# What Open Graph readers show without cutting.
WIDTH, HEIGHT = 1200, 630
_FONT = settings.BASE_DIR / "portal" / "static" / "fonts" / "atkinson-hyperlegible-next.woff2"
_DEEP, _DEEP_2, _PAPER, _SUN, _LEAF = "#0d4039", "#175a50", "#f4faf7", "#ffb84d", "#86d0bd"
_EDGE = 80
# The size of the title, how many letters then fit on a line, and how many lines there is room for.
_TITLES = ((88, 22, 3), (68, 29, 4), (54, 37, 5))


def draw(title: str, line: str, *, accent: str = _SUN) -> bytes:
    """A PNG of 1200 x 630: `title`, shortened when it is very long, and `line` (kind and owner) below it.

    `accent` is a colour as "#1f5f5b".
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
    written = BytesIO()
    picture.quantize(64).save(written, format="PNG", optimize=True)
    return written.getvalue()


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
