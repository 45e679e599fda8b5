"""`make bench-pages`: the figures are printed; what does not vary (bytes, requests, shifts) has a bar.

The pages are served with production's settings. They are shown twice: as the portal sends them, and behind a proxy that
compresses text, which the portal leaves to it.
"""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.helpers.page_bench import COMPRESSED, MOST_BYTES, MOST_REQUESTS, table, time_of, warm_up, weigh
from tests.helpers.production import production_portal
from tests.helpers.running import CHROMIUM, CHROMIUM_ARGUMENTS

PAGES = {"home": "/", "list": "/kurser/", "detail": "/trelleborg/mobilen-som-arbetsverktyg/"}
MOST_SHIFT = 0.1  # "good" on web.dev/articles/cls


@pytest.mark.bench
def test_pages_are_this_light_and_seen_this_soon_on_a_slow_phone(tmp_path: Path):
    rows = []

    with production_portal(tmp_path) as portal, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page()
        page.goto(f"{portal}/tillfallen/")
        event = page.locator("#results .card__link").first.get_attribute("href")
        pages = {name: portal + path for name, path in (PAGES | {"event": event}).items()}
        warm_up(page, pages.values())
        for name, address in pages.items():
            rows.append(
                (
                    name,
                    weigh(browser, address),
                    weigh(browser, address, headers=COMPRESSED),
                    time_of(browser, address),
                    time_of(browser, address, headers=COMPRESSED),
                )
            )
        browser.close()

    sys.stdout.write(f"\n{table(rows)}\n")
    for name, _served, proxied, *_speeds in rows:
        sys.stdout.write(f"\n{name}\n" + "".join(f"{s / 1000:>8.1f} kB  {k:7} {p}\n" for s, k, p in proxied.parts))
    too_heavy = {
        name: (proxied.bytes_without_photos, proxied.requests_without_photos)
        for name, _served, proxied, *_speeds in rows
        if proxied.bytes_without_photos > MOST_BYTES or proxied.requests_without_photos > MOST_REQUESTS
    }
    assert not too_heavy
    assert {name: speed.shift for name, *_weights, speed in rows if speed.shift > MOST_SHIFT} == {}
