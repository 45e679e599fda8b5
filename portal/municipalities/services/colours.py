"""A colour of a municipality, as dark or light as it must be to be seen: 3:1 for marks and edges (WCAG 2.2, 1.4.11)."""

LEAST = 3.0
# The grounds that marks stand on: `--surface` and `--paper` of tokens.css, which a test compares.
LIGHT_GROUNDS = ("#ffffff", "#f3f6f4")
DARK_GROUNDS = ("#182625", "#0f1a1a")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours as "#1f5f5b", from 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def on_light(colour: str) -> str:
    """`colour` ("#1f5f5b"), darker where it could not be seen on a light page."""
    return _moved(colour, towards=0, grounds=LIGHT_GROUNDS)


def on_dark(colour: str) -> str:
    """`colour`, lighter where it could not be seen on a dark page."""
    return _moved(colour, towards=255, grounds=DARK_GROUNDS)


def _moved(colour: str, *, towards: int, grounds: tuple[str, ...]) -> str:
    colour = colour.lower()
    parts = _parts(colour)
    for step in range(101):
        moved = "#" + "".join(f"{round(part + (towards - part) * step / 100):02x}" for part in parts)
        if min(contrast(moved, ground) for ground in grounds) >= LEAST:
            return moved
    raise AssertionError("black and white can be seen on their grounds")


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(colour: str) -> float:
    shares = (part / 255 for part in _parts(colour))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
