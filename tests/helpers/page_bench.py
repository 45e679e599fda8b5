"""What a page weighs and how soon it is seen, measured by Chromium itself; run by `make bench-pages`.

Weights are bytes over the wire (headers too), by a phone that scrolls to the end, so that pictures fetched late count.
Times are of a slow phone on a slow network: a quarter of this machine's speed, 400 ms there and back, 400 kbit/s,
nothing cached. Chromium's slow network delays each request, and knows no cost of opening a connection.
"""

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SLOW_DOWN = 4
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # bytes/s
RUNS = 3
PAUSE = 1_500  # ms that nothing must change any more
MOST_BYTES = 120_000  # without photos
MOST_REQUESTS = 12
COMPRESSED = {"X-Proxy-Compresses": "yes"}

# Put in before any script of the page. Shifts are added up in windows as web.dev/articles/cls says, the worst counts.
OBSERVE = """
window.seen = {lcp: 0, what: "", fcp: 0, cls: 0};
let first = 0, last = 0, sum = 0;
new PerformanceObserver((list) => {
  for (const {element, size, startTime, url} of list.getEntries()) {
    const name = element ? element.localName + [...element.classList].map((one) => "." + one).join("") : "?";
    Object.assign(window.seen, {lcp: startTime, what: (url ? "picture " : "") + name});
  }
}).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntriesByName("first-contentful-paint")) window.seen.fcp = entry.startTime;
}).observe({type: "paint", buffered: true});
new PerformanceObserver((list) => {
  for (const {hadRecentInput, startTime, value} of list.getEntries()) {
    if (hadRecentInput) continue;
    if (startTime - last > 1000 || startTime - first > 5000) [first, sum] = [startTime, 0];
    last = startTime;
    sum += value;
    window.seen.cls = Math.max(window.seen.cls, sum);
  }
}).observe({type: "layout-shift", buffered: true});
"""


@dataclass
class Weight:
    """Requests and bytes over the wire of one page, by kind: page, style, script, font, photo, other."""

    requests: Counter = field(default_factory=Counter)
    bytes: Counter = field(default_factory=Counter)
    parts: list[tuple[int, str, str]] = field(default_factory=list)  # bytes, kind, path; the heaviest first

    @property
    def requests_without_photos(self) -> int:
        return self.requests.total() - self.requests["photo"]

    @property
    def bytes_without_photos(self) -> int:
        return self.bytes.total() - self.bytes["photo"]


@dataclass(frozen=True)
class Speed:
    """First and largest contentful paint in seconds (medians), what the largest was, the worst layout shift."""

    first_paint: float
    largest_paint: float
    largest: str
    shift: float


def weigh(browser: Browser, address: str, *, headers: dict[str, str] | None = None) -> Weight:
    """Fetch `address` with an empty cache and scroll to its end."""
    context = browser.new_context(**PHONE, locale="sv-SE", extra_http_headers=headers)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    asked: dict[str, tuple[str, str]] = {}
    weight = Weight()

    def note(event: dict) -> None:
        if not event["request"]["url"].startswith("data:"):
            path = urlsplit(event["request"]["url"]).path
            asked[event["requestId"]] = (_kind(event.get("type", "Other"), path), path)

    def count(event: dict) -> None:
        if event["requestId"] in asked:
            kind, path = asked.pop(event["requestId"])
            size = int(event["encodedDataLength"])
            weight.requests[kind] += 1
            weight.bytes[kind] += size
            weight.parts.append((size, kind, path))

    session.on("Network.requestWillBeSent", note)
    session.on("Network.loadingFinished", count)
    page.goto(address, wait_until="networkidle")
    # Step by step, as a reader: a jump passes pictures by.
    for _step in range(60):
        page.mouse.wheel(0, 500)
        page.wait_for_timeout(50)
        if page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2"):
            break
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(PAUSE)
    context.close()
    weight.parts.sort(reverse=True)
    return weight


def time_of(browser: Browser, address: str, *, headers: dict[str, str] | None = None, runs: int = RUNS) -> Speed:
    """Open `address` so many times on the slow phone, each time with an empty cache."""
    seen = [_open_slowly(browser, address, headers) for _run in range(runs)]
    middle = sorted(seen, key=lambda one: one["lcp"])[runs // 2]
    return Speed(
        statistics.median(one["fcp"] for one in seen) / 1000,
        middle["lcp"] / 1000,
        middle["what"],
        max(one["cls"] for one in seen),
    )


def _open_slowly(browser: Browser, address: str, headers: dict[str, str] | None) -> dict:
    context = browser.new_context(**PHONE, locale="sv-SE", extra_http_headers=headers)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(OBSERVE)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", SLOW_3G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})
    page.goto(address, wait_until="load")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(PAUSE)
    seen = page.evaluate("window.seen")
    context.close()
    return seen


def warm_up(page: Page, addresses: Iterable[str]) -> None:
    """Open each page once unmeasured: the server has then read its templates and made its pictures."""
    for address in addresses:
        page.goto(address, wait_until="networkidle")


def table(rows: list[tuple[str, Weight, Weight, Speed, Speed]]) -> str:
    """Of each page: its name, weight as served and behind a compressing proxy, speed as served and behind the proxy."""
    lines = [
        f"{'':8}{'requests':>14}{'kB over the wire':>34}{'':12}{'first / largest paint, s':>32}",
        f"{'':8}{'all':>8}{'-photos':>9}{'all':>8}{'-photos':>9}{'page':>7}{'style':>7}{'script':>8}{'font':>7}"
        f"{'shift':>8}{'':3}{'':14}largest is",
    ]
    for name, served, proxied, speed_served, speed_proxied in rows:
        for label, weight, speed in (("served", served, speed_served), ("proxied", proxied, speed_proxied)):
            size = {kind: f"{weight.bytes[kind] / 1000:.1f}" for kind in ("page", "style", "script", "font")}
            lines.append(
                f"{name if weight is served else '':8}{weight.requests.total():>8}{weight.requests_without_photos:>9}"
                f"{weight.bytes.total() / 1000:>8.1f}{weight.bytes_without_photos / 1000:>9.1f}"
                f"{size['page']:>7}{size['style']:>7}{size['script']:>8}{size['font']:>7}{speed.shift:>8.3f}"
                f"   {speed.first_paint:>5.2f} / {speed.largest_paint:<5.2f} {speed.largest} ({label})"
            )
    return "\n".join(lines)


def _kind(resource: str, path: str) -> str:
    if path.startswith("/media/"):
        return "photo"
    return {"Document": "page", "Stylesheet": "style", "Script": "script", "Font": "font"}.get(resource, "other")
