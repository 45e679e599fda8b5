"""A door on the day, on a phone: taps made without a network wait on the phone and are sent when it is back."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.journeys.conftest import wait_until

pytestmark = pytest.mark.journey


def write_event(page: Page, title: str) -> None:
    """Soon enough for the door, late enough to sign up."""
    starts = timezone.localtime() + timedelta(minutes=30)
    if starts.hour == 23:
        starts = (starts + timedelta(days=1)).replace(hour=0, minute=10)
    day = starts.date()
    page.goto("/arbetsyta/tillfallen/nytt/")
    page.locator("[name=title]").fill(title)
    page.locator("[name=summary]").fill("Vi prövar dörren.")
    page.locator("[name=dates-0-date]").fill(str(day))
    page.locator("[name=dates-0-starts]").fill(f"{starts:%H:%M}")
    page.locator("[name=dates-0-ends]").fill("23:59")
    page.locator("[name=place]").fill("Undervisningsköket")
    page.locator("[name=capacity]").fill("12")
    page.locator("[name=visibility][value=members]").check()
    page.locator("button[name=publish]").click()
    expect(page.locator("h1")).to_have_text(title)


def sign_up(page: Page, title: str) -> str:
    """Signs up and returns the code that the person shows at the door."""
    page.goto("/tillfallen/")
    page.get_by_role("link", name=title).click()
    page.get_by_role("button", name=re.compile("Anmäl mig")).click()
    page.wait_for_url(re.compile("/mina-sidor/anmalan/"))
    expect(page.locator(".qr svg")).to_be_visible()
    return page.locator(".door-code").inner_text()


def open_door(page: Page, title: str) -> None:
    page.goto("/arbetsyta/narvaro/")
    page.get_by_role("link", name=title).click()
    expect(page.locator("h1")).to_have_text(title)


def wait_until_sent(page: Page) -> None:
    """The line about what waits goes when sending begins: the rest may still be on its way."""
    expect(page.locator("[data-door-queue]")).to_be_hidden()
    wait_until(page, "JSON.parse(localStorage['samlarande.door']).waiting.length === 0")


def type_code(page: Page, code: str) -> None:
    page.locator("[data-door-code] input[name=code]").fill(code)
    with page.expect_response(re.compile(r"/en/$")):
        page.locator("[data-door-code] button[type=submit]").click()


def test_taps_without_a_network_are_kept_and_sent(open_page, people):
    title = "Dörren utan nät"
    coordinator = open_page(people["trelleborg-coordinator"])
    write_event(coordinator, title)
    codes = [sign_up(open_page(people[f"{town}-staff"]), title) for town in ("trelleborg", "skurup", "vellinge")]
    open_door(coordinator, title)
    boxes, queue = coordinator.locator("[data-door-row] input[type=checkbox]"), coordinator.locator("[data-door-queue]")
    expect(boxes).to_have_count(3)
    # With a script each tap is saved by itself; no camera is offered where the browser can read no codes.
    expect(coordinator.locator("[data-door-list]")).to_be_hidden()
    can_read = coordinator.evaluate("'BarcodeDetector' in window && Boolean(navigator.mediaDevices?.getUserMedia)")
    expect(coordinator.locator("[data-door-camera]")).to_be_visible(visible=can_read)

    coordinator.context.set_offline(True)
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(queue).to_be_visible()
    expect(queue).to_contain_text("2")
    expect(coordinator.locator("[data-door-count]")).to_contain_text(re.compile("2.*3"))

    # Nothing has reached the server: another phone at the door sees nobody.
    other = open_page(people["trelleborg-coordinator"])
    open_door(other, title)
    expect(other.locator("[data-door-row] input:checked")).to_have_count(0)

    coordinator.context.set_offline(False)
    wait_until_sent(coordinator)
    other.reload()
    expect(other.locator("[data-door-row] input:checked")).to_have_count(2)

    # The third by code, written as people write; then one tap takes somebody back.
    third = other.locator("[data-door-row]:not(:has(:checked))").get_attribute("data-code")
    assert third in {code.replace(" ", "") for code in codes}
    type_code(other, f"{third[:3]}-{third[3:]}".lower())
    expect(other.locator("[data-door-row] input:checked")).to_have_count(3)
    type_code(other, "222222")
    expect(other.locator("[data-door-code] .errorlist")).to_be_visible()
    with other.expect_response(re.compile(r"/en/$")):
        other.locator("[data-door-row] input:checked").first.uncheck()
    coordinator.reload()
    expect(coordinator.locator("[data-door-row] input:checked")).to_have_count(2)


def test_what_waits_survives_that_the_page_is_loaded_again(open_page, people):
    """The phone was put away, the browser closed: with a network, opening the door is enough."""
    title = "Dörren som laddas om"
    coordinator = open_page(people["trelleborg-coordinator"])
    write_event(coordinator, title)
    sign_up(open_page(people["vellinge-manager"]), title)
    open_door(coordinator, title)

    # The server does not answer; the browser itself is online and keeps trying.
    coordinator.route("**/en/", lambda route: route.abort())
    coordinator.locator("[data-door-row] input[type=checkbox]").first.check()
    expect(coordinator.locator("[data-door-queue]")).to_be_visible()
    coordinator.unroute("**/en/")
    coordinator.reload()

    wait_until_sent(coordinator)
    coordinator.evaluate("localStorage.clear()")
    coordinator.reload()
    expect(coordinator.locator("[data-door-row] input:checked")).to_have_count(1)
