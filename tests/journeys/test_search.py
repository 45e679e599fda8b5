"""Finding: by what one has begun to write, without hits, and once a week by mail."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.journey


def test_a_title_is_chosen_by_keyboard_from_what_one_has_begun_to_write(open_page):
    page = open_page()
    page.goto("/")
    box = page.get_by_role("combobox", name="Vad vill du lära dig?")

    box.press_sequentially("svinnv", delay=40)
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Svinnvägning på fem minuter")
    expect(page.get_by_text(re.compile(r"^\d+ förslag$"))).to_be_attached()
    assert box.get_attribute("aria-expanded") == "true"
    assert Axe().run(page).response["violations"] == []

    box.press("Escape")
    expect(options.first).to_be_hidden()
    expect(box).to_have_value("svinnv")
    box.press_sequentially("ä", delay=40)
    expect(options.first).to_be_visible()
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    title = options.first.locator("span").first.inner_text()
    box.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_search_works_without_javascript_and_what_is_missing_is_told(open_page, people):
    page = open_page(javascript=False)
    page.goto("/")
    page.get_by_role("searchbox", name="Vad vill du lära dig?").fill("xyzzyplugh")
    page.locator(".hero").get_by_role("button", name="Sök").click()

    expect(page.get_by_text("Inga träffar")).to_be_visible()
    page.get_by_role("link", name="Säg till samordnarna att det saknas").click()
    expect(page.get_by_label("Vad du letade efter")).to_have_value("xyzzyplugh")
    page.get_by_label("Vad du skulle behöva").fill("En kurs om stjärnhimlen")
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_text("Tack. Samordnarna ser vad du skrev.")).to_be_visible()

    coordinator = open_page(people["trelleborg-coordinator"])
    coordinator.goto("/arbetsyta/saknas/")
    expect(coordinator.get_by_text("En kurs om stjärnhimlen")).to_be_visible()
    coordinator.get_by_role("button", name=re.compile("^Klar.*xyzzyplugh")).click()
    expect(coordinator.get_by_text("”xyzzyplugh” är klar.")).to_be_visible()


def test_a_search_is_saved_and_its_mails_are_ended(open_page, people):
    page = open_page(people["trelleborg-coordinator"])
    page.goto("/sok/?q=matsvinn&kind=lesson")
    page.get_by_role("button", name=re.compile("^Spara sökningen")).click()

    expect(page.get_by_role("link", name="”matsvinn” · Lärdomar")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Inga fler mejl")).click()
    expect(page.get_by_text("Du får inga fler mejl om sökningen.")).to_be_visible()
    page.get_by_role("link", name="”matsvinn” · Lärdomar").click()
    expect(page.get_by_role("heading", name=re.compile("Mindre matsvinn när hela laget väger"))).to_be_visible()


def test_what_was_searched_for_is_told_by_the_page_and_counted_for_the_coordinators(open_page, people):
    page = open_page(people["trelleborg-coordinator"])
    for _time in range(3):
        with page.expect_event("requestfinished", lambda request: request.url.endswith("/sok/notera/")):
            page.goto("/sok/?q=kvantsymfoni")

    page.goto("/arbetsyta/sokningar/")
    expect(page.get_by_role("row", name=re.compile("^kvantsymfoni 3$"))).to_be_visible()
