"""The main journeys by keyboard alone, with and without JavaScript: Tab, Enter, Space, arrows and what one types."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.helpers.running import PASSWORD

pytestmark = pytest.mark.journey

EVENT = "Vaktmästarnas nätverk"
STOPS = 150  # more on the way to one control would be too many for anybody
WITH_AND_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])


def reach(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus."""
    for _stop in range(STOPS):
        page.keyboard.press("Tab")
        # Asked without waiting: the control may not be there, or be one of several of the same name.
        if target.and_(page.locator(":focus")).count():
            return
    pytest.fail(f"not reached within {STOPS} stops: {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach a link or a button and press it, which loads a page."""
    reach(page, target)
    with page.expect_navigation():
        page.keyboard.press(key)


def write(page: Page, name: str, text: str) -> None:
    reach(page, page.locator(f"main [name='{name}']"))
    page.keyboard.type(text)


def write_moment(page: Page, name: str, value: str, *keys: str) -> None:
    """A date or a time, whose parts stand in the order of the browser's own language: one of `keys` gives `value`."""
    field = page.locator(f"main [name='{name}']")
    reach(page, field)
    for typed in keys:
        page.keyboard.type(typed)
        if field.input_value() == value:
            return
        for _part in range(3):
            page.keyboard.press("ArrowLeft")
        for _part in range(3):
            page.keyboard.press("Delete")
            page.keyboard.press("ArrowRight")
        for _part in range(3):
            page.keyboard.press("ArrowLeft")
    pytest.fail(f"{name} is {field.input_value()}")


def write_date(page: Page, name: str, day) -> None:
    write_moment(page, name, f"{day:%Y-%m-%d}", f"{day:%m%d%Y}", f"{day:%Y%m%d}", f"{day:%d%m%Y}")


def write_time(page: Page, name: str, hours: int) -> None:
    write_moment(
        page, name, f"{hours:02}:00", f"{hours % 12 or 12:02}00{'PM' if hours > 11 else 'AM'}", f"{hours:02}00"
    )


def sign_in(page: Page, email: str) -> None:
    page.goto("/")
    press(page, page.get_by_role("link", name="Logga in"))
    write(page, "login", email)
    write(page, "password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hej")


@WITH_AND_WITHOUT
def test_somebody_signs_in_finds_an_event_signs_up_and_cancels(open_page, people, javascript):
    page = open_page(width=1280, javascript=javascript)
    sign_in(page, people["skurup-staff"])

    reach(page, page.locator("#header-search"))
    page.keyboard.type("vaktmästarnas nätverk")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press(page, page.locator("main").get_by_role("link", name=re.compile(EVENT)))
    expect(page.get_by_role("heading", level=1)).to_contain_text(EVENT)

    press(page, page.get_by_role("button", name="Anmäl mig"), "Space")
    expect(page.get_by_text("Du har en plats").first).to_be_visible()

    press(page, page.get_by_role("button", name=re.compile("Avboka")))
    expect(page.get_by_text(re.compile("avbokat|Avbokad", re.IGNORECASE)).first).to_be_visible()


@WITH_AND_WITHOUT
def test_a_coordinator_creates_an_event_and_puts_right_what_was_wrong(open_page, people, javascript):
    title = f"Skrivet med tangenter {'med' if javascript else 'utan'} skript"
    page = open_page(width=1280, javascript=javascript)
    sign_in(page, people["trelleborg-coordinator"])

    press(page, page.get_by_role("link", name="Arbetsyta"))
    press(page, page.locator("main").get_by_role("link", name="Nytt tillfälle"))
    write(page, "title", title)
    write(page, "summary", "Vi prövar.")
    write_date(page, "dates-0-date", timezone.localdate() + timedelta(days=20))
    write_time(page, "dates-0-starts", 9)
    write_time(page, "dates-0-ends", 16)
    write(page, "place", "Kunskapshuset")
    press(page, page.locator("button[name=publish]"))

    # The seats are missing: the list of faults leads to the field, and the rest is kept.
    fault = page.locator(".error-summary a[href='#id_capacity']")
    reach(page, fault)
    page.keyboard.press("Enter")
    page.keyboard.type("12")
    expect(page.locator("[name=capacity]")).to_have_value("12")
    reach(page, page.locator("[name=visibility]"))
    for _choice in range(4):
        if page.locator("[name=visibility]:focus").get_attribute("value") == "members":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    press(page, page.locator("button[name=publish]"))

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_text("09:00–16:00").first).to_be_visible()
