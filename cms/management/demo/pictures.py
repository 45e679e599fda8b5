"""Calm, flat pictures for the demo content, drawn with Pillow and nothing else.

The same seed and kind always give the same picture, so that a demo site can be loaded again without
its pictures changing. Nothing here is meant for real content: editors upload their own images.
"""

import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

OVERSAMPLING = 2
SHORT_SIDE = 900.0
JPEG_QUALITY = 82


@dataclass(frozen=True)
class Palette:
    """Colours that go together. Hills run from far to near."""

    sky: tuple[str, str]
    sun: str
    hills: tuple[str, str, str]
    main: str
    second: str
    accent: str
    light: str
    dark: str


PALETTES = (
    Palette(
        sky=("#f7e9d7", "#fdf6ec"),
        sun="#f2c48d",
        hills=("#cddccb", "#9dbfa8", "#5f8f7b"),
        main="#1f5f6b",
        second="#d9765a",
        accent="#f0b45c",
        light="#fffaf1",
        dark="#22404a",
    ),
    Palette(
        sky=("#dfecf1", "#f6f5ee"),
        sun="#fbe3b0",
        hills=("#bcd6dc", "#86b3be", "#457f92"),
        main="#2b5278",
        second="#e08e6d",
        accent="#f4c86a",
        light="#ffffff",
        dark="#213a56",
    ),
    Palette(
        sky=("#f3e4e2", "#fcf4ee"),
        sun="#f3bfa4",
        hills=("#e3c9cf", "#bf96a6", "#8a6380"),
        main="#64406a",
        second="#4f8f89",
        accent="#f0b168",
        light="#fff8f3",
        dark="#402c49",
    ),
    Palette(
        sky=("#e9efdc", "#fbf8ea"),
        sun="#f6d37c",
        hills=("#cfdfae", "#9fc07f", "#638f57"),
        main="#37633f",
        second="#c9654b",
        accent="#f0c14f",
        light="#fffdf3",
        dark="#2a4632",
    ),
    Palette(
        sky=("#e3e6f3", "#f8f3f1"),
        sun="#f6cfb4",
        hills=("#c6cce6", "#97a1cd", "#626da8"),
        main="#3b457f",
        second="#e2806f",
        accent="#f3c063",
        light="#fdfbff",
        dark="#2a315c",
    ),
    Palette(
        sky=("#d9ece6", "#f7f5e8"),
        sun="#f9d99a",
        hills=("#b5dacb", "#7cb8a5", "#3d8878"),
        main="#17594f",
        second="#dc7f52",
        accent="#f2bd5b",
        light="#fcfff9",
        dark="#16423d",
    ),
)

# Salad is green whatever the palette: purple leaves do not look like food.
SALAD_GREENS = ("#8fb872", "#5b955c", "#3c7550")


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from the first to the second."""
    pairs = zip(_rgb(first), _rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


class _Canvas:
    """Shapes in logical units, where the short side of the picture is always 900 long."""

    def __init__(self, size: tuple[int, int], palette: Palette, chance: random.Random) -> None:
        self.pixels = (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING)
        self.scale = min(self.pixels) / SHORT_SIDE
        self.width = self.pixels[0] / self.scale
        self.height = self.pixels[1] / self.scale
        self.palette = palette
        self.chance = chance
        self.image = Image.new("RGB", self.pixels, palette.sky[0])
        self.draw = ImageDraw.Draw(self.image)

    def _scaled(self, *values: float) -> list[float]:
        return [value * self.scale for value in values]

    def polygon(self, points: list[Point], fill: str) -> None:
        self.draw.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=fill)

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        self.ellipse(x, y, radius, radius, fill)

    def ellipse(self, x: float, y: float, half_width: float, half_height: float, fill: str) -> None:
        box = self._scaled(x - half_width, y - half_height, x + half_width, y + half_height)
        self.draw.ellipse(box, fill=fill)

    def box(self, x: float, y: float, width: float, height: float, fill: str, radius: float = 0) -> None:
        corners = self._scaled(x, y, x + width, y + height)
        self.draw.rounded_rectangle(corners, radius=radius * self.scale, fill=fill)

    def column(self, x: float, y: float, width: float, height: float, fill: str, radius: float) -> None:
        """A box whose upper corners alone are rounded."""
        corners = self._scaled(x, y, x + width, y + height)
        only_upper = (True, True, False, False)
        self.draw.rounded_rectangle(corners, radius=radius * self.scale, fill=fill, corners=only_upper)

    def half_disc(self, x: float, y: float, half_width: float, depth: float, fill: str) -> None:
        """The lower half of an ellipse whose flat side lies at y."""
        box = self._scaled(x - half_width, y - depth, x + half_width, y + depth)
        self.draw.pieslice(box, 0, 180, fill=fill)

    def stroke(self, points: list[Point], width: float, fill: str) -> None:
        """A line with round joints and round ends."""
        scaled = [(x * self.scale, y * self.scale) for x, y in points]
        self.draw.line(scaled, fill=fill, width=round(width * self.scale), joint="curve")
        for x, y in (points[0], points[-1]):
            self.circle(x, y, width / 2, fill)

    def leaf(self, x: float, y: float, length: float, degrees: float, fill: str, plump: float = 0.24) -> None:
        """A pointed leaf from its stalk at (x, y); 0 degrees points right, 90 up. One side is darker."""
        angle = math.radians(degrees)
        along = (math.cos(angle), -math.sin(angle))
        across = (-along[1], along[0])
        steps = [index / 30 for index in range(31)]

        def side(sign: int) -> list[Point]:
            points = []
            for step in steps:
                breadth = sign * plump * length * math.sin(math.pi * step**0.85)
                points.append(
                    (
                        x + along[0] * step * length + across[0] * breadth,
                        y + along[1] * step * length + across[1] * breadth,
                    )
                )
            return points

        self.polygon(side(1) + side(-1)[::-1], fill)
        middle = [(x + along[0] * step * length, y + along[1] * step * length) for step in steps]
        self.polygon(side(1) + middle[::-1], _mix(fill, self.palette.dark, 0.14))

    def finished(self, size: tuple[int, int]) -> bytes:
        small = self.image.resize(size, Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        small.save(buffer, format="JPEG", quality=JPEG_QUALITY, optimize=True)
        return buffer.getvalue()


def _curve(start: Point, bend: Point, end: Point, steps: int = 40) -> list[Point]:
    """Points on a quadratic Bézier curve."""
    points = []
    for index in range(steps + 1):
        t = index / steps
        u = 1 - t
        points.append(
            (
                u * u * start[0] + 2 * u * t * bend[0] + t * t * end[0],
                u * u * start[1] + 2 * u * t * bend[1] + t * t * end[1],
            )
        )
    return points


def _paint_sky(canvas: _Canvas) -> None:
    palette = canvas.palette
    strip = Image.new("RGB", (1, 256))
    for row in range(256):
        strip.putpixel((0, row), _rgb(_mix(palette.sky[0], palette.sky[1], row / 255)))
    canvas.image.paste(strip.resize(canvas.pixels, Image.Resampling.BICUBIC))
    chance = canvas.chance
    x = canvas.width * chance.choice((0.2, 0.27, 0.73, 0.8))
    y = chance.uniform(220, 320)
    radius = chance.uniform(105, 150)
    canvas.circle(x, y, radius * 1.75, _mix(palette.sun, palette.sky[1], 0.74))
    canvas.circle(x, y, radius * 1.38, _mix(palette.sun, palette.sky[1], 0.5))
    canvas.circle(x, y, radius, palette.sun)


def _paint_hills(canvas: _Canvas, heights: tuple[float, float, float] = (0.60, 0.70, 0.82)) -> None:
    chance = canvas.chance
    for share, colour in zip(heights, canvas.palette.hills, strict=True):
        base = canvas.height * share
        waves = [
            (chance.uniform(26, 52), chance.uniform(0.7, 1.2), chance.uniform(0, math.tau)),
            (chance.uniform(8, 18), chance.uniform(1.7, 2.6), chance.uniform(0, math.tau)),
        ]
        ridge: list[Point] = []
        for index in range(161):
            part = index / 160
            rise = sum(size * math.sin(math.tau * turns * part + shift) for size, turns, shift in waves)
            ridge.append((canvas.width * part, base - rise))
        canvas.polygon([*ridge, (canvas.width, canvas.height), (0, canvas.height)], colour)


def _paint_sprig(canvas: _Canvas, x: float, y: float, height: float, lean: float, colour: str) -> None:
    """A stem with pairs of leaves, growing upwards from (x, y)."""
    top = (x + lean, y - height)
    stem = _curve((x, y), (x, y - height * 0.55), top)
    canvas.stroke(stem, height * 0.028 + 2, colour)
    tilt = -lean / height * 40
    pairs = 3
    for index in range(pairs):
        where = stem[round(len(stem) * (0.3 + 0.22 * index))]
        length = height * (0.36 - 0.06 * index)
        canvas.leaf(*where, length, 38 + tilt, colour)
        canvas.leaf(*where, length, 142 + tilt, colour)
    canvas.leaf(*top, height * 0.26, 90 + tilt, colour)


def _paint_corner_plants(canvas: _Canvas) -> None:
    """Plants at both edges that frame the motif."""
    chance = canvas.chance
    near = canvas.palette.hills[2]
    colours = [
        _mix(near, canvas.palette.dark, 0.55),
        _mix(near, canvas.palette.light, 0.28),
        _mix(near, canvas.palette.dark, 0.3),
    ]
    for side in (0, 1):
        for index in range(3):
            inward = 50 + index * 88 + chance.uniform(-14, 14)
            x = inward if side == 0 else canvas.width - inward
            height = chance.uniform(190, 290) - index * 52
            lean = chance.uniform(8, 44) * (1 if side == 0 else -1)
            _paint_sprig(canvas, x, canvas.height + 24, height, lean, colours[(index + side) % 3])


def _paint_table(canvas: _Canvas) -> float:
    """A table top along the lower edge; gives its upper edge."""
    y = canvas.height * 0.83
    palette = canvas.palette
    canvas.box(0, y, canvas.width, canvas.height - y, _mix(palette.dark, palette.hills[2], 0.4))
    canvas.box(0, y, canvas.width, 16, _mix(palette.light, palette.hills[1], 0.45))
    return y


def _paint_bowl(canvas: _Canvas, x: float, y: float, half_width: float, colour: str) -> None:
    """A bowl of greens that stands on y."""
    palette = canvas.palette
    chance = canvas.chance
    depth = half_width * 0.82
    rim = y - depth - half_width * 0.05
    greens = SALAD_GREENS
    count = 9
    for index in range(count):
        part = index / (count - 1)
        root = x + half_width * (part - 0.5) * 1.25
        length = half_width * (0.48 + 0.3 * math.sin(math.pi * part)) * chance.uniform(0.9, 1.1)
        canvas.leaf(root, rim + 12, length, 146 - 112 * part, greens[index % 3], plump=0.27)
    for index, colour_of_food in enumerate((palette.second, palette.accent, palette.second, palette.accent)):
        radius = half_width * chance.uniform(0.11, 0.16)
        canvas.circle(x + half_width * (-0.56 + 0.37 * index), rim - radius * 0.35, radius, colour_of_food)
    canvas.box(x - half_width * 0.36, y - half_width * 0.09, half_width * 0.72, half_width * 0.09, colour, 8)
    canvas.half_disc(x, rim, half_width, depth, colour)
    shade = _mix(colour, palette.dark, 0.25)
    band = rim + depth * 0.3
    reach = half_width * math.sqrt(1 - 0.3**2)
    canvas.box(x - reach + 4, band, reach * 2 - 8, depth * 0.09, _mix(colour, palette.light, 0.5))
    canvas.box(x - half_width * 1.05, rim - 14, half_width * 2.1, 28, shade, 14)


def _paint_stack_of_plates(canvas: _Canvas, x: float, y: float, half_width: float) -> None:
    palette = canvas.palette
    thickness = half_width * 0.15
    colours = (palette.light, _mix(palette.second, palette.light, 0.35), palette.light, palette.accent)
    for index, colour in enumerate(colours):
        top = y - (index + 1) * thickness * 1.25
        canvas.box(x - half_width * 0.45, top + thickness * 0.7, half_width * 0.9, thickness * 0.55, colour, 4)
        canvas.box(x - half_width, top, half_width * 2, thickness, colour, thickness / 2)
        line = _mix(colour, palette.dark, 0.14)
        canvas.box(x - half_width * 0.9, top + thickness * 0.62, half_width * 1.8, thickness * 0.16, line, 3)


def _paint_stack_of_books(canvas: _Canvas, x: float, y: float, width: float, count: int) -> float:
    """Lying books; gives the height of the pile's upper side."""
    palette = canvas.palette
    chance = canvas.chance
    colours = [palette.main, palette.second, palette.accent, _mix(palette.hills[1], palette.light, 0.25)]
    chance.shuffle(colours)
    top = y
    for index in range(count):
        thickness = chance.uniform(46, 62)
        long = width * chance.uniform(0.8, 1.0)
        left = x - long / 2 + chance.uniform(-14, 14)
        top -= thickness
        colour = colours[index % len(colours)]
        canvas.box(left, top, long, thickness, colour, 12)
        paper = _mix(palette.light, palette.sun, 0.2)
        canvas.box(left + long * 0.3, top + 9, long * 0.7 + 2, thickness - 18, paper)
        canvas.box(left + long * 0.3, top + thickness * 0.5 - 2, long * 0.7, 4, _mix(paper, palette.dark, 0.16))
        canvas.box(left + 30, top, 12, thickness, _mix(colour, palette.light, 0.42))
    return top


def _paint_open_book(canvas: _Canvas, x: float, y: float, half_width: float) -> None:
    """An open book seen from the front, its lower fold at (x, y)."""
    palette = canvas.palette
    height = half_width * 0.78
    for sign in (-1, 1):
        outer = x + sign * half_width
        lift = half_width * 0.13

        def page(grow: float, down: float, sign: int = sign, outer: float = outer, lift: float = lift) -> list[Point]:
            edge = outer + sign * grow
            upper = _curve(
                (x, y - height + down),
                (x + sign * half_width * 0.45, y - height - lift * 1.7 + down),
                (edge, y - height - lift * 0.3 + down),
            )
            lower = _curve(
                (edge, y - lift * 0.3 + down),
                (x + sign * half_width * 0.45, y - lift * 1.7 + down),
                (x, y + down),
            )
            return upper + lower

        canvas.polygon(page(20, 24), palette.main)
        canvas.polygon(page(6, 9), _mix(palette.light, palette.dark, 0.2))
        canvas.polygon(page(0, 0), palette.light if sign < 0 else _mix(palette.light, palette.sun, 0.24))
        for row in range(5):
            start = (x + sign * half_width * 0.14, y - height * (0.8 - row * 0.145))
            reach = 0.84 if row < 4 else 0.5
            end = (x + sign * half_width * reach, start[1] - lift * 0.28)
            bend = (x + sign * half_width * (reach * 0.5 + 0.04), start[1] - lift * 1.55 * reach)
            colour = palette.second if row == 0 else _mix(palette.light, palette.dark, 0.24)
            canvas.stroke(_curve(start, bend, end), 9, colour)


def _paint_course(canvas: _Canvas) -> None:
    """Something to learn from on a table: a book with a plant, a bowl and plates, or a pile of books."""
    palette = canvas.palette
    chance = canvas.chance
    _paint_hills(canvas, (0.56, 0.65, 0.74))
    y = _paint_table(canvas)
    middle = canvas.width / 2
    green = _mix(palette.hills[2], palette.dark, 0.35)
    variant = chance.choice(("book", "bowl", "pile"))
    if variant == "book":
        _paint_sprig(canvas, middle, y - 240, 300, chance.uniform(-24, 24), green)
        _paint_open_book(canvas, middle, y - 22, 300)
        return
    flip = chance.choice((-1, 1))
    if variant == "bowl":
        _paint_bowl(canvas, middle - flip * 130, y, 270, palette.main)
        _paint_stack_of_plates(canvas, middle + flip * 320, y, 155)
        return
    top = _paint_stack_of_books(canvas, middle - flip * 150, y, 470, 5)
    _paint_bowl(canvas, middle - flip * 160, top, 118, palette.light)
    pot = middle + flip * 265
    _paint_sprig(canvas, pot, y - 150, 310, flip * -26, green)
    side = [(pot - 96, y - 172), (pot + 96, y - 172), (pot + 68, y), (pot - 68, y)]
    canvas.polygon(side, palette.second)
    canvas.box(pot - 108, y - 194, 216, 44, _mix(palette.second, palette.dark, 0.16), 10)


def _paint_station(canvas: _Canvas, x: float, y: float, goal: bool) -> None:
    """A dot on the way, or the larger one where the way ends."""
    palette = canvas.palette
    canvas.circle(x, y, 50 if goal else 34, palette.dark)
    canvas.circle(x, y, 40 if goal else 25, palette.accent if goal else palette.light)
    if goal:
        tick = [(x - 19, y + 1), (x - 5, y + 15), (x + 20, y - 14)]
        canvas.stroke(tick, 10, palette.dark)
    else:
        canvas.circle(x, y, 11, palette.second)


def _paint_steps(canvas: _Canvas) -> None:
    palette = canvas.palette
    count = canvas.chance.choice((4, 5))
    gap = 16.0
    whole = 800.0
    breadth = (whole - gap * (count - 1)) / count
    left = canvas.width / 2 - whole / 2
    dots: list[Point] = []
    for index in range(count):
        part = index / (count - 1)
        height = 190 + 330 * part
        x = left + index * (breadth + gap)
        y = canvas.height - height
        tone = _mix(palette.main, palette.hills[1], 0.62 * (1 - part))
        canvas.column(x, y, breadth, height, tone, 26)
        canvas.box(x + breadth * 0.28, y + 44, breadth * 0.44, 12, _mix(tone, palette.light, 0.55), 6)
        canvas.box(x + breadth * 0.28, y + 72, breadth * 0.28, 12, _mix(tone, palette.light, 0.3), 6)
        dots.append((x + breadth / 2, y - 72))
    canvas.stroke(dots, 9, palette.dark)
    for index, (x, y) in enumerate(dots):
        _paint_station(canvas, x, y, goal=index == count - 1)


def _paint_winding_way(canvas: _Canvas) -> None:
    palette = canvas.palette
    middle = canvas.width / 2
    flip = canvas.chance.choice((-1, 1))
    reach = canvas.chance.uniform(220, 270)
    low, high = canvas.height + 40, canvas.height * 0.36
    way: list[Point] = []
    widths: list[float] = []
    for index in range(141):
        part = index / 140
        swing = math.sin(part * math.tau * 1.2) * reach * (1 - 0.35 * part)
        way.append((middle + flip * (swing - 120 * part), low - (low - high) * part))
        widths.append(74 - 46 * part)
    for (x, y), width in zip(way, widths, strict=True):
        canvas.circle(x, y + 7, width * 0.62, _mix(palette.hills[2], palette.dark, 0.35))
    for (x, y), width in zip(way, widths, strict=True):
        canvas.circle(x, y, width * 0.62, palette.light)
    for index in range(4, 136, 7):
        canvas.stroke([way[index], way[index + 2]], widths[index] * 0.1, _mix(palette.light, palette.main, 0.45))
    for index in (24, 54, 84, 112):
        _paint_station(canvas, *way[index], goal=False)
    _paint_station(canvas, *way[-1], goal=True)


def _paint_method(canvas: _Canvas) -> None:
    """Something done step by step: rising steps, or a winding way with stations."""
    paint_way = canvas.chance.choice((_paint_steps, _paint_winding_way))
    _paint_hills(canvas, (0.38, 0.56, 0.77) if paint_way is _paint_winding_way else (0.60, 0.70, 0.82))
    paint_way(canvas)
    _paint_corner_plants(canvas)


def _paint_bubble(canvas: _Canvas, x: float, y: float, width: float, height: float, colour: str, tail: int) -> None:
    """A speech bubble with its upper left corner at (x, y); tail -1 points left, 1 right."""
    foot = x + width * (0.27 if tail < 0 else 0.73)
    canvas.polygon(
        [(foot - 40, y + height - 30), (foot + 40, y + height - 30), (foot + tail * 62, y + height + 76)],
        colour,
    )
    canvas.box(x, y, width, height, colour, min(width, height) * 0.28)


def _paint_bubble_inside(canvas: _Canvas, x: float, y: float, width: float, height: float, colour: str) -> None:
    palette = canvas.palette
    motif = canvas.chance.choice(("lines", "leaves", "dots"))
    middle = (x + width / 2, y + height / 2)
    if motif == "lines":
        for row, share in enumerate((0.62, 0.62, 0.38)):
            tone = palette.accent if row == 0 else _mix(colour, palette.light, 0.72)
            if colour == palette.light:
                tone = palette.second if row == 0 else _mix(colour, palette.dark, 0.24)
            canvas.box(x + width * 0.19, y + height * (0.28 + row * 0.18), width * share, 18, tone, 9)
    elif motif == "leaves":
        tone = palette.hills[2] if colour == palette.light else palette.hills[0]
        _paint_sprig(canvas, middle[0], y + height * 0.86, height * 0.56, 0, tone)
    else:
        for index in (-1, 0, 1):
            tones = (
                palette.accent,
                palette.hills[1],
                palette.second if colour != palette.second else palette.light,
            )
            canvas.circle(middle[0] + index * width * 0.21, middle[1], height * 0.09, tones[index + 1])


def _paint_lesson(canvas: _Canvas) -> None:
    """People's experience: two or three speech bubbles over a landscape."""
    palette = canvas.palette
    chance = canvas.chance
    _paint_hills(canvas)
    middle = canvas.width / 2
    flip = chance.choice((-1, 1))
    large, small, third = chance.sample([palette.main, palette.light, palette.second], 3)

    def bubble(centre: float, y: float, width: float, height: float, colour: str, tail: int) -> None:
        _paint_bubble(canvas, centre - width / 2, y, width, height, colour, tail)
        _paint_bubble_inside(canvas, centre - width / 2, y, width, height, colour)

    drop = chance.uniform(-14, 14)
    if chance.random() < 0.55:
        bubble(middle + flip * 285, 130 + drop, 250, 185, third, flip)
    bubble(middle - flip * 130, 165 - drop, 450, 310, large, -flip)
    bubble(middle + flip * 215, 400 + drop, 350, 245, small, flip)
    _paint_corner_plants(canvas)


def _paint_person(canvas: _Canvas, x: float, y: float, size: float, clothes: str, skin: str, hair: str) -> None:
    """A listener seen from behind; y is where the shoulders end."""
    shape = canvas.chance.choice(("short", "short", "short", "long", "long", "bun", "bun", "scarf"))
    head = y - size * 1.8
    canvas.column(x - size, y - size * 1.12, size * 2, size * 1.6, clothes, size * 0.95)
    canvas.box(x - size * 0.21, head, size * 0.42, size * 0.92, _mix(skin, canvas.palette.dark, 0.1), size * 0.2)
    if shape == "scarf":
        cloth = canvas.chance.choice((canvas.palette.main, canvas.palette.second))
        canvas.ellipse(x, head + size * 0.02, size * 0.62, size * 0.68, cloth)
        canvas.half_disc(x, head + size * 0.3, size * 0.58, size * 0.62, _mix(cloth, canvas.palette.dark, 0.12))
        return
    canvas.circle(x, head, size * 0.58, skin)
    for sign in (-1, 1):
        canvas.ellipse(x + sign * size * 0.57, head + size * 0.1, size * 0.1, size * 0.15, skin)
    if shape == "bun":
        canvas.circle(x, head - size * 0.66, size * 0.24, _mix(hair, canvas.palette.light, 0.1))
    canvas.ellipse(x, head - size * 0.08, size * 0.58, size * 0.56, hair)
    if shape == "long":
        canvas.box(x - size * 0.56, head - size * 0.1, size * 1.12, size * 0.95, hair, size * 0.3)


def _paint_conference(canvas: _Canvas) -> None:
    """Rows of people before a screen of joined dots."""
    palette = canvas.palette
    chance = canvas.chance
    _paint_hills(canvas, (0.58, 0.68, 0.79))
    middle = canvas.width / 2
    wide, high, top = 760.0, 400.0, 110.0
    canvas.box(middle - wide / 2 - 14, top - 14, wide + 28, high + 28, palette.dark, 34)
    canvas.box(middle - wide / 2, top, wide, high, palette.light, 24)
    nodes: list[Point] = []
    for index in range(6):
        x = middle + (index - 2.5) * wide * 0.145
        y = top + high * (0.36 if index % 2 else 0.62) + chance.uniform(-40, 40)
        nodes.append((x, y))
    for index, node in enumerate(nodes):
        for other in nodes[index + 1 : index + 3]:
            canvas.stroke([node, other], 6, _mix(palette.light, palette.main, 0.3))
    dots = (palette.main, palette.second, palette.accent, palette.hills[2])
    for index, (x, y) in enumerate(nodes):
        canvas.circle(x, y, chance.uniform(26, 46), dots[index % 4])
    skins = ("#f1cfb3", "#d9a77f", "#a9714d", "#7a4b33", "#e6bb97")
    hairs = (palette.dark, "#5a3a2b", "#c98b4b", "#8d8a8a", "#30262a")
    clothes = (
        palette.main,
        palette.second,
        palette.accent,
        palette.hills[2],
        _mix(palette.main, palette.hills[0], 0.5),
    )
    previous = ""
    for row, (size, y) in enumerate(((70.0, canvas.height - 80), (88.0, canvas.height + 30))):
        spacing = size * 2.3
        count = math.ceil(canvas.width / spacing) + 2
        start = middle - (count - 1) / 2 * spacing
        if row == 0:
            start += spacing / 2
        for index in range(count):
            shirt = chance.choice([colour for colour in clothes if colour != previous])
            previous = shirt
            if row == 0:
                shirt = _mix(shirt, palette.hills[0], 0.25)
            _paint_person(canvas, start + index * spacing, y, size, shirt, chance.choice(skins), chance.choice(hairs))


def _paint_tree(canvas: _Canvas, x: float, y: float, height: float, colour: str) -> None:
    trunk = _mix(canvas.palette.dark, "#6b4a35", 0.6)
    canvas.box(x - height * 0.035, y - height * 0.55, height * 0.07, height * 0.55, trunk, 3)
    canvas.ellipse(x, y - height * 0.66, height * 0.26, height * 0.36, colour)
    half = canvas._scaled(x - height * 0.26, y - height * 1.02, x + height * 0.26, y - height * 0.3)
    canvas.draw.pieslice(half, -90, 90, fill=_mix(colour, canvas.palette.dark, 0.14))
    canvas.stroke([(x, y - height * 0.2), (x, y - height * 0.72)], height * 0.03, trunk)


def _paint_house(canvas: _Canvas, x: float, y: float, width: float, height: float, colour: str, roof: str) -> None:
    palette = canvas.palette
    pitched = canvas.chance.random() < 0.7
    canvas.box(x, y - height, width, height + 4, colour)
    if pitched:
        peak = width * canvas.chance.uniform(0.36, 0.5)
        canvas.polygon([(x - 12, y - height), (x + width / 2, y - height - peak), (x + width + 12, y - height)], roof)
    else:
        canvas.box(x - 8, y - height - 18, width + 16, 22, roof, 4)
    columns = 2 if width < 150 else 3
    rows = max(1, int((height - 60) // 78))
    lit = _mix(palette.accent, palette.light, 0.35)
    dim = _mix(colour, palette.dark, 0.34) if colour != palette.light else _mix(colour, palette.dark, 0.28)
    for row in range(rows):
        for column in range(columns):
            left = x + width * (column + 0.5) / columns - 17
            canvas.box(left, y - height + 30 + row * 78, 34, 46, lit if canvas.chance.random() < 0.45 else dim, 4)
    if height - 60 - rows * 78 > -30:
        canvas.column(x + width / 2 - 20, y - 56, 40, 60, roof, 18)


def _paint_municipality(canvas: _Canvas) -> None:
    """A row of houses and trees by the water."""
    palette = canvas.palette
    chance = canvas.chance
    _paint_hills(canvas, (0.50, 0.58, 0.68))
    shore = canvas.height * 0.78
    walls = [
        palette.second,
        palette.light,
        palette.accent,
        _mix(palette.main, palette.light, 0.18),
        palette.hills[0],
    ]
    x = -chance.uniform(10, 60)
    previous = ""
    while x < canvas.width:
        if chance.random() < 0.26:
            width = chance.uniform(90, 130)
            tree = _mix(palette.hills[2], palette.dark, chance.choice((0.15, 0.35)))
            _paint_tree(canvas, x + width / 2, shore, chance.uniform(170, 250), tree)
            x += width
            continue
        wall = chance.choice([colour for colour in walls if colour != previous])
        previous = wall
        width = chance.uniform(120, 210)
        height = chance.choice((150, 200, 230, 290))
        roof = palette.dark if wall != palette.second else _mix(palette.second, palette.dark, 0.55)
        _paint_house(canvas, x, shore, width, height, wall, roof)
        x += width + chance.choice((14, 18, 34))
    canvas.box(0, shore - 2, canvas.width, 20, _mix(palette.hills[2], palette.dark, 0.45))
    water = _mix(palette.main, palette.hills[1], 0.5)
    canvas.box(0, shore + 16, canvas.width, canvas.height - shore, water)
    for _ in range(22):
        wide = chance.uniform(50, 190)
        tone = _mix(water, palette.light, chance.uniform(0.14, 0.34))
        y = chance.uniform(shore + 38, canvas.height - 18)
        canvas.box(chance.uniform(-40, canvas.width - 40), y, wide, 7, tone, 4)


MOTIFS: dict[str, Callable[[_Canvas], None]] = {
    "course": _paint_course,
    "method": _paint_method,
    "lesson": _paint_lesson,
    "conference": _paint_conference,
    "municipality": _paint_municipality,
}


def draw_picture(seed: str, kind: str, size: tuple[int, int] = (1600, 900)) -> bytes:
    """A JPEG for one piece of demo content: the motif follows its kind, colours and details its seed.

    Raises KeyError for a kind that has no motif.
    """
    motif = MOTIFS[kind]
    chance = random.Random(f"{kind}/{seed}")  # noqa: S311 - a picture, not a secret
    canvas = _Canvas(size, chance.choice(PALETTES), chance)
    _paint_sky(canvas)
    motif(canvas)
    return canvas.finished(size)
