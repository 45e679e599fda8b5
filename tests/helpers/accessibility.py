"""What every page must keep, asked of a page that is open in a browser; each answer is a list of faults."""

import json

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Best practices are on from the start; the size of targets (WCAG 2.5.8, with its exceptions for links in running text
# and for small targets that stand by themselves) is not.
AXE_OPTIONS = json.dumps({"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}})
ZOOMED = {"width": 320, "height": 256}  # 1280 x 1024 at 400 %
AXE_RUN = f"""async () => {{
  const found = await axe.run(document, {AXE_OPTIONS});
  return found.violations.flatMap(({{id, nodes}}) => nodes.slice(0, 3).map((node) => {{
    const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join(" ");
    return `${{id}}: ${{node.html.slice(0, 160)}} (${{why.slice(0, 200)}})`;
  }}));
}}"""

SIDEWAYS = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((part) => part.getBoundingClientRect().right > room + 1);
  return [`scrolls sideways: ${wide.slice(0, 2).map((part) => part.outerHTML.slice(0, 100)).join(" ")}`];
}"""

FRAME = """(language) => {
  const faults = [], headings = document.querySelectorAll("h1").length;
  if (headings !== 1) faults.push(`${headings} h1`);
  if (document.documentElement.lang !== language) faults.push(`lang is ${document.documentElement.lang}`);
  const first = document.querySelector("a[href], button, input, select, textarea, summary, [tabindex='0']");
  if (!first?.matches(".skip-link[href='#main']")) faults.push("the skip link does not come first");
  return faults;
}"""

# What is asked of colours that the system chooses: a control must differ from what it stands on by an edge or a ground.
UNSEEN_CONTROLS = """() => {
  const clear = (colour) => colour === "transparent" || /^rgba.*, 0\\)$/.test(colour);
  const ground = (part) => {
    for (let above = part; above; above = above.parentElement) {
      const colour = getComputedStyle(above).backgroundColor;
      if (!clear(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const controls = document.querySelectorAll(
    ".button, main button, main select, main textarea, main input:not([type=hidden], [type=checkbox], [type=radio])"
  );
  return [...controls].filter((control) => {
    if (!control.checkVisibility({visibilityProperty: true}) || control.closest(".visually-hidden")) return false;
    const style = getComputedStyle(control), below = ground(control.parentElement);
    const edged = ["Top", "Right", "Bottom", "Left"].some((side) =>
      parseFloat(style[`border${side}Width`]) > 0 && style[`border${side}Style`] !== "none" &&
      !clear(style[`border${side}Color`]) && style[`border${side}Color`] !== below);
    const grounded = !clear(style.backgroundColor) && style.backgroundColor !== below;
    const underlined = style.textDecorationLine.includes("underline") ||
      [...control.children].some((child) => getComputedStyle(child).textDecorationLine.includes("underline"));
    return !(edged || grounded || underlined);
  }).map((control) => `neither edge nor ground: ${control.outerHTML.slice(0, 140)}`);
}"""

# Whether the focus shows, and whether some of what has it can be seen (WCAG 2.4.7, 2.4.11).
FOCUS = """() => {
  const part = document.activeElement, faults = [];
  if (!part || part === document.body) return null;
  const what = part.outerHTML.slice(0, 140);
  // A card shows it around all of itself.
  const shown = [null, "::after"].map((pseudo) => getComputedStyle(part, pseudo)).some((css) =>
    css.outlineStyle !== "none" && parseFloat(css.outlineWidth) >= 2 && css.outlineColor !== css.backgroundColor);
  // The calendar in a date's field is a stop of its own with a ring that no script can see.
  if (!shown && part.matches(":focus")) faults.push(`the focus does not show: ${what}`);
  const boxes = [...part.getClientRects()];
  const points = boxes.flatMap(({left, top, width, height}) =>
    [0.02, 0.25, 0.5, 0.75, 0.98].flatMap((x) => [0.05, 0.5, 0.95].map((y) => [left + width * x, top + height * y])));
  const belongs = (over) => part.contains(over) || over.contains(part);
  const seen = points.some(([x, y]) => {
    const over = document.elementFromPoint(x, y);
    return over && (belongs(over) || [...(part.labels ?? [])].some((label) => label.contains(over)));
  });
  if (!seen) faults.push(`the focus is covered or out of sight: ${what}`);
  return {faults, isFirst: part.matches(".skip-link")};
}"""

# After a refused form: the reader starts at the list of faults, and each fault is told at its field too.
REFUSAL = """() => {
  const faults = [], told = document.activeElement.closest("[data-error-summary]");
  if (!told) faults.push(`the focus is not at what to put right but at ${document.activeElement.tagName}`);
  for (const control of document.querySelectorAll("main [aria-invalid=true]")) {
    const group = control.closest("fieldset")?.getAttribute("aria-describedby") ?? "";
    const ids = `${control.getAttribute("aria-describedby") ?? ""} ${group}`.split(" ").filter(Boolean);
    if (!ids.some((id) => document.getElementById(id)?.closest(".errorlist")))
      faults.push(`nothing tells what is wrong: ${control.outerHTML.slice(0, 120)}`);
  }
  return faults;
}"""

MOVING = """() => {
  const lasts = (times) => times.split(", ").some((time) => parseFloat(time) > 0);
  const moves = (css) =>
    css.scrollBehavior === "smooth" || lasts(css.transitionDuration) || lasts(css.animationDuration);
  const running = document.getAnimations().filter((one) => one.playState === "running");
  const prepared = [document.documentElement, ...document.body.querySelectorAll("*")].filter((part) =>
    [null, "::before", "::after"].some((pseudo) => moves(getComputedStyle(part, pseudo))));
  return [
    ...running.map((one) => `runs: ${one.animationName}`),
    ...prepared.slice(0, 3).map((part) => `moves: ${part.outerHTML.slice(0, 100)}`),
  ];
}"""


def load_axe(page: Page) -> None:
    page.evaluate(AXE_SCRIPT)


def broken_rules(page: Page) -> list[str]:
    """The rules of axe-core that the page breaks as it is now, and whether it scrolls sideways."""
    return page.evaluate(AXE_RUN) + page.evaluate(SIDEWAYS)


def frame_faults(page: Page, language: str) -> list[str]:
    """One h1, the language, and a skip link that comes first and leads to the content."""
    faults = page.evaluate(FRAME, language)
    if not faults:
        page.locator(".skip-link").focus()
        page.keyboard.press("Enter")
        if page.evaluate("document.activeElement.id") != "main":
            faults.append("the skip link does not move the focus")
    return faults


def unfold(page: Page) -> None:
    """Open what can be folded: nothing is asked of what does not show."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")


def unseen_controls(page: Page) -> list[str]:
    return page.evaluate(UNSEEN_CONTROLS)


def walk(page: Page, at_most: int = 400) -> tuple[int, list[str]]:
    """Press Tab from the skip link to the last stop; how many stops there are, and the faults of each."""
    page.locator(".skip-link").focus()
    faults: list[str] = page.evaluate(FOCUS)["faults"]
    for stop in range(1, at_most):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found is None or found["isFirst"]:
            return stop, faults
        faults += found["faults"]
    return at_most, [*faults, f"more than {at_most} stops"]


def moving_parts(page: Page) -> list[str]:
    """What moves now, or would as soon as a pointer or the focus comes: durations that are not nothing."""
    return page.evaluate(MOVING)


def refusal_faults(page: Page) -> list[str]:
    """Whether a form that has just been refused says what is wrong, where one is and where it is wrong."""
    return page.evaluate(REFUSAL)
