"""The stylesheet as rules: contrast of every pair that is used, no value from elsewhere, one file."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from PIL import ImageFont

from portal.conferences.enums import TrackColour
from portal.core.finders import SOURCE, StylesheetFinder, whole_stylesheet
from portal.municipalities.services.colours import DARK_GROUNDS, LIGHT_GROUNDS, contrast

TOKENS = (SOURCE / "tokens.css").read_text(encoding="utf-8")
_ROOT = re.compile(r":root \{(.*?)\n\s*\}", re.DOTALL)
_COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{3,6});")

# What stands on what. Text needs 4.5:1, edges and drawings that tell something 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
TEXT = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-soft", "link", "link-visited")
        for ground in ("paper", "surface", "sunken")
    ),
    *((ink, "brand-soft") for ink in ("ink", "brand-strong")),
    *((ink, f"{ink}-soft") for ink in ("success", "warning", "danger", "info")),
    *((ink, "surface") for ink in ("success", "warning", "danger", "info", "brand", "brand-strong", "danger-strong")),
    *(("ink", f"{ground}-soft") for ground in ("success", "warning", "danger", "info", "highlight")),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-deep", "deep"),
    ("on-deep", "deep-2"),
    ("on-highlight", "highlight"),
]
TRACKS = tuple(f"track-{colour}" for colour in TrackColour.values)
EDGES = [(edge, ground) for edge in ("line-strong", "brand", "focus", *TRACKS) for ground in ("paper", "surface")]


def _themes() -> dict[str, dict[str, str]]:
    light, dark = (
        {name: _long(colour) for name, colour in _COLOUR.findall(block)} for block in _ROOT.findall(TOKENS)[:2]
    )
    return {"light": light, "dark": {**light, **dark}}


def _long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


def test_contrast_is_counted_as_wcag_counts_it():
    assert (round(contrast("#ffffff", "#000000"), 2), round(contrast("#767676", "#ffffff"), 2)) == (21.0, 4.54)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(theme):
    colours = _themes()[theme]

    weak = [
        f"{one} on {other}: {contrast(colours[one], colours[other]):.2f}"
        for pairs, least in ((TEXT, 4.5), (EDGES, 3.0))
        for one, other in pairs
        if contrast(colours[one], colours[other]) < least
    ]

    assert weak == []


def test_municipalities_colours_are_measured_against_the_grounds_they_stand_on():
    light, dark = _themes()["light"], _themes()["dark"]

    assert (
        (light["surface"], light["paper"]),
        (dark["surface"], dark["paper"]),
    ) == (LIGHT_GROUNDS, DARK_GROUNDS)


# Paper is white and codes are black on it in every theme; the emblem's colours are the Union's.
SAME_IN_EVERY_THEME = {"badges.css", "certificate.css", "door.css", "eu_emblem.css", "programme_print.css", "slip.css"}


def test_colours_stand_in_the_tokens_alone():
    loose = {
        str(path.relative_to(SOURCE)): found
        for path in SOURCE.rglob("*.css")
        if path.name not in SAME_IN_EVERY_THEME | {"tokens.css"}
        and (found := re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb\([^)]*\)", path.read_text(encoding="utf-8")))
    }

    assert loose == {}


def test_the_whole_stylesheet_holds_every_component_in_its_layer():
    whole = whole_stylesheet()

    parts = [path.read_text(encoding="utf-8") for path in SOURCE.glob("components/*.css")]
    assert len(parts) > 40
    assert "@import" not in whole
    for part in parts:
        last_rule = re.sub(r"/\*.*?\*/\s*", "", part, flags=re.DOTALL).strip().splitlines()[-2:]
        assert "\n".join(last_rule) in whole
    assert whole.index("@layer tokens, base") < whole.index("@layer components {") < whole.index("@layer utilities {")


def test_what_a_stylesheet_fetches_is_ours_and_is_there():
    addresses = re.findall(r'url\("([^"]+)"\)', whole_stylesheet())

    assert len(addresses) == 5
    assert all(
        (SOURCE / address).resolve().is_relative_to(settings.BASE_DIR / "portal" / "static") for address in addresses
    )
    assert [address for address in addresses if not (SOURCE / address).exists()] == []


def test_our_typeface_has_every_weight_that_is_used():
    whole = whole_stylesheet()
    faces = re.findall(r'Atkinson Hyperlegible Next";\s+src: url\("([^"]+)"\)[^}]*?font-weight: (\d+) (\d+);', whole)
    rules = re.sub(r"@font-face \{.*?\}", "", whole, flags=re.DOTALL)

    used = {int(weight) for weight in re.findall(r"font-weight: (\d+)", rules)} | {400, 700}
    axes = {address: ImageFont.truetype(SOURCE / address).get_variation_axes()[0] for address, *_range in faces}

    assert len(faces) == 3
    for address, lightest, heaviest in faces:
        assert (int(lightest), int(heaviest)) == (axes[address]["minimum"], axes[address]["maximum"])
        assert int(lightest) <= min(used) <= max(used) <= int(heaviest)


def test_a_changed_part_makes_the_whole_anew():
    made = Path(StylesheetFinder().find("css/site.css"))
    whole = made.read_text(encoding="utf-8")
    made.write_text("older than its parts", encoding="utf-8")
    os.utime(made, (0, 0))

    assert Path(StylesheetFinder().find("css/site.css")).read_text(encoding="utf-8") == whole
