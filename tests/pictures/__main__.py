"""`make screenshots`: pictures of the portal's key pages for the README, and of its acts for the coordinators' guide.

Starts the portal with its demo content in a folder of its own and photographs it in Debian's Chromium.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

from django.conf import settings
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.helpers.running import CHROMIUM, CHROMIUM_ARGUMENTS, demo_people, running_portal, sign_in

FOLDER = Path(settings.BASE_DIR) / "docs" / "screenshots"
GUIDE_FOLDER = Path(settings.BASE_DIR) / "portal" / "static" / "guide"
MOST_BYTES = 1_500_000  # of all pictures in FOLDER
QUALITY = 62
GUIDE_HEIGHT = 620
SIZES = {390: 844, 1280: 900}
STAFF, COORDINATOR = "trelleborg-staff-5", "trelleborg-coordinator"


@dataclass(frozen=True)
class Shot:
    """A page by its address; `who` is somebody of the demo, `before` does what must be done on it first."""

    name: str
    address: str
    who: str = ""
    before: Callable[[Page], None] | None = None


def _to_first_event(page: Page) -> None:
    page.locator("#results .card__link").first.click()
    page.wait_for_load_state("networkidle")


KEY_PAGES = [
    Shot("home", "/"),
    Shot("home-member", "/", STAFF),
    Shot("courses", "/kurser/"),
    Shot("lessons", "/lardomar/"),
    Shot("events", "/tillfallen/"),
    Shot("month", "/tillfallen/?view=month"),
    Shot("event", "/tillfallen/", before=_to_first_event),
    Shot("course", "/trelleborg/mobilen-som-arbetsverktyg/"),
    Shot("municipality", "/trelleborg/"),
    Shot("search", "/sok/?q=mindre+matsvinn"),
    Shot("my-pages", "/mina-sidor/", STAFF),
    Shot("workspace", "/arbetsyta/", COORDINATOR),
]


def _to_my_first_event(page: Page) -> None:
    page.locator("main table a").first.click()
    page.wait_for_load_state("networkidle")


def _to_a_past_door(page: Page) -> None:
    page.locator("main table a").last.click()
    page.wait_for_load_state("networkidle")
    page.locator("main a[href*='/narvaro/']").first.click()
    page.wait_for_load_state("networkidle")


def _to_my_first_course(page: Page) -> None:
    page.get_by_role("link", name="Ändra").first.click()
    page.wait_for_load_state("networkidle")
    page.locator("[data-side-panel-toggle=checks]").first.click()
    page.locator("[data-lix]").get_by_text("lätt").wait_for()


GUIDE = [
    Shot("workspace", "/arbetsyta/", COORDINATOR),
    Shot("new-event", "/arbetsyta/tillfallen/nytt/", COORDINATOR),
    Shot("participants", "/arbetsyta/", COORDINATOR, _to_my_first_event),
    Shot("door", "/arbetsyta/tillfallen/", COORDINATOR, _to_a_past_door),
    Shot("editor", "/trelleborg/mobilen-som-arbetsverktyg/", COORDINATOR, _to_my_first_course),
    Shot("sharing", "/arbetsyta/delat/", COORDINATOR),
]


def _photograph(
    browser: Browser, portal: str, shots: list[Shot], width: int, scheme: str
) -> Iterator[tuple[str, bytes]]:
    """Name and PNG of each; those of one person are taken in one browser, signed in once."""
    people = demo_people()
    for who in dict.fromkeys(shot.who for shot in shots):
        context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="sv-SE",
            base_url=portal,
        )
        page = context.new_page()
        if who:
            sign_in(page, people[who])
        for shot in [shot for shot in shots if shot.who == who]:
            page.goto(shot.address)
            page.wait_for_load_state("networkidle")
            if shot.before:
                shot.before(page)
            box = page.locator("main").first.bounding_box() if shots is GUIDE and "redaktion" not in page.url else None
            clip = box and {**box, "height": min(box["height"], GUIDE_HEIGHT)}
            yield shot.name, page.screenshot(caret="hide", animations="disabled", clip=clip)
        context.close()


def _save(png: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(BytesIO(png)).convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)


def main() -> int:
    """Write all pictures anew. Returns 1, with a sentence, when those of the README are too heavy together."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_portal(Path(folder)) as portal,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        for width in SIZES:
            for scheme in ("light", "dark"):
                for name, png in _photograph(browser, portal, KEY_PAGES, width, scheme):
                    _save(png, FOLDER / f"{name}-{width}-{scheme}.webp")
        for name, png in _photograph(browser, portal, GUIDE, 1280, "light"):
            _save(png, GUIDE_FOLDER / f"{name}.webp")
        browser.close()
    weight = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(list(FOLDER.iterdir()))} pictures in {FOLDER.name}, {weight / 1000:.0f} kB in all")
    if weight > MOST_BYTES:
        print(f"That is more than {MOST_BYTES / 1000:.0f} kB: lower QUALITY in tests/pictures/__main__.py.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
